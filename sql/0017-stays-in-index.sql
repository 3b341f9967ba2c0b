-- A median reads thousands of buckets of stays, one small row each: now from
-- the index alone.
ALTER TABLE rollup_stay DROP CONSTRAINT rollup_stay_pkey,
    ADD PRIMARY KEY (workspace_id, view, dim, day, stage, value, bucket) INCLUDE (n);
