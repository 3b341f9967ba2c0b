/**
 * @file kept_post.h
 * Idempotency-Key for a POST that neither one read nor one work of the
 * writer does: its answer is asked for before and kept after.  Thread: the
 * handler's.
 */
#ifndef LEADD_KEPT_POST_H
#define LEADD_KEPT_POST_H

#include "http/request.h"

/** What such a POST does between. */
struct kept_post {
    /** Park for the work, or refuse; refusals are not kept. */
    enum http_next (*start)(struct http_req *rq);
    /** Write the answer of 200 from rq->result; else that problem. */
    enum err (*render)(const struct http_req *rq, struct buf *out);
};

/** Every visit of the request. @param post lives for ever */
enum http_next kept_post_visit(struct http_req *rq,
                               const struct kept_post *post);

#endif
