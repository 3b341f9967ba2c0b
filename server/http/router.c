#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* One part of a path.  Children are a list: rarely more than ten. */
struct node {
    char *text; /* NULL for a parameter */
    size_t n;
    struct node *child, *next;
    const struct http_route *route[HTTP_METHODS];
    char allow[64]; /* empty: no route ends here */
};

struct router {
    struct node root;
};

static const char *const names[HTTP_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

enum http_method http_method_parse(const char *s)
{
    int m = 0;

    while (m < HTTP_METHODS && strcmp(names[m], s) != 0)
        m++;
    return (enum http_method)m;
}

const char *http_method_name(enum http_method m)
{
    return m < HTTP_METHODS ? names[m] : "";
}

static size_t part_len(const char *p, size_t n)
{
    const char *slash = memchr(p, '/', n);

    return slash ? (size_t)(slash - p) : n;
}

static bool is_param(const char *p, size_t n)
{
    return n > 2 && p[0] == '{' && p[n - 1] == '}';
}

static bool same_part(const struct node *k, const char *p, size_t n)
{
    if (!k->text)
        return is_param(p, n);
    return k->n == n && !memcmp(k->text, p, n);
}

/* The child for this part of a pattern, made when it is new. */
static struct node *child_for(struct node *at, const char *p, size_t n)
{
    struct node **tail = &at->child;
    struct node *k;

    for (; *tail; tail = &(*tail)->next)
        if (same_part(*tail, p, n))
            return *tail;
    k = calloc(1, sizeof(*k));
    if (!k)
        return NULL;
    if (is_param(p, n)) {
        *tail = k; /* last: literals are tried first */
        return k;
    }
    k->text = strndup(p, n);
    k->n = n;
    if (!k->text) {
        free(k);
        return NULL;
    }
    k->next = at->child;
    at->child = k;
    return k;
}

static void set_allow(struct node *k)
{
    size_t len = 0;

    for (int m = 0; m < HTTP_METHODS; m++) {
        bool has = k->route[m] || m == HTTP_OPTIONS ||
                   (m == HTTP_HEAD && k->route[HTTP_GET]);

        if (has)
            len += (size_t)snprintf(k->allow + len, sizeof(k->allow) - len,
                                    "%s%s", len ? ", " : "", names[m]);
    }
}

static bool add_route(struct router *r, const struct http_route *route)
{
    struct node *at = &r->root;
    const char *p = route->path;
    size_t params = 0;

    if (p[0] != '/' || !route->handler || route->method >= HTTP_METHODS)
        return false;
    while (*p == '/') {
        size_t n = part_len(p + 1, strlen(p + 1));

        params += is_param(p + 1, n);
        at = child_for(at, p + 1, n);
        if (!at)
            return false;
        p += 1 + n;
    }
    if (params > HTTP_PARAMS_MAX || at->route[route->method])
        return false;
    at->route[route->method] = route;
    set_allow(at);
    return true;
}

struct router *router_new(const struct http_route *routes, size_t n)
{
    struct router *r = calloc(1, sizeof(*r));

    for (size_t i = 0; r && i < n; i++)
        if (!add_route(r, &routes[i])) {
            router_free(r);
            return NULL;
        }
    return r;
}

static void free_children(struct node *at)
{
    while (at->child) {
        struct node *k = at->child;

        at->child = k->next;
        free_children(k);
        free(k->text);
        free(k);
    }
}

void router_free(struct router *r)
{
    if (!r)
        return;
    free_children(&r->root);
    free(r);
}

static const struct node *find(const struct node *at, const char *p, size_t n,
                               struct http_match *out)
{
    size_t len, depth = out->n_params;

    if (!n)
        return at->allow[0] ? at : NULL;
    len = part_len(p + 1, n - 1);
    for (const struct node *k = at->child; k; k = k->next) {
        const struct node *end;

        if (k->text ? !same_part(k, p + 1, len) : !len)
            continue;
        if (!k->text) {
            out->param[depth].p = p + 1;
            out->param[depth].n = len;
            out->n_params = depth + 1;
        }
        end = find(k, p + 1 + len, n - 1 - len, out);
        if (end)
            return end;
        out->n_params = depth;
    }
    return NULL;
}

void router_match(const struct router *r, enum http_method m, const char *path,
                  size_t n, struct http_match *out)
{
    const struct node *k;

    memset(out, 0, sizeof(*out));
    if (!n || path[0] != '/')
        return;
    k = find(&r->root, path, n, out);
    if (!k)
        return;
    out->allow = k->allow;
    out->route = k->route[m];
    if (!out->route && m == HTTP_HEAD)
        out->route = k->route[HTTP_GET];
}
