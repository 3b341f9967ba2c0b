/**
 * @file stream.h
 * Answers of any length, sent piece by piece in bounded memory.
 */
#ifndef LEADD_STREAM_H
#define LEADD_STREAM_H

#include "http/request.h"

/**
 * 200 with a body that @a more makes.  Thread: the handler's.
 *
 * @param more called on the loop thread, first with the handler's own result
 *        in rq, then whenever all before is sent: fill @a piece (empty) and
 *        say HTTP_GO_ON, or HTTP_DONE when it is the last one; or http_park
 *        and say HTTP_PARKED, to be called again with what was given.  Given
 *        an error, or at the deadline, the answer is broken off so that the
 *        client sees it is not whole.  rq->mem must not be used.  Each piece
 *        has the time of a whole answer to be taken.
 */
enum http_next reply_stream(struct http_req *rq, const char *type,
                            enum http_next (*more)(struct http_req *rq,
                                                   struct buf *piece));

#endif
