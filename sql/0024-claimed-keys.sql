-- A key of work that the writer does not do is claimed before it.
COMMENT ON TABLE idempotency IS 'Answers kept for Idempotency-Key; of what the writer does, written in the transaction of the work itself; deleted after 24 hours.';
COMMENT ON COLUMN idempotency.status IS '0: claimed by the request named in body, free again a minute after created_at; else of the answer.';
