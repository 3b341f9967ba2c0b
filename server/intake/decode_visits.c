#include "intake/decode_visits.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/json_guard.h"
#include "intake/limits.h"
#include "intake/spec.h"

struct report {
    const char *visitor_id, *session;
    const json_t *views;
};

static const char *cleaned(const json_t *v, size_t max, struct arena *mem)
{
    char *text;

    if (!json_is_string(v))
        return NULL;
    text =
        text_clean(json_string_value(v), json_string_length(v), TEXT_LINE, mem);
    return *text && strlen(text) <= max ? text : NULL;
}

/* A clock that is far off tells nothing. */
static int64_t time_of(const json_t *v, int64_t now_ms)
{
    int64_t at = now_ms;

    if (json_is_integer(v))
        at = json_integer_value(v);
    else if (json_is_string(v) && !time_parse(json_string_value(v), &at))
        at = now_ms;
    return at > now_ms || at < now_ms - DAY_MS ? now_ms : at;
}

static bool read_view(const json_t *v, const char *pointer, int64_t now_ms,
                      struct arena *mem, struct event *out,
                      struct field_errs *errs)
{
    const char *url = cleaned(json_object_get(v, "url"), LIMIT_URL, mem);

    if (!url) {
        field_errs_add(errs, spec_pointer(pointer, "url", mem), ERR_REQUIRED,
                       "an address of at most 2048 bytes is needed");
        return false;
    }
    out->type = EVENT_PAGE_VIEW;
    out->occurred_ms = time_of(json_object_get(v, "at"), now_ms);
    out->channel = "web";
    out->detail = arena_strndup(mem, url, strcspn(url, "?#"));
    return true;
}

static void read_views(const struct report *r, const char *seed, int64_t now_ms,
                       struct arena *mem, struct draft *d,
                       struct field_errs *errs)
{
    size_t n = json_array_size(r->views);

    d->events = arena_array(mem, n + 1, sizeof(*d->events));
    for (size_t i = 0; i < n; i++) {
        struct event *ev = &d->events[d->n_events];

        if (!read_view(json_array_get(r->views, i),
                       spec_pointer_at("/views", i, mem), now_ms, mem, ev,
                       errs))
            continue;
        ev->ext_id = arena_printf(mem, "visit:%s:%zu", seed, i);
        ev->visitor = r->visitor_id;
        ev->session = r->session;
        d->n_events++;
    }
}

static void check(const json_t *j, const struct report *r,
                  struct field_errs *errs)
{
    if (!r->visitor_id)
        field_errs_add(errs, "/visitor_id", ERR_REQUIRED,
                       "an id of at most 200 bytes is needed");
    if (!json_is_true(json_object_get(j, "consent")))
        field_errs_add(errs, "/consent", ERR_REQUIRED,
                       "nothing is kept of a visitor who did not agree");
    if (!json_array_size(r->views))
        field_errs_add(errs, "/views", ERR_REQUIRED, "a view is needed");
    else if (json_array_size(r->views) > VISITS_MAX)
        field_errs_add(errs, "/views", ERR_TOO_MANY, "at most 50 views");
}

enum err intake_visits(const void *body, size_t n, const char *seed,
                       int64_t now_ms, struct arena *mem, struct draft *out,
                       struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *j = NULL;
    size_t before = errs->n;
    enum err e = json_guard_object(body, n, JSON_LIMITS_ONE, errs, &j);
    struct report r;

    if (e != ERR_OK)
        return e;
    memset(out, 0, sizeof(*out));
    r.visitor_id = cleaned(json_object_get(j, "visitor_id"), LIMIT_WORD, mem);
    r.session = cleaned(json_object_get(j, "session"), LIMIT_WORD, mem);
    r.views = json_object_get(j, "views");
    check(j, &r, errs);
    if (errs->n != before)
        return ERR_INVALID;
    out->ids[out->n_ids++] = (struct identifier){.kind = ID_VISITOR,
                                                 .value = r.visitor_id,
                                                 .raw = r.visitor_id,
                                                 .rule = "visitor"};
    read_views(&r, seed, now_ms, mem, out, errs);
    return errs->n == before ? ERR_OK : ERR_INVALID;
}
