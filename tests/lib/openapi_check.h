/**
 * @file openapi_check.h
 * Is an answer one that openapi.yaml promises?  Reads the document once
 * (openapi.yaml in the working directory, or $LEADD_OPENAPI) and checks with
 * the part of JSON Schema that it uses; a keyword this does not know is a
 * failure, so nothing is passed over in silence.  Any thread.
 */
#ifndef LEADD_TESTS_OPENAPI_CHECK_H
#define LEADD_TESTS_OPENAPI_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @return the document, borrowed; aborts when it cannot be read */
const json_t *openapi_doc(void);

/** Any YAML file as JSON. @return given; NULL with the reason in @a why */
json_t *openapi_load(const char *path, char *why, size_t why_size);

/**
 * @param path as requested; a query is ignored
 * @param content_type NULL when there is none; parameters are ignored
 * @param body NUL-terminated, "" when there is none
 * @param why set on false: what differs, and where
 */
bool openapi_check(const char *method, const char *path, int status,
                   const char *content_type, const char *body, char *why,
                   size_t why_size);

/** Are the required header fields of that answer there?
 *  @param header gives the value of a field, or NULL */
bool openapi_check_headers(const char *method, const char *path, int status,
                           const char *(*header)(void *ctx, const char *name),
                           void *ctx, char *why, size_t why_size);

/** Does @a v fit @a schema ($refs are looked up in @a doc)? */
bool openapi_fits(const json_t *doc, const json_t *schema, const json_t *v,
                  char *why, size_t why_size);

/** The pattern of @a doc that @a path fits; NULL when there is none. */
const char *openapi_path(const json_t *doc, const char *path);

#endif
