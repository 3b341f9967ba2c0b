#include "api/leads_get.h"

#include <stdio.h>
#include <string.h>

#include "api/lead_filter.h"
#include "api/page.h"
#include "base/str.h"

/* ---- one ---- */

/* What DNS said is no new version of the lead, but another answer. */
static const char *etag_of(const struct lead *l, struct arena *mem)
{
    const char *etag = api_lead_etag(l, mem), *check = l->email_check_json;

    if (!check)
        return etag;
    return arena_printf(mem, "%.*s-m%04x\"", (int)strlen(etag) - 1, etag,
                        (unsigned)(str_hash(check, strlen(check)) & 0xffff));
}

static enum err run_one(struct pg *pg, struct read *r)
{
    struct lead lead;
    enum err e = read_lead(pg, r->mem, r->ws->workspace_id, r->args, &lead);

    if (e != ERR_OK)
        return e;
    r->etag = etag_of(&lead, r->mem);
    lead_to_json(&lead, &r->out);
    return ERR_OK;
}

enum http_next lead_get(struct http_req *rq)
{
    struct uuid id;
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    if (!api_param_id(rq, 0, &id))
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = arena_memdup(r->mem, &id, sizeof(id));
    return api_read_start(rq, r, run_one);
}

/* ---- a page ---- */

struct list {
    struct lead_filter filter;
    struct page page;
    struct lead_place after;
};

static enum err run_page(struct pg *pg, struct read *r)
{
    const struct list *a = r->args;
    const char *place = NULL;
    struct lead_page page;
    char id[UUID_TEXT_BYTES];
    enum err e =
        read_leads(pg, r->mem, r->ws->workspace_id, &a->filter,
                   a->page.after ? &a->after : NULL, a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        lead_to_json(&page.leads[i], &r->out);
    }
    if (page.more)
        place = arena_printf(r->mem, "%d %s", page.end.tier,
                             uuid_format(&page.end.lead_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

static bool place_parse(const char *s, struct lead_place *out)
{
    if (*s < '0' || *s > '2' || s[1] != ' ')
        return false;
    out->tier = *s - '0';
    return uuid_parse(s + 2, &out->lead_id);
}

static const char *shown(const char *s)
{
    return s ? s : "\x1e";
}

/* Everything that decides which leads are in the list, and in what order. */
static const char *fingerprint(struct read *r, const struct list *a,
                               const char *q)
{
    const struct lead_filter *f = &a->filter;
    char owner[UUID_TEXT_BYTES];

    return arena_printf(
        r->mem,
        "leads\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%lld\x1f%lld"
        "\x1f%s",
        shown(f->stage), shown(f->temperature), shown(f->quality),
        shown(f->grade), shown(f->origin), shown(f->source), shown(f->campaign),
        uuid_format(&f->owner, owner), (long long)f->created_from_ms,
        (long long)f->created_to_ms, shown(q));
}

enum http_next leads_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {LEAD_FILTER_ARGS, "limit", "cursor",
                                        NULL};
    struct read *r;
    struct list *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    arg_unknown(rq, &r->errs, KNOWN);
    lead_filter_read(rq, r, &a->filter);
    page_read(rq, r, fingerprint(r, a, arg_text(rq, "q")), &a->page);
    if (a->page.after && !place_parse(a->page.after, &a->after))
        page_bad_cursor(r);
    return api_read_start(rq, r, run_page);
}
