/**
 * @file hook_lead.h
 * From what a platform says of one person to a draft.  Answers go through the
 * source's mapping like the fields of a form, so that facts can be mapped.
 * Pure; any thread.
 */
#ifndef LEADD_HOOK_LEAD_H
#define LEADD_HOOK_LEAD_H

#include "intake/form_fields.h"
#include "intake/hook_json.h"

struct hook_lead {
    struct hook_reader *r;
    struct form_fields fields;
    const char *first, *last; /**< joined when no whole name came */
    const char *external_id;  /**< the platform's own id: dedupe key */
    bool may_name;            /**< the mapping may name another */
    const char *zalo_id;      /**< or NULL */
    struct touch touch;       /**< what the platform says; answers win */
    int64_t at_ms;            /**< when it was sent off; 0: not said */
    bool test;                /**< a test lead */
    bool quiet;               /**< no event: not a new act of the person */
    enum event_type news;     /**< HOOK_NEWS: what the person did ... */
    bool has_news;            /**< ... if anything */
    struct consent *consent;
    size_t n_consent;
    const json_t **pointed; /**< what the mapping's pointers named */
    size_t n_pointed;
};

/**
 * Begin one.
 * @param doc what the pointers of the mapping point into, borrowed until the
 *        end; NULL: not JSON
 */
void hook_lead_begin(struct hook_lead *l, struct hook_reader *r,
                     const json_t *doc);
/** One answer; NULL and "" are none.  Too long ones are cut. */
void hook_lead_answer(struct hook_lead *l, const char *name, const char *value);
/** The same of JSON: a scalar, or a list of them.  What a pointer of the
 *  mapping named is passed over: it goes where the mapping says. */
void hook_lead_json(struct hook_lead *l, const char *name, const json_t *v);
/** Of the names one answer goes by, the first that the mapping names; NULL
 *  when it names none.  Each of @a names may be NULL. */
const char *hook_lead_named(const struct hook_lead *l,
                            const char *const names[], size_t n);
/**
 * One consent box.  The mapping may name purpose and channel under its key
 * ({"fields": {"optional_1": "consent.marketing"}}); else the key itself is
 * the purpose.
 */
void hook_lead_consent(struct hook_lead *l, const char *key, bool ticked);
/** Make an item of it. @return ERR_OK or ERR_TOO_MANY */
enum err hook_lead_end(struct hook_lead *l,
                       enum hook_item_kind kind) MUST_CHECK;

/** An id a platform gave, made fit for a key: a long one by its digest. */
const char *hook_id(const char *id, struct arena *mem);

#endif
