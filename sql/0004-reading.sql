-- What reading needs.
-- All claims of one lead, ended ones too: its timeline.
CREATE INDEX claim_lead ON claim (workspace_id, lead_id, claim_id);
COMMENT ON INDEX claim_lead IS 'GET /v1/leads/{id}/timeline';

-- The funnel reads parts of days by time: new pages must not wait for a
-- vacuum, or every such read walks them all.
ALTER INDEX hop_time SET (autosummarize = on);
