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

/* Versions are never removed, so the place of a cursor is still there. */
static size_t first_after(const struct model_row *rows, size_t n,
                          const char *version)
{
    size_t i = 0;

    if (!version)
        return 0;
    while (i < n && strcmp(rows[i].version, version) != 0)
        i++;
    return MIN(i + 1, n);
}

static enum err run_all(struct pg *pg, struct read *r)
{
    const struct page *page = r->args;
    struct model_row *rows = NULL;
    size_t n = 0, i, end;
    enum err e = read_models(pg, r->mem, r->ws->workspace_id, &rows, &n);

    if (e != ERR_OK)
        return e;
    i = first_after(rows, n, page->after);
    end = MIN(n, i + (size_t)page->limit);
    (void)buf_puts(&r->out, "{\"items\":[");
    for (bool first = true; i < end; i++, first = false) {
        if (!first)
            (void)buf_putc(&r->out, ',');
        put_model(&r->out, &rows[i], false);
    }
    page_end(r, page, end < n ? rows[end - 1].version : NULL);
    return ERR_OK;
}

enum http_next models_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    struct read *r;
    struct page *page;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = page = arena_alloc(r->mem, sizeof(*page));
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, "models", page);
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
