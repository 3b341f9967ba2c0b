/**
 * @file leads_post.h
 * POST /v1/leads and PATCH /v1/leads/{id}.
 */
#ifndef LEADD_LEADS_POST_H
#define LEADD_LEADS_POST_H

#include "http/request.h"

enum http_next leads_post(struct http_req *rq);
enum http_next leads_patch(struct http_req *rq);

#endif
