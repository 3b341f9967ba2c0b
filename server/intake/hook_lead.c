#include "intake/hook_lead.h"

#include "intake/full_name.h"

#include "base/crypto.h"
#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/form_map.h"
#include "intake/limits.h"
#include "intake/page_query.h"
#include "intake/spec.h"

#define ID_MAX 300

/* ---- answers ---- */

static bool is_name(const char *name, const char *folded)
{
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    return str_eq(key, folded);
}

/* Cut to what a form may hold. */
static void add(struct hook_lead *l, const char *name, const char *value)
{
    struct arena *mem = l->r->mem;
    size_t n = text_cut(value, strlen(value), FORM_VALUE_MAX);

    name =
        arena_strndup(mem, name, text_cut(name, strlen(name), FORM_NAME_MAX));
    /* past the most answers of a form: left to the receipt */
    (void)!form_fields_add(&l->fields, name, arena_strndup(mem, value, n), n);
}

void hook_lead_answer(struct hook_lead *l, const char *name, const char *value)
{
    if (!value || !*value || !name || !*name)
        return;
    if (is_name(name, "firstname") && !l->first)
        l->first = value;
    if (is_name(name, "lastname") && !l->last)
        l->last = value;
    add(l, name, value);
}

static bool is_pointed(const struct hook_lead *l, const json_t *v)
{
    for (size_t i = 0; i < l->n_pointed; i++)
        if (l->pointed[i] == v)
            return true;
    return false;
}

void hook_lead_json(struct hook_lead *l, const char *name, const json_t *v)
{
    if (is_pointed(l, v))
        return;
    for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);

        if (!is_pointed(l, item))
            hook_lead_answer(l, name, hook_scalar(item, l->r->mem));
    }
    hook_lead_answer(l, name, hook_scalar(v, l->r->mem));
}

const char *hook_lead_named(const struct hook_lead *l,
                            const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] && form_spec_names(l->r->spec, names[i]))
            return names[i];
    return NULL;
}

/* ---- what the mapping's pointers name ---- */

static void add_pointed(struct hook_lead *l, const char *pointer,
                        const json_t *v)
{
    const char *value = hook_scalar(v, l->r->mem);
    size_t before = l->fields.n;

    if (value)
        add(l, pointer, value);
    if (l->fields.n > before)
        l->fields.items[before].pointer = pointer;
}

/* jansson has one true and one false for all places: they tell no place. */
static void take_pointer(struct hook_lead *l, const json_t *doc,
                         const char *key)
{
    const json_t *v = *key == '/' ? spec_at(doc, key, l->r->mem) : NULL;

    if (!v || is_pointed(l, v))
        return;
    for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
        add_pointed(l, key, json_array_get(v, i));
    add_pointed(l, key, v);
    if (!json_is_boolean(v))
        l->pointed[l->n_pointed++] = v;
}

static void take_pointers(struct hook_lead *l, const json_t *doc)
{
    const struct form_spec *spec = l->r->spec;

    l->pointed = arena_array(l->r->mem,
                             spec->n_rules + spec->n_joins * FORM_JOIN_MAX + 1,
                             sizeof(const json_t *));
    for (size_t i = 0; i < spec->n_rules; i++)
        take_pointer(l, doc, spec->rules[i].key);
    for (size_t i = 0; i < spec->n_joins; i++)
        for (size_t k = 0; k < spec->joins[i].n; k++)
            take_pointer(l, doc, spec->joins[i].key[k]);
}

void hook_lead_begin(struct hook_lead *l, struct hook_reader *r,
                     const json_t *doc)
{
    memset(l, 0, sizeof(*l));
    l->r = r;
    l->fields.mem = r->mem;
    if (doc && r->spec->has_pointers)
        take_pointers(l, doc);
}

void hook_lead_consent(struct hook_lead *l, const char *key, bool ticked)
{
    const struct form_rule *rule;
    struct consent *c;
    char folded[FORM_KEY_BYTES];
    char *text;

    if (!key || !*key || l->n_consent == DRAFT_CONSENT_MAX)
        return;
    if (!l->consent)
        l->consent =
            arena_array(l->r->mem, DRAFT_CONSENT_MAX, sizeof(*l->consent));
    text = text_clean(key, strlen(key), TEXT_LINE, l->r->mem);
    text[text_cut(text, strlen(text), LIMIT_WORD)] = '\0';
    form_key(key, folded);
    rule = form_spec_rule(l->r->spec, folded);
    c = &l->consent[l->n_consent++];
    *c = (struct consent){.purpose = text,
                          .status = ticked ? "granted" : "denied",
                          .wording = text,
                          .method = "platform"};
    if (rule && rule->target.kind == TARGET_CONSENT) {
        c->purpose = rule->target.purpose;
        c->channel = rule->target.channel;
    }
}

/* ---- names in two pieces ---- */

