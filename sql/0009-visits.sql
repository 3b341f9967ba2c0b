-- Page views of visitors nobody knows yet.  They are told only with consent,
-- and become events of the lead in the transaction that names the visitor.
CREATE TABLE visit (
    workspace_id bigint NOT NULL,
    visitor text NOT NULL,
    visit_id uuid NOT NULL,
    ext_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    session text,
    detail text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, visitor, visit_id)
);
COMMENT ON TABLE visit IS 'One page view of an unknown visitor; gone once the visitor is a lead, or after 30 days. At most 200 a visitor.';
COMMENT ON COLUMN visit.visitor IS 'Value of the identifier of kind 4.';
COMMENT ON COLUMN visit.ext_id IS 'The event it becomes: the same report again is the same event.';
COMMENT ON COLUMN visit.detail IS 'Address of the page without its query.';
CREATE INDEX visit_age ON visit (workspace_id, created_at);
COMMENT ON INDEX visit_age IS 'forgetting';
