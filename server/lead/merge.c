#include "lead/merge.h"

#include "base/arena.h"
#include "base/str.h"

/* Texts that are filled, each by itself. */
static const size_t TEXTS[] = {
    offsetof(struct lead, email),         offsetof(struct lead, phone),
    offsetof(struct lead, company),       offsetof(struct lead, job_title),
    offsetof(struct lead, referrer_json),
};

static const char **text_at(struct lead *l, size_t offset)
{
    return (const char **)((char *)l + offset);
}

static const char *text_of(const struct lead *l, size_t offset)
{
    return *(const char *const *)((const char *)l + offset);
}

/* ---- one out of two ---- */

static void fill_texts(struct lead *k, const struct lead *g)
{
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        if (!text_of(k, TEXTS[i]))
            *text_at(k, TEXTS[i]) = text_of(g, TEXTS[i]);
    if (!k->name) {
        k->name = g->name;
        k->name_search = g->name_search;
    }
    if (uuid_is_nil(&k->account_id)) {
        k->account_id = g->account_id;
        k->account_name = g->account_name;
    }
}

static bool has_id(const struct bundle *b, const struct identifier *id)
{
    for (size_t i = 0; i < b->n_ids; i++)
        if (b->ids[i].kind == id->kind && str_eq(b->ids[i].value, id->value))
            return true;
    return false;
}

static void add_ids(struct bundle *k, const struct bundle *g, struct arena *mem)
{
    struct identifier *ids =
        arena_array(mem, k->n_ids + g->n_ids + 1, sizeof(*ids));

    if (k->n_ids)
        memcpy(ids, k->ids, k->n_ids * sizeof(*ids));
    k->ids = ids;
    for (size_t i = 0; i < g->n_ids; i++)
        if (!has_id(k, &g->ids[i]))
            ids[k->n_ids++] = g->ids[i];
    k->ids_changed = true;
}

/* The rule of a receipt that comes late (apply.c). */
static bool fact_wins(const struct bundle *g, const struct bundle *k,
                      unsigned i)
{
    const struct fact_origin *new = &g->fact_origin[i];
    const struct fact_origin *have = &k->fact_origin[i];

    if (!(g->facts.given & 1u << i))
        return false;
    return !(k->facts.given & 1u << i) || new->source > have->source ||
           (new->source == have->source &&new->at_ms > have->at_ms);
}

static void merge_facts(struct bundle *k, const struct bundle *g)
{
    struct facts won = g->facts;

    won.given = 0;
    for (unsigned i = 0; i < FACTS_N; i++) {
        if (!fact_wins(g, k, i))
            continue;
        won.given |= 1u << i;
        k->fact_origin[i] = g->fact_origin[i];
    }
    if (!won.given)
        return;
    facts_merge(&k->facts, &won);
    k->facts_changed = true;
    k->lead.facts_version++;
}

static const char *latest(const struct lead *l)
{
    return l->last_touch_json ? l->last_touch_json : l->first_touch_json;
}

static int64_t first_touch_ms(const struct lead *l)
{
    return l->first_touch_ms ? l->first_touch_ms : l->created_ms;
}

static void merge_touches(struct lead *k, const struct lead *g,
                          bool gone_touched_last)
{
    const char *last = latest(gone_touched_last && latest(g) ? g : k);

    if (g->first_touch_json &&
        (!k->first_touch_json || first_touch_ms(g) < first_touch_ms(k))) {
        k->first_touch_json = g->first_touch_json;
        k->first_touch_ms = first_touch_ms(g);
    }
    k->last_touch_json = str_eq(last, k->first_touch_json) ? NULL : last;
}

/* The last word stands. */
static void merge_consent(struct lead *k, const struct lead *g)
{
    if (g->consented_ms <= k->consented_ms)
        return;
    k->consented = g->consented;
    k->consented_ms = g->consented_ms;
}

