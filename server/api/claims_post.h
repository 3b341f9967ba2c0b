/**
 * @file claims_post.h
 * Claims: take this lead, give me the next, and what becomes of a claim.
 */
#ifndef LEADD_CLAIMS_POST_H
#define LEADD_CLAIMS_POST_H

#include "http/request.h"

enum http_next lead_claim_post(struct http_req *rq);
enum http_next claims_post(struct http_req *rq);
enum http_next claim_accept(struct http_req *rq);
enum http_next claim_release(struct http_req *rq);
enum http_next claim_reject(struct http_req *rq);
enum http_next claim_extend(struct http_req *rq);
enum http_next claim_activity(struct http_req *rq);
enum http_next claim_outcome(struct http_req *rq);

#endif
