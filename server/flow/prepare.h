/**
 * @file prepare.h
 * What a draft needs before the writer may have it.  Pure; any thread.
 */
#ifndef LEADD_PREPARE_H
#define LEADD_PREPARE_H

#include "flow/settings.h"
#include "lead/draft.h"

/** Everything a draft needs before the writer: canonical identifiers,
 *  account keys, search words.  Bad fields go to @a errs.
 *  @param now_ms when it came in */
void flow_prepare(const struct workspace *ws, struct draft *d, int64_t now_ms,
                  struct arena *mem, struct field_errs *errs);

/** What the source says of its leads, where the sender did not: touch,
 *  origin, name, price. */
void draft_defaults(const struct source *s, struct draft *d, struct arena *mem);

/** By which channel it came, unless the sender said; its events as well.
 *  @param channel NULL: not known */
void draft_channel(struct draft *d, const char *channel, struct arena *mem);

#endif
