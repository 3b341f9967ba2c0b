#include "api/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX     500
#define PRINT_CHARS   16

void page_bad_cursor(struct read *r)
{
    field_errs_add(&r->errs, "cursor", ERR_BAD_CURSOR, "%s",
                   err_info(ERR_BAD_CURSOR)->title);
}

const struct uuid *page_after_id(struct read *r, const struct page *page)
{
    struct uuid *id = arena_alloc(r->mem, sizeof(*id));

    if (!page->after)
        return NULL;
    if (uuid_parse(page->after, id))
        return id;
    page_bad_cursor(r);
    return NULL;
}

void page_read(struct http_req *rq, struct read *r, const char *list,
               struct page *out)
{
    const char *cursor = arg_text(rq, "cursor"), *text;
    int64_t limit = LIMIT_DEFAULT;

    (void)arg_int(rq, &r->errs, "limit", 1, LIMIT_MAX, &limit);
    out->limit = (int)limit;
    out->print =
        arena_printf(r->mem, "%016" PRIx64, str_hash(list, strlen(list)));
    out->after = NULL;
    if (!cursor)
        return;
    text = api_cursor_read(r->mem, cursor);
    if (text && r->errs.n)
        return; /* of which list it should be is not known */
    if (text && !strncmp(text, out->print, PRINT_CHARS) &&
        text[PRINT_CHARS] == ' ')
        out->after = text + PRINT_CHARS + 1;
    else
        page_bad_cursor(r);
}

void page_end(struct read *r, const struct page *page, const char *place)
{
    const char *text;

    if (!place) {
        (void)buf_puts(&r->out, "],\"next_cursor\":null}");
        return;
    }
    text = arena_printf(r->mem, "%s %s", page->print, place);
    (void)buf_printf(&r->out, "],\"next_cursor\":\"%s\"}",
                     api_cursor_make(r->mem, text));
}

bool arg_instant(const struct http_req *rq, struct read *r, const char *name,
                 int64_t *out_ms)
{
    const char *s = arg_text(rq, name);
    int64_t day;

    if (!s)
        return false;
    if (date_parse(s, &day)) {
        *out_ms = tz_day_start(r->ws ? r->ws->tz : NULL, day);
        return true;
    }
    if (arg_time_parse(s, out_ms))
        return true;
    field_errs_add(&r->errs, name, ERR_BAD_ARGUMENT,
                   "a day (YYYY-MM-DD) or an RFC 3339 time with an offset");
    return false;
}

const char *arg_kept(const struct http_req *rq, struct read *r,
                     const char *name, size_t max_bytes)
{
    const char *s = arg_text(rq, name);

    if (s && strlen(s) > max_bytes) {
        field_errs_add(&r->errs, name, ERR_BAD_ARGUMENT, "at most %zu bytes",
                       max_bytes);
        return NULL;
    }
    return arena_strdup(r->mem, s);
}
