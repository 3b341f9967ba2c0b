/* Stored receipts through today's mapping and model, in the order they came. */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "flow/replay.h"

#define PAGE     500
#define TRIES    50
#define RETRY_MS 100

struct input {
    struct cli cli;
    int64_t workspace_id, from_ms, to_ms;
};

/** Counted by the writer's thread, read by ours. */
struct tally {
    pthread_mutex_t lock;
    pthread_cond_t less;
    size_t in_hand;
    int64_t done, made, refused;
};

/** Receipts that were held first: each has its turn when it was let in. */
struct later {
    struct released *list; /* in that order */
    struct uuid *ids;      /* sorted */
    size_t n, next;
};

/** The whole run. */
struct run {
    struct flow *flow;
    struct pg *pg;
    const struct input *in;
    struct tally *tally;
    struct later later;
};

static void time_arg(const char *arg, struct argp_state *state, int64_t *out)
{
    if (!time_parse(arg, out))
        argp_error(state, "%s is no time; 2026-11-22T09:00:00Z is one", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    switch (key) {
    case WORKSPACE_KEY:
        in->workspace_id = workspace_arg(arg, state);
        return 0;
    case 'f':
        time_arg(arg, state, &in->from_ms);
        return 0;
    case 't':
        time_arg(arg, state, &in->to_ms);
        return 0;
    case ARGP_KEY_END:
        if (in->to_ms && in->from_ms >= in->to_ms)
            argp_error(state, "--from must be before --to");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    WORKSPACE_OPTION,
    {"from", 'f', "TIME", 0, "Only receipts that came at TIME or later", 0},
    {"to", 't', "TIME", 0, "Only receipts that came before TIME", 0},
    {0}};

static void over(struct work *w)
{
    struct tally *t = w->ctx;

    pthread_mutex_lock(&t->lock);
    t->in_hand--;
    t->done++;
    t->refused += w->err != ERR_OK;
    for (size_t i = 0; w->err == ERR_OK && i < w->n_parts; i++)
        t->made += w->parts[i].created;
    pthread_cond_signal(&t->less);
    pthread_mutex_unlock(&t->lock);
    work_free(w);
}

static void wait_below(struct tally *t, size_t n)
{
    pthread_mutex_lock(&t->lock);
    while (t->in_hand > n)
        pthread_cond_wait(&t->less, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

static void refused(struct tally *t, const struct stored_receipt *r, enum err e)
{
    char id[UUID_TEXT_BYTES];

    fprintf(stderr, "%s: %s\n", uuid_format(&r->receipt.receipt_id, id),
            err_info(e)->title);
    pthread_mutex_lock(&t->lock);
    t->done++;
    t->refused++;
    pthread_mutex_unlock(&t->lock);
}

static void submit(struct run *r, struct work *w)
{
    struct tally *t = r->tally;
    enum err e;

    w->done = over;
    w->ctx = t;
    wait_below(t, PAGE);
    pthread_mutex_lock(&t->lock);
    t->in_hand++;
    pthread_mutex_unlock(&t->lock);
    e = flow_submit(r->flow, w);
    if (e != ERR_OK) {
        w->err = e;
        over(w);
    }
}

/* ---- what was let in later ---- */

static int by_id(const void *x, const void *y)
{
    return uuid_cmp(x, y);
}

static enum err later_read(struct run *r, struct arena *mem)
{
    struct later *l = &r->later;
    enum err e = read_released(r->pg, mem, r->in->workspace_id, r->in->from_ms,
                               r->in->to_ms, &l->list, &l->n);

    l->ids = arena_array(mem, l->n + 1, sizeof(*l->ids));
    for (size_t i = 0; i < l->n; i++)
        l->ids[i] = l->list[i].receipt_id;
    qsort(l->ids, l->n, sizeof(*l->ids), by_id);
    return e;
}

static bool was_held(const struct later *l, const struct uuid *id)
{
    return l->n && bsearch(id, l->ids, l->n, sizeof(*l->ids), by_id);
}

/* Of a delivery of several some may have gone in at once: so does all of it
   now. @return whether it waits for its turn */
static bool waits(struct run *r, const struct work *w)
{
    return w->n_parts <= 1 && was_held(&r->later, &w->receipt.receipt_id);
}

/* Its body may be erased since, or its turn may have been before. */
static enum err later_one(struct run *r, const struct uuid *id)
{
    struct arena *mem = arena_new((size_t)64 << 20);
    struct stored_receipt rc;
    struct work *w = NULL;
    enum err e = ERR_NO_MEMORY;

    if (mem)
        e = read_receipt(r->pg, mem, r->in->workspace_id, id, &rc);
    if (e == ERR_OK && rc.receipt.body) {
        e = replay_work(r->flow, r->in->workspace_id, &rc, REPLAY_AGAIN, &w);
        if (e != ERR_OK)
            refused(r->tally, &rc, e);
        else if (waits(r, w))
            submit(r, w);
        else
            work_free(w);
        e = ERR_OK;
    }
    arena_free(mem);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Those whose turn came before @a at_ms; 0: all that are left. */
static enum err later_until(struct run *r, int64_t at_ms)
{
    struct later *l = &r->later;
    enum err e = ERR_OK;

    for (; e == ERR_OK && l->next < l->n &&
           (!at_ms || l->list[l->next].decided_ms < at_ms);
         l->next += e == ERR_OK)
        e = later_one(r, &l->list[l->next].receipt_id);
    return e;
}

/* ---- page by page ---- */

static enum err replay_one(struct run *r, const struct stored_receipt *rc)
{
    struct work *w = NULL;
    enum err e = later_until(r, rc->receipt.received_ms);

    if (e != ERR_OK)
        return e;
    e = replay_work(r->flow, r->in->workspace_id, rc, REPLAY_AGAIN, &w);
    if (e != ERR_OK)
        refused(r->tally, rc, e);
    else if (waits(r, w))
        work_free(w);
    else
        submit(r, w);
    return ERR_OK;
}

/* @return its last id in *after */
static enum err replay_page(struct run *r, struct uuid *after, bool *out_more)
{
    struct arena *mem = arena_new((size_t)1 << 30);
    struct receipt_list list = {0};
    enum err e = mem ? pg_ready(r->pg) : ERR_NO_MEMORY;

    if (e == ERR_OK)
        e = read_receipts(r->pg, mem, r->in->workspace_id, after, r->in->to_ms,
                          PAGE, &list);
    for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
        e = replay_one(r, &list.rows[i]);
        if (e == ERR_OK)
            *after = list.rows[i].receipt.receipt_id;
    }
    *out_more = list.more;
    if (e == ERR_OK && !list.more)
        e = later_until(r, 0);
    arena_free(mem);
    return e;
}

static enum err replay_all(struct run *r)
{
    struct arena *mem = arena_new((size_t)1 << 30);
    struct uuid after = uuid_floor(MAX(r->in->from_ms, 1));
    bool more = true;
    enum err e = mem ? later_read(r, mem) : ERR_NO_MEMORY;

    for (int tries = 0; e == ERR_OK && more && tries < TRIES;) {
        e = replay_page(r, &after, &more);
        if (e == ERR_AGAIN) { /* a passing fault: the page is asked again */
            tries++;
            e = ERR_OK;
            more = true;
            (void)poll(NULL, 0, RETRY_MS);
            continue;
        }
        tries = 0;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%" PRId64 " receipts", r->tally->done);
    }
    wait_below(r->tally, 0);
    arena_free(mem);
    return e;
}

int cmd_replay(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .options = OPTIONS,
        .parse = parse,
        .doc = "Read stored receipts again, through today's mapping and"
               " model.\vWhat is there already stays; what was missing is"
               " added; a second run changes nothing.  To rebuild an empty"
               " workspace, stop the service first: what is due while the"
               " replay runs would be judged out of turn.  Exit code 0 when"
               " every receipt was understood."};
    struct input in = {.workspace_id = 1};
    struct tally t = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .less = PTHREAD_COND_INITIALIZER};
    struct run r = {.in = &in, .tally = &t};
    struct flow_config config;
    struct session s;
    enum err e;
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open_in(&s, &in.cli, in.workspace_id);
    if (rc) {
        session_close(&s);
        return rc;
    }
    config = cli_flow_config(s.o);
    config.writers = 1; /* one after the other, as they came */
    config.spool.dir = "";
    config.no_sweep = true;
    config.work_ms = config.pg.statement_ms * TRIES;
    r.pg = s.pg;
    e = flow_start(&config, &r.flow);
    if (e == ERR_OK)
        e = replay_all(&r);
    flow_stop(r.flow);
    if (e != ERR_OK)
        rc = cli_fail(s.pg, "replaying", e);
    else
        printf("{\"receipts\": %" PRId64 ", \"leads_made\": %" PRId64
               ", \"refused\": %" PRId64 "}\n",
               t.done, t.made, t.refused);
    session_close(&s);
    return rc ? rc : t.refused != 0;
}
