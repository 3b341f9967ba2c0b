/**
 * @file reviews_get.h
 * GET /v1/reviews?state= and POST /v1/reviews/{id}
 * {"decision": "dismiss", "reason"}.
 */
#ifndef LEADD_REVIEWS_GET_H
#define LEADD_REVIEWS_GET_H

#include "http/request.h"

enum http_next reviews_get(struct http_req *rq);
enum http_next review_post(struct http_req *rq);

#endif
