#include "api/source_json.h"

#include "base/reserve.h"
#include "base/str.h"

static const char *base_of(const struct read *r)
{
    const char *base = r->base_url;

    return base && *base ? base : "";
}

void source_put(struct read *r, const struct source_row *s,
                const json_t *secrets)
{
    char id[UUID_TEXT_BYTES];
    json_t *out = json_object();
    bool form = str_eq(s->kind, "form");
    char *text;

    json_object_set_new(out, "id", json_string(uuid_format(&s->source_id, id)));
    json_object_set_new(out, "kind", json_string(s->kind));
    json_object_set_new(out, "name", json_string(s->name));
    json_object_set_new(out, "origin",
                        json_string(s->origin ? s->origin : "marketing"));
    json_object_set_new(out, "source_key", json_string(s->source_key));
    json_object_set_new(
        out, "url",
        json_string(form ? arena_printf(r->mem, "%s/v1/forms/%s", base_of(r),
                                        s->source_key)
                         : arena_printf(r->mem, "%s/v1/hooks/%s/%s", base_of(r),
                                        s->kind, s->source_key)));
    json_object_set_new(
        out, "defaults",
        json_loads(s->defaults_json ? s->defaults_json : "{}", 0, NULL));
    json_object_set_new(
        out, "allowed_origins",
        json_loads(s->origins_json ? s->origins_json : "[]", 0, NULL));
    json_object_set_new(out, "success_url",
                        s->success_url ? json_string(s->success_url)
                                       : json_null());
    json_object_set_new(
        out, "mapping",
        json_loads(s->mapping_json ? s->mapping_json : "{}", 0, NULL));
    if (secrets)
        json_object_set(out, "secrets", (json_t *)(uintptr_t)secrets);
    text = json_dumps(out, JSON_COMPACT);
    (void)buf_puts(&r->out, text ? text : "{}");
    reserve_free(text);
    json_decref(out);
}
