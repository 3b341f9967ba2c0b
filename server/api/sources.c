#include "api/sources.h"

#include <jansson.h>
#include <stdlib.h>

#include "api/app.h"
#include "api/body.h"
#include "api/source_check.h"
#include "api/source_json.h"
#include "base/log.h"
#include "base/reserve.h"
#include "base/str.h"
#include "flow/source_make.h"

/* One change of a source on its way. */
struct change {
    struct source_row row;
    json_t *secrets; /* given or made; shown once */
    bool made;       /* id, key and secrets: a second try stores the same */
};

static const char *dumped(const json_t *doc, const char *name,
                          struct arena *mem)
{
    const json_t *v = json_object_get(doc, name);
    char *text = v && !json_is_null(v) ? json_dumps(v, JSON_COMPACT) : NULL;
    const char *copy = arena_strdup(mem, text);

    reserve_free(text);
    return copy;
}

static void decode(const json_t *doc, bool new, struct arena *mem,
                   struct source_row *s, struct field_errs *errs)
{
    static const char *const KNOWN[] = {
        "kind",        "name",    "origin",  "defaults", "allowed_origins",
        "success_url", "mapping", "secrets", NULL};
    enum origin origin;

    body_known(doc, KNOWN, errs);
    s->kind = body_text(doc, "kind", 40, new, mem, errs);
    s->name = body_text(doc, "name", 100, new, mem, errs);
    s->origin = body_text(doc, "origin", 20, false, mem, errs);
    s->success_url = body_text(doc, "success_url", 2000, false, mem, errs);
    if (new && s->kind && !source_kind_known(s->kind))
        field_errs_add(errs, "/kind", ERR_UNKNOWN_VALUE,
                       "no such kind of source");
    if (!new && s->kind)
        field_errs_add(errs, "/kind", ERR_UNKNOWN_FIELD,
                       "the kind of a source does not change");
    if (s->origin && !origin_parse(s->origin, &origin))
        field_errs_add(errs, "/origin", ERR_UNKNOWN_VALUE,
                       "marketing, sales or referral");
    if (s->success_url && !str_starts(s->success_url, "https://") &&
        !str_starts(s->success_url, "http://") && s->success_url[0] != '/')
        field_errs_add(errs, "/success_url", ERR_UNKNOWN_VALUE,
                       "an http or https address");
    source_check(doc, mem, errs);
    s->defaults_json = dumped(doc, "defaults", mem);
    s->mapping_json = dumped(doc, "mapping", mem);
    s->origins_json = dumped(doc, "allowed_origins", mem);
}

static const struct source_row *
find(struct settings_rows *rows, const struct read *r, const struct uuid *id)
{
    for (size_t i = 0; i < rows->n_sources; i++)
        if (rows->sources[i].workspace_id == r->ws->workspace_id &&
            uuid_cmp(&rows->sources[i].source_id, id) == 0)
            return &rows->sources[i];
    return NULL;
}

/* ---- on the reader thread ---- */

static struct by by_key(const struct read *r)
{
    char id[UUID_TEXT_BYTES];
    struct by by = {
        arena_printf(r->mem, "key:%s", uuid_format(&r->key->key_id, id)),
        r->now_ms};

    return by;
}

/* It is committed.  This instance knows at once; the others, and this one when
   it cannot read now, by the pulse. */
static void reload(struct pg *pg, struct read *r)
{
    if (settings_load(r->settings, pg) != ERR_OK)
        log_line(LOG_WARN, "settings_read_later", NULL);
}

static const char *secrets_text(const json_t *secrets, struct arena *mem)
{
    char *text = json_dumps(secrets, JSON_COMPACT);
    const char *copy = arena_strdup(mem, text);

    reserve_free(text);
    return copy;
}

static bool make(struct read *r, struct change *c)
{
    json_t *all = source_make(&c->row, c->secrets, r->now_ms, r->mem);

    if (!all)
        return false;
    json_decref(r->json);
    r->json = c->secrets = all;
    c->made = true;
    return true;
}

static enum err run_post(struct pg *pg, struct read *r)
{
    struct change *c = r->args;
    struct by by = by_key(r);
    enum err e;

    if (!c->made && !make(r, c))
        return ERR_NO_MEMORY;
    e = write_source(pg, r->mem, &by, &c->row);
    if (e != ERR_OK)
        return e;
    reload(pg, r);
    r->status = 201;
    source_put(r, &c->row, c->secrets);
    return ERR_OK;
}

static enum err run_get(struct pg *pg, struct read *r)
{
    struct change *c = r->args;
    struct settings_rows rows = {0};
    const struct source_row *s;
    enum err e = read_settings(pg, r->mem, &rows);

    if (e != ERR_OK)
        return e;
    s = find(&rows, r, &c->row.source_id);
    if (!s)
        return ERR_NOT_FOUND;
    source_put(r, s, c->secrets);
    return ERR_OK;
}

