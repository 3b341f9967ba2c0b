#include "api/fetches.h"

#include <string.h>

#include "api/page.h"
#include "base/str.h"
#include "store/read_fetches.h"

static void put_text(struct buf *out, const char *name, const char *s)
{
    (void)buf_printf(out, "\"%s\":", name);
    if (s && *s)
        (void)buf_json_str(out, s, strlen(s));
    else
        (void)buf_puts(out, "null");
    (void)buf_putc(out, ',');
}

static void put_id(struct buf *out, const char *name, const struct uuid *id)
{
    char t[UUID_TEXT_BYTES];

    put_text(out, name, uuid_is_nil(id) ? NULL : uuid_format(id, t));
}

static void put_time(struct buf *out, const char *name, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    put_text(out, name, ms ? time_format(ms, t) : NULL);
}

static void put_fetch(struct buf *out, const struct fetch_row *f)
{
    (void)buf_putc(out, '{');
    put_id(out, "id", &f->fetch_id);
    put_text(out, "platform", f->platform);
    put_id(out, "source_id", &f->source_id);
    put_text(out, "external_id", f->external_id);
    put_text(out, "page_id", f->page_id);
    put_text(out, "form_id", f->form_id);
    put_id(out, "receipt_id", &f->receipt_id);
    put_id(out, "lead_id", &f->lead_id);
    put_text(out, "state", f->state);
    put_text(out, "last_error", f->last_error);
    put_time(out, "next_at", f->next_ms);
    put_time(out, "created_at", f->created_ms);
    put_time(out, "updated_at", f->updated_ms);
    (void)buf_printf(out, "\"attempts\":%d}", f->attempts);
}

/* ---- GET /v1/fetches ---- */

struct list {
    struct fetch_filter filter;
    struct page page;
    const struct uuid *after;
};

static enum err run_list(struct pg *pg, struct read *r)
{
    struct list *a = r->args;
    struct fetch_rows rows = {0};
    const char *place = NULL;
    char id[UUID_TEXT_BYTES];
    enum err e;

    a->filter.limit = a->page.limit;
    a->filter.after = a->after;
    e = read_fetches(pg, r->mem, r->ws->workspace_id, &a->filter, &rows);
    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < rows.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_fetch(&r->out, &rows.rows[i]);
    }
    if (rows.more)
        place = arena_strdup(r->mem,
                             uuid_format(&rows.rows[rows.n - 1].fetch_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

enum http_next fetches_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"state", "source_id", "limit", "cursor",
                                        NULL};
    static const char *const STATES[] = {"pending", "leased", "done",
                                         "parked",  "dead",   NULL};
    const char *source;
    struct read *r;
    struct list *a;
    size_t i = 0;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    arg_unknown(rq, &r->errs, KNOWN);
    if (arg_word(rq, &r->errs, "state", STATES, &i))
        a->filter.state = STATES[i];
    source = arg_kept(rq, r, "source_id", UUID_TEXT_BYTES);
    if (source && !uuid_parse(source, &a->filter.source_id))
        field_errs_add(&r->errs, "source_id", ERR_BAD_ARGUMENT, "an id");
    page_read(rq, r,
              arena_printf(r->mem, "fetches %s %s",
                           a->filter.state ? a->filter.state : "",
                           source ? source : ""),
              &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run_list);
}

/* ---- GET /v1/fetches/pages ---- */

static void put_page(struct buf *out, const struct fetch_page_row *p,
                     int64_t now_ms)
{
    const char *state = p->stopped_ms            ? "stopped"
                        : p->blocked_ms > now_ms ? "limited"
                                                 : "working";

    (void)buf_putc(out, '{');
    put_id(out, "source_id", &p->source_id);
    put_text(out, "page_id", p->page_id);
    put_text(out, "state", state);
    put_text(out, "reason", p->reason);
    put_time(out, "stopped_at", p->stopped_ms);
    put_time(out, "limited_until", p->blocked_ms);
    put_time(out, "read_at", p->read_ms);
    (void)buf_printf(out, "\"waiting\":%lld}", (long long)p->waiting);
}

struct pages {
    struct page page;
    const struct fetch_page_row *after;
};

static enum err run_pages(struct pg *pg, struct read *r)
{
    const struct pages *a = r->args;
    struct fetch_page_rows rows;
    const char *place = NULL;
    enum err e = read_fetch_pages(pg, r->mem, r->ws->workspace_id, a->after,
                                  a->page.limit, &rows);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < rows.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_page(&r->out, &rows.rows[i], r->now_ms);
    }
    if (rows.more) {
        const struct fetch_page_row *last = &rows.rows[rows.n - 1];
        char id[UUID_TEXT_BYTES];

        place = arena_printf(r->mem, "%s %s", uuid_format(&last->source_id, id),
                             last->page_id);
    }
    page_end(r, &a->page, place);
    return ERR_OK;
}

/* "<source> <page>", as run_pages wrote it. */
static const struct fetch_page_row *pages_after(struct read *r,
                                                const struct page *page)
{
    struct fetch_page_row *row = arena_alloc(r->mem, sizeof(*row));
    const char *end = page->after ? strchr(page->after, ' ') : NULL;

    if (!page->after)
        return NULL;
    if (end && uuid_parse(arena_strndup(r->mem, page->after,
                                        (size_t)(end - page->after)),
                          &row->source_id)) {
        row->page_id = end + 1;
        return row;
    }
    page_bad_cursor(r);
    return NULL;
}

enum http_next fetch_pages_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    struct read *r;
    struct pages *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, "fetch pages", &a->page);
    a->after = pages_after(r, &a->page);
    return api_read_start(rq, r, run_pages);
}

/* ---- POST /v1/fetches/{id}/retry ---- */

static enum err run_retry(struct pg *pg, struct read *r)
{
    const struct uuid *id = r->args;
    struct fetch_row row = {0};
    enum err e =
        fetch_retry(pg, r->mem, r->ws->workspace_id, id, r->now_ms, &row);

    if (e == ERR_OK)
        put_fetch(&r->out, &row);
    return e;
}

enum http_next fetch_retry_post(struct http_req *rq)
{
    struct read *r;
    struct uuid *id;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    id = r->args = arena_alloc(r->mem, sizeof(*id));
    if (!api_param_id(rq, 0, id)) {
        api_read_free(r);
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    }
    return api_read_start(rq, r, run_retry);
}
