/**
 * @file score_get.h
 * GET /v1/leads/{id}/score?as_of=&model=
 */
#ifndef LEADD_SCORE_GET_H
#define LEADD_SCORE_GET_H

#include "http/request.h"

enum http_next lead_score_get(struct http_req *rq);

#endif
