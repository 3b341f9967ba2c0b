-- Rollups: kept in the transaction of the change; `leadd verify rollups`
-- recounts them from the hops.  One row per dimension value, because a funnel
-- is grouped by one dimension at a time: reading never multiplies dimensions.

CREATE TABLE rollup_stage (
    workspace_id bigint NOT NULL,
    view text NOT NULL,
    dim text NOT NULL,
    day date NOT NULL,
    stage text NOT NULL,
    value text NOT NULL,
    entered bigint NOT NULL,
    left_n bigint NOT NULL,
    to_next bigint NOT NULL,
    PRIMARY KEY (workspace_id, view, dim, day, stage, value)
) WITH (fillfactor = 60);
COMMENT ON TABLE rollup_stage IS 'Entries to and exits from each stage by day and by one dimension.';
COMMENT ON COLUMN rollup_stage.view IS 'period: day of the hop; cohort: day the lead was created; total: all days, day is 1970-01-01.';
COMMENT ON COLUMN rollup_stage.dim IS 'all, source, channel, campaign, origin or grade.';
COMMENT ON COLUMN rollup_stage.day IS 'Calendar day of the workspace.';
COMMENT ON COLUMN rollup_stage.to_next IS 'Exits to a later stage of the journey.';

CREATE TABLE rollup_stay (
    workspace_id bigint NOT NULL,
    view text NOT NULL,
    dim text NOT NULL,
    day date NOT NULL,
    stage text NOT NULL,
    value text NOT NULL,
    bucket smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, view, dim, day, stage, value, bucket)
) WITH (fillfactor = 60);
COMMENT ON TABLE rollup_stay IS 'How long stays lasted: a histogram with two buckets for each doubling of the seconds.';

CREATE TABLE rollup_deal (
    workspace_id bigint NOT NULL,
    view text NOT NULL,
    dim text NOT NULL,
    day date NOT NULL,
    result text NOT NULL,
    value text NOT NULL,
    currency text NOT NULL,
    n bigint NOT NULL,
    amount bigint NOT NULL,
    first_touch_ms numeric NOT NULL,
    sql_ms numeric NOT NULL,
    PRIMARY KEY (workspace_id, view, dim, day, result, value, currency)
) WITH (fillfactor = 60);
COMMENT ON TABLE rollup_deal IS 'Won and lost deals: count, revenue in minor units, summed sales time.';

CREATE TABLE rollup_reason (
    workspace_id bigint NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    score_band smallint NOT NULL,
    reason text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (workspace_id, day, kind, source, score_band, reason)
);
COMMENT ON TABLE rollup_reason IS 'Reject and loss reasons per source and score band (0, 20, 40, 60, 80).';

CREATE TABLE spend (
    workspace_id bigint NOT NULL,
    day date NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, day, source, campaign, currency)
);
COMMENT ON TABLE spend IS 'What marketing paid per day; the last figure given for a key stands.';
