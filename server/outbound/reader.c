#include "outbound/reader.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/reserve.h"
#include "base/str.h"
#include "metrics/metrics.h"

#define LIST_REPLY_MAX ((size_t)1 << 20)
#define LIST_PART      100 /* Meta answers 500 to very large ones */
#define FORMS_KEPT     32
#define LI_LEAD        "urn:li:leadGenFormResponse:"
#define LI_ID          DIGITS LETTERS "-_"
#define LI_FORM        "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:"
#define META_FIELDS                                                            \
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,"           \
    "campaign_name,form_id,is_organic,platform,field_data,"                    \
    "custom_disclaimer_responses"

/* A LinkedIn form version, which never changes. */
struct kept_form {
    char urn[160];
    json_t *doc;
};

struct reader {
    struct platforms platforms;
    struct client *client;
    struct kept_form forms[FORMS_KEPT];
    size_t next_form;
};

struct reader *reader_new(const struct platforms *p,
                          const struct client_rules *rules)
{
    struct reader *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->platforms = *p;
    r->client = client_new(rules);
    if (r->client)
        return r;
    free(r);
    return NULL;
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < FORMS_KEPT; i++)
        json_decref(r->forms[i].doc);
    client_free(r->client);
    free(r);
}

/* ---- one call, judged ---- */

static void no_reply(enum err e, struct reading *out)
{
    const char *cause = "network";

    out->outcome = OUTCOME_AGAIN;
    if (e == ERR_TOO_LARGE) {
        out->outcome = OUTCOME_PARK;
        cause = "reply_too_large";
    } else if (e == ERR_DEADLINE) {
        cause = "deadline";
    } else if (e == ERR_OUTBOUND_REFUSED) {
        cause = "address_refused";
    }
    snprintf(out->cause, sizeof(out->cause), "%s", cause);
}

static void ask(struct reader *r, const struct client_call *call,
                void (*judge)(const struct platform_reply *, struct reading *),
                unsigned slot, struct client_reply *reply, struct reading *out)
{
    int64_t began = clock_mono_us();
    enum err e = client_call(r->client, call, reply);

    metric_observe_at(METRIC_OUTBOUND_SECONDS, slot, clock_mono_us() - began);
    if (e == ERR_OK)
        judge(&(struct platform_reply){reply->status, reply->body.ptr,
                                       reply->body.len, reply->usage,
                                       reply->retry_ms},
              out);
    else
        no_reply(e, out);
}

/* @return the body when it is good; "" else */
static const char *ask_meta(struct reader *r, const char *path,
                            const char *token, size_t reply_max,
                            struct arena *mem, struct reading *out)
{
    struct client_call call = {.base = r->platforms.meta_url,
                               .path = path,
                               .bearer = token,
                               .total_ms = r->platforms.call_ms,
                               .reply_max = reply_max};
    struct client_reply reply;
    const char *body = "";

    ask(r, &call, outcome_meta, metric_slot(METRIC_OUTBOUND_SECONDS, "meta"),
        &reply, out);
    if (out->outcome == OUTCOME_OK)
        body = arena_strdup(mem, reply.body.ptr);
    client_reply_release(&reply);
    return body;
}

/* @return the document when it is good; NULL else */
static json_t *ask_rest(struct reader *r, const struct client_call *call,
                        const char *platform, struct reading *out)
{
    struct client_reply reply;
    json_t *doc = NULL;

    ask(r, call, outcome_rest, metric_slot(METRIC_OUTBOUND_SECONDS, platform),
        &reply, out);
    if (out->outcome == OUTCOME_OK)
        doc = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    client_reply_release(&reply);
    return doc;
}

static json_t *ask_linkedin(struct reader *r, const char *path,
                            const char *token, size_t reply_max,
                            struct reading *out)
{
    char version[64];
    struct client_call call = {
        .base = r->platforms.linkedin_url,
        .path = path,
        .bearer = token,
        .fields = {version, "X-Restli-Protocol-Version: 2.0.0"},
        .total_ms = r->platforms.call_ms,
        .reply_max = reply_max};

    snprintf(version, sizeof(version), "LinkedIn-Version: %s",
             r->platforms.linkedin_version);
    return ask_rest(r, &call, "linkedin", out);
}

static bool only(const char *s, const char *chars)
{
    return *s && strspn(s, chars) == strlen(s) && strlen(s) <= 128;
}

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void bad_id(struct reading *out)
{
    out->outcome = OUTCOME_PARK;
    snprintf(out->cause, sizeof(out->cause), "bad_id");
}

/* ---- Meta ---- */

static void meta_lead(struct reader *r, const char *id, const char *token,
                      struct arena *mem, struct platform_lead *out)
{
    out->door = "meta_lead";
    if (!only(id, DIGITS)) {
        bad_id(&out->reading);
        return;
    }
    out->json = ask_meta(r,
                         arena_printf(mem, "/%s/%s?fields=" META_FIELDS,
                                      r->platforms.meta_version, id),
                         token, 0, mem, &out->reading);
}

