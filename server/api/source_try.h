/**
 * @file source_try.h
 * POST /v1/sources/{id}/try: what a body, or a stored receipt, would become
 * with this source as it is now.  Nothing is written.
 */
#ifndef LEADD_SOURCE_TRY_H
#define LEADD_SOURCE_TRY_H

#include "http/request.h"

enum http_next source_try(struct http_req *rq);

#endif
