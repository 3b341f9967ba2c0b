-- Read-back: platforms that send ids only (Meta, LinkedIn) are asked for the
-- lead itself.  What is to be read is written with the notification's receipt,
-- so nothing that was acknowledged is forgotten.
CREATE TABLE fetch_queue (
    workspace_id bigint NOT NULL,
    fetch_id uuid NOT NULL,
    platform text NOT NULL,
    source_id uuid NOT NULL,
    external_id text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 128),
    page_id text NOT NULL DEFAULT '',
    form_id text NOT NULL DEFAULT '',
    receipt_id uuid,
    state text NOT NULL
        CHECK (state IN ('pending', 'leased', 'done', 'parked', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    last_error text,
    lead_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, fetch_id),
    UNIQUE (workspace_id, platform, source_id, external_id)
) WITH (fillfactor = 85);
COMMENT ON TABLE fetch_queue IS 'One lead to be read from its platform; the unique key makes a repeated notification harmless.';
COMMENT ON COLUMN fetch_queue.platform IS 'meta or linkedin.';
COMMENT ON COLUMN fetch_queue.external_id IS 'As the platform writes it; ids of 19 digits are text.';
COMMENT ON COLUMN fetch_queue.page_id IS 'Whose token reads it; empty: the token of the source.';
COMMENT ON COLUMN fetch_queue.receipt_id IS 'The notification; NULL: found by a bulk read or a reconciliation.';
COMMENT ON COLUMN fetch_queue.state IS 'parked waits for somebody (permission, unreadable); dead is not to be read (withdrawn); both can be retried by hand.';
COMMENT ON COLUMN fetch_queue.next_at IS 'pending: next try, NULL while its page has no working token; leased: end of the lease, when another instance may take it over.';
COMMENT ON COLUMN fetch_queue.last_error IS 'Class and code, never text of the platform.';
COMMENT ON COLUMN fetch_queue.lead_id IS 'What it became.';
CREATE INDEX fetch_due ON fetch_queue (workspace_id, next_at)
    WHERE state IN ('pending', 'leased');
COMMENT ON INDEX fetch_due IS 'the fetcher';
CREATE INDEX fetch_open ON fetch_queue (workspace_id, state, fetch_id)
    WHERE state <> 'done';
COMMENT ON INDEX fetch_open IS 'GET /v1/fetches?state=';

CREATE TABLE fetch_page (
    workspace_id bigint NOT NULL,
    source_id uuid NOT NULL,
    page_id text NOT NULL,
    stopped_at timestamptz,
    stopped_token bytea,
    blocked_until timestamptz,
    reason text,
    read_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, source_id, page_id)
);
COMMENT ON TABLE fetch_page IS 'Health of the token of one page.';
COMMENT ON COLUMN fetch_page.page_id IS 'Empty: the token of the source.';
COMMENT ON COLUMN fetch_page.stopped_token IS 'Fingerprint of the token the platform refused; another token starts the page again.';
COMMENT ON COLUMN fetch_page.blocked_until IS 'Rate limited until then.';
COMMENT ON COLUMN fetch_page.read_at IS 'Last lead read.';

CREATE TABLE fetch_form (
    workspace_id bigint NOT NULL,
    source_id uuid NOT NULL,
    form_id text NOT NULL,
    page_id text NOT NULL DEFAULT '',
    next_at timestamptz NOT NULL,
    swept_at timestamptz,
    last_error text,
    PRIMARY KEY (workspace_id, source_id, form_id)
);
COMMENT ON TABLE fetch_form IS 'Forms read in bulk from time to time, to find what no notification told.';
COMMENT ON COLUMN fetch_form.next_at IS 'Next bulk read; pushed on first, so that one instance does it.';
