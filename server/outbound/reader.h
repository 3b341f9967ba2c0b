/**
 * @file reader.h
 * Asks Meta's Graph API, LinkedIn's Lead Sync API and HubSpot's CRM API for
 * leads.  Nothing a platform writes is trusted: ids are checked before they
 * enter an address, pages of a list are followed by their cursor only.
 *
 * A reader belongs to one thread and blocks it.
 */
#ifndef LEADD_READER_H
#define LEADD_READER_H

#include "base/arena.h"
#include "outbound/client.h"
#include "outbound/outcome.h"

/** Where the platforms are; text is borrowed. */
struct platforms {
    const char *meta_url, *meta_version;
    const char *linkedin_url, *linkedin_version;
    const char *hubspot_url;
    int64_t call_ms;
};

/** One lead as read; text in the arena of the call. */
struct platform_lead {
    struct reading reading;
    const char *door; /**< of its receipt */
    const char *json; /**< OUTCOME_OK: the lead.  LinkedIn's has its form in
                           the member "leadForm", if that could be read,
                           HubSpot's its account in "portalId" */
};

/** Part of a list of leads. */
struct platform_list {
    struct reading reading;
    const char **ids;
    size_t n;
    const char *next; /**< cursor of the next part; NULL: the end */
};

struct reader;

struct reader *reader_new(const struct platforms *p,
                          const struct client_rules *rules);
void reader_free(struct reader *r);

/** @param platform "meta", "linkedin" or "hubspot"
 *  @param token borrowed
 *  @param fields what HubSpot is asked for (hubspot_fields) */
void reader_lead(struct reader *r, const char *platform,
                 const char *external_id, const char *token, const char *fields,
                 struct arena *mem, struct platform_lead *out);

/** Leads sent in since @a since_ms: of one of Meta's forms, or of an owner of
 *  LinkedIn's, "urn:li:sponsoredAccount:1" or "urn:li:organization:1".
 *  @param cursor NULL: from the beginning */
void reader_list(struct reader *r, const char *platform, const char *form_id,
                 int64_t since_ms, const char *cursor, const char *token,
                 struct arena *mem, struct platform_list *out);

#endif
