#include "flow/try_run.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/reserve.h"
#include "base/str.h"
#include "flow/door.h"
#include "flow/judge.h"
#include "flow/lead_score.h"
#include "intake/form_map.h"
#include "intake/json_guard.h"
#include "lead/event_json.h"
#include "lead/facts_json.h"

static void set(json_t *j, const char *name, const char *text)
{
    json_object_set_new(j, name, text ? json_string(text) : json_null());
}

static json_t *list_of_errors(const struct field_errs *errs)
{
    json_t *list = json_array();

    for (const struct field_err *f = errs->first; f; f = f->next) {
        json_t *one = json_object();

        set(one, "pointer", f->pointer);
        set(one, "code", err_info(f->err)->code);
        set(one, "detail", f->detail);
        json_array_append_new(list, one);
    }
    return list;
}

/* ---- the fields of a form ---- */

static json_t *list_of_fields(const struct work *w, const struct source *s)
{
    static const char *const USE[] = {"used", "empty", "unknown", "ignored",
                                      "honeypot"};
    const struct receipt *r = &w->receipt;
    struct form_seen *seen;
    json_t *list = json_array();
    size_t n = 0;

    if (!str_eq(r->door, "form") ||
        intake_form_look(r->content_type, r->body, r->body_bytes,
                         s ? &s->spec : NULL, w->mem, &seen, &n) != ERR_OK)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_object();

        set(one, "name", seen[i].name);
        if (seen[i].pointer)
            set(one, "pointer", seen[i].pointer);
        set(one, "use", USE[seen[i].use]);
        if (seen[i].target)
            set(one, "target", seen[i].target);
        json_array_append_new(list, one);
    }
    return list;
}

/* ---- a draft ---- */

static json_t *contact_of(const struct draft *d)
{
    json_t *j = json_object();

    set(j, "name", d->contact.name);
    set(j, "email", d->contact.email);
    set(j, "phone", d->contact.phone);
    set(j, "company", d->contact.company);
    set(j, "job_title", d->contact.job_title);
    set(j, "message", d->contact.message);
    return j;
}

static json_t *identifiers_of(const struct draft *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->n_ids; i++) {
        json_t *one = json_object();

        set(one, "kind", id_kind_text(d->ids[i].kind));
        set(one, "value", d->ids[i].value);
        set(one, "raw", d->ids[i].raw);
        set(one, "rule", d->ids[i].rule);
        json_object_set_new(one, "doubtful", json_boolean(d->ids[i].doubtful));
        json_object_set_new(one, "role", json_boolean(d->ids[i].role));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *events_of(const struct draft *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->n_events; i++)
        json_array_append_new(list, event_to_json(&d->events[i]));
    return list;
}

static json_t *consent_of(const struct draft *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->n_consent; i++) {
        json_t *one = json_object();

        set(one, "purpose", d->consent[i].purpose);
        set(one, "channel", d->consent[i].channel);
        set(one, "status", d->consent[i].status);
        set(one, "method", d->consent[i].method);
        set(one, "wording", d->consent[i].wording);
        set(one, "evidence", d->consent[i].evidence);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *touch_of(const struct draft *d, struct arena *mem)
{
    const char *text = d->has_touch ? touch_to_json(&d->touch, mem) : NULL;

    return text ? json_loads(text, 0, NULL) : json_null();
}

/* ---- judged as if nobody knew them ---- */

static json_t *score_of(const struct workspace *ws, const struct work *w,
                        const struct part *p, int64_t now_ms, size_t *dropped)
{
    AUTO(buf_release) struct buf text = BUF_INIT;
    struct apply_rules rules = {.behaviour_assumed = ws->behaviour_assumed,
                                .now_ms = now_ms};
    struct bundle *b = arena_alloc(w->mem, sizeof(*b));
    enum err e;

    b->workspace_id = ws->workspace_id;
    b->is_new = b->changed = b->rejudge = true;
    b->lead.created_ms = b->lead.updated_ms = now_ms;
    b->lead.origin = p->draft.origin;
    bundle_apply(b, &p->draft, &w->receipt.receipt_id, &rules, w->mem);
    *dropped = b->n_unconsented;
    judge(ws->model, ws->tz, b, now_ms, w->mem);
    e = lead_score(ws, ws->model, b, now_ms, w->mem, &text);
    return e == ERR_OK ? json_loads(text.ptr, 0, NULL) : json_null();
}

static json_t *draft_json(const struct workspace *ws, const struct work *w,
                          const struct part *p, int64_t now_ms)
{
    const struct draft *d = &p->draft;
    bool makes_lead =
        p->kind == PART_INGEST && !p->known_only && !d->quarantine;
    json_t *j = json_object();
    size_t dropped = 0;

    json_object_set_new(j, "contact", contact_of(d));
    json_object_set_new(j, "identifiers", identifiers_of(d));
    json_object_set_new(j, "facts", facts_to_json(&d->facts));
    json_object_set_new(j, "events", events_of(d));
    json_object_set_new(j, "touch", touch_of(d, w->mem));
    json_object_set_new(j, "consent", consent_of(d));
    set(j, "origin", d->has_origin ? origin_text(d->origin) : NULL);
    set(j, "source", d->source_name);
    set(j, "external_id", d->external_id);
    set(j, "account", d->account_key);
    set(j, "quarantine", d->quarantine);
    json_object_set_new(j, "test", json_boolean(d->test));
    json_object_set_new(j, "score",
                        makes_lead ? score_of(ws, w, p, now_ms, &dropped)
                                   : json_null());
    json_object_set_new(j, "events_without_consent",
                        json_integer((json_int_t)dropped));
    return j;
}

static json_t *list_of_drafts(const struct workspace *ws, const struct work *w,
                              int64_t now_ms)
{
    json_t *list = json_array();

    for (size_t i = 0; i < MIN(w->n_parts, (size_t)TRY_DRAFTS_MAX); i++)
        json_array_append_new(list, draft_json(ws, w, &w->parts[i], now_ms));
    return list;
}

enum err try_run(const struct snapshot *snap, struct work *w, int64_t now_ms,
                 struct buf *out)
{
    const struct workspace *ws = snapshot_workspace(snap, w->workspace_id);
    const struct source *s =
        snapshot_source_id(snap, w->workspace_id, &w->receipt.source_id);
    struct field_errs errs = {.mem = w->mem};
    AUTO(json_cleanup) json_t *j = json_object();
    char *text;
    enum err e;

    if (!ws || !ws->model || !door_known(w->receipt.door))
        return ERR_NOT_FOUND;
    e = door_open(snap, w, &errs);
    json_object_set_new(j, "accepted", json_boolean(e == ERR_OK));
    set(j, "code", e == ERR_OK ? NULL : err_info(e)->code);
    json_object_set_new(j, "errors", list_of_errors(&errs));
    json_object_set_new(j, "fields", list_of_fields(w, s));
    json_object_set_new(j, "drafts",
                        e == ERR_OK ? list_of_drafts(ws, w, now_ms)
                                    : json_array());
    text = json_dumps(j, JSON_COMPACT);
    e = text ? buf_puts(out, text) : ERR_NO_MEMORY;
    reserve_free(text);
    return e;
}
