/**
 * @file search.h
 * From what somebody typed into the search box to what the store looks up.
 * Pure; any thread.
 */
#ifndef LEADD_SEARCH_H
#define LEADD_SEARCH_H

#include "flow/settings.h"
#include "store/read_leads.h"

/**
 * An e-mail address or a phone number in any form is looked up exactly;
 * anything else by the words of the name, the last one as a prefix.  Each may
 * also be an external id, alone or behind the name of a source.
 *
 * @param snap held by the caller while @a out is used
 */
void flow_search(const struct snapshot *snap, const struct workspace *ws,
                 const char *q, struct arena *mem, struct lead_search *out);

#endif
