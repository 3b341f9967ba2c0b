#include "flow/door.h"

#include "base/str.h"
#include "flow/door_hook.h"
#include "flow/import_rows.h"
#include "flow/prepare.h"
#include "identity/identity.h"
#include "intake/decode_events.h"
#include "intake/decode_lead.h"
#include "intake/decode_visits.h"
#include "intake/decode_platform.h"
#include "intake/form_map.h"

/** What every door is given. */
struct opening {
    const struct snapshot *snap;
    const struct workspace *ws;
    const struct source *source; /**< NULL: none, or gone */
    struct work *w;
    struct field_errs *errs;
};

static struct part *make_parts(struct work *w, size_t n, enum part_kind kind)
{
    w->parts = arena_array(w->mem, n, sizeof(*w->parts));
    w->n_parts = n;
    for (size_t i = 0; i < n; i++)
        w->parts[i].kind = kind;
    return w->parts;
}

static void prepare(const struct opening *o, struct draft *d)
{
    flow_prepare(o->ws, d, o->w->receipt.received_ms, o->w->mem, o->errs);
}

/* ---- POST /v1/forms/{form_key} ---- */

/* A visitor cannot mend a bad phone beside a good e-mail: nobody is lost. */
static enum err open_form(struct opening *o)
{
    struct work *w = o->w;
    struct draft *d = &make_parts(w, 1, PART_INGEST)->draft;
    enum err e =
        intake_form(w->receipt.content_type, w->receipt.body,
                    w->receipt.body_bytes, o->source ? &o->source->spec : NULL,
                    w->receipt.received_ms, w->mem, d, o->errs);

    if (e != ERR_OK)
        return e;
    if (o->source)
        draft_defaults(o->source, d, w->mem);
    prepare(o, d);
    if (!d->quarantine && !identity_is_reachable(d))
        return ERR_NO_IDENTIFIER;
    if (!d->quarantine && o->source)
        d->quarantine =
            defence_judge(&o->source->defence, d, &w->receipt, w->mem);
    return ERR_OK;
}

/* ---- POST /v1/forms/{form_key}/visits ---- */

static enum err open_visit(struct opening *o)
{
    struct work *w = o->w;
    struct part *p = make_parts(w, 1, PART_VISIT);
    char seed[UUID_TEXT_BYTES];

    return intake_visits(w->receipt.body, w->receipt.body_bytes,
                         uuid_format(&w->receipt.receipt_id, seed),
                         w->receipt.received_ms, w->mem, &p->draft, o->errs);
}

/* ---- POST /v1/leads, PATCH /v1/leads/{id} ---- */

static bool by_sales(const struct work *w)
{
    return w->receipt.role &&
           str_eq(w->receipt.role, key_role_text(ROLE_SALES));
}

static enum err open_lead(struct opening *o)
{
    struct work *w = o->w;
    struct draft *d = &make_parts(w, 1, PART_INGEST)->draft;
    enum err e = intake_lead(w->receipt.body, w->receipt.body_bytes,
                             w->receipt.received_ms, w->mem, d, o->errs);

    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    /* a person's word weighs more than a machine's */
    d->fact_source = by_sales(w) ? FACT_SALES : FACT_SYSTEM;
    if (!d->has_origin) {
        d->has_origin = true;
        d->origin = by_sales(w) ? ORIGIN_SALES : ORIGIN_MARKETING;
    }
    if (!d->source_name)
        d->source_name = "api";
    prepare(o, d);
    if (o->errs->n)
        return ERR_INVALID;
    /* whether the external id is somebody's, the writer sees */
    w->parts->known_only = !identity_is_reachable(d);
    return d->n_ids ? ERR_OK : ERR_NO_IDENTIFIER;
}

static enum err open_patch(struct opening *o)
{
    struct work *w = o->w;
    struct part *p = make_parts(w, 1, PART_TARGET);
    enum err e = intake_patch(w->receipt.body, w->receipt.body_bytes, w->mem,
                              &p->draft, o->errs);

    p->target = w->receipt.lead_id;
    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    p->draft.fact_source = FACT_SALES;
    prepare(o, &p->draft); /* name every bad field at once */
    return o->errs->n ? ERR_INVALID : ERR_OK;
}

/* ---- POST /v1/leads/{id}/events, POST /v1/events ---- */

static enum err open_lead_events(struct opening *o)
{
    struct work *w = o->w;
    struct part *p = make_parts(w, 1, PART_TARGET);

    p->target = w->receipt.lead_id;
    return intake_lead_events(w->receipt.body, w->receipt.body_bytes,
                              w->receipt.received_ms, w->mem, &p->draft.events,
                              &p->draft.n_events, o->errs);
}

