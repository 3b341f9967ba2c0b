/**
 * @file embed_get.h
 * GET /v1/forms/{form_key}/embed.js: the snippet a page takes in to post its
 * forms here; config/www/embed.js without comments and indents.
 */
#ifndef LEADD_EMBED_GET_H
#define LEADD_EMBED_GET_H

#include "http/request.h"

enum http_next embed_get(struct http_req *rq);

#endif
