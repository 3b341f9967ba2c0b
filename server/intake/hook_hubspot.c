/* HubSpot webhooks: ids only, which are read back, and changes of single
 * properties of contacts that are known. */
#include <strings.h>

#include "base/str.h"
#include "intake/form_map.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

/* HubSpot signs the address with just these decoded. */
static char decoded(const char *s)
{
    static const struct {
        char code[4];
        char c;
    } CODES[] = {{"%3A", ':'}, {"%2F", '/'}, {"%3F", '?'},  {"%40", '@'},
                 {"%21", '!'}, {"%24", '$'}, {"%27", '\''}, {"%28", '('},
                 {"%29", ')'}, {"%2A", '*'}, {"%2C", ','},  {"%3B", ';'}};

    for (size_t i = 0; i < ARRAY_LEN(CODES); i++)
        if (strncasecmp(s, CODES[i].code, 3) == 0)
            return CODES[i].c;
    return '\0';
}

static const char *signed_form(const char *uri, struct arena *mem)
{
    char *out = arena_strdup(mem, uri);
    size_t w = 0;

    for (size_t i = 0; uri[i]; i++) {
        char c = uri[i] == '%' ? decoded(uri + i) : '\0';

        out[w++] = c ? c : uri[i];
        i += c ? 2 : 0;
    }
    out[w] = '\0';
    return out;
}

static bool fits(const struct hook_request *rq, const char *uri,
                 const char *time)
{
    struct hook_piece pieces[] = {hook_text_piece("POST"),
                                  hook_text_piece(signed_form(uri, rq->mem)),
                                  hook_body_piece(rq), hook_text_piece(time)};

    return hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_BASE64,
                          rq->header(rq->ctx, "X-HubSpot-Signature-v3"), NULL);
}

static const char *with_query(const struct hook_request *rq, const char *uri)
{
    if (!*rq->query)
        return uri;
    return arena_printf(rq->mem, "%.*s?%s", (int)strcspn(uri, "?"), uri,
                        rq->query);
}

/* The address as HubSpot called it comes from the settings, never from the
   request's Host: the source's "uri", or our own public address. */
static enum err check(const struct hook_request *rq)
{
    const char *time = rq->header(rq->ctx, "X-HubSpot-Request-Timestamp");
    const char *uri;

    if (!hook_fresh(rq, time, 1))
        return ERR_BAD_SIGNATURE;
    if (fits(rq, with_query(rq, rq->url), time))
        return ERR_OK;
    for (size_t i = 0; (uri = hook_secret(rq->secrets, "uri", i)); i++)
        if (fits(rq, uri, time) || fits(rq, with_query(rq, uri), time))
            return ERR_OK;
    return ERR_BAD_SIGNATURE;
}

static enum hook_item_kind kind_of(const json_t *event, bool *out_known)
{
    const char *type =
        json_string_value(json_object_get(event, "subscriptionType"));
    const char *object =
        json_string_value(json_object_get(event, "objectTypeId"));
    bool contact =
        type && (str_starts(type, "contact.") ||
                 (str_starts(type, "object.") && str_eq(object, "0-1")));
    const char *what = contact ? strchr(type, '.') + 1 : "";

    *out_known = true;
    if (str_eq(what, "creation"))
        return HOOK_FETCH;
    if (str_eq(what, "propertyChange"))
        return HOOK_NEWS;
    if (str_eq(what, "privacyDeletion"))
        return HOOK_ERASE;
    *out_known = false;
    return HOOK_NEWS;
}

/* One contact: to be read, or not to be read any more. */
static enum err order(struct hook_reader *r, enum hook_item_kind kind,
                      const char *id, const char *portal)
{
    struct hook_item *item;
    enum err e = hook_add(r, kind, &item);

    if (e != ERR_OK)
        return e;
    item->external_id = id;
    item->page_id = portal;
    return ERR_OK;
}

/* A change that says how to reach somebody: the contact was read before, and
   could not be reached then, unless it is known. */
static enum err reachable_now(struct hook_reader *r, const char *id,
                              const char *portal)
{
    struct hook_item *item = &r->items[r->n - 1];
    enum err e;

    if (!item->draft.contact.email && !item->draft.contact.phone)
        return ERR_OK;
    item->gives_ids = true;
    e = order(r, HOOK_FETCH, id, portal);
    if (e == ERR_OK)
        r->items[r->n - 1].if_unknown = true;
    return e;
}

/* Does the source take that property for a whole name? */
static bool is_whole_name(const struct hook_reader *r, const char *property)
{
    const struct form_rule *rule;
    struct form_target t = {.kind = TARGET_IGNORE};
    char key[FORM_KEY_BYTES];

    form_key(property ? property : "", key);
    rule = form_spec_rule(r->spec, key);
    if (rule)
        t = rule->target;
    else
        (void)form_target_known(key, &t);
    return t.kind == TARGET_TEXT && t.text == TARGET_TEXT_NAME;
}

/* A change tells one property.  Of a name in pieces only one comes, and the
   others are not known here: the lead keeps the name it has. */
static void drop_piece_of_name(struct hook_reader *r, const char *property)
{
    if (!is_whole_name(r, property))
        r->items[r->n - 1].draft.contact.name = NULL;
}

static enum err read_change(struct hook_reader *r, struct hook_lead *l,
                            const json_t *event, const char *portal)
{
    const char *property =
        json_string_value(json_object_get(event, "propertyName"));
    enum err e;

    hook_lead_json(l, property, json_object_get(event, "propertyValue"));
    e = hook_lead_end(l, HOOK_NEWS);
    if (e != ERR_OK)
        return e;
    drop_piece_of_name(r, property);
    return reachable_now(r, l->external_id, portal);
}

static enum err read_event(struct hook_reader *r, const json_t *event)
{
    const char *portal = hook_text(event, "portalId", r->mem);
    const char *object = hook_text(event, "objectId", r->mem);
    const char *id;
    struct hook_lead l;
    bool known;
    enum hook_item_kind kind = kind_of(event, &known);
    enum err e = ERR_OK;

    if (!known)
        (void)hook_passes(r, json_object_get(event, "subscriptionType"), NULL);
    if (!known || !portal || !object)
        return ERR_OK;
    id = arena_printf(r->mem, "%s:%s", portal, object);
    if (kind == HOOK_FETCH)
        return order(r, HOOK_FETCH, id, portal);
    if (kind == HOOK_ERASE)
        e = order(r, HOOK_FORGET, id, portal);
    if (e != ERR_OK)
        return e;
    hook_lead_begin(&l, r, event);
    l.external_id = id;
    l.quiet = true;
    (void)hook_time(json_object_get(event, "occurredAt"), &l.at_ms);
    return kind == HOOK_NEWS ? read_change(r, &l, event, portal)
                             : hook_lead_end(&l, kind);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json(r->rq->body, r->rq->body_bytes, r->errs, &j);

    return e == ERR_OK ? hook_each(r, j, read_event) : e;
}

const struct hook hook_hubspot = {
    .kind = "hubspot",
    .fetch = "hubspot",
    .made = {"secret"}, /* and uri, where the public address differs */
    .check = check,
    .read = read,
};
