#include "api/timeline_get.h"

#include <stdio.h>
#include <string.h>

#include "api/page.h"
#include "base/str.h"
#include "store/read_timeline.h"

struct ask {
    struct uuid lead_id;
    struct page page;
    struct moment_place after;
};

/* {"at", "kind", "id", ...what the row says} */
static void put_moment(struct buf *out, const struct moment *m)
{
    char at[TIME_TEXT_BYTES];
    const char *rest = m->json && *m->json == '{' ? m->json + 1 : "}";

    (void)buf_printf(out, "{\"at\":\"%s\",\"kind\":\"%s\",\"id\":",
                     time_format(m->at_ms, at), moment_kind_text(m->kind));
    (void)buf_json_str(out, m->id, strlen(m->id));
    (void)buf_printf(out, "%s%s", *rest == '}' ? "" : ",", rest);
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    const struct moment *last;
    const char *place = NULL;
    struct timeline_page page;
    enum err e =
        read_timeline(pg, r->mem, r->ws->workspace_id, &a->lead_id,
                      a->page.after ? &a->after : NULL, a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_moment(&r->out, &page.moments[i]);
    }
    if (page.more) {
        last = &page.moments[page.n - 1];
        place = arena_printf(r->mem, "%lld %d %s", (long long)last->at_ms,
                             (int)last->kind, last->id);
    }
    page_end(r, &a->page, place);
    return ERR_OK;
}

/* "<ms> <kind> <id>" */
static bool place_parse(struct read *r, const char *s, struct moment_place *out)
{
    const char *kind = strchr(s, ' ');
    const char *id = kind ? strchr(kind + 1, ' ') : NULL;
    int64_t no;

    if (!id ||
        !str_to_i64(arena_strndup(r->mem, s, (size_t)(kind - s)),
                    &out->at_ms) ||
        !str_to_i64(arena_strndup(r->mem, kind + 1, (size_t)(id - kind - 1)),
                    &no) ||
        no < 0 || no >= MOMENT_KINDS || out->at_ms <= 0 ||
        out->at_ms > TIME_MAX_MS)
        return false;
    out->kind = (int)no;
    out->id = id + 1;
    return true;
}

enum http_next timeline_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    if (!api_param_id(rq, 0, &a->lead_id)) {
        api_read_free(r);
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    }
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, arena_printf(r->mem, "timeline %s", rq->param[0]),
              &a->page);
    if (a->page.after && !place_parse(r, a->page.after, &a->after))
        page_bad_cursor(r);
    return api_read_start(rq, r, run);
}
