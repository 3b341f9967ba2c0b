/**
 * @file page_query.h
 * The campaign that stands in the address of the page a form was on.  Pure;
 * any thread.
 */
#ifndef LEADD_PAGE_QUERY_H
#define LEADD_PAGE_QUERY_H

#include "base/arena.h"
#include "lead/draft.h"

/**
 * Fill what a touch does not say itself, utm_* and click ids, from the query
 * of its page_url: percent-decoded, cleaned and cut like the field of that
 * name.
 */
void page_query_fill(struct touch *t, struct arena *mem);

#endif
