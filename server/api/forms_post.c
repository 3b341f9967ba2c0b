#include "api/forms_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "base/str.h"
#include "flow/door.h"
#include "http/cors.h"

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
    const struct work *w = rq->result;
    static const char PAGE[] =
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\""
        " content=\"width=device-width\"><title>Thank you</title>"
        "<h1>Thank you</h1><p>We have received your message.</p>";

    if (s && s->success_url)
        return reply_redirect(rq, s->success_url);
    return reply_static(rq, w && w->spooled ? 202 : 201,
                        "text/html; charset=utf-8", PAGE);
}

static enum http_next answer(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (rq->err == ERR_OK && wants_page(rq))
        return thank_you(rq, s);
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

enum http_next forms_post(struct http_req *rq)
{
    const struct source *s;
    struct field_errs errs = {.mem = rq->mem};
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
    w->may_spool = true;
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}

enum http_next forms_options(struct http_req *rq)
{
    const struct source *s = source_of(rq);

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    return cors_preflight(rq, s->origins, s->n_origins, "POST");
}
