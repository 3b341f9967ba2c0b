#include "cli/read_back.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "flow/fetched.h"
#include "flow/secrets.h"
#include "http/addr.h"
#include "outbound/fetcher.h"

struct read_back {
    struct flow *flow;
    struct fetcher *fetcher;
    struct http_net *allowed;
    size_t n_allowed;
};

static bool allowed(void *ctx, const uint8_t *ip)
{
    const struct read_back *b = ctx;

    return net_has(b->allowed, b->n_allowed, ip);
}

/* Meta: a token of the page itself, or one for all pages of the source. */
static bool token_of(const struct source *s, const char *page_id, char *out,
                     size_t out_bytes)
{
    if (!str_eq(s->kind, "meta"))
        return secret_newest(s->secrets_json, "access_token", NULL, out,
                             out_bytes);
    return secret_newest(s->secrets_json, "page_tokens", page_id, out,
                         out_bytes) ||
           secret_newest(s->secrets_json, "page_token", NULL, out, out_bytes);
}

static bool token(void *ctx, int64_t workspace_id, const struct uuid *source_id,
                  const char *page_id, char *out, size_t out_bytes)
{
    struct read_back *b = ctx;
    struct snapshot *snap = settings_hold(flow_settings(b->flow));
    const struct source *s = snapshot_source_id(snap, workspace_id, source_id);
    bool found = s && token_of(s, page_id, out, out_bytes);

    settings_drop(flow_settings(b->flow), snap);
    return found;
}

/* At most what the mapping may hold. */
static size_t named_fields(const struct form_spec *spec, const char **out)
{
    size_t n = 0;

    for (size_t i = 0; i < spec->n_rules; i++)
        if (spec->rules[i].target.kind != TARGET_IGNORE)
            out[n++] = spec->rules[i].name;
    for (size_t i = 0; i < spec->n_joins; i++)
        for (size_t k = 0; k < spec->joins[i].n; k++)
            out[n++] = spec->joins[i].name[k];
    return n;
}

static const char **fields(void *ctx, int64_t workspace_id,
                           const struct uuid *source_id, struct arena *mem,
                           size_t *out_n)
{
    struct read_back *b = ctx;
    struct snapshot *snap = settings_hold(flow_settings(b->flow));
    const struct source *s = snapshot_source_id(snap, workspace_id, source_id);
    const struct form_spec *spec = s ? &s->spec : form_spec_default();
    const char **out = arena_array(
        mem, spec->n_rules + spec->n_joins * FORM_JOIN_MAX + 1, sizeof(*out));

    *out_n = named_fields(spec, out);
    for (size_t i = 0; i < *out_n; i++)
        out[i] = arena_strdup(mem, out[i]);
    settings_drop(flow_settings(b->flow), snap);
    return out;
}

static enum err deliver(void *ctx, int64_t workspace_id,
                        const struct receipt *receipt, struct uuid *out_lead)
{
    struct read_back *b = ctx;

    return flow_fetched(b->flow, workspace_id, receipt, out_lead);
}

/* ---- forms that sources list: secrets.form_ids, secrets.owner ---- */

struct listing {
    const struct source *source;
    void (*each)(void *ctx, int64_t workspace_id, const struct uuid *source_id,
                 const char *form_id, const char *page_id);
    void *ctx;
};

static void one_form(void *ctx, const char *form_id)
{
    const struct listing *l = ctx;

    l->each(l->ctx, l->source->workspace->workspace_id, &l->source->source_id,
            form_id, "");
}

static void one_owner(void *ctx, const char *owner)
{
    const struct listing *l = ctx;

    l->each(l->ctx, l->source->workspace->workspace_id, &l->source->source_id,
            owner, owner);
}

static void forms(void *ctx,
                  void (*each)(void *each_ctx, int64_t workspace_id,
                               const struct uuid *source_id,
                               const char *form_id, const char *page_id),
                  void *each_ctx)
{
    struct read_back *b = ctx;
    struct snapshot *snap = settings_hold(flow_settings(b->flow));

    for (size_t i = 0; i < snap->n_sources; i++) {
        struct listing l = {&snap->sources[i], each, each_ctx};

        if (str_eq(l.source->kind, "meta"))
            secret_each(l.source->secrets_json, "form_ids", one_form, &l);
        else if (str_eq(l.source->kind, "linkedin"))
            secret_each(l.source->secrets_json, "owner", one_owner, &l);
    }
    settings_drop(flow_settings(b->flow), snap);
}

static void pages(void *ctx, int64_t workspace_id, const struct uuid *source_id,
                  void (*each)(void *each_ctx, const char *page_id),
                  void *each_ctx)
{
    struct read_back *b = ctx;
    struct snapshot *snap = settings_hold(flow_settings(b->flow));
    const struct source *s = snapshot_source_id(snap, workspace_id, source_id);

    if (s && str_eq(s->kind, "meta"))
        secret_each_key(s->secrets_json, "page_tokens", each, each_ctx);
    settings_drop(flow_settings(b->flow), snap);
}

/* ---- life ---- */

static struct fetcher_config config_of(const struct options *o,
                                       struct read_back *b)
{
    return (struct fetcher_config){
        .pg = cli_pg_config(o),
        .platforms = {.meta_url = o->meta_url,
                      .meta_version = o->meta_version,
                      .linkedin_url = o->linkedin_url,
                      .linkedin_version = o->linkedin_version,
                      .hubspot_url = o->hubspot_url,
                      .call_ms = o->outbound_ms},
        .rules = {.allowed = allowed, .ctx = b},
        .threads = (int)o->fetch_threads,
        .poll_ms = o->fetch_poll_ms,
        .lease_ms = o->fetch_lease_ms,
        .retry_ms = o->fetch_retry_ms,
        .sweep_ms = o->fetch_sweep_s * SECOND_MS,
        .look_back_ms = o->fetch_look_back_h * HOUR_MS};
}

struct read_back *read_back_start(const struct options *o, struct flow *f,
                                  struct arena *mem)
{
    struct fetcher_config config;
    struct fetcher_ops ops = {NULL, token, fields, deliver, forms, pages};
    struct read_back *b;

    if (!o->fetch_threads)
        return NULL;
    b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    b->flow = f;
    b->allowed = cli_nets(o->outbound_allow, mem, &b->n_allowed);
    config = config_of(o, b);
    ops.ctx = b;
    client_global_init();
    if (!client_base_ok(o->meta_url) || !client_base_ok(o->linkedin_url) ||
        !client_base_ok(o->hubspot_url))
        log_line(LOG_ERROR, "outbound_url_unusable", "s:meta_url", o->meta_url,
                 "s:linkedin_url", o->linkedin_url, "s:hubspot_url",
                 o->hubspot_url, NULL);
    b->fetcher = fetcher_start(&config, &ops);
    if (b->fetcher)
        return b;
    read_back_stop(b);
    return NULL;
}

void read_back_stop(struct read_back *b)
{
    if (!b)
        return;
    fetcher_stop(b->fetcher);
    free(b);
}
