/**
 * @file spend_post.h
 * POST /v1/spend {"day", "source" or "campaign", "amount", "currency"}
 */
#ifndef LEADD_SPEND_POST_H
#define LEADD_SPEND_POST_H

#include "http/request.h"

enum http_next spend_post(struct http_req *rq);

#endif
