/**
 * @file timeline_get.h
 * GET /v1/leads/{id}/timeline
 */
#ifndef LEADD_TIMELINE_GET_H
#define LEADD_TIMELINE_GET_H

#include "http/request.h"

enum http_next timeline_get(struct http_req *rq);

#endif
