/* LinkedIn Lead Sync.  Challenge and events are signed with one key, so only
 * a strict version 4 UUID is ever signed for whoever asks: anything else could
 * be "hmacsha256=" and a forged event. */
#include "base/id.h"
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

#define MESSAGE_PREFIX "hmacsha256="

static bool is_uuid4(const char *s)
{
    struct uuid u;

    return s && strlen(s) == UUID_TEXT_BYTES - 1 && uuid_parse(s, &u) &&
           s[14] == '4';
}

static void hello(const struct hook_request *rq, struct hook_answer *out)
{
    const char *code = rq->arg(rq->ctx, "challengeCode");
    const char *secret = hook_secret(rq->secrets, "secret", 0);

    if (!rq->is_get)
        return;
    if (!is_uuid4(code) || !secret || !*secret) {
        *out = (struct hook_answer){.status = 400, .err = ERR_BAD_ARGUMENT};
        return;
    }
    *out = (struct hook_answer){
        200, "application/json",
        arena_printf(rq->mem,
                     "{\"challengeCode\":\"%s\",\"challengeResponse\":\"%s\"}",
                     code, hook_hmac_hex(secret, code, rq->mem)),
        ERR_OK, NULL};
}

static enum err check(const struct hook_request *rq)
{
    struct hook_piece pieces[] = {hook_text_piece(MESSAGE_PREFIX),
                                  hook_body_piece(rq)};
    const char *given = rq->header(rq->ctx, "X-LI-Signature");
    const char *bare = hook_after(given, MESSAGE_PREFIX);

    return hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_HEX,
                          bare ? bare : given, NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* "urn:li:leadGenFormResponse:{id}" */
static const char *last_of_urn(const char *urn)
{
    const char *at = urn ? strrchr(urn, ':') : NULL;

    return at && at[1] ? at + 1 : urn;
}

/* "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:{id},{version})" */
static const char *form_of(const char *urn, struct arena *mem)
{
    static const char MARK[] = "leadGenForm:";
    const char *at = urn ? strstr(urn, MARK) : NULL;

    if (!at)
        return NULL;
    at += sizeof(MARK) - 1;
    return arena_strndup(mem, at, strcspn(at, ",)"));
}

static const char *owner_of(const json_t *owner, struct arena *mem)
{
    const char *account = hook_text(owner, "sponsoredAccount", mem);

    return account ? account : hook_text(owner, "organization", mem);
}

/* A member who withdrew is not read any more, and forgotten if he was. */
static enum err withdrawn(struct hook_reader *r, const char *id)
{
    struct hook_lead l;

    hook_lead_begin(&l, r, NULL);
    l.external_id = id;
    return hook_lead_end(&l, HOOK_ERASE);
}

static enum err read_event(struct hook_reader *r, const json_t *j)
{
    const char *id = last_of_urn(hook_text(j, "leadGenFormResponse", r->mem));
    const char *action = hook_text(j, "leadAction", r->mem);
    bool gone = str_eq(action, "DELETED");
    struct hook_item *item;
    enum err e;

    if (hook_passes(r, json_object_get(j, "type"), "LEAD_ACTION") || !id ||
        !(gone || str_eq(action, "CREATED")))
        return ERR_OK;
    e = hook_add(r, gone ? HOOK_FORGET : HOOK_FETCH, &item);
    if (e != ERR_OK)
        return e;
    item->external_id = id;
    item->page_id = owner_of(json_object_get(j, "owner"), r->mem);
    item->form_id = form_of(hook_text(j, "leadGenForm", r->mem), r->mem);
    return gone ? withdrawn(r, id) : ERR_OK;
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json(r->rq->body, r->rq->body_bytes, r->errs, &j);

    return e == ERR_OK ? hook_each(r, j, read_event) : e;
}

const struct hook hook_linkedin = {
    .kind = "linkedin",
    .fetch = "linkedin",
    .made = {"secret"},
    .hello = hello,
    .check = check,
    .read = read,
};
