/**
 * @file identity.h
 * From what a draft says about a person to the identifiers that find the
 * person again.  Pure; any thread.
 */
#ifndef LEADD_IDENTITY_H
#define LEADD_IDENTITY_H

#include "base/arena.h"
#include "base/err.h"
#include "identity/name.h"
#include "lead/draft.h"

/**
 * Fill in d->ids from the contact's phone and e-mail and from external_id
 * (behind id_space or source_name), beside those the decoder put there itself
 * (visitor, zalo, psid); set d->work_domain; clean the contact's texts.  Doing
 * it twice changes nothing.
 *
 * A bad phone or e-mail is reported at "/contact/phone" or "/contact/email"
 * and gives no identifier; the others are resolved all the same, so a caller
 * that must not lose the lead (a webhook) may go on when
 * identity_is_reachable() still holds.
 *
 * @param region default country of phone numbers; NULL is "VN"
 * @param mem owns the new texts, usually the draft's own arena
 */
void identity_resolve(struct draft *d, const char *region, struct arena *mem,
                      struct field_errs *errs);

/** A phone number or an e-mail address among d->ids?  Without one there is
 *  no lead (ERR_NO_IDENTIFIER), unless another identifier is already known. */
bool identity_is_reachable(const struct draft *d);

enum query_kind {
    QUERY_NOTHING, /**< nothing to look for */
    QUERY_PHONE,   /**< value is E.164 */
    QUERY_EMAIL,   /**< value is the comparable address */
    QUERY_NAME,    /**< words, folded; value is the folded text */
};

/** What somebody typed into the search box. */
struct query {
    enum query_kind kind;
    const char *value;
    const char *words[NAME_WORDS_MAX];
    size_t n_words;
};

/**
 * Tell an e-mail address, a phone number in any form and a name apart.
 * Anything that is neither of the first two is a name; never fails.
 */
void identity_canonical_query(const char *q, const char *region,
                              struct arena *mem, struct query *out_query);

#endif
