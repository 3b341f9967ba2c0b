/**
 * @file write_audit.h
 * Who did what that must be known later.
 */
#ifndef LEADD_WRITE_AUDIT_H
#define LEADD_WRITE_AUDIT_H

#include "store/pg.h"

/** One row; no personal data in it. */
struct audit_row {
    int64_t workspace_id;
    struct uuid audit_id;
    int64_t now_ms;
    const char *actor;  /**< "cli:root" or "key:<id>" */
    const char *action; /**< "key.create", "lead.export" */
    const char *object; /**< what it was done to, "" when nothing has a name */
    const char *detail; /**< JSON text or NULL */
};

/** Write it.  Once more with the same id: the detail of an act that goes on.
 *  @return as pg_run */
enum err write_audit(struct pg *pg, struct arena *mem,
                     const struct audit_row *row) MUST_CHECK;

#endif
