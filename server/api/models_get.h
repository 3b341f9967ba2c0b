/**
 * @file models_get.h
 * GET /v1/models and /v1/models/{version}.
 */
#ifndef LEADD_MODELS_GET_H
#define LEADD_MODELS_GET_H

#include "http/request.h"

enum http_next models_get(struct http_req *rq);
enum http_next model_get(struct http_req *rq);

#endif
