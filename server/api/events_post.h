/**
 * @file events_post.h
 * POST /v1/leads/{id}/events and POST /v1/events.
 */
#ifndef LEADD_EVENTS_POST_H
#define LEADD_EVENTS_POST_H

#include "http/request.h"

enum http_next lead_events_post(struct http_req *rq);
enum http_next events_post(struct http_req *rq);

#endif