static const char *list_path(struct reader *r, const char *form_id,
                             int64_t since_ms, const char *cursor,
                             struct arena *mem)
{
    char *after = cursor ? curl_easy_escape(NULL, cursor, 0) : NULL;
    const char *path = arena_printf(
        mem,
        "/%s/%s/leads?fields=id&limit=%d&filtering=%%5B%%7B%%22field%%22%%3A"
        "%%22time_created%%22%%2C%%22operator%%22%%3A%%22GREATER_THAN%%22%%2C"
        "%%22value%%22%%3A%lld%%7D%%5D%s%s",
        r->platforms.meta_version, form_id, LIST_PART,
        (long long)(since_ms / 1000), after ? "&after=" : "",
        after ? after : "");

    curl_free(after);
    return path;
}

static void list_ids(const json_t *doc, struct arena *mem,
                     struct platform_list *out)
{
    const json_t *data = json_object_get(doc, "data");
    const json_t *paging = json_object_get(doc, "paging");
    const json_t *cursors = json_object_get(paging, "cursors");

    out->ids = arena_array(mem, json_array_size(data) + 1, sizeof(*out->ids));
    for (size_t i = 0; i < json_array_size(data); i++) {
        const char *id =
            json_string_value(json_object_get(json_array_get(data, i), "id"));

        if (id && only(id, DIGITS))
            out->ids[out->n++] = arena_strdup(mem, id);
    }
    /* "next" holds the token: only that it is there matters */
    if (out->n && json_object_get(paging, "next"))
        out->next = arena_strdup(
            mem, json_string_value(json_object_get(cursors, "after")));
}

static void meta_list(struct reader *r, const char *form_id, int64_t since_ms,
                      const char *cursor, const char *token, struct arena *mem,
                      struct platform_list *out)
{
    const char *body;
    json_t *doc;

    if (!only(form_id, DIGITS)) {
        bad_id(&out->reading);
        return;
    }
    body = ask_meta(r, list_path(r, form_id, since_ms, cursor, mem), token,
                    LIST_REPLY_MAX, mem, &out->reading);
    doc = json_loads(body, 0, NULL);
    list_ids(doc, mem, out);
    json_decref(doc);
}

static void give(json_t *doc, struct arena *mem, struct platform_lead *out)
{
    char *text = json_dumps(doc, JSON_COMPACT);

    out->json = arena_strdup(mem, text ? text : "");
    reserve_free(text);
    json_decref(doc);
}

/* ---- LinkedIn ---- */

static const json_t *form_kept(const struct reader *r, const char *urn)
{
    for (size_t i = 0; i < FORMS_KEPT; i++)
        if (r->forms[i].doc && str_eq(r->forms[i].urn, urn))
            return r->forms[i].doc;
    return NULL;
}

static void form_keep(struct reader *r, const char *urn, json_t *doc)
{
    struct kept_form *to = &r->forms[r->next_form++ % FORMS_KEPT];

    json_decref(to->doc);
    to->doc = json_incref(doc);
    snprintf(to->urn, sizeof(to->urn), "%s", urn);
}

/* Answers carry numbers of questions; the form names them. */
static void add_form(struct reader *r, json_t *lead, const char *token,
                     struct arena *mem, struct reading *out)
{
    const char *urn =
        json_string_value(json_object_get(lead, "versionedLeadGenFormUrn"));
    const json_t *kept;
    struct reading got = {.outcome = OUTCOME_OK};
    json_t *doc;
    size_t n;

    if (!urn || !str_starts(urn, LI_FORM) || strlen(urn) >= 160)
        return;
    kept = form_kept(r, urn);
    if (kept) {
        json_object_set(lead, "leadForm", (json_t *)(uintptr_t)kept);
        return;
    }
    n = strspn(urn + strlen(LI_FORM), DIGITS);
    doc = n ? ask_linkedin(r,
                           arena_printf(mem, "/rest/leadForms/%.*s", (int)n,
                                        urn + strlen(LI_FORM)),
                           token, 0, &got)
            : NULL;
    if (doc) {
        form_keep(r, urn, doc);
        json_object_set_new(lead, "leadForm", doc);
    } else if (got.outcome == OUTCOME_AGAIN || got.outcome == OUTCOME_LIMITED) {
        *out = got; /* the names will be there later */
    }
}

static void linkedin_lead(struct reader *r, const char *id, const char *token,
                          struct arena *mem, struct platform_lead *out)
{
    json_t *doc;

    out->door = "linkedin_lead";
    if (str_starts(id, LI_LEAD))
        id += strlen(LI_LEAD);
    if (!only(id, LI_ID)) {
        bad_id(&out->reading);
        return;
    }
    doc = ask_linkedin(r, arena_printf(mem, "/rest/leadFormResponses/%s", id),
                       token, 0, &out->reading);
    if (!doc)
        return;
    add_form(r, doc, token, mem, &out->reading);
    give(doc, mem, out);
}

/* Organic leads belong to an organization, and only one type is asked for at
   a time. */
