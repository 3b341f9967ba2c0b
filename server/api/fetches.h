/**
 * @file fetches.h
 * GET /v1/fetches, GET /v1/fetches/pages, POST /v1/fetches/{id}/retry,
 * POST /v1/sources/{id}/reconcile.
 */
#ifndef LEADD_FETCHES_H
#define LEADD_FETCHES_H

#include "api/app.h"

enum http_next fetches_get(struct http_req *rq);
enum http_next fetch_pages_get(struct http_req *rq);
enum http_next fetch_retry_post(struct http_req *rq);
enum http_next reconcile_post(struct http_req *rq);

#endif
