/**
 * @file review_merge_post.h
 * POST /v1/reviews/{id}/merge {"keep", "note"}: one person.
 */
#ifndef LEADD_REVIEW_MERGE_POST_H
#define LEADD_REVIEW_MERGE_POST_H

#include "http/request.h"

enum http_next review_merge_post(struct http_req *rq);

#endif
