/**
 * @file decision.h
 * What somebody decided about the thing named in the path: a POST with a small
 * body, carried out by one run on a reader thread.  Thread: the handler's.
 */
#ifndef LEADD_DECISION_H
#define LEADD_DECISION_H

#include <jansson.h>

#include "api/app.h"

/** r->args of such a run. */
struct decision {
    struct uuid id;   /**< of the path */
    struct uuid keep; /**< of a merge: the lead that stays */
    const char *note; /**< in the read's arena; NULL: none */
};

/** Longest note, in bytes. */
#define DECISION_NOTE_MAX 500

/** Reads the body into @a d, faults into r->errs. */
typedef void decision_read(const json_t *doc, struct read *r,
                           struct decision *d);

/** Every visit of the request.  No body is an empty object. */
enum http_next decision_visit(struct http_req *rq, decision_read *read_body,
                              enum err (*run)(struct pg *pg, struct read *r));

#endif
