/*
 * The JSON texts inside a lead's row: identifiers, facts and who stated
 * them, touches.  Written by hand because they are on the road of every
 * lead; read with jansson.
 */
#include "lead/bundle.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/arena.h"

#include "base/clock.h"
#include "base/reserve.h"
#include "base/str.h"
#include "lead/facts_json.h"

static const char *const ID_KINDS[] = {"",        "phone", "email", "external",
                                       "visitor", "zalo",  "psid"};

const char *id_kind_text(enum id_kind kind)
{
    return ID_KINDS[kind];
}

const char *actor_text(enum actor a)
{
    return a == ACTOR_SALES       ? "sales"
           : a == ACTOR_MARKETING ? "marketing"
           : a == ACTOR_ADMIN     ? "admin"
                                  : "system";
}

static void member(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    if (out->ptr[out->len - 1] != '{')
        (void)buf_putc(out, ',');
    (void)buf_json_str(out, name, strlen(name));
    (void)buf_putc(out, ':');
    (void)buf_json_str(out, value, strlen(value));
}

const char *touch_to_json(const struct touch *t, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    (void)buf_putc(&out, '{');
    member(&out, "channel", t->channel);
    member(&out, "campaign", t->campaign);
    member(&out, "medium", t->medium);
    member(&out, "term", t->term);
    member(&out, "content", t->content);
#define CLICK(id, name) member(&out, #name, t->name);
#include "lead/clicks.def"
#undef CLICK
    member(&out, "page_url", t->page_url);
    member(&out, "referrer", t->referrer);
    if (out.len == 1)
        return NULL;
    (void)buf_putc(&out, '}');
    return arena_strndup(mem, out.ptr, out.len);
}

const char *referrer_to_json(const struct draft *d, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    if (!d->referrer_kind || !d->referrer_ref)
        return NULL;
    (void)buf_putc(&out, '{');
    member(&out, "kind", d->referrer_kind);
    member(&out, "ref", d->referrer_ref);
    (void)buf_putc(&out, '}');
    return arena_strndup(mem, out.ptr, out.len);
}

static const char *pack_ids(const struct bundle *b, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    (void)buf_putc(&out, '[');
    for (size_t i = 0; i < b->n_ids; i++) {
        const struct identifier *id = &b->ids[i];

        (void)buf_puts(&out, i ? ",{" : "{");
        member(&out, "kind", id_kind_text(id->kind));
        member(&out, "value", id->value);
        member(&out, "raw", id->raw);
        member(&out, "rule", id->rule);
        if (id->doubtful)
            (void)buf_puts(&out, ",\"doubtful\":true");
        if (id->role)
            (void)buf_puts(&out, ",\"role\":true");
        (void)buf_putc(&out, '}');
    }
    (void)buf_putc(&out, ']');
    return arena_strndup(mem, out.ptr, out.len);
}

/* {"<bit number>":[source class, ms], ...} */
static const char *pack_origins(const struct bundle *b, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    (void)buf_putc(&out, '{');
    for (unsigned i = 0; i < FACTS_N; i++) {
        if (!b->fact_origin[i].source)
            continue;
        (void)buf_printf(&out, "%s\"%u\":[%u,%lld]", out.len > 1 ? "," : "", i,
                         b->fact_origin[i].source,
                         (long long)b->fact_origin[i].at_ms);
    }
    (void)buf_putc(&out, '}');
    return arena_strndup(mem, out.ptr, out.len);
}

const char *facts_to_text(const struct facts *f, struct arena *mem)
{
    json_t *json = facts_to_json(f);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *copy = text ? arena_strdup(mem, text) : NULL;

    reserve_free(text);
    json_decref(json);
    return copy;
}

void bundle_pack(struct bundle *b, struct arena *mem)
{
    if (b->ids_changed || !b->lead.identifiers_json)
        b->lead.identifiers_json = pack_ids(b, mem);
    if (!b->facts_changed)
        return;
    b->lead.facts_json = facts_to_text(&b->facts, mem);
    b->lead.facts_source_json = pack_origins(b, mem);
}

static json_t *parse(const char *text)
{
    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static const char *copy_member(const json_t *obj, const char *name,
                               struct arena *mem)
{
    return arena_strdup(mem, json_string_value(json_object_get(obj, name)));
}

static void unpack_ids(struct bundle *b, struct arena *mem)
{
    json_t *list = parse(b->lead.identifiers_json);
    size_t n = json_array_size(list);

    b->ids = arena_array(mem, n ? n : 1, sizeof(*b->ids));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        const char *kind = json_string_value(json_object_get(o, "kind"));
        struct identifier *id = &b->ids[b->n_ids];

        for (size_t k = 1; k < ARRAY_LEN(ID_KINDS); k++)
            if (str_eq(kind, ID_KINDS[k]))
                id->kind = (enum id_kind)k;
        id->value = copy_member(o, "value", mem);
        id->raw = copy_member(o, "raw", mem);
        id->rule = copy_member(o, "rule", mem);
        id->doubtful = json_is_true(json_object_get(o, "doubtful"));
        id->role = json_is_true(json_object_get(o, "role"));
        if (id->kind && id->value)
            b->n_ids++;
    }
    b->n_ids_known = b->n_ids;
    json_decref(list);
}

static void unpack_origins(struct bundle *b)
{
    json_t *obj = parse(b->lead.facts_source_json);
    const char *key;
    json_t *pair;

    json_object_foreach (obj, key, pair) {
        int64_t i;

        if (!str_to_i64(key, &i) || i < 0 || i >= FACTS_N)
            continue;
        b->fact_origin[i].source =
            (uint8_t)json_integer_value(json_array_get(pair, 0));
        b->fact_origin[i].at_ms = json_integer_value(json_array_get(pair, 1));
    }
    json_decref(obj);
}

void bundle_unpack(struct bundle *b, struct arena *mem)
{
    struct field_errs errs = {.mem = mem};
    json_t *facts = parse(b->lead.facts_json);

    unpack_ids(b, mem);
    unpack_origins(b);
    if (facts && !facts_from_json(facts, "", &b->facts, &errs))
        b->facts_changed = true; /* what could be read stands */
    json_decref(facts);
}
