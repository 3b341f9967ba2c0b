/**
 * @file quarantine.h
 * GET /v1/quarantine, POST /v1/quarantine/release and /purge: what was held
 * back, with the reason, and what a person decided of it.
 */
#ifndef LEADD_API_QUARANTINE_H
#define LEADD_API_QUARANTINE_H

#include "http/request.h"

enum http_next quarantine_get(struct http_req *rq);
enum http_next quarantine_release_post(struct http_req *rq);
enum http_next quarantine_purge_post(struct http_req *rq);

#endif
