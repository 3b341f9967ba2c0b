/**
 * @file form_map.h
 * From a posted form, whatever its encoding, to a draft.  Pure; any thread.
 */
#ifndef LEADD_FORM_MAP_H
#define LEADD_FORM_MAP_H

#include "intake/form_fields.h"
#include "intake/form_spec.h"

/**
 * Read one form post: urlencoded, multipart, JSON (also +json), or JSON in a
 * text/plain body or one without a type.
 *
 * Names are matched without regard to case, accents, blanks and punctuation,
 * the mapping before the names everybody knows (form_names.def).  Unknown
 * fields are left to the receipt.  Texts longer than limits.h are cut.
 * Consent comes from consent_<purpose>[_<channel>] fields that say yes; a
 * field that is missing gives no record.  The event of the post itself comes
 * first in the draft's events.
 *
 * A filled honeypot sets out_draft->quarantine and asks for no identifier.
 *
 * @param content_type header value; NULL: by content
 * @param spec compiled mapping; NULL: the default
 * @param now_ms time of the post
 * @param mem owns everything in @a out_draft
 * @return ERR_OK; ERR_MEDIA_TYPE; ERR_BAD_FORM; ERR_TOO_MANY; ERR_TOO_LONG;
 *         what json_guard gives; ERR_NO_IDENTIFIER when neither a phone
 *         number nor an e-mail address was filled in
 */
enum err intake_form(const char *content_type, const void *body, size_t n,
                     const struct form_spec *spec, int64_t now_ms,
                     struct arena *mem, struct draft *out_draft,
                     struct field_errs *errs) MUST_CHECK;

/** Is that media type JSON, or something +json?  Parameters are ignored. */
bool intake_is_json(const char *content_type);

/** What became of one field. */
enum form_use {
    FORM_FIELD_USED,
    FORM_FIELD_EMPTY,   /**< a file, or no text */
    FORM_FIELD_UNKNOWN, /**< kept with the receipt only */
    FORM_FIELD_IGNORED, /**< as the mapping says */
    FORM_FIELD_HONEYPOT,
};

struct form_seen {
    const char *name;
    const char *pointer; /**< NULL when the body is no JSON */
    enum form_use use;
    const char *target; /**< of FORM_FIELD_USED, as mappings write it; NULL
                             where no mapping can: consent_wording, tokens */
};

/** What intake_form would do with each field, in order: to try mappings.
 *  @return what decoding the body gives */
enum err intake_form_look(const char *content_type, const void *body, size_t n,
                          const struct form_spec *spec, struct arena *mem,
                          struct form_seen **out, size_t *out_n) MUST_CHECK;

/** The second half of it: fields that are already apart. */
enum err intake_form_fields(const struct form_fields *fields,
                            const struct form_spec *spec, int64_t now_ms,
                            struct arena *mem, struct draft *out_draft,
                            struct field_errs *errs) MUST_CHECK;

/** Put a mapping's constants, which come before all fields. */
void form_put_constants(struct form_sink *sink, const struct form_spec *spec);

/** Put a mapping's joins, which come next.  @param value_of the value of a
 *  field or column by its key (struct form_rule); NULL: not there, or empty */
void form_put_joins(struct form_sink *sink, const struct form_spec *spec,
                    const char *(*value_of)(const void *ctx, const char *key),
                    const void *ctx);

#endif
