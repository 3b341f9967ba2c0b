/**
 * @file args.h
 * Query arguments, checked.  A missing argument leaves *out alone; a bad one
 * adds to @a errs (pointer: the argument's name, ERR_BAD_ARGUMENT).  Pure.
 */
#ifndef LEADD_ARGS_H
#define LEADD_ARGS_H

#include "base/id.h"
#include "http/request.h"

/** The decoded query. @return ERR_OK, or on malformed input
 *  ERR_BAD_ARGUMENT or ERR_BAD_UTF8 */
enum err args_parse(struct arena *mem, const char *query,
                    const struct http_arg **out, size_t *out_n) MUST_CHECK;
/** Percent-decode; '+' is a blank when @a plus.  Refuses %00, stray '%' and
 *  what is not UTF-8. */
enum err args_decode(struct arena *mem, const char *s, size_t n, bool plus,
                     const char **out) MUST_CHECK;

/** First value of @a name; NULL when absent.  arg_unknown refuses more. */
const char *arg_text(const struct http_req *rq, const char *name);
/** @return true when present and good */
bool arg_int(const struct http_req *rq, struct field_errs *errs,
             const char *name, int64_t min, int64_t max, int64_t *out);
bool arg_uuid(const struct http_req *rq, struct field_errs *errs,
              const char *name, struct uuid *out);
/** RFC 3339 with an offset, also where a '+' left as it is became a space.
 *  @return false when @a s is no such time */
bool arg_time_parse(const char *s, int64_t *out_ms);
bool arg_time(const struct http_req *rq, struct field_errs *errs,
              const char *name, int64_t *out_ms);
bool arg_bool(const struct http_req *rq, struct field_errs *errs,
              const char *name, bool *out);
/** One of a NULL-ended list of words. */
bool arg_word(const struct http_req *rq, struct field_errs *errs,
              const char *name, const char *const *words, size_t *out_index);
/** Name every argument that is not in the NULL-ended list, or given twice. */
void arg_unknown(const struct http_req *rq, struct field_errs *errs,
                 const char *const *known);

#endif
