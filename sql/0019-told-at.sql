-- When a lead's first touch and its consent were told: what is let in late,
-- out of quarantine or the journal, finds its place among them.
ALTER TABLE lead ADD COLUMN consented_at timestamptz;
ALTER TABLE lead ADD COLUMN first_touch_at timestamptz;
COMMENT ON COLUMN lead.consented_at IS 'When the word that consented follows was said; an older one changes nothing. NULL: none was.';
COMMENT ON COLUMN lead.first_touch_at IS 'When first_touch was; NULL: at created_at.';
UPDATE lead l SET consented_at = c.at
    FROM (SELECT workspace_id, lead_id, max(stated_at) AS at FROM consent
          WHERE purpose = 'behaviour_tracking' GROUP BY workspace_id, lead_id) c
    WHERE l.workspace_id = c.workspace_id AND l.lead_id = c.lead_id;

-- An older program goes on with lead_in.
CREATE TYPE lead_told_in AS (
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
    updated_at timestamptz,
    consented_at timestamptz,
    first_touch_at timestamptz
);
COMMENT ON TYPE lead_told_in IS 'A new lead; columns in the order of store/columns.def, name_search as text.';
