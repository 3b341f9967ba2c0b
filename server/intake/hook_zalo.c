/* Zalo Official Account.  The signature is a plain hash over four texts put
 * together without separators, so the body is read strictly: one object,
 * nothing around it, the app id ours. */
#include "base/crypto.h"
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static bool is_probe(const struct hook_request *rq)
{
    return rq->body_bytes == 2 && memcmp(rq->body, "{}", 2) == 0;
}

/* Saving the URL sends an unsigned {}: answered, and nothing else. */
static void hello(const struct hook_request *rq, struct hook_answer *out)
{
    if (rq->is_get || is_probe(rq))
        *out =
            (struct hook_answer){200, "application/json", "{}", ERR_OK, NULL};
}

static bool mac_fits(const struct hook_request *rq, const char *app_id,
                     const char *timestamp, const char *given)
{
    const char *secret;
    bool fits = false;

    for (size_t i = 0;
         timestamp && (secret = hook_secret(rq->secrets, "secret", i)); i++) {
        struct hook_piece pieces[] = {
            hook_text_piece(app_id), hook_body_piece(rq),
            hook_text_piece(timestamp), hook_text_piece(secret)};
        uint8_t digest[SHA256_BYTES];
        char hex[2 * SHA256_BYTES + 1];
        size_t n;
        const void *message = hook_message(rq, pieces, ARRAY_LEN(pieces), &n);

        crypto_sha256(message, n, digest);
        fits |= *secret &&
                hook_text_fits(given, hex_encode(digest, SHA256_BYTES, hex));
    }
    return fits;
}

static bool is_one_object(const struct hook_request *rq)
{
    const char *s = rq->body;

    return rq->body_bytes > 2 && s[0] == '{' && s[rq->body_bytes - 1] == '}';
}

static enum err check(const struct hook_request *rq)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct field_errs errs = {.mem = rq->mem};
    const char *given = rq->header(rq->ctx, "X-ZEvent-Signature");
    const char *bare = hook_after(given, "mac=");
    const char *app_id;

    given = bare ? bare : given;
    if (!given || !is_one_object(rq) ||
        hook_json_object(rq->body, rq->body_bytes, &errs, &j) != ERR_OK)
        return ERR_BAD_SIGNATURE;
    app_id = hook_text(j, "app_id", rq->mem);
    if (!hook_secret_fits(rq, "app_id", app_id))
        return ERR_BAD_SIGNATURE;
    return mac_fits(rq, app_id, hook_text(j, "timestamp", rq->mem), given) ||
                   mac_fits(rq, app_id,
                            rq->header(rq->ctx, "X-ZEvent-Timestamp"), given)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* ---- events ---- */

static void read_info(struct hook_lead *l, const json_t *info)
{
    json_t *all = (json_t *)(uintptr_t)info; /* iterators want it writable */
    const char *name;
    json_t *v;

    json_object_foreach (all, name, v)
        hook_lead_json(l, name, v);
}

/* Several of one moment without a sender differ in what they say. */
static const char *nobody(const struct hook_request *rq)
{
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    crypto_sha256(rq->body, rq->body_bytes, digest);
    return arena_strdup(rq->mem, hex_encode(digest, sizeof(digest), hex));
}

/* What comes again is known by account, user and moment. */
static const char *moment_id(const json_t *j, const char *user,
                             const char *timestamp, struct arena *mem)
{
    const char *oa = hook_scalar(hook_inside(j, "recipient", "id"), mem);

    if (!oa)
        oa = hook_text(j, "oa_id", mem);
    return arena_printf(mem, "%s:%s:%s", oa ? oa : "", user,
                        timestamp ? timestamp : "");
}

static const char *message_id(const json_t *j, struct arena *mem)
{
    return hook_scalar(hook_inside(j, "message", "msg_id"), mem);
}

static enum err read_submit(struct hook_lead *l, const json_t *j,
                            const char *user, const char *timestamp)
{
    read_info(l, json_object_get(j, "info"));
    l->external_id = message_id(j, l->r->mem);
    if (!l->external_id)
        l->external_id = moment_id(j, user, timestamp, l->r->mem);
    return hook_lead_end(l, HOOK_LEAD);
}

static enum err read_message(struct hook_lead *l, const json_t *j,
                             const char *event, const char *user,
                             const char *timestamp)
{
    struct arena *mem = l->r->mem;

    l->external_id = message_id(j, mem);
    if (!l->external_id)
        l->external_id = arena_printf(mem, "%s:%s", event,
                                      moment_id(j, user, timestamp, mem));
    l->news = EVENT_CHAT_MESSAGE;
    l->has_news = true;
    return hook_lead_end(l, HOOK_NEWS);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const char *event, *user, *timestamp;
    struct hook_lead l;
    int64_t t;

    if (e != ERR_OK)
        return e;
    event = json_string_value(json_object_get(j, "event_name"));
    user = hook_scalar(hook_inside(j, "sender", "id"), r->mem);
    timestamp = hook_text(j, "timestamp", r->mem);
    if (!timestamp)
        timestamp = r->rq->header(r->rq->ctx, "X-ZEvent-Timestamp");
    hook_lead_begin(&l, r, j);
    l.zalo_id = user;
    if (timestamp && str_to_i64(timestamp, &t) && t > 0)
        l.at_ms = t;
    if (!hook_passes(r, json_object_get(j, "event_name"), "user_submit_info"))
        return user || json_object_get(j, "info")
                   ? read_submit(&l, j, user ? user : nobody(r->rq), timestamp)
                   : ERR_OK;
    return user && str_starts(event, "user_send_")
               ? read_message(&l, j, event, user, timestamp)
               : ERR_OK;
}

const struct hook hook_zalo = {
    .kind = "zalo",
    .made = {"secret"}, /* and app_id, which only Zalo can give */
    .kept = {"X-ZEvent-Timestamp"},
    .hello = hello,
    .check = check,
    .read = read,
};
