/**
 * @file funnel_get.h
 * GET /v1/funnel?from=&to=&view=period|cohort&group_by=
 */
#ifndef LEADD_FUNNEL_GET_H
#define LEADD_FUNNEL_GET_H

#include "http/request.h"

enum http_next funnel_get(struct http_req *rq);

#endif
