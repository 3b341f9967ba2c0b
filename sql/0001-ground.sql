-- Ground: who exists (workspaces, sources, keys, reps), what came in
-- (receipts), who they are (leads, identifiers, accounts).
-- Rules: every tenant table starts its keys with workspace_id; no triggers,
-- no identity columns, no cross-workspace uniqueness (scale-out rules 1-18).
-- Reference tables (small, rarely written): workspace, step.

CREATE TABLE workspace (
    workspace_id bigint NOT NULL PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'Asia/Ho_Chi_Minh',
    region text NOT NULL DEFAULT 'VN',
    currency text NOT NULL DEFAULT 'VND',
    behaviour_assumed boolean NOT NULL DEFAULT false,
    outbound boolean NOT NULL DEFAULT false,
    active_model text,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE workspace IS 'One company or brand; every other row belongs to exactly one.';
COMMENT ON COLUMN workspace.time_zone IS 'IANA name; the calendar day of caps and rollups.';
COMMENT ON COLUMN workspace.region IS 'ISO 3166 region of telephone numbers written without a country.';
COMMENT ON COLUMN workspace.behaviour_assumed IS 'Observed behaviour is kept without a behaviour_tracking consent.';
COMMENT ON COLUMN workspace.outbound IS 'Stage changes are written to the outbox; off until somebody listens.';

CREATE TABLE pulse (
    workspace_id bigint NOT NULL,
    topic text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (workspace_id, topic)
) WITH (fillfactor = 50);
COMMENT ON TABLE pulse IS 'Change counters that instances poll: topic ready (hot list) and settings.';

CREATE TABLE source (
    workspace_id bigint NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    source_key text NOT NULL,
    origin text NOT NULL DEFAULT 'marketing',
    defaults jsonb NOT NULL DEFAULT '{}',
    allowed_origins text[] NOT NULL DEFAULT '{}',
    success_url text,
    mapping jsonb NOT NULL DEFAULT '{}',
    secrets jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (workspace_id, source_id),
    UNIQUE (workspace_id, source_key)
);
COMMENT ON TABLE source IS 'One configured way in: a form, a webhook, a server key, an import.';
COMMENT ON COLUMN source.source_key IS 'Public, unguessable; begins with the workspace number.';
COMMENT ON COLUMN source.secrets IS 'Names as in the platform notes; lists during rotation. Never answered back.';

CREATE TABLE rep (
    workspace_id bigint NOT NULL,
    rep_id uuid NOT NULL,
    name text NOT NULL,
    capacity integer NOT NULL DEFAULT 30,
    live_claims integer NOT NULL DEFAULT 0,
    misses integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, rep_id),
    CHECK (live_claims >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE rep IS 'A sales rep, who may hold claims.';
COMMENT ON COLUMN rep.live_claims IS 'Claims claimed or accepted now; kept in the transaction of each claim change.';
COMMENT ON COLUMN rep.misses IS 'Claims that expired unaccepted.';

CREATE TABLE api_key (
    workspace_id bigint NOT NULL,
    key_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('intake', 'sales', 'marketing', 'admin')),
    rep_id uuid,
    label text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (workspace_id, key_id),
    FOREIGN KEY (workspace_id, rep_id) REFERENCES rep (workspace_id, rep_id)
);
COMMENT ON TABLE api_key IS 'Bearer keys; only a keyed hash is stored, the key is shown once.';
COMMENT ON COLUMN api_key.hash IS 'HMAC-SHA256 of the secret part under the server pepper.';

CREATE TABLE model (
    workspace_id bigint NOT NULL,
    version text NOT NULL,
    doc jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    activated_at timestamptz,
    PRIMARY KEY (workspace_id, version)
);
COMMENT ON TABLE model IS 'Scoring documents; immutable once activated.';

CREATE TABLE receipt (
    workspace_id bigint NOT NULL,
    receipt_id uuid NOT NULL,
    source_id uuid,
    key_id uuid,
    received_at timestamptz NOT NULL,
    door text NOT NULL,
    content_type text,
    headers jsonb,
    body bytea,
    status text NOT NULL,
    reason text,
    lead_id uuid,
    PRIMARY KEY (workspace_id, receipt_id)
) PARTITION BY RANGE (receipt_id);
COMMENT ON TABLE receipt IS 'The raw request as it came; immutable; replayable. Partitioned by the time inside its id, so the id alone finds the row and makes storing it twice impossible.';
COMMENT ON COLUMN receipt.door IS 'How it came in: form, lead, events, patch, import, hook.';
COMMENT ON COLUMN receipt.status IS 'accepted or quarantined; the reason says why.';
CREATE TABLE receipt_default PARTITION OF receipt DEFAULT;
COMMENT ON TABLE receipt_default IS 'Catches what no monthly partition holds: a missing partition never loses a lead.';

CREATE TABLE quarantine (
    workspace_id bigint NOT NULL,
    receipt_id uuid NOT NULL,
    reason text NOT NULL,
    state text NOT NULL DEFAULT 'held',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, receipt_id)
);
COMMENT ON TABLE quarantine IS 'Receipts held back with the reason; never dropped.';

