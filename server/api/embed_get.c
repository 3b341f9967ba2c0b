#include "api/embed_get.h"

#include "api/app.h"
#include "api/www_data.h"
#include "base/str.h"

#define URL_MARK     "{{url}}"
#define SUCCESS_MARK "{{success_url}}"
#define TOKEN_MARK   "{{ask_token}}"

/* The source is written to be read; lines go without indents, and those that
 * are only comment not at all. */
static void add_line(struct buf *out, const char *p, size_t n)
{
    while (n && is_blank(*p)) {
        p++;
        n--;
    }
    if (!n || (n >= 2 && p[0] == '/' && p[1] == '/'))
        return;
    (void)buf_add(out, p, n);
    (void)buf_putc(out, '\n');
}

static void add_stripped(struct buf *out, const struct www_file *f)
{
    for (const char *p = f->bytes; p < f->end;) {
        const char *end = memchr(p, '\n', (size_t)(f->end - p));

        end = end ? end : f->end;
        add_line(out, p, (size_t)(end - p));
        p = end + 1;
    }
}

/* Put what this source says where the mark stands. @return given */
static struct buf replace(struct buf *text, const char *mark, const char *with)
{
    const char *all = text->ptr ? text->ptr : "";
    const char *at = strstr(all, mark);
    struct buf out = {.failed = text->failed};

    (void)buf_add(&out, all, at ? (size_t)(at - all) : strlen(all));
    if (at) {
        (void)buf_puts(&out, with);
        (void)buf_puts(&out, at + strlen(mark));
    }
    buf_release(text);
    return out;
}

/* A path is completed by the page from where the snippet came. */
static struct buf fill_in(const struct http_req *rq, const struct source *s)
{
    const char *base = rq->app->config.base_url;
    AUTO(buf_release) struct buf success = BUF_INIT;
    struct buf b = BUF_INIT;

    add_stripped(&b, &WWW_EMBED);
    if (s->success_url)
        (void)buf_json_str(&success, s->success_url, strlen(s->success_url));
    b = replace(&b, SUCCESS_MARK, success.ptr ? success.ptr : "null");
    b = replace(&b, TOKEN_MARK,
                defence_asks_token(&s->defence) ? "true" : "false");
    return replace(&b, URL_MARK,
                   arena_printf(rq->mem, "%s/v1/forms/%s", base ? base : "",
                                s->source_key));
}

enum http_next embed_get(struct http_req *rq)
{
    const struct source *s =
        rq->n_params ? snapshot_source(api_caller(rq)->snap, rq->param[0])
                     : NULL;
    struct http_body *body;
    struct buf b;
    enum http_next next;

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    b = fill_in(rq, s);
    body = http_body_new("text/javascript; charset=utf-8", &b);
    if (!body)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    reply_header(rq, "Cache-Control", "public, max-age=300");
    reply_header(rq, "Cross-Origin-Resource-Policy", "cross-origin");
    next = reply_body(rq, body);
    http_body_drop(body);
    return next;
}
