-- A lead's first hop comes from no stage.  NULL says so and is not asked of the
-- foreign key, whose lookup and row lock were a tenth of what PostgreSQL does
-- for a new lead; hop_first allows just that one hop instead.  Every other hop
-- is held by the foreign key as before.
ALTER TABLE hop ALTER COLUMN from_stage DROP NOT NULL;
ALTER TABLE hop ADD CONSTRAINT hop_first CHECK (from_stage IS NOT NULL OR (hop_no = 1 AND to_stage = 'iql' AND actor = 'system'));
COMMENT ON COLUMN hop.from_stage IS 'NULL for the first hop; rows of before migration 0022 say new.';
COMMENT ON CONSTRAINT hop_first ON hop IS 'Only the first hop comes from nowhere, and only to iql.';
