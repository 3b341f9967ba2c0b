#include "flow/flow.h"

#include <stdlib.h>

#include "base/log.h"
#include "flow/drain.h"
#include "flow/failover.h"
#include "flow/judge.h"
#include "flow/ready.h"
#include "flow/watch.h"
#include "metrics/metrics.h"
#include "stages/stages.h"
#include "store/migrate.h"

#define WORK_ARENA_MAX ((size_t)16 << 20)

struct flow {
    struct flow_config config;
    struct settings *settings;
    struct ready *ready;
    struct writer *writer;
    struct writer *claimer; /* claims do not queue behind intake */
    struct pool *pool;
    struct watch *watch;
    bool prepared;          /* the schema is right; atomic */
    struct spool *spool;    /* NULL: off */
    struct writer *drainer; /* the journal's, beside fresh traffic */
    struct drain *drain;
    struct imports *imports;
};

struct settings *flow_settings(struct flow *f)
{
    return f->settings;
}

const struct flow_config *flow_config(const struct flow *f)
{
    return &f->config;
}

struct imports *flow_imports(struct flow *f)
{
    return f->imports;
}

/* ---- what the writer asks back ---- */

static bool op_enter(void *ctx, int64_t workspace_id,
                     struct workspace_rules *out)
{
    struct flow *f = ctx;
    struct snapshot *snap = settings_hold(f->settings);
    const struct workspace *ws = snapshot_workspace(snap, workspace_id);

    if (!ws || !ws->model || !ws->tz) {
        settings_drop(f->settings, snap);
        return false;
    }
    out->workspace_id = workspace_id;
    out->behaviour_assumed = ws->behaviour_assumed;
    out->outbound = ws->outbound;
    out->mail_check = f->config.mail_check;
    out->tz = ws->tz;
    out->model = ws->model;
    out->lease_ms = f->config.lease_ms;
    out->respond_ms = f->config.respond_ms;
    out->hold = snap;
    return true;
}

static void op_leave(void *ctx, struct workspace_rules *rules)
{
    struct flow *f = ctx;

    settings_drop(f->settings, rules->hold);
}

static void op_judge(void *ctx, const struct workspace_rules *rules,
                     struct bundle *b, int64_t now_ms, struct arena *mem)
{
    (void)ctx;
    judge(rules->model, rules->tz, b, now_ms, mem);
}

static const char *op_snapshot(void *ctx, const struct workspace_rules *rules,
                               const struct bundle *b, int64_t now_ms,
                               struct arena *mem)
{
    (void)ctx;
    return judge_snapshot(rules->model, rules->tz, b, now_ms, mem);
}

/* A deal is closed by the outcome of its claim, never by a bare step. */
static bool may_step(enum stage from, enum stage to, enum actor actor)
{
    const struct stage_step *step = stages_step(from, to, actor);

    return step && !(step->needs & STEP_NEEDS_CLAIM);
}

static const char *op_legal(void *ctx, enum stage from, enum actor actor,
                            struct arena *mem)
{
    enum stage to[STAGE_N];
    size_t n = stages_legal_list(from, actor, to);
    const char *list = "";

    (void)ctx;
    for (size_t i = 0; i < n; i++)
        if (may_step(from, to[i], actor))
            list = arena_printf(mem, "%s%s\"%s\"", list, *list ? "," : "",
                                stage_text(to[i]));
    return arena_printf(mem, "[%s]", list);
}

static bool op_may_step(void *ctx, enum stage from, enum stage to,
                        enum actor actor)
{
    (void)ctx;
    return may_step(from, to, actor);
}

static bool op_disqualify_reason(void *ctx, const char *reason)
{
    (void)ctx;
    return stages_disqualify_reason(reason);
}

static bool op_may_write(void *ctx)
{
    return flow_prepared(ctx);
}

static void op_committed(void *ctx, int64_t workspace_id, bool ready)
{
    struct flow *f = ctx;

    if (ready)
        ready_changed(f->ready, workspace_id);
}

/* ---- life ---- */

static enum err open_spool(struct flow *f)
{
    enum err e = ERR_OK;

    if (!*f->config.spool.dir)
        return ERR_OK;
    e = spool_open(&f->config.spool, &f->spool);
    if (e == ERR_OK)
        settings_keep(f->settings, f->config.spool.dir);
    return e;
}

static enum err prepare_store(struct flow *f)
{
    struct pg *pg = pg_new(&f->config.pg);
    enum err e = pg ? pg_ready(pg) : ERR_NO_MEMORY;

    if (e == ERR_OK)
        e = migrate_check(pg);
    if (e == ERR_OK && partitions_ahead(pg, clock_now_ms()) != ERR_OK)
        log_line(LOG_WARN, "partitions_missing", "s:cause", pg_why(pg), NULL);
    if (e == ERR_OK)
        e = pg_ready(pg);
    if (e == ERR_OK)
        e = settings_load(f->settings, pg);
    pg_free(pg);
    if (e == ERR_OK)
        __atomic_store_n(&f->prepared, true, __ATOMIC_RELEASE);
    return e == ERR_AGAIN || e == ERR_UNKNOWN_OUTCOME ? ERR_DATABASE : e;
}

