-- Whether mail reaches a domain: asked of DNS after the commit that first
-- names an address there.  By domain, not by address: that is all DNS knows,
-- and it is nobody's personal data.
CREATE TABLE mail_domain (
    workspace_id bigint NOT NULL,
    domain text NOT NULL CHECK (length(domain) BETWEEN 1 AND 253),
    result text CHECK (result IN
        ('deliverable', 'no_mx', 'no_domain', 'disposable', 'unknown')),
    checked_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    PRIMARY KEY (workspace_id, domain)
);
COMMENT ON TABLE mail_domain IS 'What DNS says of the domains of e-mail addresses; written with the lead, answered later.';
COMMENT ON COLUMN mail_domain.result IS 'NULL: not asked yet; unknown: DNS did not say, and may be asked again.';
COMMENT ON COLUMN mail_domain.attempts IS 'Since the last certain answer.';
COMMENT ON COLUMN mail_domain.next_at IS 'When to ask, or the end of a lease; NULL: not by itself.';
CREATE INDEX mail_domain_due ON mail_domain (workspace_id, next_at)
    WHERE next_at IS NOT NULL;
COMMENT ON INDEX mail_domain_due IS 'the mail checker';
