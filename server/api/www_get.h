/**
 * @file www_get.h
 * GET /openapi.yaml, /docs and /demo/: the contract, the same for people,
 * and sample pages whose forms post to the source named "demo".
 */
#ifndef LEADD_WWW_GET_H
#define LEADD_WWW_GET_H

#include "http/request.h"

enum http_next openapi_get(struct http_req *rq);
enum http_next docs_get(struct http_req *rq);
enum http_next demo_get(struct http_req *rq);
enum http_next demo_snippet_get(struct http_req *rq);
/** /demo: to /demo/. */
enum http_next demo_moved_get(struct http_req *rq);

#endif