/* New secrets first, the old one behind: both are valid while senders are
   told (an array under the same name).  One given again is no new one. */
static const char *rotated(struct read *r, const struct source_row *old,
                           const json_t *given)
{
    json_t *all =
        json_loads(old->secrets_json ? old->secrets_json : "{}", 0, NULL);
    const char *name, *text;
    json_t *v;

    json_object_foreach ((json_t *)(uintptr_t)given, name, v) {
        const json_t *had = json_object_get(all, name);
        const json_t *last = json_is_array(had) ? json_array_get(had, 0) : had;
        json_t *both;

        if (last && json_equal(last, v))
            continue;
        both = json_array();
        json_array_append(both, v);
        if (last)
            json_array_append(both, (json_t *)(uintptr_t)last);
        json_object_set_new(all, name, both);
    }
    text = secrets_text(all, r->mem);
    json_decref(all);
    return text;
}

static enum err run_patch(struct pg *pg, struct read *r)
{
    struct change *c = r->args;
    struct by by = by_key(r);
    struct settings_rows rows = {0};
    const struct source_row *old;
    enum err e = read_settings(pg, r->mem, &rows);

    if (e != ERR_OK)
        return e;
    old = find(&rows, r, &c->row.source_id);
    if (!old)
        return ERR_NOT_FOUND;
    if (c->secrets)
        c->row.secrets_json = rotated(r, old, c->secrets);
    e = write_source_change(pg, r->mem, &by, &c->row);
    if (e != ERR_OK)
        return e;
    reload(pg, r);
    return run_get(pg, r);
}

static enum err run_delete(struct pg *pg, struct read *r)
{
    struct change *c = r->args;
    struct by by = by_key(r);
    enum err e = write_source_deleted(pg, r->mem, &by, r->ws->workspace_id,
                                      &c->row.source_id);

    r->status = 204;
    if (e == ERR_OK)
        reload(pg, r);
    return e;
}

/* Without its secret no captcha is ever verified: every post would be held. */
static void check_captcha(const struct http_req *rq, const json_t *doc,
                          const struct change *c, struct field_errs *errs)
{
    const json_t *name =
        json_object_get(json_object_get(doc, "defaults"), "captcha");
    const json_t *given =
        json_object_get(json_object_get(doc, "secrets"), "captcha_secret");
    const struct source *s = snapshot_source_id(
        api_caller(rq)->snap, c->row.workspace_id, &c->row.source_id);

    if (json_is_string(name) && (!given || json_is_null(given)) &&
        !(s && s->defence.captcha_secret))
        field_errs_add(errs, "/secrets/captcha_secret", ERR_REQUIRED,
                       "the captcha service is asked with it");
}

static void check_ids(const struct http_req *rq, const json_t *doc,
                      const struct change *c, struct field_errs *errs)
{
    const struct source *s = snapshot_source_id(
        api_caller(rq)->snap, c->row.workspace_id, &c->row.source_id);

    source_check_id(s ? s->kind : c->row.kind, json_object_get(doc, "mapping"),
                    errs->mem, errs);
}

/* ---- doors ---- */

typedef enum err run_fn(struct pg *pg, struct read *r);

static enum http_next start(struct http_req *rq, run_fn *run, bool has_id,
                            bool has_body)
{
    struct read *r;
    struct change *c;
    json_t *doc = NULL;
    enum err e = ERR_OK;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = c = arena_alloc(r->mem, sizeof(*c));
    c->row.workspace_id = r->ws ? r->ws->workspace_id : 0;
    if (has_id && !api_param_id(rq, 0, &c->row.source_id))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK && has_body) {
        struct field_errs errs = {.mem = rq->mem};

        doc = api_json(rq, &errs, &e);
        if (!doc) {
            api_read_free(r);
            return errs.n ? reply_invalid(rq, &errs)
                          : reply_problem(rq, e, NULL);
        }
        decode(doc, !has_id, r->mem, &c->row, &r->errs);
        check_captcha(rq, doc, c, &r->errs);
        check_ids(rq, doc, c, &r->errs);
        c->secrets = json_object_get(doc, "secrets");
        if (json_is_null(c->secrets))
            c->secrets = NULL; /* as if not given */
        r->json = doc;         /* freed with the read */
    }
    if (e != ERR_OK) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    return api_read_start(rq, r, run);
}

enum http_next sources_post(struct http_req *rq)
{
    return start(rq, run_post, false, true);
}

enum http_next source_get(struct http_req *rq)
{
    return start(rq, run_get, true, false);
}

enum http_next source_patch(struct http_req *rq)
{
    return start(rq, run_patch, true, true);
}

enum http_next source_delete(struct http_req *rq)
{
    return start(rq, run_delete, true, false);
}
