#include "api/sources_get.h"

#include "api/page.h"
#include "api/source_json.h"

struct list {
    struct page page;
    const struct uuid *after;
};

static enum err run(struct pg *pg, struct read *r)
{
    const struct list *a = r->args;
    struct source_page page;
    const char *place = NULL;
    char id[UUID_TEXT_BYTES];
    enum err e = read_sources(pg, r->mem, r->ws->workspace_id, a->after,
                              a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        source_put(r, &page.sources[i], NULL);
    }
    if (page.more)
        place = arena_strdup(
            r->mem, uuid_format(&page.sources[page.n - 1].source_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

enum http_next sources_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "cursor", NULL};
    struct read *r;
    struct list *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    arg_unknown(rq, &r->errs, KNOWN);
    page_read(rq, r, "sources", &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run);
}
