/**
 * @file stage_post.h
 * POST /v1/leads/{id}/stage: a step by a person.
 */
#ifndef LEADD_STAGE_POST_H
#define LEADD_STAGE_POST_H

#include "http/request.h"

enum http_next stage_post(struct http_req *rq);

#endif
