-- Ids of the senders of two sources must not meet, also when both have one
-- name; and they stay what they are when a source gets another name.
ALTER TABLE source ADD COLUMN id_space text;
UPDATE source s SET id_space = CASE WHEN NOT EXISTS (SELECT FROM source o
    WHERE o.workspace_id = s.workspace_id AND o.name = s.name
    AND (o.created_at, o.source_id) < (s.created_at, s.source_id))
    THEN s.name ELSE s.name || '~' || right(s.source_id::text, 8) END;
ALTER TABLE source ADD UNIQUE (workspace_id, id_space);
COMMENT ON COLUMN source.id_space IS 'Stands in front of its external ids, for good: the name it was made with, behind ~ a piece of source_id where another source had that.';
