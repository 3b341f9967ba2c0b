#include "api/models_get.h"

#include <string.h>

#include "api/page.h"
#include "store/read_models.h"

static void put_model(struct buf *out, const struct model_row *m, bool doc)
{
    char t[TIME_TEXT_BYTES];

    (void)buf_puts(out, "{\"version\":");
    (void)buf_json_str(out, m->version, strlen(m->version));
    (void)buf_printf(out, ",\"active\":%s,\"created_at\":\"%s\"",
                     m->active ? "true" : "false",
                     time_format(m->created_ms, t));
    if (m->activated_ms)
        (void)buf_printf(out, ",\"activated_at\":\"%s\"",
                         time_format(m->activated_ms, t));
    else
        (void)buf_puts(out, ",\"activated_at\":null");
    if (doc)
        (void)buf_printf(out, ",\"model\":%s", m->doc_json);
    (void)buf_putc(out, '}');
}

static enum err run_all(struct pg *pg, struct read *r)
{
    struct model_row *rows = NULL;
    size_t n = 0;
    enum err e = read_models(pg, r->mem, r->ws->workspace_id, &rows, &n);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_model(&r->out, &rows[i], false);
    }
    (void)buf_puts(&r->out, "],\"next_cursor\":null}");
    return ERR_OK;
}

enum http_next models_get(struct http_req *rq)
{
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    return api_read_start(rq, r, run_all);
}

static enum err run_one(struct pg *pg, struct read *r)
{
    struct model_row row;
    enum err e = read_model(pg, r->mem, r->ws->workspace_id, r->args, &row);

    if (e == ERR_OK)
        put_model(&r->out, &row, true);
    return e;
}

enum http_next model_get(struct http_req *rq)
{
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = arena_strdup(r->mem, rq->param[0]);
    return api_read_start(rq, r, run_one);
}
