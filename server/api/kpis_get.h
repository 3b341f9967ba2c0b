/**
 * @file kpis_get.h
 * GET /v1/kpis?from=&to=&view=&group_by=: the six shared figures of both
 * teams (domain.md section 6), over whole local days.
 */
#ifndef LEADD_KPIS_GET_H
#define LEADD_KPIS_GET_H

#include "http/request.h"

enum http_next kpis_get(struct http_req *rq);

#endif