static const struct owner_kind {
    const char *name, *urn;
    const char *types[4];
} OWNERS[] = {
    {"sponsoredAccount", "urn:li:sponsoredAccount:", {"SPONSORED"}},
    {"organization",
     "urn:li:organization:",
     {"COMPANY", "EVENT", "ORGANIZATION_PRODUCT"}},
};

static const struct owner_kind *owner_kind(const char *owner)
{
    for (size_t i = 0; i < ARRAY_LEN(OWNERS); i++)
        if (str_starts(owner, OWNERS[i].urn) &&
            only(owner + strlen(OWNERS[i].urn), DIGITS))
            return &OWNERS[i];
    return NULL;
}

/* Where a list goes on: which type of lead, and how many of it were read. */
struct place {
    size_t type, start;
};

static struct place place_of(const char *cursor)
{
    char *end;
    size_t type = cursor ? strtoul(cursor, &end, 10) : 0;

    return (struct place){type, cursor ? strtoul(end + 1, NULL, 10) : 0};
}

static void owner_ids(const json_t *doc, const struct owner_kind *kind,
                      struct place at, struct arena *mem,
                      struct platform_list *out)
{
    const json_t *list = json_object_get(doc, "elements");
    const json_t *total =
        json_object_get(json_object_get(doc, "paging"), "total");
    size_t n = json_array_size(list), next = at.start + n;

    out->ids = arena_array(mem, n + 1, sizeof(*out->ids));
    for (size_t i = 0; i < n; i++) {
        const char *id =
            json_string_value(json_object_get(json_array_get(list, i), "id"));

        if (id && only(id, LI_ID))
            out->ids[out->n++] = arena_strdup(mem, id);
    }
    /* addresses of the next part may lead anywhere: it is counted */
    if (n && (!total || (json_int_t)next < json_integer_value(total)))
        out->next = arena_printf(mem, "%zu:%zu", at.type, next);
    else if (kind->types[at.type + 1])
        out->next = arena_printf(mem, "%zu:0", at.type + 1);
}

static void linkedin_list(struct reader *r, const char *owner, int64_t since_ms,
                          const char *cursor, const char *token,
                          struct arena *mem, struct platform_list *out)
{
    const struct owner_kind *kind = owner_kind(owner);
    struct place at = place_of(cursor);
    json_t *doc;

    if (!kind) {
        bad_id(&out->reading);
        return;
    }
    doc = ask_linkedin(
        r,
        arena_printf(
            mem,
            "/rest/leadFormResponses?q=owner&limitedToTestLeads=false&fields=id"
            "&count=%d&submittedAtTimeRange=(start:%lld,end:%lld)&owner=(%s:"
            "urn%%3Ali%%3A%s%%3A%s)&leadType=(leadType:%s)&start=%zu",
            LIST_PART, (long long)since_ms, (long long)clock_now_ms(),
            kind->name, kind->name, owner + strlen(kind->urn),
            kind->types[at.type], at.start),
        token, LIST_REPLY_MAX, &out->reading);
    owner_ids(doc, kind, at, mem, out);
    json_decref(doc);
}

/* ---- HubSpot ---- */

/* The id is "account:contact"; the answer names only the contact. */
static void hubspot_lead(struct reader *r, const char *id, const char *token,
                         const char *fields, struct arena *mem,
                         struct platform_lead *out)
{
    struct client_call call = {.base = r->platforms.hubspot_url,
                               .bearer = token,
                               .total_ms = r->platforms.call_ms};
    size_t n = strcspn(id, ":");
    const char *portal = arena_strndup(mem, id, n);
    json_t *doc;

    out->door = "hubspot_lead";
    if (!only(portal, DIGITS) || !id[n] || !only(id + n + 1, DIGITS)) {
        bad_id(&out->reading);
        return;
    }
    call.path = arena_printf(mem, "/crm/v3/objects/contacts/%s?properties=%s",
                             id + n + 1, fields);
    doc = ask_rest(r, &call, "hubspot", &out->reading);
    if (!doc)
        return;
    json_object_set_new(doc, "portalId", json_string(portal));
    give(doc, mem, out);
}

void reader_lead(struct reader *r, const char *platform,
                 const char *external_id, const char *token, const char *fields,
                 struct arena *mem, struct platform_lead *out)
{
    *out = (struct platform_lead){.json = ""};
    if (str_eq(platform, "meta"))
        meta_lead(r, external_id, token, mem, out);
    else if (str_eq(platform, "linkedin"))
        linkedin_lead(r, external_id, token, mem, out);
    else if (str_eq(platform, "hubspot"))
        hubspot_lead(r, external_id, token, fields, mem, out);
    else
        bad_id(&out->reading);
}

void reader_list(struct reader *r, const char *platform, const char *form_id,
                 int64_t since_ms, const char *cursor, const char *token,
                 struct arena *mem, struct platform_list *out)
{
    *out = (struct platform_list){.n = 0};
    if (str_eq(platform, "meta"))
        meta_list(r, form_id, since_ms, cursor, token, mem, out);
    else if (str_eq(platform, "linkedin"))
        linkedin_list(r, form_id, since_ms, cursor, token, mem, out);
    else
        bad_id(&out->reading);
}
