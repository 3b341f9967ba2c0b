-- Row types: what a batch sends to PostgreSQL is one array of records a
-- table.  unnest() keeps a tuplestore for each of its arrays, so one array a
-- column cost 56 of them for the leads of a batch.
-- A released type is never changed: binary records must fit it exactly, and
-- an older program may still run.  A new shape gets a new name.

CREATE TYPE lead_in AS (
    lead_id uuid,
    version integer,
    stage text,
    stage_at timestamptz,
    stage_grade text,
    hop_no integer,
    score smallint,
    raw smallint,
    authority smallint,
    need smallint,
    ability_to_pay smallint,
    engagement smallint,
    challenge smallint,
    potential smallint,
    consideration smallint,
    quality text,
    temperature text,
    grade text,
    rank smallint,
    hot_lead boolean,
    cooling boolean,
    held boolean,
    origin text,
    source_id uuid,
    source text,
    channel text,
    campaign text,
    account_id uuid,
    name text,
    email text,
    phone text,
    company text,
    job_title text,
    name_search text,
    identifiers jsonb,
    facts jsonb,
    facts_source jsonb,
    facts_version integer,
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
    consented boolean,
    test boolean,
    model_version text,
    scored_at timestamptz,
    valid_until timestamptz,
    due_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz
);
COMMENT ON TYPE lead_in IS 'A new lead; columns in the order of store/columns.def, name_search as text.';

CREATE TYPE identifier_in AS (
    kind smallint,
    value text,
    candidate uuid
);
COMMENT ON TYPE identifier_in IS 'An identifier and the lead it would belong to if nobody has it.';

CREATE TYPE receipt_in AS (
    receipt_id uuid,
    source_id uuid,
    key_id uuid,
    received_at timestamptz,
    door text,
    content_type text,
    headers jsonb,
    body bytea,
    status text,
    reason text,
    lead_id uuid
);
COMMENT ON TYPE receipt_in IS 'A receipt.';

CREATE TYPE hop_in AS (
    lead_id uuid,
    hop_no integer,
    from_stage text,
    to_stage text,
    actor text,
    hopped_at timestamptz,
    grade text,
    model_version text,
    reason text,
    actor_id uuid,
    stay_ms bigint
);
COMMENT ON TYPE hop_in IS 'A hop.';

CREATE TYPE event_in AS (
    lead_id uuid,
    event_id uuid,
    ext_id text,
    type text,
    occurred_at timestamptz,
    value integer,
    duration_s integer,
    machine boolean,
    session text,
    channel text,
    visitor text,
    detail text,
    receipt_id uuid
);
COMMENT ON TYPE event_in IS 'An event.';

CREATE TYPE touch_in AS (
    lead_id uuid,
    receipt_id uuid,
    touched_at timestamptz,
    source_id uuid,
    source text,
    touch jsonb
);
COMMENT ON TYPE touch_in IS 'A touch.';

CREATE TYPE rollup_stage_in AS (
    view text,
    dim text,
    day date,
    stage text,
    value text,
    entered bigint,
    left_n bigint,
    to_next bigint
);
COMMENT ON TYPE rollup_stage_in IS 'What a batch adds to a row of rollup_stage.';
