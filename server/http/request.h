/**
 * @file request.h
 * One request as handlers see it.  Belongs to the loop thread that serves it;
 * handlers run there and never block.
 */
#ifndef LEADD_REQUEST_H
#define LEADD_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "http/addr.h"
#include "http/router.h"

#define HTTP_REQUEST_ID_BYTES 129

struct app; /* the caller's world; http/ only passes it on */

/** One query argument, decoded. */
struct http_arg {
    const char *name, *value;
};

struct http_req {
    /* given to the handler */
    enum http_method method; /**< HEAD is shown as GET to GET handlers */
    const char *path;        /**< raw path, still percent-encoded */
    const char *query;       /**< raw query; "" when absent */
    const struct http_route *route;
    const char *param[HTTP_PARAMS_MAX]; /**< decoded, in pattern order */
    size_t n_params;
    const struct http_arg *args; /**< decoded query, in order */
    size_t n_args;
    const char *body; /**< NUL-terminated; "" when empty */
    size_t body_bytes;
    struct arena *mem; /**< freed when the answer has been sent */
    char request_id[HTTP_REQUEST_ID_BYTES];
    char traceparent[56];    /**< "" when absent or malformed */
    struct http_addr client; /**< behind trusted proxies */
    const char *allow;       /**< methods of this path, for OPTIONS */
    int64_t now_ms;          /**< wall clock when the header was in */
    int64_t start_us;        /**< monotonic, same moment */
    struct app *app;         /**< from struct http_opts */

    /* after a wake-up */
    bool woken;   /**< this is a second visit */
    enum err err; /**< what the giver said, or ERR_DEADLINE, ERR_DRAINING */
    void *result; /**< what the giver gave; freed with result_free */

    /* the handler's own */
    void *state;                 /**< kept between visits */
    void (*state_free)(void *);  /**< runs with state when all is over */
    const void *caller;          /**< for pre(): who is asking */
    void (*result_free)(void *); /**< set before parking; default free() */

    /* for after() */
    int status;         /**< 0 when no answer was begun */
    size_t reply_bytes; /**< bytes of the answer's body */
    bool cut;           /**< the client went or was cut off */

    struct http_priv *priv; /**< http/ only */
};

/** @return header value, borrowed; NULL when absent.  Case is ignored */
const char *http_header(const struct http_req *rq, const char *name);
/** Does a body come, by the header? */
bool http_has_body(const struct http_req *rq);
/** Is the body's media type @a type (parameters are ignored)? */
bool http_body_is(const struct http_req *rq, const char *type);

#endif
