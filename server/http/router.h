/**
 * @file router.h
 * From method and path to a row of the caller's route table.  Built once,
 * then read by any thread.
 */
#ifndef LEADD_ROUTER_H
#define LEADD_ROUTER_H

#include "base/err.h"

/** Most "{name}" parts in one pattern. */
#define HTTP_PARAMS_MAX 4

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHODS
};

/** What a handler says: answered, parked, or (pre only) go on. */
enum http_next { HTTP_DONE, HTTP_PARKED, HTTP_GO_ON };

struct http_req;

/** One row of the route table; a static table, borrowed for ever. */
struct http_route {
    enum http_method method;
    const char *path; /**< "/v1/leads/{id}/claim" */
    enum http_next (*handler)(struct http_req *rq);
    size_t max_body_bytes; /**< 0: no body is accepted */
    unsigned flags;        /**< the caller's own */
    const void *meta;      /**< the caller's own */
    /**
     * Takes the body piece by piece instead of buffering it; the handler
     * then runs after the last piece with an empty body.  max_body_bytes
     * still holds.  @return ERR_OK; anything else answers that problem and
     * closes the connection, and the handler never runs.
     */
    enum err (*on_body)(struct http_req *rq, const char *p, size_t n);
};

/** What the router found. */
struct http_match {
    const struct http_route *route; /**< NULL when none fits */
    const char *allow;              /**< "GET, HEAD, POST"; NULL is a 404 */
    size_t n_params;
    struct {
        const char *p; /**< still percent-encoded, points into the path */
        size_t n;
    } param[HTTP_PARAMS_MAX];
};

struct router;

/** "GET" and so on. @return HTTP_METHODS when unknown */
enum http_method http_method_parse(const char *s);
const char *http_method_name(enum http_method m);

/**
 * @return given; NULL when a pattern is malformed or stands twice (a mistake
 *         of ours) or when out of memory
 */
struct router *router_new(const struct http_route *routes, size_t n);
void router_free(struct router *r);

/**
 * Literal parts win over parameters.  HEAD falls back to GET.
 * @param path raw path without the query, borrowed while @a out is used
 */
void router_match(const struct router *r, enum http_method m, const char *path,
                  size_t n, struct http_match *out);

#endif
