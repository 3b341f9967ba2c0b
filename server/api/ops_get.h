/**
 * @file ops_get.h
 * GET /healthz, /readyz, /metrics: for those who run leadd.
 */
#ifndef LEADD_OPS_GET_H
#define LEADD_OPS_GET_H

#include "http/request.h"

/** The process lives; never looks at the database. */
enum http_next healthz_get(struct http_req *rq);
/** 200 when leads can be taken: database, migrations, settings; else 503. */
enum http_next readyz_get(struct http_req *rq);
/** Prometheus text. */
enum http_next metrics_get(struct http_req *rq);

#endif
