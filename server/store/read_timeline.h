/**
 * @file read_timeline.h
 * All that happened to one lead, oldest first.  Thread: a reader's.
 */
#ifndef LEADD_READ_TIMELINE_H
#define LEADD_READ_TIMELINE_H

#include "store/pg.h"

/** Kinds, in their order within one millisecond. */
enum moment_kind {
    MOMENT_RECEIPT,
    MOMENT_TOUCH,
    MOMENT_FACTS,
    MOMENT_CONSENT,
    MOMENT_EVENT,
    MOMENT_HOP,
    MOMENT_CLAIM,
    MOMENT_ACTIVITY,
    MOMENT_OUTCOME,
    MOMENT_EMAIL_CHECK,
    MOMENT_MERGE,
    MOMENT_MERGE_UNDONE,
    MOMENT_KINDS
};

/** "receipt", "touch", ... */
const char *moment_kind_text(enum moment_kind kind);

struct moment {
    enum moment_kind kind;
    int64_t at_ms;
    const char *id;   /**< of its row, within its kind */
    const char *json; /**< the rest, an object; never a raw body */
};

/** Where a page ended. */
struct moment_place {
    int64_t at_ms;
    int kind;
    const char *id;
};

struct timeline_page {
    struct moment *moments;
    size_t n;
    bool more;
};

/**
 * @param after NULL: from the beginning
 * @return ERR_OK; ERR_NOT_FOUND when there is no such lead
 */
enum err read_timeline(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *lead_id,
                       const struct moment_place *after, int limit,
                       struct timeline_page *out) MUST_CHECK;

#endif
