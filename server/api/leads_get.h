/**
 * @file leads_get.h
 * GET /v1/leads and /v1/leads/{id}.
 */
#ifndef LEADD_LEADS_GET_H
#define LEADD_LEADS_GET_H

#include "http/request.h"

enum http_next leads_get(struct http_req *rq);
enum http_next lead_get(struct http_req *rq);

#endif
