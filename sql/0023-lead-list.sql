-- Lists of leads that hold rarely read every lead: a rare campaign, or who is
-- hot now.  This index has what the filters ask for, so that only the leads
-- shown are read themselves.
CREATE INDEX lead_list ON lead (workspace_id, stage, lead_id) INCLUDE (temperature, quality, grade, origin, source, campaign, created_at, merged_into);
COMMENT ON INDEX lead_list IS 'GET /v1/leads and its filters';
DROP INDEX lead_stage;
-- the index answers alone where vacuum has been
ALTER TABLE lead SET (autovacuum_vacuum_insert_scale_factor = 0.05);
