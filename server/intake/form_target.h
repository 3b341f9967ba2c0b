/**
 * @file form_target.h
 * What one field of a form fills in the draft, and how its text gets there.
 * Pure; any thread.
 */
#ifndef LEADD_FORM_TARGET_H
#define LEADD_FORM_TARGET_H

#include "base/arena.h"
#include "lead/draft.h"

enum target_kind {
    TARGET_IGNORE,  /**< kept with the receipt only */
    TARGET_TEXT,    /**< text: a row of form_targets.def */
    TARGET_VISITOR, /**< visitor id: identifier and mark of the events */
    TARGET_PART,    /**< text: part of a name, joined when all is read */
    TARGET_FACT,    /**< fact: one bit of enum fact_bit */
    TARGET_EVENT,   /**< event, when the field says yes */
    TARGET_CONSENT, /**< consent for purpose and channel: a yes or a no */
};

/** Rows of form_targets.def; those behind them are no texts of the draft. */
enum target_text {
#define TEXT(id, name, member, max, shape) TARGET_TEXT_##id,
#include "intake/form_targets.def"
#undef TEXT
    TARGET_TEXT_N,
    TARGET_TEXT_VISITOR = TARGET_TEXT_N,
    TARGET_TEXT_FIRST_NAME,
    TARGET_TEXT_LAST_NAME,
    TARGET_TEXT_MIDDLE_NAME,
    TARGET_TEXT_FAMILY_NAME, /**< before the rest, as in Viet Nam */
    TARGET_TEXT_GIVEN_NAME   /**< a whole name, unless the family's is there */
};

struct form_target {
    enum target_kind kind;
    enum target_text text;
    uint32_t fact;
    enum event_type event;
    const char *purpose, *channel; /**< channel NULL: any */
};

/** Where the values of one form go. */
struct form_sink {
    struct draft *d;
    struct arena *mem;
    int64_t now_ms;
    const char *currency; /**< of amounts that name none */
    const char *visitor;  /**< visitor id, once seen */
    const char *first_name, *last_name, *middle_name, *family_name;
    const char *given_name;     /**< that the name is so far, or NULL */
    const char *budget, *price; /**< the first texts that are amounts */
    const char *wording;        /**< of the consent at hand, or NULL */
    uint32_t events;            /**< bit 1 << enum event_type asked for */
    bool of_list;               /**< a row of a list, not a post */
};

/**
 * Read a target as mappings write it: "contact.name", "contact.first_name",
 * "contact.middle_name", "contact.last_name", "contact.family_name",
 * "touch.campaign", "external_id", "visitor_id", "fact.need",
 * "event:demo_request", "consent.marketing" or "consent.marketing.email",
 * "ignore".
 *
 * @return false when there is no such target
 */
bool form_target_parse(const char *text, struct arena *mem,
                       struct form_target *out_target);

/** @return the target of a field name that needs no mapping; false: none.
 *  @param folded see form_key */
bool form_target_known(const char *folded, struct form_target *out_target);

/** Read "consent_<purpose>" or "consent_<purpose>_<channel>". */
bool form_target_consent(const char *name, struct arena *mem,
                         struct form_target *out_target);

/**
 * Put one value in its place.  The first value of a text or fact wins; what
 * cannot be understood as the fact it is mapped to is left out, since a
 * visitor cannot mend a form's mapping.
 */
void form_target_put(struct form_sink *sink, const struct form_target *target,
                     const char *value, size_t n);

/** After the last value: a name in parts becomes one (full_name.h), when no
 *  whole name was given; the page's address names the campaign, as far as
 *  no field did (page_query.h); amounts become facts. */
void form_target_end(struct form_sink *sink);

/** What a target is called in mappings, in @a mem or static. */
const char *form_target_name(const struct form_target *target,
                             struct arena *mem);

/** Would @a text be understood there? Only facts are hard to please. */
bool form_target_takes(const struct form_target *target, const char *text,
                       const char *currency);

/** Room for the longest folded name that is compared. */
#define FORM_KEY_BYTES 128

/** Fold a field name: "Họ tên *" and "ho_ten" both give "hoten". */
void form_key(const char *name, char out[FORM_KEY_BYTES]);

/** Says yes: "1", "on", "yes", "true", "có", "đồng ý", ... */
bool form_says_yes(const char *value);

#endif
