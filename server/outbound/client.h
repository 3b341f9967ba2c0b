/**
 * @file client.h
 * One outgoing HTTP call at a time, by libcurl, under one deadline.
 *
 * Leaves for public addresses only (public_addr.h), over https to port 443;
 * plain http and another port only where the base address is the operator's
 * own setting and says so.  No redirects, no proxies from the environment, no
 * cookies.  Credentials go as a header, never in the address, and nothing of
 * a call is logged here.
 *
 * A client belongs to one thread at a time and blocks it; it keeps its
 * connection for the next call.
 */
#ifndef LEADD_CLIENT_H
#define LEADD_CLIENT_H

#include "base/buf.h"

#define CLIENT_CONNECT_MS 3000
#define CLIENT_TOTAL_MS   15000
#define CLIENT_REPLY_MAX  ((size_t)64 << 10)

struct client_rules {
    /** May this address be called although it is not public?  NULL: none.
     *  @param ip 16 bytes, IPv4 as ::ffff:a.b.c.d */
    bool (*allowed)(void *ctx, const uint8_t *ip);
    void *ctx;
    const bool *cancel; /**< set by any thread: calls end within a second */
};

/** Everything is borrowed for the call. */
struct client_call {
    const char *base;   /**< operator's setting, "https://host[:port][/path]";
                             NULL: @a path is a whole https address */
    const char *path;   /**< appended to the base, query and all */
    const char *bearer; /**< token, or NULL */
    const char *fields[4]; /**< more header fields, "Name: value" */
    const char *body;      /**< POST it as @a content_type; NULL: GET */
    const char *content_type;
    int64_t total_ms; /**< 0: CLIENT_TOTAL_MS */
    size_t reply_max; /**< 0: CLIENT_REPLY_MAX */
};

/** Release with client_reply_release. */
struct client_reply {
    int status;
    struct buf body;     /**< NUL-terminated when not empty */
    int64_t retry_ms;    /**< Retry-After in seconds, or 0 */
    char *usage;         /**< X-Business-Use-Case-Usage, or NULL */
    const char *problem; /**< with an error: what failed, for the log */
};

struct client;

/** Once, before any thread calls. */
void client_global_init(void);

/** @return given; NULL when out of memory */
struct client *client_new(const struct client_rules *rules);
void client_free(struct client *c);

/**
 * Call and wait.  Any status is a success here.
 *
 * @param out valid also after an error
 * @return ERR_OK; ERR_OUTBOUND_REFUSED: the address is not one to call;
 *         ERR_DEADLINE; ERR_TOO_LARGE: the reply; ERR_IO: any other failure of
 *         the network; ERR_NO_MEMORY
 */
enum err client_call(struct client *c, const struct client_call *call,
                     struct client_reply *out) MUST_CHECK;
void client_reply_release(struct client_reply *r);

/** Is this a base address we would call?  For checking settings. */
bool client_base_ok(const char *base);

#endif
