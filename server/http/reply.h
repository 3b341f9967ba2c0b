/**
 * @file reply.h
 * Answers.  Each of the reply_ functions ends the handler:
 * `return reply_json(rq, 200, &out);`.  Thread: the handler's.
 *
 * Every answer carries X-Request-Id, X-Content-Type-Options: nosniff and,
 * unless the handler said otherwise, Cache-Control: no-store.
 */
#ifndef LEADD_REPLY_H
#define LEADD_REPLY_H

#include "http/request.h"

/** Add a header to the answer to come; both are copied. */
void reply_header(struct http_req *rq, const char *name, const char *value);
/** Retry-After of the answer to come; 503 and 429 have 1 s otherwise. */
void reply_retry_after(struct http_req *rq, int64_t seconds);
/** Close the connection after the answer. */
void reply_close(struct http_req *rq);

/** JSON text; the buffer's memory is taken and @a b left empty. */
enum http_next reply_json(struct http_req *rq, int status, struct buf *b);
/** Any type; the buffer's memory is taken and @a b left empty. */
enum http_next reply_buf(struct http_req *rq, int status, const char *type,
                         struct buf *b);
/** Text that lives for ever (a literal). */
enum http_next reply_static(struct http_req *rq, int status, const char *type,
                            const char *text);
enum http_next reply_empty(struct http_req *rq, int status);
/** 303 See Other. */
enum http_next reply_redirect(struct http_req *rq, const char *url);

/** RFC 9457 from the registry. @param detail no personal data; NULL says the
 *  title once more */
enum http_next reply_problem(struct http_req *rq, enum err e,
                             const char *detail);
/** The same with members of its own: JSON text "\"name\":value,...". */
enum http_next reply_problem_with(struct http_req *rq, enum err e,
                                  const char *members);
/** 422 (400 when all entries are of status 400) with the list of fields. */
enum http_next reply_invalid(struct http_req *rq,
                             const struct field_errs *errs);

/** A body that many answers share; counted, any thread. */
struct http_body;
/** @param b its memory is taken. @return given; NULL when out of memory */
struct http_body *http_body_new(const char *type, struct buf *b);
struct http_body *http_body_hold(struct http_body *body);
void http_body_drop(struct http_body *body);
/** Strong ETag made from the bytes, with quotes. */
const char *http_body_etag(const struct http_body *body);
/** 200 with ETag, or 304 when If-None-Match has it.  Holds its own count. */
enum http_next reply_body(struct http_req *rq, struct http_body *body);

#endif
