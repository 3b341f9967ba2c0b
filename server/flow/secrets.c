#include "flow/secrets.h"

#include <string.h>

static json_t *parse(const char *text)
{
    return text ? json_loads(text, 0, NULL) : NULL;
}

bool secret_newest(const char *secrets_json, const char *name, const char *key,
                   char *out, size_t out_bytes)
{
    json_t *all = parse(secrets_json);
    const json_t *v = json_object_get(all, name);
    const char *text;
    bool found;

    while (json_is_array(v)) /* a list in a list: given so at a rotation */
        v = json_array_get(v, 0);
    text = json_string_value(key ? json_object_get(v, key) : v);
    found = text && *text && strlen(text) < out_bytes;
    if (found)
        memcpy(out, text, strlen(text) + 1);
    json_decref(all);
    return found;
}

static void walk(const json_t *v, int depth,
                 void (*each)(void *ctx, const char *value), void *ctx)
{
    if (json_is_string(v))
        each(ctx, json_string_value(v));
    for (size_t i = 0; depth < 3 && i < json_array_size(v); i++)
        walk(json_array_get(v, i), depth + 1, each, ctx);
}

void secret_each(const char *secrets_json, const char *name,
                 void (*each)(void *ctx, const char *value), void *ctx)
{
    json_t *all = parse(secrets_json);

    walk(json_object_get(all, name), 0, each, ctx);
    json_decref(all);
}
