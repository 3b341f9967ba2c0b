/**
 * @file http_client.h
 * A blocking HTTP/1.1 client for tests, over loopback, with a deadline.
 * Every answer is held to openapi.yaml; an answer that is not documented
 * there, or none at all, fails the running libcheck test.  Any thread.
 */
#ifndef LEADD_TESTS_HTTP_CLIENT_H
#define LEADD_TESTS_HTTP_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** One whole call may take so long. */
#define HTTP_CALL_MS 10000

struct reply {
    int status;
    char *head; /**< status line and fields, each ended by CRLF */
    char *body; /**< NUL-terminated; "" when there is none */
    size_t body_bytes;
    json_t *json; /**< of a JSON body; else NULL */
};

/**
 * @param key bearer key, or NULL
 * @param headers more fields, "Name: value\r\n" each, or NULL
 * @param body NULL: none.  application/json unless @a headers say otherwise
 * @return to be given to reply_free
 */
struct reply http_call(int port, const char *method, const char *path,
                       const char *key, const char *headers, const char *body);
/** The same with a body of any bytes. */
struct reply http_call_bytes(int port, const char *method, const char *path,
                             const char *key, const char *headers,
                             const void *body, size_t body_bytes);
void reply_free(struct reply *r);

/** @return value of a field of the answer, in @a out; NULL when absent */
const char *reply_field(const struct reply *r, const char *name, char *out,
                        size_t out_size);

/** Member by JSON Pointer without escapes, "/lead/contact/name" or
 *  "/items/0/id". @return borrowed; NULL when absent */
const json_t *reply_at(const struct reply *r, const char *pointer);
/** The text there; "" when there is none. */
const char *reply_text(const struct reply *r, const char *pointer);
/** The integer there; -1 when there is none. */
long long reply_int(const struct reply *r, const char *pointer);

#endif
