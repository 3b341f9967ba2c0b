/**
 * @file account_events.h
 * What the people of companies did, as a batch or a read needs it: the rows of
 * EVENTS_OF_ACCOUNTS_SQL, kept once for all leads of a company.  Any thread.
 */
#ifndef LEADD_ACCOUNT_EVENTS_H
#define LEADD_ACCOUNT_EVENTS_H

#include "lead/bundle.h"
#include "store/pg.h"

/**
 * Give every bundle of @a list the events of its account.
 *
 * @param res rows of EVENTS_OF_ACCOUNTS_SQL, not kept
 * @param mem holds the events, as long as the bundles live
 */
void account_events_take(const PGresult *res, struct bundle *list,
                         struct arena *mem);

/** An event whose EVENT_SELECT begins at column @a first of @a row. */
void event_of_row(const PGresult *res, int row, int first, struct arena *mem,
                  struct event *out);

#endif
