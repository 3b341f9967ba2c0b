-- A new model changes what every open lead is worth.  The order to judge them
-- again is left here with the activation; the sweeper walks through the leads
-- and lets them fall due, some at a time.
CREATE TABLE rescore (
    workspace_id bigint PRIMARY KEY,
    version text NOT NULL,
    after_lead uuid NOT NULL,
    ordered_at timestamptz NOT NULL
);
COMMENT ON TABLE rescore IS 'Workspaces whose open leads are being judged again by a model that was activated; gone when all were reached.';
COMMENT ON COLUMN rescore.version IS 'Leads that were judged by it already are left alone.';
COMMENT ON COLUMN rescore.after_lead IS 'Every lead up to here has been made due.';
