-- Whether anybody of a company did something lately, in one row: a company
-- may have thousands of leads, and most lists bring people who did nothing.
CREATE TABLE account_activity (
    workspace_id bigint NOT NULL,
    account_id uuid NOT NULL,
    active_until timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, account_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE account_activity IS 'Companies whose people did something; the events of the others need not be looked for.';
COMMENT ON COLUMN account_activity.active_until IS 'No event of its people is later than this; up to a day too late, so that a day changes it once.';
INSERT INTO account_activity (workspace_id, account_id, active_until)
    SELECT l.workspace_id, l.account_id, max(e.occurred_at) + interval '1 day'
    FROM lead l JOIN event e ON e.workspace_id = l.workspace_id AND e.lead_id = l.lead_id
    WHERE l.account_id IS NOT NULL GROUP BY l.workspace_id, l.account_id;
