/**
 * @file models_post.h
 * POST /v1/models, /v1/models/{version}/activate, /v1/models/simulate.
 */
#ifndef LEADD_MODELS_POST_H
#define LEADD_MODELS_POST_H

#include "http/request.h"

/** The body is the document; 201, or 200 when it was stored before. */
enum http_next models_post(struct http_req *rq);
enum http_next model_activate_post(struct http_req *rq);
/** {"model": document} or {"version"}, "leads" (1000, at most 10000). */
enum http_next models_simulate(struct http_req *rq);

#endif
