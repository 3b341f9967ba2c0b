#include "api/forms_post.h"

#include "api/app.h"
#include "api/form_guard.h"
#include "api/lead_reply.h"
#include "base/str.h"
#include "flow/door.h"
#include "http/cors.h"
#include "intake/form_builder.h"
#include "intake/form_secret.h"
#include "metrics/metrics.h"

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

static int success_status(const struct work *w, const struct source *s)
{
    const struct receipt *r = &w->receipt;

    return form_success_status(r->content_type, r->body, r->body_bytes,
                               s ? &s->spec : NULL);
}

static enum http_next thank_you(struct http_req *rq, const struct source *s,
                                int status)
{
    static const char PAGE[] =
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\""
        " content=\"width=device-width\"><title>Thank you</title>"
        "<h1>Thank you</h1><p>We have received your message.</p>";

    if (s && s->success_url)
        return reply_redirect(rq, s->success_url);
    return reply_static(rq, status, "text/html; charset=utf-8", PAGE);
}

static enum http_next answer(struct http_req *rq)
{
    const struct source *s = source_of(rq);
    struct work *w = rq->result;

    /* kept in the journal is kept: who takes nothing but 200 gets it */
    if (rq->err == ERR_OK && w && w->spooled && success_status(w, s) == 200)
        w->status = 200;
    if (rq->err == ERR_OK && wants_page(rq))
        return thank_you(rq, s, w && w->status ? w->status : 201);
    return api_write_reply(rq);
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

/* A query is a form like any other, kept as if it had been posted. */
static void take_query(struct http_req *rq, struct work *w)
{
    w->receipt.content_type = "application/x-www-form-urlencoded";
    w->receipt.body = arena_strdup(w->mem, rq->query);
    w->receipt.body_bytes = strlen(rq->query);
}

/* A work of this source, not yet opened. @return NULL: out of memory */
static struct work *work_of(struct http_req *rq, const struct source *s,
                            const char *door)
{
    struct work *w = api_work(rq, door);

    if (!w)
        return NULL;
    w->workspace_id = s->workspace->workspace_id;
    w->receipt.source_id = s->source_id;
    w->receipt.source = arena_strdup(w->mem, s->name);
    w->may_spool = true;
    return w;
}

static const char *header_of(const void *ctx, const char *name)
{
    return http_header(ctx, name);
}

/* A query is a form's fields, or none. */
static const char *no_arg(const void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

/* Whoever must know the key of the source knows it; it is not kept. */
static enum err check_key(struct http_req *rq, const struct source *s,
                          struct work *w)
{
    const struct hook_request hr = {.content_type = w->receipt.content_type,
                                    .header = header_of,
                                    .arg = no_arg,
                                    .ctx = rq,
                                    .secrets = &s->secrets,
                                    .mem = rq->mem};
    enum err e = form_secret_take(&hr, (char *)(uintptr_t)w->receipt.body,
                                  w->receipt.body_bytes);

    if (e == ERR_BAD_SIGNATURE)
        metric_add_at(METRIC_HOOK_SIGNATURES,
                      metric_slot(METRIC_HOOK_SIGNATURES, s->kind), 1);
    return e;
}

/* @return HTTP_GO_ON; else it was refused, and @a w is gone */
static enum http_next open_work(struct http_req *rq, const struct source *s,
                                struct work *w)
{
    struct field_errs errs = {.mem = rq->mem};
    enum err e = check_key(rq, s, w);

    if (e == ERR_OK)
        e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    return e == ERR_OK ? HTTP_GO_ON : api_refuse(rq, w, e, &errs);
}

static enum http_next take_form(struct http_req *rq, const struct source *s)
{
    enum http_next next = form_guard_rate(rq, s);
    struct work *w;

    if (next != HTTP_GO_ON)
        return next;
    w = work_of(rq, s, "form");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    if (rq->method == HTTP_GET)
        take_query(rq, w);
    w->render = success_status(w, s) == 200 ? render_received : render_accepted;
    next = open_work(rq, s, w);
    return next == HTTP_GO_ON ? form_guard_start(rq, w, s) : next;
}

enum http_next forms_post(struct http_req *rq)
{
    const struct source *s;

    if (rq->woken)
        return answer(rq);
    s = source_of(rq);
    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (!may_post(rq, s))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    return take_form(rq, s);
}

/* Only where the source says so: links are followed by machines, too. */
enum http_next forms_get(struct http_req *rq)
{
    const struct source *s;

    if (rq->woken)
        return answer(rq);
    s = source_of(rq);
    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (!s->spec.allow_get) {
        rq->allow = "POST, OPTIONS";
        return reply_problem(rq, ERR_METHOD, NULL);
    }
    if (!may_post(rq, s))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    return take_form(rq, s);
}

enum http_next forms_options(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    return cors_preflight(rq, s->origins, s->n_origins, "POST");
}

/* Beacons say text/plain and read no answer; what they carry is nobody's yet,
 * so the same leave is asked as for a plain form. */
enum http_next visits_post(struct http_req *rq)
{
    const struct source *s;
    enum http_next next;
    struct work *w;

    if (rq->woken)
        return api_write_reply(rq);
    s = source_of(rq);
    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (!may_post(rq, s))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    w = work_of(rq, s, "visit");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_nothing;
    next = open_work(rq, s, w);
    return next == HTTP_GO_ON ? api_write_start(rq, w) : next;
}

/* Another page's script is told only with its origin's leave. */
enum http_next form_token_get(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (!cors_allow(rq, s->origins, s->n_origins) && !own_page(rq))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    return form_guard_token(rq, s);
}
