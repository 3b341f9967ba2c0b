#include "api/spend_post.h"

#include <string.h>

#include "api/app.h"
#include "api/body.h"
#include "base/clock.h"
#include "lead/money.h"
#include "store/write_spend.h"

#define NAME_MAX_BYTES 200

static void put_text(struct buf *out, const char *name, const char *value)
{
    (void)buf_printf(out, ",\"%s\":", name);
    if (*value)
        (void)buf_json_str(out, value, strlen(value));
    else
        (void)buf_puts(out, "null");
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct spend *s = r->args;
    char day[TIME_TEXT_BYTES];
    enum err e = write_spend(pg, r->mem, r->ws->workspace_id, s, r->now_ms);

    if (e != ERR_OK)
        return e;
    r->status = 201;
    (void)buf_printf(&r->out, "{\"day\":\"%s\"", date_format(s->day, day));
    put_text(&r->out, "source", s->source);
    put_text(&r->out, "campaign", s->campaign);
    (void)buf_printf(&r->out, ",\"amount\":%lld,\"currency\":\"%s\"}",
                     (long long)s->amount, s->currency);
    return ERR_OK;
}

static void read_body(const json_t *doc, struct read *r, struct spend *s)
{
    static const char *const KNOWN[] = {"day",    "source",   "campaign",
                                        "amount", "currency", NULL};
    const char *day;

    body_known(doc, KNOWN, &r->errs);
    day = body_text(doc, "day", 10, true, r->mem, &r->errs);
    if (day && !date_parse(day, &s->day))
        field_errs_add(&r->errs, "/day", ERR_TIME_INVALID,
                       "a day is YYYY-MM-DD");
    s->source =
        body_text(doc, "source", NAME_MAX_BYTES, false, r->mem, &r->errs);
    s->campaign =
        body_text(doc, "campaign", NAME_MAX_BYTES, false, r->mem, &r->errs);
    if (!r->errs.n && !s->source == !s->campaign)
        field_errs_add(&r->errs, s->source ? "/campaign" : "/source",
                       s->source ? ERR_INVALID : ERR_REQUIRED,
                       "give either source or campaign");
    (void)body_int(doc, "amount", 0, MONEY_MAX, true, &s->amount, &r->errs);
    s->currency = body_text(doc, "currency", 3, true, r->mem, &r->errs);
    if (s->currency && currency_decimals(s->currency) < 0)
        field_errs_add(&r->errs, "/currency", ERR_UNKNOWN_VALUE,
                       "an ISO 4217 code is needed");
    if (!s->source)
        s->source = "";
    if (!s->campaign)
        s->campaign = "";
}

enum http_next spend_post(struct http_req *rq)
{
    struct read *r;
    json_t *doc;
    enum err e;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    doc = api_json(rq, &r->errs, &e);
    if (!doc && !r->errs.n) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    r->args = arena_alloc(r->mem, sizeof(struct spend));
    if (doc)
        read_body(doc, r, r->args);
    json_decref(doc);
    return api_read_start(rq, r, run);
}
