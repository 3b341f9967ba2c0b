-- A company is known by its name and by the domain of its work e-mail: both
-- lead to one account.
CREATE TABLE account_key (
    workspace_id bigint NOT NULL,
    key text NOT NULL,
    account_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, key)
);
COMMENT ON TABLE account_key IS 'What a company is known by; the primary key decides whose it is, and it stays there.';
COMMENT ON COLUMN account_key.key IS 'domain:<registrable domain of a work e-mail> or name:<folded company name>.';
INSERT INTO account_key (workspace_id, key, account_id)
    SELECT workspace_id, key, account_id FROM account;
ALTER TABLE account DROP COLUMN key;
ALTER TABLE account DROP COLUMN domain;
