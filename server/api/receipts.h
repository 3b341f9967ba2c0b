/**
 * @file receipts.h
 * GET /v1/receipts/{id}, POST /v1/receipts/{id}/replay.
 */
#ifndef LEADD_API_RECEIPTS_H
#define LEADD_API_RECEIPTS_H

#include "base/buf.h"
#include "http/request.h"
#include "store/read_receipts.h"

enum http_next receipt_get(struct http_req *rq);
enum http_next receipt_replay_post(struct http_req *rq);

/** The members both lists of receipts share, without braces. */
void put_receipt(struct buf *out, const struct stored_receipt *s);

#endif
