/**
 * @file phone.h
 * Telephone numbers as people type them, made E.164.  Pure; any thread.
 *
 * Viet Nam first: 0.., 84.., +84.., 0084.., and the slip +840..; mobiles of
 * eleven digits, dead since 2018, are moved to their new prefix before
 * anything is judged.  Live mobiles are decided by our own table
 * (phone_plan.def); landlines and all other countries ask libphonenumber.
 */
#ifndef LEADD_PHONE_H
#define LEADD_PHONE_H

#include "base/err.h"

/** "+", at most 15 digits, NUL, and some air. */
#define PHONE_TEXT_BYTES 20

struct phone {
    char e164[PHONE_TEXT_BYTES];
    /** How it was read, a static text: "vn" as it stands; "vn_no_zero" the
     *  leading 0 was missing; "vn_slip_plus840"; "vn_prefix_2018" an old
     *  mobile, moved; "intl" with a country code; "national" by the plan of
     *  a default region other than VN */
    const char *rule;
    bool doubtful; /**< parsed, but the numbering plan does not know it */
};

/**
 * Read one number.
 *
 * @param raw UTF-8; blanks, dots, dashes, brackets, slashes, digits of any
 *        script and a trailing "ext 12" or "x12" are understood.  Among other
 *        words ("Zalo: 0900 000 906 (Lan)", "tel:+84...") and of two numbers
 *        the first one counts that the numbering plan is sure of
 * @param region default country, ISO 3166 alpha-2; NULL is "VN"
 * @return ERR_OK; ERR_PHONE_INVALID when it is no number: fewer than 7
 *         digits, more than 15, letters that touch them
 */
enum err phone_canonical(const char *raw, const char *region,
                         struct phone *out_phone) MUST_CHECK;

/** Is this a live Vietnamese mobile (nine digits, no leading 0)? */
bool phone_vn_mobile(const char *national);

#endif
