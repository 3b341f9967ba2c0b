-- Which colleague did it, where an event says so: it is no engagement of the
-- lead's, whenever it is read again.  Of what came before only its receipt
-- tells.
ALTER TABLE event ADD COLUMN person text;
COMMENT ON COLUMN event.person IS 'Another person of the lead''s account, as the sender calls them; the same text is the same person. NULL: the lead. Forgotten with the lead.';

-- An older program goes on with event_in.
CREATE TYPE event_person_in AS (
    lead_id uuid,
    event_id uuid,
    ext_id text,
    type text,
    occurred_at timestamptz,
    value integer,
    duration_s integer,
    machine boolean,
    session text,
    channel text,
    visitor text,
    detail text,
    receipt_id uuid,
    person text
);
COMMENT ON TYPE event_person_in IS 'An event.';
