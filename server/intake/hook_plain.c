#include "intake/hook_plain.h"

#include <strings.h>

#include "base/str.h"
#include "intake/hook_sign.h"

#define DEPTH_MAX 4

bool hook_key_fits(const struct hook_request *rq, const char *name)
{
    static const char SCHEME[] = "Bearer "; /* in any letter case */
    const char *given = rq->header(rq->ctx, "Authorization");
    bool bears = given && strncasecmp(given, SCHEME, sizeof(SCHEME) - 1) == 0;

    return hook_secret_fits(rq, name,
                            bears ? given + sizeof(SCHEME) - 1 : NULL) ||
           hook_secret_fits(rq, name, rq->header(rq->ctx, "X-Api-Key")) ||
           hook_secret_fits(rq, name, rq->arg(rq->ctx, "access_token")) ||
           hook_secret_fits(rq, name, rq->arg(rq->ctx, "key"));
}

static bool is_wrapper(const char *name)
{
    static const char *const NAMES[] = {
        "contact", "data", "answers", "fields", "form_data", "lead", "touch"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq(NAMES[i], name))
            return true;
    return false;
}

/* [{"name": ..., "value": ...}]; anything else in the list stands for itself */
static void listed(struct hook_lead *l, const char *name, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const json_t *own = json_object_get(item, "name");

        hook_lead_json(l, own ? json_string_value(own) : name,
                       own ? json_object_get(item, "value") : item);
    }
}

static void answers(struct hook_lead *l, const char *prefix,
                    const json_t *object, int depth)
{
    json_t *all = (json_t *)(uintptr_t)object; /* iterators want it writable */
    const char *name;
    json_t *v;

    json_object_foreach (all, name, v) {
        const char *whole =
            prefix ? arena_printf(l->r->mem, "%s.%s", prefix, name) : name;

        if (json_is_object(v) && depth)
            answers(l, is_wrapper(name) ? prefix : whole, v, depth - 1);
        else if (json_is_array(v) && is_wrapper(name))
            listed(l, whole, v);
        else
            hook_lead_json(l, whole, v);
    }
}

void hook_plain_answers(struct hook_lead *l, const json_t *object)
{
    answers(l, NULL, object, DEPTH_MAX);
}
