/* CloudEvents 1.0 over HTTP, in all three modes.  The standard signs nothing:
 * a Standard Webhooks signature or a shared key proves the sender. */
#include <strings.h>

#include "base/crypto.h"
#include "base/str.h"
#include "intake/form_map.h"
#include "intake/hook_plain.h"

static enum err check(const struct hook_request *rq)
{
    if (rq->header(rq->ctx, "webhook-signature"))
        return hook_standard_check(rq);
    return hook_key_fits(rq, "secret") ? ERR_OK : ERR_BAD_SIGNATURE;
}

static bool is_mode(const char *content_type, const char *mode)
{
    return content_type && strncasecmp(content_type, mode, strlen(mode)) == 0;
}

/* The standard asks for specversion, type, source and id.  Who leaves one out
   loses no lead by it: without source and id a repeat is not known as one. */
static enum err read_data(struct hook_reader *r, const char *source,
                          const char *id, const json_t *time,
                          const json_t *event, const json_t *data)
{
    struct hook_lead l;

    if (!json_is_object(data))
        return ERR_OK;
    hook_lead_begin(&l, r, event);
    if (source && id)
        l.external_id = arena_printf(r->mem, "%s:%s", source, id);
    hook_plain_answers(&l, data);
    (void)hook_time(time, &l.at_ms);
    return hook_lead_end(&l, HOOK_LEAD);
}

/* data_base64: JSON once more, in base64. */
static enum err read_base64(struct hook_reader *r, const json_t *event,
                            const char *source, const char *id)
{
    AUTO(json_cleanup) json_t *data = NULL;
    const char *text = json_string_value(json_object_get(event, "data_base64"));
    struct field_errs errs = {.mem = r->mem};
    uint8_t *bytes;
    size_t n;

    if (!text)
        return read_data(r, source, id, NULL, NULL, NULL);
    bytes = arena_alloc(r->mem, strlen(text) + 1);
    if (!base64_decode(text, bytes, &n) ||
        hook_json(bytes, n, &errs, &data) != ERR_OK)
        return read_data(r, source, id, NULL, NULL, NULL);
    return read_data(r, source, id, json_object_get(event, "time"), data, data);
}

static enum err read_event(struct hook_reader *r, const json_t *event)
{
    const char *source = hook_text(event, "source", r->mem);
    const char *id = hook_text(event, "id", r->mem);
    const json_t *data = json_object_get(event, "data");

    return data ? read_data(r, source, id, json_object_get(event, "time"),
                            event, data)
                : read_base64(r, event, source, id);
}

/* Headers are percent-encoded: the same event has the same id in every mode. */
static const char *attribute(const struct hook_request *rq, const char *name)
{
    const char *text = rq->header(rq->ctx, name);
    char *out = arena_strdup(rq->mem, text);
    size_t n = text ? strlen(text) : 0, w = 0;

    for (size_t i = 0; i < n; i++) {
        char two[3] = {text[i + 1], text[i + 1] ? text[i + 2] : '\0', '\0'};
        uint8_t byte;

        if (text[i] == '%' && hex_decode(two, 1, &byte))
            i += 2;
        else
            byte = (uint8_t)text[i];
        out[w++] = (char)byte;
    }
    if (out)
        out[w] = '\0';
    return n && utf8_valid(out, w) && strlen(out) == w ? out : text;
}

static enum err read_binary(struct hook_reader *r, const json_t *data)
{
    const struct hook_request *rq = r->rq;
    const char *at = rq->header(rq->ctx, "ce-time");
    AUTO(json_cleanup) json_t *time = at ? json_string(at) : NULL;

    return read_data(r, attribute(rq, "ce-source"), attribute(rq, "ce-id"),
                     time, data, data);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    const char *type = r->rq->content_type;
    enum err e = ERR_MEDIA_TYPE; /* of the event, or of its data */

    if (!type || intake_is_json(type))
        e = hook_json(r->rq->body, r->rq->body_bytes, r->errs, &j);
    if (e != ERR_OK)
        return e;
    if (!is_mode(type, "application/cloudevents"))
        return read_binary(r, j);
    return hook_each(r, j, read_event);
}

const struct hook hook_cloudevents = {
    .kind = "cloudevents",
    .made = {"secret"},
    .kept = {"ce-id", "ce-source", "ce-time"},
    .asks_first = true,
    .check = check,
    .read = read,
};
