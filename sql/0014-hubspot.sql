-- Contacts are read back from HubSpot too.
COMMENT ON COLUMN fetch_queue.platform IS 'meta, linkedin or hubspot.';
COMMENT ON COLUMN fetch_queue.external_id IS 'As the platform writes it; ids of 19 digits are text. HubSpot: account:contact.';
