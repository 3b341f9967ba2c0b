/**
 * @file forms_post.h
 * POST /v1/forms/{form_key}: what a landing page posts.  A stranger learns
 * only that it was kept.
 */
#ifndef LEADD_FORMS_POST_H
#define LEADD_FORMS_POST_H

#include "http/request.h"

enum http_next forms_post(struct http_req *rq);
/** The same by GET, for the sources whose mapping allows it. */
enum http_next forms_get(struct http_req *rq);
/** POST /v1/forms/{form_key}/visits: page views, told with consent. */
enum http_next visits_post(struct http_req *rq);
/** GET /v1/forms/{form_key}/token: what a form posts back. */
enum http_next form_token_get(struct http_req *rq);
/** The browser's question before a cross-origin post. */
enum http_next forms_options(struct http_req *rq);

#endif
