-- What shows that a consent was given, beside the receipt that told of it.
ALTER TABLE consent ADD COLUMN evidence text;
COMMENT ON COLUMN consent.evidence IS 'What the sender keeps as evidence: a link, a number of a recording; of a list its provenance. Forgotten with the person.';
