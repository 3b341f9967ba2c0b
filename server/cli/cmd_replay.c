/* Stored receipts through today's mapping and model, in the order they came. */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
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

static void replay_one(struct flow *f, int64_t workspace_id,
                       const struct stored_receipt *r, struct tally *t)
{
    struct work *w = NULL;
    enum err e = replay_work(f, workspace_id, r, REPLAY_AGAIN, &w);

    if (e != ERR_OK) {
        refused(t, r, e);
        return;
    }
    w->done = over;
    w->ctx = t;
    wait_below(t, PAGE);
    pthread_mutex_lock(&t->lock);
    t->in_hand++;
    pthread_mutex_unlock(&t->lock);
    e = flow_submit(f, w);
    if (e != ERR_OK) {
        w->err = e;
        over(w);
    }
}

/* One page. @return its last id in *after */
static enum err replay_page(struct flow *f, struct pg *pg,
                            const struct input *in, struct uuid *after,
                            struct tally *t, bool *out_more)
{
    struct arena *mem = arena_new((size_t)1 << 30);
    struct receipt_list list = {0};
    enum err e = mem ? pg_ready(pg) : ERR_NO_MEMORY;

    if (e == ERR_OK)
        e = read_receipts(pg, mem, in->workspace_id, after, in->to_ms, PAGE,
                          &list);
    for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
        replay_one(f, in->workspace_id, &list.rows[i], t);
        *after = list.rows[i].receipt.receipt_id;
    }
    arena_free(mem);
    *out_more = list.more;
    return e;
}

static enum err replay_all(struct flow *f, struct pg *pg,
                           const struct input *in, struct tally *t)
{
    struct uuid after = uuid_floor(in->from_ms ? in->from_ms : 1);
    bool more = true;
    enum err e = ERR_OK;

    for (int tries = 0; more && tries < TRIES;) {
        e = replay_page(f, pg, in, &after, t, &more);
        if (e == ERR_AGAIN) { /* a passing fault: the page is asked again */
            tries++;
            more = true;
            (void)poll(NULL, 0, RETRY_MS);
            continue;
        }
        if (e != ERR_OK)
            break;
        tries = 0;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%" PRId64 " receipts", t->done);
    }
    wait_below(t, 0);
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
    struct flow_config config;
    struct flow *f = NULL;
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
    e = flow_start(&config, &f);
    if (e == ERR_OK)
        e = replay_all(f, s.pg, &in, &t);
    flow_stop(f);
    if (e != ERR_OK)
        rc = cli_fail(s.pg, "replaying", e);
    else
        printf("{\"receipts\": %" PRId64 ", \"leads_made\": %" PRId64
               ", \"refused\": %" PRId64 "}\n",
               t.done, t.made, t.refused);
    session_close(&s);
    return rc ? rc : t.refused != 0;
}
