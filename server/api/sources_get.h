/**
 * @file sources_get.h
 * GET /v1/sources.
 */
#ifndef LEADD_SOURCES_GET_H
#define LEADD_SOURCES_GET_H

#include "http/request.h"

enum http_next sources_get(struct http_req *rq);

#endif
