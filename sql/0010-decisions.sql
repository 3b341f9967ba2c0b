-- What became of receipts in quarantine.

ALTER TABLE quarantine ADD COLUMN decided_at timestamptz;
ALTER TABLE quarantine ADD COLUMN decided_by uuid;
ALTER TABLE quarantine ADD CONSTRAINT quarantine_state
    CHECK (state IN ('held', 'released', 'purged'));
COMMENT ON COLUMN quarantine.state IS 'held, released (applied as if it had come then) or purged (body erased).';
COMMENT ON COLUMN quarantine.decided_by IS 'Key that released or purged it; NULL for the command line.';
CREATE INDEX quarantine_held ON quarantine (workspace_id, receipt_id) WHERE state = 'held';
COMMENT ON INDEX quarantine_held IS 'GET /v1/quarantine';
