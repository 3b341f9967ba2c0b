/**
 * @file review_dismiss_post.h
 * POST /v1/reviews/{id}/dismiss {"note"}: two people.
 */
#ifndef LEADD_REVIEW_DISMISS_POST_H
#define LEADD_REVIEW_DISMISS_POST_H

#include "http/request.h"

enum http_next review_dismiss_post(struct http_req *rq);

#endif
