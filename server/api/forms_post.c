#include "api/forms_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "base/str.h"
#include "http/cors.h"
#include "identity/identity.h"
#include "intake/form_map.h"

static const struct source *source_of(struct http_req *rq)
{
    const struct caller *who = api_caller(rq);

    return who && rq->n_params ? snapshot_source(who->snap, rq->param[0])
                               : NULL;
}

/* A plain HTML form waits for a page, a script for JSON. */
static bool wants_page(const struct http_req *rq)
{
    const char *accept = http_header(rq, "Accept");

    return accept && strstr(accept, "text/html") &&
           !http_body_is(rq, "application/json");
}

static enum http_next thank_you(struct http_req *rq, const struct source *s)
{
    static const char PAGE[] =
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\""
        " content=\"width=device-width\"><title>Thank you</title>"
        "<h1>Thank you</h1><p>We have received your message.</p>";

    if (s && s->success_url)
        return reply_redirect(rq, s->success_url);
    return reply_static(rq, 201, "text/html; charset=utf-8", PAGE);
}

static enum http_next answer(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (rq->err == ERR_OK && wants_page(rq))
        return thank_you(rq, s);
    return api_write_reply(rq);
}

/* What the source says of its leads, where the visitor's browser did not. */
static void apply_defaults(const struct source *s, struct draft *d,
                           struct arena *mem)
{
    d->has_touch = true;
    if (!d->touch.channel)
        d->touch.channel = arena_strdup(mem, s->channel);
    if (!d->touch.campaign)
        d->touch.campaign = arena_strdup(mem, s->campaign);
    d->origin = s->origin;
    d->has_origin = true;
    d->source_name = arena_strdup(mem, s->name);
    if (s->price > 0 && !(d->facts.given & FACT_PRICE)) {
        d->facts.given |= FACT_PRICE;
        d->facts.price = s->price;
        d->fact_source = FACT_SELF_DECLARED;
    }
    d->external_id = NULL;
}

static enum err decode(struct http_req *rq, const struct source *s,
                       struct work *w, struct field_errs *errs)
{
    struct part *p = arena_alloc(w->mem, sizeof(*p));
    struct draft *d = &p->draft;
    enum err e;

    w->parts = p;
    w->n_parts = 1;
    p->kind = PART_INGEST;
    errs->mem = rq->mem;
    e = intake_form(http_header(rq, "Content-Type"), w->receipt.body,
                    w->receipt.body_bytes, &s->spec, w->receipt.received_ms,
                    w->mem, d, errs);
    if (e != ERR_OK)
        return e;
    apply_defaults(s, d, w->mem);
    flow_prepare(s->workspace, d, w->mem, errs);
    if (!d->quarantine && !identity_is_reachable(d))
        return ERR_NO_IDENTIFIER;
    return ERR_OK; /* a bad phone beside a good e-mail loses nobody */
}

static enum http_next refuse(struct http_req *rq, enum err e,
                             const struct field_errs *errs)
{
    if (errs->n)
        return reply_invalid(rq, errs);
    return reply_problem(rq, e, NULL);
}

static bool own_page(const struct http_req *rq)
{
    const char *origin = http_header(rq, "Origin");
    const char *host = http_header(rq, "Host");
    const char *at = origin ? strstr(origin, "://") : NULL;

    return at && host && str_eq_nocase(at + 3, host);
}

/* Browsers name the origin of plain forms too.  Those need no leave while
 * the source lists no origins, nor from a page of ours; a script's JSON
 * does, and never gets to read the answer without it. */
static bool may_post(struct http_req *rq, const struct source *s)
{
    if (cors_allow(rq, s->origins, s->n_origins))
        return true;
    return !http_body_is(rq, "application/json") &&
           (s->n_origins == 0 || own_page(rq));
}

enum http_next forms_post(struct http_req *rq)
{
    const struct source *s;
    struct field_errs errs = {0};
    struct work *w;
    enum err e;

    if (rq->woken)
        return answer(rq);
    s = source_of(rq);
    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (!may_post(rq, s))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    w = api_work(rq, "form");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->workspace_id = s->workspace->workspace_id;
    w->receipt.source_id = s->source_id;
    w->receipt.source = arena_strdup(w->mem, s->name);
    w->render = render_accepted;
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = decode(rq, s, w, &errs);
    if (e != ERR_OK) {
        work_free(w);
        return refuse(rq, e, &errs);
    }
    return api_write_start(rq, w);
}

enum http_next forms_options(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    return cors_preflight(rq, s->origins, s->n_origins, "POST");
}
