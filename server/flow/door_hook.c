#include "flow/door_hook.h"

#include <jansson.h>
#include <strings.h>

#include "base/str.h"
#include "flow/prepare.h"
#include "identity/identity.h"
#include "intake/hook_lead.h"

#define FETCH_ID_MAX 128

/* ---- the receipt as a request once more ---- */

static const char *header_of(const void *ctx, const char *name)
{
    json_t *headers = (json_t *)(uintptr_t)ctx; /* iterators want it so */
    const char *key;
    json_t *v;

    json_object_foreach (headers, key, v)
        if (strcasecmp(key, name) == 0)
            return json_string_value(v);
    return NULL;
}

static const char *no_arg(const void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

/* ---- one item, one part ---- */

/* Who sent it stands in front of the sender's ids. */
static void name_source(const struct source *source, const struct work *w,
                        struct draft *d)
{
    d->source_name =
        arena_strdup(w->mem, source ? source->name : w->receipt.source);
    d->id_space = source ? arena_strdup(w->mem, source->id_space) : NULL;
}

static void prepare(const struct workspace *ws, struct work *w, struct draft *d)
{
    struct field_errs unheard = {.mem = w->mem};

    /* no platform can mend a bad phone: it stays in the receipt */
    flow_prepare(ws, d, w->receipt.received_ms, w->mem, &unheard);
}

static void lead_part(const struct workspace *ws, const struct source *source,
                      const struct hook *hook, struct work *w, struct part *p)
{
    struct draft *d = &p->draft;

    p->kind = PART_INGEST;
    if (source)
        draft_defaults(source, d, w->mem);
    else
        name_source(source, w, d);
    draft_channel(d, hook->kind, w->mem);
    p->once = d->external_id != NULL;
    prepare(ws, w, d);
    if (!identity_is_reachable(d))
        d->quarantine = "no_identifier";
}

static void known_part(const struct workspace *ws, const struct source *source,
                       const struct hook *hook, const struct hook_item *item,
                       struct work *w, struct part *p)
{
    p->kind = PART_LOOKUP;
    p->optional = true;
    p->erase = item->kind == HOOK_ERASE;
    p->gives_ids = item->gives_ids;
    draft_channel(&p->draft, source ? source->channel : NULL, w->mem);
    draft_channel(&p->draft, hook->kind, w->mem);
    name_source(source, w, &p->draft);
    prepare(ws, w, &p->draft);
    p->draft.account_key = NULL;
    p->draft.has_touch = false;
}

/* @return false for an id too long to be asked for */
static bool fetch(const struct hook *hook, const struct hook_item *item,
                  struct work *w)
{
    struct fetch_order *f = &w->fetches[w->n_fetches];

    if (strlen(item->external_id) > FETCH_ID_MAX)
        return item->kind == HOOK_FORGET; /* it never was asked for */
    w->n_fetches++;
    *f = (struct fetch_order){.platform = hook->fetch,
                              .source_id = w->receipt.source_id,
                              .external_id = item->external_id,
                              .page_id = item->page_id,
                              .form_id = item->form_id,
                              .action = item->kind == HOOK_FORGET ? FETCH_FORGET
                                                                  : FETCH_READ,
                              .received_ms = w->receipt.received_ms};
    if (item->if_unknown)
        f->unless = &w->parts[w->n_parts - 1];
    return true;
}

static void make_parts(const struct workspace *ws, const struct source *source,
                       const struct hook *hook, struct hook_reader *r,
                       struct work *w)
{
    /* one more for what is unread */
    w->parts = arena_array(w->mem, r->n + 1, sizeof(*w->parts));
    w->fetches = arena_array(w->mem, r->n + 1, sizeof(*w->fetches));
    w->n_parts = w->n_fetches = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct hook_item *item = &r->items[i];
        struct part *p = &w->parts[w->n_parts];

        if (item->kind == HOOK_FETCH || item->kind == HOOK_FORGET) {
            r->unread |= hook->fetch && !fetch(hook, item, w);
            continue;
        }
        w->n_parts++;
        p->draft = item->draft;
        if (item->kind == HOOK_LEAD)
            lead_part(ws, source, hook, w, p);
        else
            known_part(ws, source, hook, item, w, p);
    }
}

/* What was not read, and not on purpose: a shape of theirs that nobody knew of
   waits for people, and for a program that knows it.  Behind the others, whose
   numbers stay as they are. */
static void keep_unread(struct work *w)
{
    w->parts[w->n_parts++] = (struct part){
        .kind = PART_INGEST, .draft = {.quarantine = "not_understood"}};
}

static struct hook_request request_of(const struct work *w)
{
    const struct receipt *rc = &w->receipt;

    return (struct hook_request){.content_type = rc->content_type,
                                 .body = rc->body,
                                 .body_bytes = rc->body_bytes,
                                 .url = "",
                                 .query = "",
                                 .header = header_of,
                                 .arg = no_arg,
                                 .now_ms = rc->received_ms,
                                 .mem = w->mem};
}

enum err door_fetched(const struct workspace *ws, const struct source *source,
                      const struct hook *hook,
                      enum err (*read)(struct hook_reader *r), struct work *w,
                      struct field_errs *errs)
{
    const char *headers_text = w->receipt.headers_json;
    AUTO(json_cleanup)
    json_t *headers = headers_text ? json_loads(headers_text, 0, NULL) : NULL;
    struct hook_request rq = request_of(w);
    struct hook_reader r = {.rq = &rq, .mem = w->mem, .errs = errs};
    enum err e;

    rq.ctx = headers;
    r.spec = source ? &source->spec : form_spec_default();
    e = read(&r);
    if (e == ERR_OK)
        make_parts(ws, source, hook, &r, w);
    if (e == ERR_OK && (r.unread || !hook_seen(&r)))
        keep_unread(w);
    return e;
}

/* The platform of a receipt whose source is gone. */
static const struct hook *named_hook(const struct work *w)
{
    const char *text = w->receipt.headers_json;
    AUTO(json_cleanup)
    json_t *headers = text ? json_loads(text, 0, NULL) : NULL;

    return hook_find(header_of(headers, DOOR_HOOK_PLATFORM));
}

enum err door_hook(const struct workspace *ws, const struct source *source,
                   struct work *w, struct field_errs *errs)
{
    const struct hook *hook = source ? source->hook : named_hook(w);

    return hook ? door_fetched(ws, source, hook, hook->read, w, errs)
                : ERR_NOT_FOUND;
}
