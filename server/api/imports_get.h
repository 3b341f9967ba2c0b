/**
 * @file imports_get.h
 * GET /v1/imports, /v1/imports/{id}, /v1/imports/{id}/errors.
 */
#ifndef LEADD_IMPORTS_GET_H
#define LEADD_IMPORTS_GET_H

#include "base/buf.h"
#include "http/request.h"
#include "store/read_imports.h"

enum http_next imports_get(struct http_req *rq);
enum http_next import_get(struct http_req *rq);
enum http_next import_errors_get(struct http_req *rq);

/** An import as JSON. @param now_ms for what is going on still */
void put_import(struct buf *out, const struct import_row *row, int64_t now_ms);

#endif
