/**
 * @file hook_json.h
 * Platform bodies as JSON.  Ids have up to 19 digits and more, as texts or as
 * numbers: both come out as the same text, never through a double.
 * Pure; any thread.
 */
#ifndef LEADD_HOOK_JSON_H
#define LEADD_HOOK_JSON_H

#include "intake/hook.h"
#include "intake/json_guard.h"

/** A thousand leads with their answers. */
#define JSON_LIMITS_HOOK                                                       \
    (struct json_limits)                                                       \
    {                                                                          \
        16, 200000, false                                                      \
    }

/** json_guard, within these limits. */
enum err hook_json(const void *body, size_t n, struct field_errs *errs,
                   json_t **out_json) MUST_CHECK;
/** The same, and the body must be an object. */
enum err hook_json_object(const void *body, size_t n, struct field_errs *errs,
                          json_t **out_json) MUST_CHECK;

/** @a read each of a list, or the one thing that is no list.  Of which nothing
 *  is read and nothing passed over, is noted as unread. */
enum err hook_each(struct hook_reader *r, const json_t *j,
                   enum err (*read)(struct hook_reader *r,
                                    const json_t *one)) MUST_CHECK;
/** How much was read or passed over; what leaves it as it was is unread. */
size_t hook_seen(const struct hook_reader *r);
/** Is it a text, and not this one?  Of what names a kind of event: then the
 *  event is passed over, which is noted. */
bool hook_passes(struct hook_reader *r, const json_t *kind, const char *ours);

/** A scalar as text: digits of an integer, "true", "false".
 *  @return in @a mem; NULL for null, "", containers and what is absent */
const char *hook_scalar(const json_t *v, struct arena *mem);
/** The same of a member. */
const char *hook_text(const json_t *object, const char *name,
                      struct arena *mem);
/** Is the member true, also as a text or as 1? */
bool hook_says_yes(const json_t *object, const char *name, struct arena *mem);
/** The member's members: hook_inside(j, "a", "b") is j.a.b. */
const json_t *hook_inside(const json_t *object, const char *outer,
                          const char *name);

/**
 * A moment: Unix seconds or milliseconds (as number or text), or ISO 8601
 * with an offset, also without its colon.
 * @return false when it is none of them
 */
bool hook_time(const json_t *v, int64_t *out_ms);

#endif
