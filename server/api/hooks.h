/**
 * @file hooks.h
 * GET, POST and OPTIONS /v1/hooks/{platform}/{source_key}: what ad platforms,
 * form builders and other services call.  Handshakes are answered from the
 * settings in memory.
 */
#ifndef LEADD_HOOKS_H
#define LEADD_HOOKS_H

#include "http/request.h"
#include "store/work.h"

enum http_next hooks_get(struct http_req *rq);
enum http_next hooks_post(struct http_req *rq);
enum http_next hooks_options(struct http_req *rq);

/** 200 {}: every platform takes it.  Needs nothing the database said, so it
 *  also stands for a work that was spooled. */
void render_hook(struct work *w);

#endif
