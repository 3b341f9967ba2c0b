/**
 * @file hot_get.h
 * GET /v1/leads/hot?limit=&wait= and GET /v1/leads/stream: the claimable
 * leads in order of work, from a shared cache (hot_cache.h).
 *
 * The stream is server-sent events by reconnecting: one event with the whole
 * list, then the end; EventSource comes back with Last-Event-ID and is held
 * until the list differs from that.
 */
#ifndef LEADD_HOT_GET_H
#define LEADD_HOT_GET_H

#include "api/hot_cache.h"
#include "http/request.h"

enum http_next hot_get(struct http_req *rq);
enum http_next stream_get(struct http_req *rq);

#endif
