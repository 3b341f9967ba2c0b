/**
 * @file exports_get.h
 * GET /v1/exports: every lead that the filters of GET /v1/leads let through,
 * as one CSV or NDJSON file of any length.
 */
#ifndef LEADD_EXPORTS_GET_H
#define LEADD_EXPORTS_GET_H

#include "http/request.h"

enum http_next exports_get(struct http_req *rq);

#endif
