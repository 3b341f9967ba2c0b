-- History: what people did, how they came, how they moved, who worked them.

CREATE TABLE event (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    event_id uuid NOT NULL,
    ext_id text,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    value integer,
    duration_s integer,
    machine boolean NOT NULL DEFAULT false,
    session text,
    channel text,
    visitor text,
    detail text,
    receipt_id uuid,
    PRIMARY KEY (workspace_id, lead_id, event_id)
) PARTITION BY RANGE (event_id);
COMMENT ON TABLE event IS 'Things people did. Partitioned by arrival, the time inside event_id.';
COMMENT ON COLUMN event.ext_id IS 'The sender''s id: the same id is the same event.';
CREATE TABLE event_default PARTITION OF event DEFAULT;

CREATE TABLE touch (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    touched_at timestamptz NOT NULL,
    source_id uuid,
    source text NOT NULL,
    touch jsonb,
    PRIMARY KEY (workspace_id, lead_id, receipt_id)
);
COMMENT ON TABLE touch IS 'How the person got here each time: one per receipt.';

CREATE TABLE fact (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    source_class smallint NOT NULL,
    stated_at timestamptz NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, receipt_id)
);
COMMENT ON TABLE fact IS 'What each receipt said that fits the scoring model; lead.facts is what is believed now.';
COMMENT ON COLUMN fact.source_class IS '1 self-declared, 2 platform, 3 system, 4 sales.';

CREATE TABLE consent (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    n smallint NOT NULL,
    purpose text NOT NULL,
    channel text,
    status text NOT NULL,
    wording text,
    method text,
    stated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, receipt_id, n)
);
COMMENT ON TABLE consent IS 'A list of records, never one flag; the receipt is the evidence.';

CREATE TABLE step (
    from_stage text NOT NULL,
    to_stage text NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (from_stage, to_stage, actor)
);
COMMENT ON TABLE step IS 'The legal steps; a hop that is not here is refused by the foreign key. Kept equal to stages.def by the migration runner''s test.';
INSERT INTO step (from_stage, to_stage, actor) VALUES
    ('new', 'iql', 'system'),
    ('iql', 'mql', 'system'),
    ('iql', 'pql', 'system'), ('mql', 'pql', 'system'),
    ('mql', 'sql', 'system'), ('pql', 'sql', 'system'),
    ('mql', 'sql', 'sales'), ('pql', 'sql', 'sales'),
    ('sql', 'mql', 'sales'),
    ('pql', 'mql', 'system'),
    ('mql', 'iql', 'system'),
    ('sql', 'won', 'sales'), ('sql', 'lost', 'sales'),
    ('pql', 'won', 'sales'), ('pql', 'lost', 'sales'),
    ('lost', 'mql', 'system'),
    ('iql', 'disqualified', 'sales'), ('iql', 'disqualified', 'marketing'),
    ('mql', 'disqualified', 'sales'), ('mql', 'disqualified', 'marketing'),
    ('pql', 'disqualified', 'sales'), ('pql', 'disqualified', 'marketing'),
    ('sql', 'disqualified', 'sales'), ('sql', 'disqualified', 'marketing'),
    ('lost', 'disqualified', 'sales'), ('lost', 'disqualified', 'marketing'),
    ('disqualified', 'iql', 'admin');

CREATE TABLE hop (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    hop_no integer NOT NULL,
    from_stage text NOT NULL,
    to_stage text NOT NULL,
    actor text NOT NULL,
    hopped_at timestamptz NOT NULL,
    grade text NOT NULL,
    model_version text NOT NULL,
    reason text,
    actor_id uuid,
    stay_ms bigint,
    PRIMARY KEY (workspace_id, lead_id, hop_no),
    FOREIGN KEY (from_stage, to_stage, actor) REFERENCES step (from_stage, to_stage, actor)
);
COMMENT ON TABLE hop IS 'Every adjacent stage change; the funnel''s only source of truth.';
COMMENT ON COLUMN hop.grade IS 'Grade when entering to_stage.';
COMMENT ON COLUMN hop.actor_id IS 'Rep or key behind a human hop.';
COMMENT ON COLUMN hop.stay_ms IS 'Time spent in from_stage; NULL for the first hop.';
CREATE INDEX hop_time ON hop USING brin (hopped_at) WITH (pages_per_range = 16);
COMMENT ON INDEX hop_time IS 'funnel over part of a day';

