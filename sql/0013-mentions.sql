-- What must be forgotten with a person, and could not be found: receipts that
-- left no touch, fact or consent, and answers kept for Idempotency-Key.
CREATE TABLE mention (
    workspace_id bigint NOT NULL,
    lead_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, receipt_id)
);
COMMENT ON TABLE mention IS 'Receipts about a lead that are no touch: changes by hand, events, repeated deliveries. An erasure finds their bodies here.';
INSERT INTO mention (workspace_id, lead_id, receipt_id)
    SELECT r.workspace_id, r.lead_id, r.receipt_id FROM receipt r
    WHERE r.lead_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM touch t
        WHERE t.workspace_id = r.workspace_id AND t.lead_id = r.lead_id
        AND t.receipt_id = r.receipt_id);

CREATE INDEX lead_erased ON lead (workspace_id, erased_at) WHERE erased_at IS NOT NULL;
COMMENT ON INDEX lead_erased IS 'forgetting kept answers about them';