/* @return ERR_OK also when the journal can do without the database */
static enum err prepare_or_wait(struct flow *f)
{
    enum err e = prepare_store(f);

    if (e != ERR_DATABASE || settings_load_kept(f->settings) != ERR_OK)
        return e;
    log_line(LOG_WARN, "started_without_database", NULL);
    return ERR_OK;
}

enum err flow_prepare_store(struct flow *f)
{
    struct pg *pg;
    int applied = 0;
    enum err e = ERR_OK;

    if (flow_prepared(f))
        return ERR_OK;
    pg = pg_new(&f->config.pg);
    if (f->config.migrate)
        e = pg ? migrate(pg, &applied) : ERR_NO_MEMORY;
    pg_free(pg);
    return e == ERR_OK ? prepare_store(f) : e;
}

static enum err start_threads(struct flow *f)
{
    struct writer_ops ops = {f,
                             op_enter,
                             op_leave,
                             op_judge,
                             op_snapshot,
                             op_legal,
                             op_may_step,
                             op_disqualify_reason,
                             op_may_write,
                             op_committed};
    struct writer_config wc = {.pg = f->config.pg,
                               .threads = f->config.writers,
                               .queue_max = f->config.queue_max,
                               .batch_max = f->config.batch_max,
                               .give_up_ms = f->config.work_ms,
                               .away = !flow_prepared(f)};

    wc.pg.writer = true;
    f->writer = writer_start(&wc, &ops);
    wc.threads = 1;
    f->claimer = writer_start(&wc, &ops);
    f->pool = pool_start(&f->config.pg, f->config.readers, f->config.reads_max);
    if (f->writer && f->claimer && f->pool)
        f->watch = watch_start(f, f->settings, f->ready);
    if (!f->watch || !f->spool)
        return f->watch ? ERR_OK : ERR_NO_MEMORY;
    f->drainer = writer_start(&wc, &ops);
    if (f->drainer)
        f->drain = drain_start(f, f->spool, f->drainer);
    return f->drain ? ERR_OK : ERR_NO_MEMORY;
}

enum err flow_start(const struct flow_config *config, struct flow **out)
{
    struct flow *f = calloc(1, sizeof(*f));
    enum err e;

    if (!f)
        return ERR_NO_MEMORY;
    f->config = *config;
    if (!f->config.spool.dir)
        f->config.spool.dir = "";
    f->settings = settings_new();
    f->ready = ready_new();
    f->imports = imports_new(f);
    e = f->settings && f->ready && f->imports ? open_spool(f) : ERR_NO_MEMORY;
    if (e == ERR_OK)
        e = prepare_or_wait(f);
    if (e == ERR_OK)
        e = start_threads(f);
    if (e != ERR_OK) {
        flow_stop(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

void flow_stop(struct flow *f)
{
    if (!f)
        return;
    watch_stop(f->watch);
    drain_stop(f->drain);
    writer_stop(f->drainer);
    imports_stop(f->imports);
    writer_stop(f->writer);
    writer_stop(f->claimer);
    spool_close(f->spool); /* last: the writer may have given back */
    pool_stop(f->pool);
    ready_free(f->ready);
    settings_free(f->settings);
    free(f);
}

/* ---- doors ---- */

struct work *flow_work(struct flow *f, int64_t workspace_id, const char *door)
{
    struct work *w = work_new(WORK_ARENA_MAX);

    if (!w)
        return NULL;
    w->workspace_id = workspace_id;
    w->deadline_ms = clock_mono_ms() + f->config.work_ms;
    w->receipt.received_ms = clock_now_ms();
    w->receipt.receipt_id = uuid_new(w->receipt.received_ms);
    w->receipt.door = door;
    w->has_receipt = door != NULL;
    return w;
}

enum err flow_submit(struct flow *f, struct work *w)
{
    if (w->claim.kind)
        return writer_submit(f->claimer, w);
    return failover_submit(f->writer, f->spool, w);
}

enum err flow_read(struct flow *f, const struct job *job)
{
    if (!flow_healthy(f))
        return ERR_DATABASE;
    return pool_submit(f->pool, job);
}

bool flow_spool_stat(struct flow *f, struct spool_stat *out)
{
    if (f->spool)
        spool_stat(f->spool, out);
    return f->spool != NULL;
}

bool flow_prepared(const struct flow *f)
{
    return __atomic_load_n(&f->prepared, __ATOMIC_ACQUIRE);
}

bool flow_healthy(const struct flow *f)
{
    return writer_healthy(f->writer);
}

uint64_t flow_ready_version(struct flow *f, int64_t workspace_id)
{
    return ready_version(f->ready, workspace_id);
}

bool flow_ready_wait(struct flow *f, int64_t workspace_id, uint64_t seen,
                     struct done done)
{
    return ready_wait(f->ready, workspace_id, seen, done);
}

void flow_ready_wake_all(struct flow *f)
{
    ready_wake_all(f->ready);
}

enum err flow_reload(struct flow *f)
{
    return watch_reload(f->watch);
}
