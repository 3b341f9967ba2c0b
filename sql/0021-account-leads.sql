-- The newest people of a company, without reading all of them.
CREATE INDEX lead_of_account ON lead (workspace_id, account_id, lead_id) WHERE account_id IS NOT NULL;
COMMENT ON INDEX lead_of_account IS 'account activity of a judgement, who is due by it';
DROP INDEX lead_account;