CREATE TABLE account (
    workspace_id bigint NOT NULL,
    account_id uuid NOT NULL,
    key text NOT NULL,
    name text,
    domain text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, account_id),
    UNIQUE (workspace_id, key)
);
COMMENT ON TABLE account IS 'The company a person belongs to.';
COMMENT ON COLUMN account.key IS 'domain:<registrable domain of a work e-mail> or name:<folded company name>.';

CREATE TABLE lead (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    version integer NOT NULL,
    stage text NOT NULL,
    stage_at timestamptz NOT NULL,
    stage_grade text NOT NULL,
    hop_no integer NOT NULL,
    score smallint NOT NULL,
    raw smallint NOT NULL,
    authority smallint NOT NULL,
    need smallint NOT NULL,
    ability_to_pay smallint NOT NULL,
    engagement smallint NOT NULL,
    challenge smallint NOT NULL,
    potential smallint NOT NULL,
    consideration smallint NOT NULL,
    quality text NOT NULL,
    temperature text NOT NULL,
    grade text NOT NULL,
    rank smallint NOT NULL,
    hot_lead boolean NOT NULL,
    cooling boolean NOT NULL DEFAULT false,
    held boolean NOT NULL DEFAULT false,
    origin text NOT NULL,
    source_id uuid,
    source text NOT NULL,
    channel text NOT NULL,
    campaign text NOT NULL,
    account_id uuid,
    name text,
    email text,
    phone text,
    company text,
    job_title text,
    name_search tsvector,
    identifiers jsonb NOT NULL,
    facts jsonb,
    facts_source jsonb,
    facts_version integer NOT NULL DEFAULT 0,
    referrer jsonb,
    first_touch jsonb,
    last_touch jsonb,
    last_high_intent_at timestamptz,
    last_human_at timestamptz,
    sql_at timestamptz,
    handover_grade text,
    lost_reason text,
    recycled_at timestamptz,
    trial_lapsed_at timestamptz,
    consented boolean NOT NULL DEFAULT false,
    model_version text NOT NULL,
    scored_at timestamptz NOT NULL,
    valid_until timestamptz,
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    erased_at timestamptz,
    test boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, lead_id)
) WITH (fillfactor = 85);
COMMENT ON TABLE lead IS 'One person in one buying cycle, with its current judgement.';
COMMENT ON COLUMN lead.stage_grade IS 'Grade at entry to the current stage: the group a stay is counted under in the funnel.';
COMMENT ON COLUMN lead.hop_no IS 'Number of its last hop.';
COMMENT ON COLUMN lead.rank IS '0..8, place in the order of work (A1 = 0).';
COMMENT ON COLUMN lead.held IS 'Handed back by Sales: the system promotes it again only after something new.';
COMMENT ON COLUMN lead.source IS 'Name of the first source; immutable, groups the funnel.';
COMMENT ON COLUMN lead.channel IS 'First touch; immutable, groups the funnel. Empty when unknown; likewise campaign.';
COMMENT ON COLUMN lead.name_search IS 'Folded words of the name.';
COMMENT ON COLUMN lead.identifiers IS 'List of {kind, value, raw, rule, doubtful}; the identifier table decides uniqueness.';
COMMENT ON COLUMN lead.facts_source IS 'Per fact: source class (1 self-declared, 2 platform, 3 system, 4 sales) and time.';
COMMENT ON COLUMN lead.last_touch IS 'NULL while it equals first_touch.';
COMMENT ON COLUMN lead.valid_until IS 'First moment the judgement can change with nothing new.';
COMMENT ON COLUMN lead.due_at IS 'When the sweeper looks again: valid_until or a time-driven step, whichever is first.';
COMMENT ON COLUMN lead.recycled_at IS 'Last lost -> mql; idleness is not counted from before.';
COMMENT ON COLUMN lead.trial_lapsed_at IS 'Last pql -> mql because the trial had lapsed; only a newer trial makes a pql again.';
COMMENT ON COLUMN lead.consented IS 'behaviour_tracking consent granted and not withdrawn.';
CREATE INDEX lead_stage ON lead (workspace_id, stage, lead_id);
COMMENT ON INDEX lead_stage IS 'GET /v1/leads?stage=';
CREATE INDEX lead_due ON lead (workspace_id, due_at) WHERE due_at IS NOT NULL;
COMMENT ON INDEX lead_due IS 'the sweeper';
CREATE INDEX lead_account ON lead (workspace_id, account_id) WHERE account_id IS NOT NULL;
COMMENT ON INDEX lead_account IS 'account activity of a judgement';
CREATE INDEX lead_name ON lead USING gin (name_search) WITH (fastupdate = on);
COMMENT ON INDEX lead_name IS 'GET /v1/leads?q=';

CREATE TABLE identifier (
    workspace_id bigint NOT NULL,
    kind smallint NOT NULL,
    value text NOT NULL,
    lead_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, kind, value)
);
COMMENT ON TABLE identifier IS 'Canonical identifiers; the primary key decides who a repeat is.';
COMMENT ON COLUMN identifier.kind IS '1 phone, 2 e-mail, 3 external id, 4 visitor, 5 zalo, 6 psid.';

CREATE TABLE idempotency (
    workspace_id bigint NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, scope, key)
);
COMMENT ON TABLE idempotency IS 'Answers kept for Idempotency-Key; written in the transaction of the work itself; deleted after 24 hours.';
CREATE INDEX idempotency_age ON idempotency (workspace_id, created_at);
