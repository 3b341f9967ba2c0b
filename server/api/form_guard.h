/**
 * @file form_guard.h
 * What a post of a public form goes through between being understood and
 * being written, beside what its own bytes show (flow/defence.h): how often
 * an address posts, whether its token was used for somebody else, whether its
 * visitor passed a captcha.  Thread: the handler's.
 */
#ifndef LEADD_FORM_GUARD_H
#define LEADD_FORM_GUARD_H

#include "api/app.h"

/** May this address post to this form again?  @return HTTP_GO_ON, or 429 */
enum http_next form_guard_rate(struct http_req *rq, const struct source *s);

/** Park and submit an opened post, after asking the captcha service if need
 *  be.  Takes @a w. */
enum http_next form_guard_start(struct http_req *rq, struct work *w,
                                const struct source *s);

/** GET /v1/forms/{form_key}/token, once the source allowed it. */
enum http_next form_guard_token(struct http_req *rq, const struct source *s);

#endif
