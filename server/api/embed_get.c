#include "api/embed_get.h"

#include "api/app.h"
#include "api/www_data.h"
#include "base/str.h"

#define URL_MARK     "{{url}}"
#define SUCCESS_MARK "{{success_url}}"

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

static void replace(struct buf *out, const char *text, const char *mark,
                    const char *with)
{
    const char *at;
    size_t n;

    text = text ? text : ""; /* out of memory shows in the answer */
    at = strstr(text, mark);
    n = at ? (size_t)(at - text) : strlen(text);

    (void)buf_add(out, text, n);
    if (!at)
        return;
    (void)buf_puts(out, with);
    (void)buf_puts(out, at + strlen(mark));
}

/* A path is completed by the page from where the snippet came. */
static void fill_in(struct buf *out, const struct http_req *rq,
                    const struct source *s)
{
    const char *base = rq->app->config.base_url;
    AUTO(buf_release) struct buf plain = BUF_INIT;
    AUTO(buf_release) struct buf half = BUF_INIT;
    AUTO(buf_release) struct buf success = BUF_INIT;

    add_stripped(&plain, &WWW_EMBED);
    if (s->success_url)
        (void)buf_json_str(&success, s->success_url, strlen(s->success_url));
    replace(&half, plain.ptr, SUCCESS_MARK, success.ptr ? success.ptr : "null");
    replace(out, half.ptr, URL_MARK,
            arena_printf(rq->mem, "%s/v1/forms/%s", base ? base : "",
                         s->source_key));
}

enum http_next embed_get(struct http_req *rq)
{
    const struct source *s =
        rq->n_params ? snapshot_source(api_caller(rq)->snap, rq->param[0])
                     : NULL;
    struct buf b = BUF_INIT;
    struct http_body *body;
    enum http_next next;

    if (!s)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    fill_in(&b, rq, s);
    body = http_body_new("text/javascript; charset=utf-8", &b);
    if (!body)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    reply_header(rq, "Cache-Control", "public, max-age=300");
    reply_header(rq, "Cross-Origin-Resource-Policy", "cross-origin");
    next = reply_body(rq, body);
    http_body_drop(body);
    return next;
}
