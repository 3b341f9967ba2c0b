/**
 * @file read_back.h
 * Joins the fetcher to the flow: settings, tokens, the road of what was read.
 */
#ifndef LEADD_READ_BACK_H
#define LEADD_READ_BACK_H

#include "flow/flow.h"
#include "options/options.h"

struct read_back;

/**
 * Start reading leads back.
 *
 * @param o borrowed until read_back_stop
 * @param f outlives it
 * @param mem outlives it
 * @return given; NULL when out of memory or turned off (fetch_threads = 0)
 */
struct read_back *read_back_start(const struct options *o, struct flow *f,
                                  struct arena *mem);
/** Before the flow is stopped.  NULL is fine. */
void read_back_stop(struct read_back *b);

#endif
