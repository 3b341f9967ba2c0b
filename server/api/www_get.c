#include "api/www_get.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>

#include "api/app.h"
#include "api/www_data.h"
#include "base/crypto.h"
#include "base/str.h"

#define TYPE_HTML   "text/html; charset=utf-8"
#define TYPE_YAML   "application/yaml; charset=utf-8"
#define KEY_MARK    "{{form_key}}"
#define DEMO_SOURCE "demo"

/* A page that carries its style allows exactly that, by hash: nothing else
 * loads, nothing runs, nobody frames it. */
struct page {
    struct http_body *body;
    char style[64]; /* 'sha256-...' */
};

static struct page openapi, docs;
static char demo_style[64], snippet_style[64];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *find(const char *p, const char *end, const char *text)
{
    return memmem(p, (size_t)(end - p), text, strlen(text));
}

static void hash_style(const struct www_file *f, char out[64])
{
    static const char OPEN[] = "<style>";
    const char *from = find(f->bytes, f->end, OPEN);
    const char *to = from ? find(from, f->end, "</style>") : NULL;
    uint8_t hash[SHA256_BYTES];
    unsigned char text[4 * ((SHA256_BYTES + 2) / 3) + 1];

    strcpy(out, "'none'");
    if (!to)
        return;
    from += sizeof(OPEN) - 1;
    crypto_sha256(from, (size_t)(to - from), hash);
    EVP_EncodeBlock(text, hash, sizeof(hash));
    snprintf(out, 64, "'sha256-%s'", (char *)text);
}

static void make_page(const struct www_file *f, const char *type,
                      struct page *out)
{
    struct buf b = BUF_INIT;

    (void)buf_add(&b, f->bytes, (size_t)(f->end - f->bytes));
    out->body = http_body_new(type, &b);
    hash_style(f, out->style);
}

static void make_pages(void)
{
    make_page(&WWW_OPENAPI, TYPE_YAML, &openapi);
    make_page(&WWW_DOCS, TYPE_HTML, &docs);
    hash_style(&WWW_DEMO, demo_style);
    hash_style(&WWW_SNIPPET, snippet_style);
}

/** @param more directives of this page alone, each behind a "; " */
static void allow(struct http_req *rq, const char *style, const char *forms,
                  const char *more)
{
    reply_header(rq, "Content-Security-Policy",
                 arena_printf(rq->mem,
                              "default-src 'none'; style-src %s; form-action "
                              "%s; base-uri 'none'; frame-ancestors 'none'%s",
                              style, forms, more));
    reply_header(rq, "Cache-Control", "public, no-cache");
}

static enum http_next give(struct http_req *rq, const struct page *p)
{
    allow(rq, p->style, "'none'", "");
    if (!p->body)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    return reply_body(rq, p->body);
}

enum http_next openapi_get(struct http_req *rq)
{
    pthread_once(&once, make_pages);
    return give(rq, &openapi);
}

enum http_next docs_get(struct http_req *rq)
{
    pthread_once(&once, make_pages);
    return give(rq, &docs);
}

enum http_next demo_moved_get(struct http_req *rq)
{
    return reply_redirect(rq, "/demo/");
}

/* ---- the landing page ---- */

/* Ours are made of these; anything else must not get into the page. */
static bool plain_key(const char *s)
{
    for (; *s; s++)
        if (!is_digit(*s) && !strchr("._-", *s) &&
            (ascii_lower(*s) < 'a' || ascii_lower(*s) > 'z'))
            return false;
    return true;
}

static const struct source *demo_source(const struct snapshot *s)
{
    for (size_t i = 0; i < s->n_sources; i++)
        if (str_eq(s->sources[i].name, DEMO_SOURCE) &&
            str_eq(s->sources[i].kind, "form") &&
            plain_key(s->sources[i].source_key))
            return &s->sources[i];
    return NULL;
}

/* Browsers hold form-action against redirects too, so the success page's
 * origin must be allowed. */
static const char *form_targets(struct arena *mem, const struct source *s)
{
    const char *url = s->success_url;
    const char *host;
    size_t n;

    if (!url || (!str_starts(url, "https://") && !str_starts(url, "http://")))
        return "'self'";
    host = strstr(url, "://") + 3;
    n = strcspn(host, "/?#");
    for (size_t i = 0; i < n; i++)
        if (strchr(" ;,'\"\\", host[i]) || (unsigned char)host[i] < 0x21)
            return "'self'";
    return arena_printf(mem, "'self' %.*s", (int)(host - url + (long)n), url);
}

static void fill_in(struct buf *out, const struct www_file *f, const char *key)
{
    const char *p = f->bytes, *mark;

    while ((mark = find(p, f->end, KEY_MARK))) {
        (void)buf_add(out, p, (size_t)(mark - p));
        (void)buf_puts(out, key);
        p = mark + strlen(KEY_MARK);
    }
    (void)buf_add(out, p, (size_t)(f->end - p));
}

static enum http_next no_demo(struct http_req *rq)
{
    static const char PAGE[] =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>No "
        "demo here</title><h1>No demo here</h1><p>This page shows once there "
        "is a form source named <code>demo</code>; <code>make run</code> makes "
        "one, and so does <code>leadd source create</code>.</p></html>";

    return reply_static(rq, 404, TYPE_HTML, PAGE);
}

static enum http_next give_demo(struct http_req *rq, const struct source *s,
                                const struct www_file *f, const char *style,
                                const char *more)
{
    struct buf b = BUF_INIT;
    struct http_body *body;
    enum http_next next;

    if (!s)
        return no_demo(rq);
    fill_in(&b, f, s->source_key);
    body = http_body_new(TYPE_HTML, &b);
    if (!body)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    allow(rq, style, form_targets(rq->mem, s), more);
    next = reply_body(rq, body);
    http_body_drop(body);
    return next;
}

static enum http_next demo_page(struct http_req *rq, const struct www_file *f,
                                const char *style, const char *more)
{
    struct settings *settings = flow_settings(rq->app->flow);
    struct snapshot *snap = settings_hold(settings);
    enum http_next next;

    pthread_once(&once, make_pages);
    next = give_demo(rq, demo_source(snap), f, style, more);
    settings_drop(settings, snap);
    return next;
}

enum http_next demo_get(struct http_req *rq)
{
    return demo_page(rq, &WWW_DEMO, demo_style, "");
}

enum http_next demo_snippet_get(struct http_req *rq)
{
    return demo_page(rq, &WWW_SNIPPET, snippet_style,
                     "; script-src 'self'; connect-src 'self'");
}
