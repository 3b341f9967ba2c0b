#include "api/imports_get.h"

#include <stdlib.h>

#include "api/page.h"
#include "base/clock.h"
#include "base/str.h"

/* Nothing came through for so long: whoever sent it is gone. */
#define STALE_MS 60000

static void put_text(struct buf *out, const char *name, const char *text)
{
    (void)buf_printf(out, ",\"%s\":", name);
    if (text)
        (void)buf_json_str(out, text, strlen(text));
    else
        (void)buf_puts(out, "null");
}

static void put_time(struct buf *out, const char *name, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    put_text(out, name, ms ? time_format(ms, t) : NULL);
}

static const char *state_of(const struct import_row *r, int64_t now_ms)
{
    if (str_eq(r->state, "running") &&
        now_ms - MAX(r->last_ms, r->created_ms) > STALE_MS)
        return "interrupted";
    return r->state;
}

static void put_counts(struct buf *out, const struct import_row *r)
{
    int64_t until = MAX(r->ended_ms, r->last_ms);
    int64_t ms = MAX(until - r->created_ms, (int64_t)1);

    (void)buf_printf(out,
                     ",\"rows\":%lld,\"bytes\":%lld,\"new\":%lld,"
                     "\"known\":%lld,\"repeated\":%lld,\"quarantined\":%lld,"
                     "\"bad\":%lld,\"faults\":%lld,\"rows_per_second\":%lld",
                     (long long)r->rows, (long long)r->bytes,
                     (long long)r->n_new, (long long)r->n_known,
                     (long long)r->n_repeated, (long long)r->n_held,
                     (long long)r->n_bad, (long long)r->n_faults,
                     (long long)(until ? r->rows * 1000 / ms : 0));
}

void put_import(struct buf *out, const struct import_row *r, int64_t now_ms)
{
    char id[UUID_TEXT_BYTES];

    (void)buf_printf(out, "{\"id\":\"%s\"", uuid_format(&r->import_id, id));
    put_text(out, "state", state_of(r, now_ms));
    put_text(out, "reason", r->reason);
    put_text(out, "source", r->source);
    put_text(out, "source_id",
             uuid_is_nil(&r->source_id) ? NULL
                                        : uuid_format(&r->source_id, id));
    put_text(out, "format", r->format);
    put_text(out, "held", r->held);
    (void)buf_printf(out, ",\"terms\":%s", r->terms_json);
    put_counts(out, r);
    put_time(out, "created_at", r->created_ms);
    put_time(out, "ended_at", r->ended_ms);
    (void)buf_putc(out, '}');
}

struct ask {
    struct page page;
    struct uuid import_id;
    const struct uuid *after; /* of the list */
    int64_t after_row;        /* of its errors */
};

static enum err run_one(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    struct import_row row;
    enum err e =
        read_import(pg, r->mem, r->ws->workspace_id, &a->import_id, &row);

    if (e == ERR_OK)
        put_import(&r->out, &row, r->now_ms);
    return e;
}

static enum err run_list(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    const char *place = NULL;
    struct import_page page;
    char id[UUID_TEXT_BYTES];
    enum err e = read_imports(pg, r->mem, r->ws->workspace_id, a->after,
                              a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_import(&r->out, &page.imports[i], r->now_ms);
    }
    if (page.more)
        place = arena_strdup(
            r->mem, uuid_format(&page.imports[page.n - 1].import_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

static void put_error(struct buf *out, const struct import_error *e)
{
    (void)buf_printf(out, "{\"row\":%lld,\"line\":%lld,\"column\":",
                     (long long)e->row, (long long)e->line);
    if (e->cell)
        (void)buf_printf(out, "%d", (int)e->cell);
    else
        (void)buf_puts(out, "null");
    put_text(out, "field", e->field);
    put_text(out, "code", e->code);
    put_text(out, "detail", e->detail);
    (void)buf_printf(out, ",\"stored\":%s,\"content\":%s}",
                     e->stored ? "true" : "false",
                     e->content_json ? e->content_json : "null");
}

static enum err run_errors(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    const char *place = NULL;
    struct import_error_page page;
    struct import_row row;
    enum err e =
        read_import(pg, r->mem, r->ws->workspace_id, &a->import_id, &row);

    if (e == ERR_OK)
        e = read_import_errors(pg, r->mem, r->ws->workspace_id, &a->import_id,
                               a->after_row, a->page.limit, &page);
    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_error(&r->out, &page.errors[i]);
    }
    if (page.more)
        place = arena_printf(r->mem, "%lld",
                             (long long)page.errors[page.n - 1].row);
    page_end(r, &a->page, place);
    return ERR_OK;
}

static struct read *begin(struct http_req *rq)
{
    struct read *r = api_read_new(rq);

    if (r)
        r->args = arena_alloc(r->mem, sizeof(struct ask));
    return r;
}

enum http_next imports_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = begin(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args;
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, "imports", &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run_list);
}

/* @return NULL after answering */
static struct read *begin_one(struct http_req *rq, enum http_next *next)
{
    struct read *r = begin(rq);
    struct ask *a = r ? r->args : NULL;

    if (r && api_param_id(rq, 0, &a->import_id))
        return r;
    *next = reply_problem(rq, r ? ERR_NOT_FOUND : ERR_NO_MEMORY, NULL);
    api_read_free(r);
    return NULL;
}

enum http_next import_get(struct http_req *rq)
{
    enum http_next next;
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    r = begin_one(rq, &next);
    if (!r)
        return next;
    return api_read_start(rq, r, run_one);
}

enum http_next import_errors_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    enum http_next next;
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = begin_one(rq, &next);
    if (!r)
        return next;
    a = r->args;
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, arena_printf(r->mem, "import errors %s", rq->param[0]),
              &a->page);
    if (a->page.after && !str_to_i64(a->page.after, &a->after_row))
        page_bad_cursor(r);
    return api_read_start(rq, r, run_errors);
}
