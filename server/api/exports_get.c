/*
 * A page of the list after the other, each read while the request is parked
 * and sent before the next one is asked for: whatever is exported, one page
 * is in memory, and a client that reads slowly holds no connection to the
 * database.  The audit knows of a page before it is sent.
 */
#include "api/exports_get.h"

#include "api/lead_filter.h"
#include "base/str.h"
#include "http/stream.h"
#include "lead/lead_csv.h"
#include "store/write_audit.h"

#define PAGE_LEADS  250
#define TYPE_CSV    "text/csv; charset=utf-8"
#define TYPE_NDJSON "application/x-ndjson"

struct export
{
    struct lead_filter filter;
    struct lead_place after;
    struct uuid audit_id;
    const char *asked; /* the arguments, as JSON */
    int64_t n;         /* leads read so far */
    bool csv, begun, more;
    bool sent; /* what r->out held, so that the next page is due */
};

static void put_page(struct read *r, const struct lead_page *page)
{
    struct export *x = r->args;

    if (x->csv && !x->begun)
        lead_csv_head(&r->out);
    for (size_t i = 0; i < page->n; i++) {
        if (x->csv) {
            lead_to_csv(&page->leads[i], &r->out);
            continue;
        }
        lead_to_json(&page->leads[i], &r->out);
        (void)buf_putc(&r->out, '\n');
    }
    x->begun = true;
    x->sent = false;
    x->more = page->more;
    x->n += (int64_t)page->n;
    x->after = page->end;
}

/* Before the page is anybody's: what cannot be told is not given out. */
static enum err audit(struct pg *pg, struct arena *mem, const struct read *r,
                      const struct lead_page *page)
{
    const struct export *x = r->args;
    char id[UUID_TEXT_BYTES];
    struct audit_row row = {
        .workspace_id = r->ws->workspace_id,
        .audit_id = x->audit_id,
        .now_ms = r->now_ms,
        .actor = arena_printf(mem, "key:%s", uuid_format(&r->key->key_id, id)),
        .action = "lead.export",
        .object = x->csv ? "csv" : "ndjson",
        .detail =
            arena_printf(mem, "{\"filter\":%s,\"leads\":%lld,\"complete\":%s}",
                         x->asked, (long long)x->n + (long long)page->n,
                         page->more ? "false" : "true")};

    return write_audit(pg, mem, &row);
}

/* What a platform only tried goes nowhere. */
static void drop_tests(struct lead_page *page)
{
    size_t n = 0;

    for (size_t i = 0; i < page->n; i++)
        if (!page->leads[i].test)
            page->leads[n++] = page->leads[i];
    page->n = n;
}

/* A reader's thread.  The arena of the read itself does not grow. */
static enum err run_page(struct pg *pg, struct read *r)
{
    const struct export *x = r->args;
    struct arena *mem = api_read_part(r);
    struct lead_page page;
    enum err e = ERR_NO_MEMORY;

    if (mem)
        e = read_leads(pg, mem, r->ws->workspace_id, &x->filter,
                       x->begun ? &x->after : NULL, PAGE_LEADS, &page);
    if (e == ERR_OK) {
        drop_tests(&page);
        e = audit(pg, mem, r, &page);
    }
    if (e == ERR_OK)
        put_page(r, &page);
    api_read_part_end(r);
    return e;
}

static enum http_next more(struct http_req *rq, struct buf *piece)
{
    struct read *r = rq->result;
    struct export *x = r->args;
    struct buf used = *piece;

    if (x->sent || (!r->out.len && x->more))
        return api_read_again(rq, r);
    *piece = r->out;
    r->out = used;
    x->sent = true;
    return x->more ? HTTP_GO_ON : HTTP_DONE;
}

static enum http_next answer(struct http_req *rq)
{
    const struct read *r = rq->result;
    bool csv;

    if (rq->err != ERR_OK)
        return reply_problem(rq, rq->err, NULL);
    csv = ((const struct export *)r->args)->csv;
    reply_header(rq, "Content-Disposition",
                 csv ? "attachment; filename=\"leads.csv\""
                     : "attachment; filename=\"leads.ndjson\"");
    return reply_stream(rq, csv ? TYPE_CSV : TYPE_NDJSON, more);
}

/* What was asked for; `q` names people, so only that it was given. */
static const char *asked(const struct http_req *rq, struct arena *mem)
{
    AUTO(buf_release) struct buf b = BUF_INIT;

    (void)buf_putc(&b, '{');
    for (size_t i = 0; i < rq->n_args; i++) {
        const struct http_arg *a = &rq->args[i];
        const char *value = str_eq(a->name, "q") ? "***" : a->value;

        if (str_eq(a->name, "format"))
            continue;
        (void)buf_puts(&b, b.len > 1 ? "," : "");
        (void)buf_json_str(&b, a->name, strlen(a->name));
        (void)buf_putc(&b, ':');
        (void)buf_json_str(&b, value, strlen(value));
    }
    (void)buf_putc(&b, '}');
    return b.failed ? "null" : arena_strdup(mem, b.ptr);
}

enum http_next exports_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {LEAD_FILTER_ARGS, "format", NULL};
    const char *format = arg_text(rq, "format");
    struct export *x;
    struct read *r;

    if (rq->woken)
        return answer(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    x = r->args = arena_alloc(r->mem, sizeof(*x));
    arg_unknown(rq, &r->errs, KNOWN);
    lead_filter_read(rq, r, &x->filter);
    x->csv = str_eq(format, "csv");
    x->audit_id = uuid_new(rq->now_ms);
    x->asked = asked(rq, r->mem);
    if (!x->csv && format && !str_eq(format, "ndjson"))
        field_errs_add(&r->errs, "format", ERR_BAD_ARGUMENT, "csv or ndjson");
    return api_read_start(rq, r, run_page);
}
