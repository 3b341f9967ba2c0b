#include "flow/replay.h"

#include <stdlib.h>

#include "base/str.h"
#include "flow/door.h"
#include "identity/identity.h"

#define REPLAY_ARENA_MAX ((size_t)512 << 20)

/** One order on its way: read on a reader's thread, written by the writer. */
struct replaying {
    struct flow *flow;
    struct replay_order order;
    struct replay_result *result;
    struct done done;
    enum err err;
    size_t left; /* receipts in hand, and one for the reading itself */
};

/** Which receipt a work is about, while the writer has it. */
struct place {
    struct replaying *r;
    struct replayed *item;
};

void replay_free(struct replay_result *r)
{
    if (r)
        arena_free(r->mem);
}

static void drop(struct replaying *r)
{
    struct replay_result *result = r->result;

    if (__atomic_sub_fetch(&r->left, 1, __ATOMIC_ACQ_REL))
        return;
    if (r->err != ERR_OK) { /* known now: all others are through */
        replay_free(result);
        result = NULL;
    }
    r->done.fn(r->done.ctx, r->err, result);
    free(r);
}

/* ---- a receipt as a work ---- */

static void copy_receipt(struct work *w, const struct receipt *rc)
{
    w->receipt = *rc;
    w->receipt.source = arena_strdup(w->mem, rc->source);
    w->receipt.door = arena_strdup(w->mem, rc->door);
    w->receipt.role = arena_strdup(w->mem, rc->role);
    w->receipt.content_type = arena_strdup(w->mem, rc->content_type);
    w->receipt.headers_json = arena_strdup(w->mem, rc->headers_json);
    w->receipt.body =
        rc->body_bytes ? arena_memdup(w->mem, rc->body, rc->body_bytes) : "";
}

/* That would be a lead of nobody; but it may be somebody who is known. */
static void ask_who(struct part *p)
{
    p->known_only = true;
    p->draft.account_key = NULL; /* nobody works there yet */
}

/* All that was held goes in, then or now.  What is read as it was then, and
   was not held, went in when it came. */
static void let_in(struct work *w, const struct stored_receipt *stored)
{
    const char *held = work_held_reason(w);
    bool as_then = held && str_eq(held, stored->reason);

    if (w->replay == REPLAY_AGAIN && !str_eq(stored->status, "accepted"))
        return; /* held in part: that waits as it did */
    for (size_t i = 0; i < w->n_parts; i++) {
        struct part *p = &w->parts[i];

        p->went_in = as_then && !p->draft.quarantine;
        p->draft.quarantine = NULL;
        if (p->kind == PART_INGEST && !p->known_only &&
            !identity_is_reachable(&p->draft))
            ask_who(p);
    }
}

enum err replay_work(struct flow *f, int64_t workspace_id,
                     const struct stored_receipt *stored, enum replay kind,
                     struct work **out_work)
{
    struct snapshot *snap = settings_hold(flow_settings(f));
    struct work *w = flow_work(f, workspace_id, stored->receipt.door);
    struct field_errs errs = {.mem = w ? w->mem : NULL};
    enum err e = ERR_NO_MEMORY;

    if (w) {
        copy_receipt(w, &stored->receipt);
        w->replay = kind;
        w->was_held = str_eq(stored->state, "released");
        e = door_open(snap, w, &errs);
    }
    settings_drop(flow_settings(f), snap);
    if (e != ERR_OK) {
        work_free(w);
        return e;
    }
    let_in(w, stored);
    *out_work = w;
    return ERR_OK;
}

/* The first that has one. */
static void name_lead(const struct work *w, struct replayed *item)
{
    for (size_t i = 0; i < w->n_parts && uuid_is_nil(&item->lead_id); i++) {
        item->lead_id = w->parts[i].lead_id;
        item->created = w->parts[i].created;
    }
}

static void written(struct work *w)
{
    struct place *at = w->ctx;
    struct replaying *r = at->r;

    at->item->err = w->err == ERR_OK && w->replay == REPLAY_RELEASE
                        ? work_left_out(w)
                        : w->err;
    if (at->item->err == ERR_OK)
        name_lead(w, at->item);
    work_free(w);
    drop(r);
}

