#include "flow/fetched.h"

#include <pthread.h>

#include "base/log.h"
#include "flow/door.h"

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool over;
    enum err err;
    struct uuid lead_id;
};

/* The receipt was stored by an earlier try: whether its lead is shown again
   does not matter. */
static enum err result(const struct work *w)
{
    return w->err == ERR_NOT_FOUND && w->stored ? ERR_OK : w->err;
}

static void done(struct work *w)
{
    struct waiting *wait = w->ctx;

    pthread_mutex_lock(&wait->lock);
    wait->err = result(w);
    if (wait->err == ERR_OK && w->n_parts)
        wait->lead_id = w->parts[0].lead_id;
    work_free(w);
    wait->over = true;
    pthread_cond_signal(&wait->wake);
    pthread_mutex_unlock(&wait->lock);
}

static void quarantine(struct work *w, const char *reason)
{
    char id[UUID_TEXT_BYTES];

    log_line(LOG_WARN, "fetched_unreadable", "s:receipt_id",
             uuid_format(&w->receipt.receipt_id, id), "s:reason", reason, NULL);
    w->parts = arena_alloc(w->mem, sizeof(*w->parts));
    w->n_parts = 1;
    w->parts[0].draft.quarantine = reason;
}

static enum err open_receipt(struct flow *f, struct work *w)
{
    struct snapshot *snap = settings_hold(flow_settings(f));
    const struct source *s =
        snapshot_source_id(snap, w->workspace_id, &w->receipt.source_id);
    struct field_errs errs = {.mem = w->mem};
    enum err e = door_known(w->receipt.door) ? ERR_OK : ERR_NOT_FOUND;

    w->receipt.source = arena_strdup(w->mem, s ? s->name : NULL);
    if (e == ERR_OK && !snapshot_workspace(snap, w->workspace_id))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK) {
        enum err bad = door_open(snap, w, &errs);

        if (bad != ERR_OK)
            quarantine(w, err_info(bad)->code);
    }
    settings_drop(flow_settings(f), snap);
    return e;
}

static struct work *make_work(struct flow *f, int64_t workspace_id,
                              const struct receipt *rc)
{
    struct work *w = flow_work(f, workspace_id, rc->door);

    if (!w)
        return NULL;
    w->receipt = *rc;
    w->receipt.body = arena_memdup(w->mem, rc->body, rc->body_bytes);
    return w;
}

enum err flow_fetched(struct flow *f, int64_t workspace_id,
                      const struct receipt *receipt, struct uuid *out_lead)
{
    struct waiting wait = {.lock = PTHREAD_MUTEX_INITIALIZER,
                           .wake = PTHREAD_COND_INITIALIZER};
    struct work *w = make_work(f, workspace_id, receipt);
    enum err e = w ? open_receipt(f, w) : ERR_NO_MEMORY;

    if (e == ERR_OK) {
        w->done = done;
        w->ctx = &wait;
        e = flow_submit(f, w);
    }
    if (e != ERR_OK) {
        work_free(w);
        return e;
    }
    pthread_mutex_lock(&wait.lock);
    while (!wait.over)
        pthread_cond_wait(&wait.wake, &wait.lock);
    pthread_mutex_unlock(&wait.lock);
    if (wait.err == ERR_OK)
        *out_lead = wait.lead_id;
    return wait.err;
}