static void join_name(struct hook_lead *l, struct draft *d)
{
    const char *name = d->contact.name
                           ? NULL
                           : full_name(&(struct name_parts){.first = l->first,
                                                            .last = l->last},
                                       l->r->mem);
    char *text;

    if (!name)
        return;
    text = text_clean(name, strlen(name), TEXT_LINE, l->r->mem);
    text[text_cut(text, strlen(text), LIMIT_NAME)] = '\0';
    d->contact.name = *text ? text : NULL;
}

/* ---- the draft ---- */

static void fill_slot(const struct hook_lead *l, struct draft *d, size_t slot)
{
    const char *from, *to;
    char *text;

    memcpy(&from, (const char *)&l->touch + slot, sizeof(from));
    memcpy(&to, (const char *)&d->touch + slot, sizeof(to));
    if (!from || to)
        return;
    text = text_clean(from, strlen(from), TEXT_LINE, l->r->mem);
    text[text_cut(text, strlen(text), LIMIT_CLICK)] = '\0';
    to = *text ? text : NULL;
    memcpy((char *)&d->touch + slot, &to, sizeof(to));
}

/* What an answer said (utm_ fields) stays, then what the page's address says;
   the platform fills the rest. */
static void fill_touch(const struct hook_lead *l, struct draft *d)
{
    static const size_t SLOTS[] = {
        offsetof(struct touch, channel), offsetof(struct touch, campaign),
        offsetof(struct touch, medium),  offsetof(struct touch, term),
        offsetof(struct touch, content), offsetof(struct touch, gclid),
        offsetof(struct touch, referrer)};

    fill_slot(l, d, offsetof(struct touch, page_url));
    page_query_fill(&d->touch, l->r->mem);
    for (size_t i = 0; i < ARRAY_LEN(SLOTS); i++)
        fill_slot(l, d, SLOTS[i]);
    d->has_touch = true;
}

static void fill_ids(const struct hook_lead *l, struct draft *d)
{
    const char *id =
        l->may_name && d->external_id ? d->external_id : l->external_id;

    d->external_id = hook_id(id, l->r->mem);
    if (l->zalo_id && d->n_ids < IDS_MAX)
        d->ids[d->n_ids++] = (struct identifier){.kind = ID_ZALO,
                                                 .value = l->zalo_id,
                                                 .raw = l->zalo_id,
                                                 .rule = "zalo"};
}

static void fill_consent(const struct hook_lead *l, struct draft *d)
{
    if (!l->n_consent)
        return;
    if (!d->consent)
        d->consent =
            arena_array(l->r->mem, DRAFT_CONSENT_MAX, sizeof(*d->consent));
    for (size_t i = 0; i < l->n_consent && d->n_consent < DRAFT_CONSENT_MAX;
         i++)
        d->consent[d->n_consent++] = l->consent[i];
}

/* The same delivery makes the same events: the platform's id is theirs. */
static void name_events(const struct hook_lead *l, struct draft *d)
{
    if (l->quiet)
        d->n_events = 0;
    for (size_t i = 0; i < d->n_events; i++) {
        if (d->external_id)
            d->events[i].ext_id =
                arena_printf(l->r->mem, "%s%s%s", d->external_id, i ? ":" : "",
                             i ? event_type_text(d->events[i].type) : "");
        d->events[i].channel = d->touch.channel;
    }
}

static void news_event(const struct hook_lead *l, struct draft *d, int64_t at)
{
    d->n_events = l->has_news;
    if (!l->has_news)
        return;
    d->events = arena_array(l->r->mem, 1, sizeof(*d->events));
    d->events[0] = (struct event){
        .type = l->news, .occurred_ms = at, .ext_id = d->external_id};
    d->external_id = NULL; /* of the message, not of the person */
}

enum err hook_lead_end(struct hook_lead *l, enum hook_item_kind kind)
{
    struct hook_reader *r = l->r;
    struct field_errs unheard = {.mem = r->mem};
    struct form_spec spec = *r->spec;
    int64_t at =
        l->at_ms && l->at_ms < r->rq->now_ms ? l->at_ms : r->rq->now_ms;
    struct hook_item *item;
    enum err e = hook_add(r, kind, &item);

    if (e != ERR_OK)
        return e;
    spec.honeypot = NULL; /* platforms have their own question named so */
    /* whether the person can be reached is for the caller to see */
    (void)!intake_form_fields(&l->fields, &spec, at, r->mem, &item->draft,
                              &unheard);
    item->draft.fact_source = FACT_PLATFORM;
    item->draft.test = l->test;
    join_name(l, &item->draft);
    fill_touch(l, &item->draft);
    fill_ids(l, &item->draft);
    fill_consent(l, &item->draft);
    if (kind == HOOK_NEWS)
        news_event(l, &item->draft, at);
    else
        name_events(l, &item->draft);
    return ERR_OK;
}

const char *hook_id(const char *id, struct arena *mem)
{
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    char *text;

    if (!id || !*id)
        return NULL;
    if (strlen(id) > ID_MAX) {
        crypto_sha256(id, strlen(id), digest);
        return arena_printf(mem, "sha256:%s",
                            hex_encode(digest, sizeof(digest), hex));
    }
    text = text_clean(id, strlen(id), TEXT_LINE, mem);
    return *text ? text : NULL;
}
