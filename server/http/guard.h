/**
 * @file guard.h
 * Reads the raw bytes of every request header, and the framing of chunked
 * bodies, before libmicrohttpd does and refuses what two HTTP parsers could
 * understand differently (RFC 9112: request smuggling).  0.9.75 hides part of
 * that from the application (NUL in a value, bare LF, obs-fold, a blank before
 * the colon), so the header list it shows is not enough to judge by.  Private
 * to http/.
 *
 * Pure: bytes in, verdict out.  One thread at a time.
 */
#ifndef LEADD_GUARD_H
#define LEADD_GUARD_H

#include "base/err.h"
#include "http/chunks.h"

#define GUARD_TARGET_MAX_BYTES 8192
#define GUARD_HEADER_MAX_BYTES 16384
#define GUARD_FIELDS_MAX       100

enum guard_state {
    GUARD_METHOD,
    GUARD_TARGET,
    GUARD_VERSION,
    GUARD_LF,   /* after the CR of a line */
    GUARD_LINE, /* first byte of a line */
    GUARD_NAME,
    GUARD_VALUE,
    GUARD_END_LF, /* after the CR of the empty line */
    GUARD_DONE,   /* the header is whole and sound */
    GUARD_CHUNKS, /* so it is, and a chunked body follows */
    GUARD_BAD
};

/** One request's header as seen so far. */
struct guard {
    uint8_t state; /**< enum guard_state */
    uint8_t field; /**< which field the value belongs to */
    uint8_t pct;   /**< progress of a "%00" in the target */
    uint8_t n_length, n_encoding, n_host;
    uint8_t word_len;
    bool chunked;
    bool gap;             /**< a blank came after the value began */
    bool old_version;     /**< HTTP/1.0 */
    uint16_t n_fields;    /**< header fields seen */
    uint32_t bytes;       /**< header bytes seen */
    uint32_t part_bytes;  /**< bytes of the target */
    char word[24];        /**< method, version, field name or value, cut */
    int64_t length;       /**< Content-Length; 0 when absent */
    uint64_t extra_bytes; /**< bytes that came after the header */
    struct chunks body;   /**< of a chunked one */
    const char *why;      /**< what was wrong, for log and metrics */
};

/** Be ready for the next request of the connection. */
void guard_reset(struct guard *g);

/**
 * Look at the next bytes of the connection.
 * @return ERR_OK; ERR_BAD_REQUEST, ERR_URI_TOO_LONG or ERR_HEADERS_TOO_LARGE,
 *         after which the connection must be closed
 */
enum err guard_scan(struct guard *g, const char *p, size_t n) MUST_CHECK;

/** Is the header whole and sound, so that the request may be served? */
bool guard_has_header(const struct guard *g);

/** Does a body follow the header? */
bool guard_has_body(const struct guard *g);

/**
 * May the connection serve another request after this one?  Not when bytes
 * beyond this request have already come: MHD would parse them from its own
 * buffer without them passing the guard.  After a chunked body we cannot tell
 * where the request ended, so that closes too.
 */
bool guard_may_keep(const struct guard *g);

#endif
