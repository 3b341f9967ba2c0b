/**
 * @file replay_post.h
 * The POSTs that send stored receipts through the door once more.  With an
 * Idempotency-Key the key is claimed before, so that of callers together one
 * works, and answered after, whether or not the client is still there; what
 * fails frees it.  Thread: the handler's.
 */
#ifndef LEADD_REPLAY_POST_H
#define LEADD_REPLAY_POST_H

#include "flow/replay.h"
#include "http/request.h"

/** What is replayed, and how it is told. */
struct replay_post {
    /** Fill @a out from the request, all but its workspace, with texts in
     *  @a mem. @return false: not understood, *refused is the answer */
    bool (*read)(struct http_req *rq, struct arena *mem,
                 struct replay_order *out, enum http_next *refused);
    /** Write the answer of 200; else that problem.  Thread: any. */
    enum err (*render)(const struct replay_result *result, struct buf *out);
};

/** Every visit of the request. @param post lives for ever */
enum http_next replay_post_visit(struct http_req *rq,
                                 const struct replay_post *post);

#endif
