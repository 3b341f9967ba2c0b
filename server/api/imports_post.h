/**
 * @file imports_post.h
 * POST /v1/imports: a list of any size, fed to the import as it arrives.
 */
#ifndef LEADD_IMPORTS_POST_H
#define LEADD_IMPORTS_POST_H

#include "http/request.h"

/** The header is in: what is said of the list; refuses before its body. */
enum http_next imports_open(struct http_req *rq);
/** A piece of the body.  Reading stops while the import has enough. */
enum err imports_body(struct http_req *rq, const char *p, size_t n);
enum http_next imports_post(struct http_req *rq);

#endif