/* Whose consent nobody wrote down is let in by the list that says it. */
static bool lacks_terms(const struct replaying *r,
                        const struct stored_receipt *stored)
{
    return r->order.kind == REPLAY_RELEASE &&
           (str_eq(stored->reason, "provenance_missing") ||
            str_eq(stored->reason, "consent_missing"));
}

static void start(struct replaying *r, const struct stored_receipt *stored,
                  struct replayed *item)
{
    struct work *w = NULL;
    struct place *at;
    enum err e = ERR_TERMS_MISSING;

    if (!lacks_terms(r, stored))
        e = replay_work(r->flow, r->order.workspace_id, stored, r->order.kind,
                        &w);
    item->receipt_id = stored->receipt.receipt_id;
    item->err = e;
    if (e != ERR_OK)
        return;
    at = arena_alloc(w->mem, sizeof(*at));
    *at = (struct place){r, item};
    w->done = written;
    w->ctx = at;
    __atomic_add_fetch(&r->left, 1, __ATOMIC_ACQ_REL);
    e = flow_submit(r->flow, w);
    if (e != ERR_OK) {
        w->err = e;
        written(w);
    }
}

/* ---- reading ---- */

static enum err find_one(struct replaying *r, struct pg *pg,
                         struct receipt_list *list)
{
    struct arena *mem = r->result->mem;
    enum err e;

    list->rows = arena_alloc(mem, sizeof(*list->rows));
    list->n = 1;
    e = read_receipt(pg, mem, r->order.workspace_id, &r->order.receipt_id,
                     list->rows);
    if (e == ERR_OK && !list->rows->receipt.body)
        return ERR_BODY_GONE;
    if (e == ERR_OK && !str_eq(list->rows->status, "accepted"))
        return ERR_HELD;
    return e;
}

static enum err run(struct pg *pg, void *ctx)
{
    struct replaying *r = ctx;
    struct replay_result *result = r->result;
    struct receipt_list list = {0};
    enum err e;

    if (r->order.kind == REPLAY_AGAIN)
        e = find_one(r, pg, &list);
    else
        e = read_held(pg, result->mem, r->order.workspace_id, &r->order.filter,
                      &list);
    if (e != ERR_OK)
        return e;
    result->items =
        arena_array(result->mem, list.n + 1, sizeof(*result->items));
    result->n = list.n;
    result->more = list.more;
    /* oldest first: as they came */
    for (size_t i = list.n; i > 0; i--)
        start(r, &list.rows[i - 1], &result->items[i - 1]);
    return ERR_OK;
}

static void read_over(void *ctx, enum err e, void *result)
{
    struct replaying *r = ctx;

    (void)result; /* the order itself */
    r->err = e;
    drop(r);
}

static void copy_filter(struct replaying *r)
{
    struct held_filter *f = &r->order.filter;
    struct arena *mem = r->result->mem;

    f->state = "held";
    f->reason = arena_strdup(mem, f->reason);
    f->source = arena_strdup(mem, f->source);
    f->contains = arena_strdup(mem, f->contains);
    if (f->ids)
        f->ids = arena_memdup(mem, f->ids, f->n_ids * sizeof(*f->ids));
}

enum err flow_replay(struct flow *f, const struct replay_order *order,
                     struct done done)
{
    struct replaying *r = calloc(1, sizeof(*r));
    struct arena *mem = arena_new(REPLAY_ARENA_MAX);
    struct job job = {run, r, {read_over, r}, mem};
    enum err e;

    if (!r || !mem) {
        free(r);
        arena_free(mem);
        return ERR_NO_MEMORY;
    }
    r->flow = f;
    r->order = *order;
    r->done = done;
    r->left = 1;
    r->result = arena_alloc(mem, sizeof(*r->result));
    r->result->mem = mem;
    copy_filter(r);
    e = flow_read(f, &job);
    if (e != ERR_OK) {
        arena_free(mem);
        free(r);
    }
    return e;
}