CREATE TABLE ready (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    rank smallint NOT NULL,
    last_high_intent_at timestamptz,
    score smallint NOT NULL,
    created_at timestamptz NOT NULL,
    stage text NOT NULL,
    facts_version integer NOT NULL,
    grade text NOT NULL,
    PRIMARY KEY (workspace_id, lead_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE ready IS 'One narrow row per claimable lead (sql or pql, unclaimed), in order of work.';
CREATE INDEX ready_order ON ready
    (workspace_id, rank, last_high_intent_at DESC NULLS LAST, score DESC, created_at, lead_id);
COMMENT ON INDEX ready_order IS 'claim next and GET /v1/leads/hot';

CREATE TABLE claim (
    workspace_id bigint NOT NULL,
    claim_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    rep_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('claimed', 'accepted', 'won', 'lost',
        'released', 'rejected', 'expired', 'reassigned', 'closed')),
    live boolean NOT NULL,
    claimed_at timestamptz NOT NULL,
    expires_at timestamptz,
    accepted_at timestamptz,
    ended_at timestamptz,
    reason text,
    sql_at timestamptz,
    respond_by timestamptz,
    first_response_at timestamptz,
    score smallint NOT NULL,
    grade text NOT NULL,
    snapshot jsonb NOT NULL,
    PRIMARY KEY (workspace_id, claim_id),
    CHECK (live = (state IN ('claimed', 'accepted'))),
    FOREIGN KEY (workspace_id, rep_id) REFERENCES rep (workspace_id, rep_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE claim IS 'One rep''s exclusive, time-limited right to work one lead.';
COMMENT ON COLUMN claim.expires_at IS 'End of the lease while claimed; NULL once accepted.';
COMMENT ON COLUMN claim.snapshot IS 'The hand-over: score, grade, facts and ledger as they were.';
COMMENT ON COLUMN claim.respond_by IS 'Target of the first response.';
CREATE UNIQUE INDEX claim_live ON claim (workspace_id, lead_id) WHERE live;
COMMENT ON INDEX claim_live IS 'At most one live claim per lead.';
CREATE INDEX claim_rep ON claim (workspace_id, rep_id, claim_id);
COMMENT ON INDEX claim_rep IS 'GET /v1/claims?mine=1 and ?owner=';
CREATE INDEX claim_lease ON claim (workspace_id, expires_at) WHERE live AND expires_at IS NOT NULL;
COMMENT ON INDEX claim_lease IS 'lease expiry';

CREATE TABLE refusal (
    workspace_id bigint NOT NULL,
    rep_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    facts_version integer NOT NULL,
    PRIMARY KEY (workspace_id, rep_id, lead_id)
);
COMMENT ON TABLE refusal IS 'A rejected lead is not offered to that rep again unless its facts changed.';

CREATE TABLE activity (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    rep_id uuid NOT NULL,
    kind text NOT NULL,
    duration_s integer,
    result text,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, activity_id)
);
COMMENT ON TABLE activity IS 'What a rep did; the first real one stops the first-response clock.';

CREATE TABLE outcome (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    result text NOT NULL CHECK (result IN ('won', 'lost')),
    amount bigint,
    currency text,
    reason text,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, claim_id)
);
COMMENT ON TABLE outcome IS 'How a cycle ended.';
COMMENT ON COLUMN outcome.amount IS 'Minor units of currency; won only.';

CREATE TABLE review (
    workspace_id bigint NOT NULL,
    review_id uuid NOT NULL,
    kind text NOT NULL,
    lead_id uuid NOT NULL,
    other_lead_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    detail jsonb NOT NULL,
    state text NOT NULL DEFAULT 'open',
    created_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    PRIMARY KEY (workspace_id, review_id)
);
COMMENT ON TABLE review IS 'Conflicts a person has to decide: this phone is A''s, this e-mail is B''s.';
CREATE UNIQUE INDEX review_open ON review (workspace_id, lead_id, other_lead_id, kind) WHERE state = 'open';
COMMENT ON INDEX review_open IS 'the same conflict is listed once';

CREATE TABLE outbox (
    workspace_id bigint NOT NULL,
    outbox_id uuid NOT NULL,
    topic text NOT NULL,
    lead_id uuid NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, outbox_id)
);
COMMENT ON TABLE outbox IS 'What the outside must hear, written with the change itself.';

CREATE TABLE audit (
    workspace_id bigint NOT NULL,
    audit_id uuid NOT NULL,
    happened_at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    detail jsonb,
    PRIMARY KEY (workspace_id, audit_id)
) PARTITION BY RANGE (audit_id);
COMMENT ON TABLE audit IS 'Who changed settings, keys, sources and models.';
CREATE TABLE audit_default PARTITION OF audit DEFAULT;
