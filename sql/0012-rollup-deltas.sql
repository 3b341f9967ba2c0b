-- Batches no longer meet at the rows of rollup_stage and rollup_stay, where
-- each waited for the commit of the one before: they leave what they counted
-- here, and the sweeper folds it into the rollups.  Readers add the two up,
-- so a figure is right whenever it is asked for.
CREATE TABLE rollup_delta (
    workspace_id bigint NOT NULL,
    delta_id uuid NOT NULL,
    created_day date NOT NULL,
    hopped_day date NOT NULL,
    stage text NOT NULL,
    bucket smallint NOT NULL,
    source text NOT NULL,
    channel text NOT NULL,
    campaign text NOT NULL,
    origin text NOT NULL,
    grade text NOT NULL,
    entered bigint NOT NULL,
    left_n bigint NOT NULL,
    to_next bigint NOT NULL,
    PRIMARY KEY (workspace_id, delta_id)
);
COMMENT ON TABLE rollup_delta IS 'Hops counted by batches and not yet folded into rollup_stage and rollup_stay; all dimensions in one row.';
COMMENT ON COLUMN rollup_delta.created_day IS 'Calendar day of the workspace on which these leads were created.';
COMMENT ON COLUMN rollup_delta.hopped_day IS 'Calendar day of the workspace on which they hopped.';
COMMENT ON COLUMN rollup_delta.bucket IS '-1: entries; else exits after a stay of this bucket of rollup_stay.';
COMMENT ON COLUMN rollup_delta.to_next IS 'Exits to a later stage of the journey.';

CREATE TYPE rollup_delta_in AS (
    delta_id uuid,
    created_day date,
    hopped_day date,
    stage text,
    bucket smallint,
    source text,
    channel text,
    campaign text,
    origin text,
    grade text,
    entered bigint,
    left_n bigint,
    to_next bigint
);
COMMENT ON TYPE rollup_delta_in IS 'What a batch counted.';
COMMENT ON TYPE rollup_stage_in IS 'Of releases that wrote to rollup_stage directly.';
