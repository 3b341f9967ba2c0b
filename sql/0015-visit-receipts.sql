-- Page views become events of whoever the visitor turns out to be: what told of
-- them is a receipt about that lead, and an erasure must find it.
ALTER TABLE visit ADD COLUMN receipt_id uuid;
COMMENT ON COLUMN visit.receipt_id IS 'What told of it; a mention once the visitor is a lead.';