void bundle_merge(struct bundle *kept, const struct bundle *gone,
                  bool gone_touched_last, struct arena *mem)
{
    fill_texts(&kept->lead, &gone->lead);
    merge_touches(&kept->lead, &gone->lead, gone_touched_last);
    merge_consent(&kept->lead, &gone->lead);
    add_ids(kept, gone, mem);
    merge_facts(kept, gone);
}

/* ---- two out of one ---- */

/* It stands there because the other one had it. */
static bool was_filled(const char *now, const char *before, const char *gone)
{
    return now && str_eq(now, gone) && !str_eq(now, before);
}

static void empty_texts(struct lead *n, const struct lead *b,
                        const struct lead *g)
{
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        if (was_filled(text_of(n, TEXTS[i]), text_of(b, TEXTS[i]),
                       text_of(g, TEXTS[i])))
            *text_at(n, TEXTS[i]) = text_of(b, TEXTS[i]);
    if (was_filled(n->name, b->name, g->name)) {
        n->name = b->name;
        n->name_search = b->name_search;
    }
    if (uuid_cmp(&n->account_id, &b->account_id) &&
        !uuid_cmp(&n->account_id, &g->account_id)) {
        n->account_id = b->account_id;
        n->account_name = b->account_name;
    }
}

static void drop_ids(struct bundle *n, const struct bundle *b,
                     const struct bundle *g, struct identifier *out,
                     size_t *out_n)
{
    size_t kept = 0;

    *out_n = 0;
    for (size_t i = 0; i < n->n_ids; i++) {
        if (has_id(g, &n->ids[i]) && !has_id(b, &n->ids[i]))
            out[(*out_n)++] = n->ids[i];
        else
            n->ids[kept++] = n->ids[i];
    }
    n->n_ids = kept;
    n->ids_changed = true;
}

static bool same_origin(const struct fact_origin *x,
                        const struct fact_origin *y)
{
    return x->source == y->source && x->at_ms == y->at_ms;
}

static void restore_facts(struct bundle *n, const struct bundle *b,
                          const struct bundle *g)
{
    struct facts back = b->facts;
    uint32_t drop = 0;

    for (unsigned i = 0; i < FACTS_N; i++) {
        if (!fact_wins(g, b, i) ||
            !same_origin(&n->fact_origin[i], &g->fact_origin[i]))
            continue;
        drop |= 1u << i;
        n->fact_origin[i] = b->fact_origin[i];
    }
    if (!drop)
        return;
    back.given &= drop;
    n->facts.given &= ~drop;
    facts_merge(&n->facts, &back);
    n->facts_changed = true;
    n->lead.facts_version++;
}

static bool one_of(const char *now, const char *x, const char *y)
{
    return !now || str_eq(now, x) || str_eq(now, y);
}

static void restore_touches(struct lead *n, const struct lead *b,
                            const struct lead *g)
{
    if (was_filled(n->first_touch_json, b->first_touch_json,
                   g->first_touch_json)) {
        n->first_touch_json = b->first_touch_json;
        n->first_touch_ms = b->first_touch_ms;
    }
    if (one_of(n->last_touch_json, g->first_touch_json, g->last_touch_json) ||
        str_eq(n->last_touch_json, b->first_touch_json))
        n->last_touch_json = b->last_touch_json;
}

static void restore_consent(struct lead *n, const struct lead *b,
                            const struct lead *g)
{
    if (n->consented_ms != g->consented_ms)
        return;
    n->consented = b->consented;
    n->consented_ms = b->consented_ms;
}

void bundle_unmerge(struct bundle *now, const struct bundle *before,
                    const struct bundle *gone, struct arena *mem,
                    struct identifier **out_ids, size_t *out_n)
{
    *out_ids = arena_array(mem, now->n_ids + 1, sizeof(**out_ids));
    empty_texts(&now->lead, &before->lead, &gone->lead);
    restore_touches(&now->lead, &before->lead, &gone->lead);
    restore_consent(&now->lead, &before->lead, &gone->lead);
    drop_ids(now, before, gone, *out_ids, out_n);
    restore_facts(now, before, gone);
}
