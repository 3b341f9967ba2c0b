/**
 * @file email.h
 * E-mail addresses: checked, made comparable, and classed by their domain.
 * Pure; any thread.
 *
 * Accepted: dot-atoms (UTF-8 too, RFC 6531) at a domain of two labels or
 * more.  Refused though RFC 5321 knows them: quoted local parts, address
 * literals and comments, which no person types and no two systems compare
 * alike.
 */
#ifndef LEADD_EMAIL_H
#define LEADD_EMAIL_H

#include "base/arena.h"
#include "base/err.h"

/** Bytes of the whole address (RFC 5321, 4.5.3.1) and of its local part. */
#define EMAIL_MAX       254
#define EMAIL_LOCAL_MAX 64

struct email {
    const char *value;   /**< comparable: lower case, ASCII domain */
    const char *display; /**< local part as typed, domain as in value */
    const char *domain;  /**< points into value */
    const char *rule;    /**< "email", "email_idn" when the domain was not
                              ASCII; static */
    bool is_free;        /**< anybody's provider */
    bool is_disposable;  /**< throw-away provider */
    bool is_role;        /**< info@, sales@: a post, not a person */
};

/**
 * Read one address.
 *
 * @param raw UTF-8; white space around it is cut
 * @param out_email texts live in @a mem
 * @return ERR_OK or ERR_EMAIL_INVALID
 */
enum err email_canonical(const char *raw, struct arena *mem,
                         struct email *out_email) MUST_CHECK;

/**
 * The registrable domain behind a work address, which makes an account:
 * "mail.anphu.com.vn" gives "anphu.com.vn".
 *
 * @return a part of email->domain; NULL for free-mail, throw-away domains and
 * bare public suffixes
 */
const char *email_work_domain(const struct email *email);

#endif
