-- Two leads that turn out to be one person.  What was told of the one that
-- gives way moves to the one that is kept; the row that gave way stays as a
-- pointer, with its hops, so that a merge can be undone.
ALTER TABLE lead ADD COLUMN merged_into uuid;
COMMENT ON COLUMN lead.merged_into IS 'It gave way to this lead, which never gave way itself; no longer listed, claimed, judged or counted.';
CREATE INDEX lead_merged ON lead (workspace_id, merged_into) WHERE merged_into IS NOT NULL;
COMMENT ON INDEX lead_merged IS 'who gave way to a lead: erasures, merges of merges';

CREATE TABLE merge (
    workspace_id bigint NOT NULL,
    merge_id uuid NOT NULL,
    review_id uuid NOT NULL,
    kept_id uuid NOT NULL,
    gone_id uuid NOT NULL,
    note text,
    merged_at timestamptz NOT NULL,
    merged_by uuid NOT NULL,
    kept_before jsonb,
    gone_before jsonb,
    moved jsonb NOT NULL DEFAULT '{}',
    undone_at timestamptz,
    undone_by uuid,
    PRIMARY KEY (workspace_id, merge_id)
);
COMMENT ON TABLE merge IS 'Leads that somebody said are one person, and what it takes to part them again.';
COMMENT ON COLUMN merge.kept_id IS 'The lead that stays.';
COMMENT ON COLUMN merge.gone_id IS 'The lead that gave way.';
COMMENT ON COLUMN merge.merged_by IS 'Key that decided; likewise undone_by.';
COMMENT ON COLUMN merge.kept_before IS 'Its row of lead before the merge; NULL once it was undone or the person erased.';
COMMENT ON COLUMN merge.gone_before IS 'Likewise of the lead that gave way.';
COMMENT ON COLUMN merge.moved IS 'Per table the ids of the rows that moved; the identifiers are those of gone_before.';
CREATE UNIQUE INDEX merge_standing ON merge (workspace_id, gone_id) WHERE undone_at IS NULL;
COMMENT ON INDEX merge_standing IS 'a lead gives way once';
CREATE INDEX merge_kept ON merge (workspace_id, kept_id, merge_id);
COMMENT ON INDEX merge_kept IS 'timeline; which merge of a lead was the last';
CREATE INDEX merge_gone ON merge (workspace_id, gone_id, merge_id);
COMMENT ON INDEX merge_gone IS 'timeline';

ALTER TABLE review ADD COLUMN merge_id uuid;
ALTER TABLE review ADD CONSTRAINT review_state
    CHECK (state IN ('open', 'dismissed', 'merged'));
COMMENT ON COLUMN review.state IS 'open, dismissed (two people; never asked again) or merged (one).';
COMMENT ON COLUMN review.merge_id IS 'The merge that closed it; NULL again once that was undone.';
CREATE INDEX review_pair ON review (workspace_id, lead_id, other_lead_id);
COMMENT ON INDEX review_pair IS 'whether two leads were called different people';
CREATE INDEX review_merge ON review (workspace_id, merge_id) WHERE merge_id IS NOT NULL;
COMMENT ON INDEX review_merge IS 'reviews that an undone merge opens again';
