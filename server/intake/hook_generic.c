/* Anybody else: JSON or a form, proven by an HMAC of the raw body ("secret"),
 * by a shared key ("key"), or, when the source has neither, by the address
 * nobody can guess. */
#include <strings.h>

#include "base/str.h"
#include "intake/form_nested.h"
#include "intake/hook_plain.h"
#include "intake/hook_sign.h"

static bool signature_fits(const struct hook_request *rq)
{
    static const char *const HEADERS[] = {"X-Signature-256",
                                          "X-Hub-Signature-256", "X-Signature"};
    struct hook_piece body = hook_body_piece(rq);

    for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++) {
        const char *given = rq->header(rq->ctx, HEADERS[i]);
        const char *bare = hook_after(given, "sha256=");

        if (hook_hmac_fits(rq, &body, 1, HOOK_HEX, bare ? bare : given, NULL))
            return true;
    }
    return false;
}

static enum err check(const struct hook_request *rq)
{
    bool locked = hook_secret(rq->secrets, "secret", 0) ||
                  hook_secret(rq->secrets, "key", 0);

    return !locked || signature_fits(rq) || hook_key_fits(rq, "key")
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static bool is_type(const struct hook_request *rq, const char *type)
{
    return rq->content_type &&
           strncasecmp(rq->content_type, type, strlen(type)) == 0;
}

static enum err read_form(struct hook_reader *r)
{
    struct hook_lead l;
    const struct form_field *id;
    enum err e;

    hook_lead_begin(&l, r, NULL);
    l.may_name = true;
    e = form_urlencoded(r->rq->content_type, r->rq->body, r->rq->body_bytes,
                        &l.fields);
    if (e == ERR_OK)
        e = form_nested_open(&l.fields);
    if (e != ERR_OK)
        return e;
    id = form_fields_get(&l.fields, "external_id");
    l.external_id = id ? id->value : NULL;
    return hook_lead_end(&l, HOOK_LEAD);
}

static enum err read_object(struct hook_reader *r, const json_t *j)
{
    struct hook_lead l;

    if (!json_is_object(j))
        return ERR_NOT_OBJECT;
    hook_lead_begin(&l, r, j);
    l.may_name = true;
    l.external_id = hook_text(j, "external_id", r->mem);
    if (!l.external_id)
        l.external_id = hook_text(j, "id", r->mem);
    l.test = hook_says_yes(j, "test", r->mem);
    hook_plain_answers(&l, j);
    return hook_lead_end(&l, HOOK_LEAD);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e;

    if (is_type(r->rq, "application/x-www-form-urlencoded"))
        return read_form(r);
    if (is_type(r->rq, "multipart/"))
        return ERR_MEDIA_TYPE;
    e = hook_json(r->rq->body, r->rq->body_bytes, r->errs, &j);
    return e == ERR_OK ? hook_each(r, j, read_object) : e;
}

const struct hook hook_generic = {
    .kind = "generic",
    .check = check,
    .read = read,
};
