-- All claims of one lead, ended ones too: its timeline.
CREATE INDEX claim_lead ON claim (workspace_id, lead_id, claim_id);
COMMENT ON INDEX claim_lead IS 'GET /v1/leads/{id}/timeline';
