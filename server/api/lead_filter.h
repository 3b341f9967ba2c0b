/**
 * @file lead_filter.h
 * Which leads a list or an export is about, from the arguments of a GET.
 */
#ifndef LEADD_LEAD_FILTER_H
#define LEADD_LEAD_FILTER_H

#include "api/app.h"
#include "store/read_leads.h"

/** For the list that arg_unknown takes. */
#define LEAD_FILTER_ARGS                                                       \
    "stage", "temperature", "quality", "grade", "origin", "source",            \
        "campaign", "owner", "created_from", "created_to", "q"

/** Faults go into r->errs; what @a out points at is in r->mem. */
void lead_filter_read(struct http_req *rq, struct read *r,
                      struct lead_filter *out);

#endif