/* Resolve what names the lead of the event at @a i; a bad name is reported
   where the sender wrote it. */
static void prepare_event(const struct opening *o, size_t i, struct draft *d)
{
    static const char CONTACT[] = "/contact";
    struct field_errs own = {.mem = o->errs->mem};
    struct opening named = *o;

    named.errs = &own;
    prepare(&named, d);
    for (const struct field_err *f = own.first; f; f = f->next) {
        const char *name = f->pointer;

        if (!strncmp(name, CONTACT, sizeof(CONTACT) - 1))
            name += sizeof(CONTACT) - 1;
        field_errs_add(o->errs, arena_printf(own.mem, "/events/%zu%s", i, name),
                       f->err, "%s", f->detail);
    }
}

/* Event @a i of the batch, as a part that only looks its lead up. */
static void event_part(const struct opening *o, size_t i,
                       const struct event_post *post, struct part *p)
{
    struct draft *d = &p->draft;

    p->kind = post->has_lead ? PART_TARGET : PART_LOOKUP;
    p->target = post->lead_id;
    p->optional = true; /* fails alone, even when it is the only one */
    d->events = arena_memdup(o->w->mem, &post->event, sizeof(post->event));
    d->n_events = 1;
    if (post->has_lead)
        return;
    d->contact.email = post->email;
    d->contact.phone = post->phone;
    d->external_id = post->external_id;
    d->source_name = post->source ? post->source : "api";
    if (post->visitor_id) {
        d->ids[0].kind = ID_VISITOR;
        d->ids[0].value = d->ids[0].raw = post->visitor_id;
        d->n_ids = 1;
    }
    prepare_event(o, i, d);
    d->account_key = NULL; /* looked up, not told anything new */
    d->contact.email = d->contact.phone = NULL;
}

static enum err open_events(struct opening *o)
{
    struct work *w = o->w;
    struct event_post *posts = NULL;
    size_t n = 0;
    enum err e =
        intake_event_batch(w->receipt.body, w->receipt.body_bytes,
                           w->receipt.received_ms, w->mem, &posts, &n, o->errs);

    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    make_parts(w, n, PART_LOOKUP);
    for (size_t i = 0; i < n; i++) /* name every bad field at once */
        event_part(o, i, &posts[i], &w->parts[i]);
    return o->errs->n ? ERR_INVALID : ERR_OK;
}

/* ---- POST /v1/imports: a run of its rows ---- */

static enum err open_import(struct opening *o)
{
    struct import_reader *rd = arena_alloc(o->w->mem, sizeof(*rd));

    rd->ws = o->ws;
    rd->source = o->source;
    return import_open_receipt(rd, o->w, o->errs);
}

/* ---- GET|POST /v1/hooks/{platform}/{source_key} ---- */

static enum err open_hook(struct opening *o)
{
    return door_hook(o->ws, o->source, o->w, o->errs);
}

/* ---- leads read back from their platform ---- */

static enum err open_meta_lead(struct opening *o)
{
    return door_fetched(o->ws, o->source, hook_find("meta"), meta_lead_read,
                        o->w, o->errs);
}

static enum err open_linkedin_lead(struct opening *o)
{
    return door_fetched(o->ws, o->source, hook_find("linkedin"),
                        linkedin_lead_read, o->w, o->errs);
}

static enum err open_hubspot_lead(struct opening *o)
{
    return door_fetched(o->ws, o->source, hook_find("hubspot"),
                        hubspot_lead_read, o->w, o->errs);
}

/* ---- the table ---- */

static const struct door {
    const char *name;
    enum err (*open)(struct opening *o);
} DOORS[] = {
#define DOOR(name, open) {#name, open},
#include "flow/doors.def"
#undef DOOR
};

static const struct door *door_find(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(DOORS); i++)
        if (str_eq(DOORS[i].name, name))
            return &DOORS[i];
    return NULL;
}

bool door_known(const char *door)
{
    return door_find(door) != NULL;
}

enum err door_open(const struct snapshot *snap, struct work *w,
                   struct field_errs *errs)
{
    const struct door *door = door_find(w->receipt.door);
    struct opening o = {snap, snapshot_workspace(snap, w->workspace_id), NULL,
                        w, errs};

    if (!door || !o.ws)
        return ERR_NOT_FOUND;
    if (!uuid_is_nil(&w->receipt.source_id))
        o.source =
            snapshot_source_id(snap, w->workspace_id, &w->receipt.source_id);
    return door->open(&o);
}
