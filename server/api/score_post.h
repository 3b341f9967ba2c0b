/**
 * @file score_post.h
 * POST /v1/score: a stateless dry run of one case.
 */
#ifndef LEADD_SCORE_POST_H
#define LEADD_SCORE_POST_H

#include "http/request.h"

enum http_next score_post(struct http_req *rq);

#endif
