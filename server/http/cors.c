#include "http/cors.h"

#include "base/str.h"

bool cors_allow(struct http_req *rq, const char *const *origins, size_t n)
{
    const char *origin = http_header(rq, "Origin");

    reply_header(rq, "Vary", "Origin");
    if (!origin)
        return true;
    for (size_t i = 0; i < n; i++)
        if (str_eq(origin, origins[i])) {
            reply_header(rq, "Access-Control-Allow-Origin", origin);
            reply_header(rq, "Access-Control-Expose-Headers",
                         "X-Request-Id, Retry-After, ETag");
            return true;
        }
    return false;
}

enum http_next cors_preflight(struct http_req *rq, const char *const *origins,
                              size_t n, const char *methods)
{
    if (!cors_allow(rq, origins, n))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    reply_header(rq, "Access-Control-Allow-Methods", methods);
    reply_header(rq, "Access-Control-Allow-Headers",
                 "content-type, idempotency-key, authorization");
    reply_header(rq, "Access-Control-Max-Age", "600");
    return reply_empty(rq, 204);
}
