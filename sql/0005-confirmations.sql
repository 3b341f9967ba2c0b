-- A lead that Sales confirms by hand is not claimed yet: the activity that
-- shows it has no claim.
ALTER TABLE activity ALTER COLUMN claim_id DROP NOT NULL;
COMMENT ON COLUMN activity.claim_id IS 'NULL: the activity that showed a lead to be ready for Sales.';
