/**
 * @file cors.h
 * Cross-origin answers for browser forms.  Thread: the handler's.
 */
#ifndef LEADD_CORS_H
#define LEADD_CORS_H

#include "http/reply.h"

/**
 * Add the CORS headers for a listed origin, and Vary: Origin always.
 * @param origins exact origins such as "https://example.com"
 * @return true when there is no Origin header or it is listed
 */
bool cors_allow(struct http_req *rq, const char *const *origins, size_t n);
/** Answer a preflight: 204, or 403 ERR_ORIGIN_REFUSED. */
enum http_next cors_preflight(struct http_req *rq, const char *const *origins,
                              size_t n, const char *methods);

#endif
