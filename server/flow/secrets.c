#include "flow/secrets.h"

#include <string.h>

static json_t *parse(const char *text)
{
    return text ? json_loads(text, 0, NULL) : NULL;
}

static json_t *newest(const json_t *all, const char *name)
{
    json_t *v = json_object_get(all, name);

    while (json_is_array(v)) /* a list in a list: given so at a rotation */
        v = json_array_get(v, 0);
    return v;
}

bool secret_newest(const char *secrets_json, const char *name, const char *key,
                   char *out, size_t out_bytes)
{
    json_t *all = parse(secrets_json);
    const json_t *v = newest(all, name);
    const char *text;
    bool found;

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

void secret_each_key(const char *secrets_json, const char *name,
                     void (*each)(void *ctx, const char *key), void *ctx)
{
    json_t *all = parse(secrets_json);
    const char *key;
    json_t *v;

    json_object_foreach (newest(all, name), key, v)
        if (json_string_length(v))
            each(ctx, key);
    json_decref(all);
}
