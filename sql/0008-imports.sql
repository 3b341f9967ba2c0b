-- Imports: lists read row by row, their progress, what was wrong with them.

CREATE TABLE import (
    workspace_id bigint NOT NULL,
    import_id uuid NOT NULL,
    source_id uuid,
    source text NOT NULL,
    format text NOT NULL,
    terms jsonb NOT NULL,
    held text,
    key_id uuid,
    state text NOT NULL CHECK (state IN ('running', 'done', 'interrupted')),
    reason text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (workspace_id, import_id)
);
COMMENT ON TABLE import IS 'One list sent in, however many requests it took.';
COMMENT ON COLUMN import.terms IS 'What was said of the whole list: provenance, consent, mapping, delimiter.';
COMMENT ON COLUMN import.held IS 'Why all its rows are quarantined; NULL: they are not.';
COMMENT ON COLUMN import.reason IS 'Why it was interrupted.';

CREATE TABLE import_chunk (
    workspace_id bigint NOT NULL,
    import_id uuid NOT NULL,
    first_row bigint NOT NULL,
    content uuid NOT NULL,
    receipt_id uuid,
    n_rows integer NOT NULL,
    n_bytes bigint NOT NULL,
    n_new integer NOT NULL,
    n_known integer NOT NULL,
    n_repeated integer NOT NULL,
    n_held integer NOT NULL,
    n_bad integer NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, import_id, first_row)
);
COMMENT ON TABLE import_chunk IS 'A run of rows, written in the transaction of its leads: the progress of an import, and what a resumed one may pass over.';
COMMENT ON COLUMN import_chunk.content IS 'Hash of the bytes of its rows.';
COMMENT ON COLUMN import_chunk.receipt_id IS 'Its rows that became leads; NULL: none did.';
COMMENT ON COLUMN import_chunk.n_known IS 'Rows about leads that were there already.';
COMMENT ON COLUMN import_chunk.n_repeated IS 'Rows that this source has sent before, word for word.';

CREATE TABLE import_row (
    workspace_id bigint NOT NULL,
    row_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, row_id)
);
COMMENT ON TABLE import_row IS 'Rows taken in, as a hash of source, terms, heading and content: the same row again adds nothing.';

CREATE TABLE import_error (
    workspace_id bigint NOT NULL,
    import_id uuid NOT NULL,
    row_no bigint NOT NULL,
    line bigint NOT NULL,
    cell integer,
    field text,
    code text NOT NULL,
    detail text NOT NULL,
    stored boolean NOT NULL,
    content bytea,
    PRIMARY KEY (workspace_id, import_id, row_no)
);
COMMENT ON TABLE import_error IS 'What was wrong with a row, and the row itself.';
COMMENT ON COLUMN import_error.line IS 'Line of the file, from 1; a row may span several.';
COMMENT ON COLUMN import_error.cell IS 'Column of the file, from 1; NULL: the row as a whole.';
COMMENT ON COLUMN import_error.stored IS 'The row became a lead all the same, without that cell.';
