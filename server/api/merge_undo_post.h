/**
 * @file merge_undo_post.h
 * POST /v1/merges/{id}/undo: two people after all.
 */
#ifndef LEADD_MERGE_UNDO_POST_H
#define LEADD_MERGE_UNDO_POST_H

#include "http/request.h"

enum http_next merge_undo_post(struct http_req *rq);

#endif
