/**
 * @file claims_get.h
 * GET /v1/claims and /v1/claims/{id}; a rep sees its own.
 */
#ifndef LEADD_CLAIMS_GET_H
#define LEADD_CLAIMS_GET_H

#include "http/request.h"

enum http_next claims_get(struct http_req *rq);
enum http_next claim_get(struct http_req *rq);

#endif
