#include "api/claims_get.h"

#include <string.h>

#include "api/page.h"
#include "base/str.h"
#include "store/read_claims.h"

struct ask {
    struct uuid claim_id;
    struct claim_filter filter;
    struct page page;
    const struct uuid *after;
};

/* A rep without a rep id would see everybody's: it sees nobody's. */
static struct uuid only_own(const struct read *r)
{
    struct uuid rep = {{0}};

    if (!r->key || r->key->role != ROLE_SALES)
        return rep;
    rep = r->key->rep_id;
    if (uuid_is_nil(&rep))
        rep.b[15] = 1;
    return rep;
}

static enum err run_one(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    struct claim claim;
    enum err e = read_claim(pg, r->mem, r->ws->workspace_id, &a->claim_id,
                            &a->filter.rep_id, &claim);

    if (e == ERR_OK)
        claim_to_json(&claim, &r->out);
    return e;
}

enum http_next claim_get(struct http_req *rq)
{
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    a->filter.rep_id = only_own(r);
    if (!api_param_id(rq, 0, &a->claim_id)) {
        api_read_free(r);
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    }
    return api_read_start(rq, r, run_one);
}

static enum err run_page(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    const char *place = NULL;
    struct claim_page page;
    char id[UUID_TEXT_BYTES];
    enum err e = read_claims(pg, r->mem, r->ws->workspace_id, &a->filter,
                             a->after, a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        claim_to_json(&page.claims[i], &r->out);
    }
    if (page.more)
        place = arena_strdup(
            r->mem, uuid_format(&page.claims[page.n - 1].claim_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

static void read_filter(struct http_req *rq, struct read *r,
                        struct claim_filter *f)
{
    static const char *const KNOWN[] = {"mine",  "state",  "rep",
                                        "limit", "cursor", NULL};
    static const char *const STATES[] = {
        "claimed",  "accepted", "won",        "lost",   "released",
        "rejected", "expired",  "reassigned", "closed", NULL};
    static const char *const MINE[] = {"0", "1", "false", "true", NULL};
    struct uuid own = only_own(r);
    size_t i = 0;

    arg_unknown(rq, &r->errs, KNOWN);
    if (arg_word(rq, &r->errs, "state", STATES, &i))
        f->state = STATES[i];
    (void)arg_uuid(rq, &r->errs, "rep", &f->rep_id);
    if (arg_word(rq, &r->errs, "mine", MINE, &i) && i % 2 && r->key)
        f->rep_id = r->key->rep_id;
    if (!uuid_is_nil(&own))
        f->rep_id = own;
}

enum http_next claims_get(struct http_req *rq)
{
    char rep[UUID_TEXT_BYTES];
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    read_filter(rq, r, &a->filter);
    uuid_format(&a->filter.rep_id, rep);
    page_read(rq, r,
              arena_printf(r->mem, "claims %s %s", rep,
                           a->filter.state ? a->filter.state : ""),
              &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run_page);
}
