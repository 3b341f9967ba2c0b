/**
 * @file sources.h
 * /v1/sources: the configured ways in.  Secrets are answered once, when they
 * are given or made, and never again.
 */
#ifndef LEADD_SOURCES_H
#define LEADD_SOURCES_H

#include "http/request.h"

enum http_next sources_post(struct http_req *rq);
enum http_next source_get(struct http_req *rq);
enum http_next source_patch(struct http_req *rq);
enum http_next source_delete(struct http_req *rq);

#endif
