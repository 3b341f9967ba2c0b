/* The journal of an instance: what is in it, is it whole, drain it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "flow/flow.h"
#include "spool/spool_look.h"

#define LOOK_MS 100

struct sum {
    uint64_t segments, records, waiting, bad_bytes, aside, not_read;
};

static void add(struct sum *s, const struct spool_look *l)
{
    s->segments++;
    s->records += l->records;
    s->waiting += l->waiting;
    s->bad_bytes += l->bad_bytes;
    s->not_read += l->not_read != 0;
}

static void begin(const struct sum *s)
{
    if (!s->segments)
        printf("{\"segments\": [\n");
}

static void show(void *ctx, const struct spool_look *l)
{
    struct sum *s = ctx;
    char t[TIME_TEXT_BYTES];

    begin(s);
    printf("%s  {\"segment\": %" PRIu64 ", \"readable\": %s,"
           " \"created_at\": %s%s%s, \"bytes\": %" PRIu64
           ", \"records\": %" PRIu64 ", \"waiting\": %" PRIu64
           ", \"damaged_bytes\": %" PRIu64 "}",
           s->segments ? ",\n" : "", l->seq, l->not_read ? "false" : "true",
           l->readable ? "\"" : "",
           l->readable ? time_format(l->created_ms, t) : "null",
           l->readable ? "\"" : "", l->bytes, l->records, l->waiting,
           l->bad_bytes);
    add(s, l);
}

static void count(void *ctx, const struct spool_look *l)
{
    add(ctx, l);
}

static void tell(void *ctx, const struct spool_look *l)
{
    if (l->not_read)
        printf("segment %" PRIu64 " cannot be read: %s\n", l->seq,
               strerror(l->not_read));
    else if (l->bad_bytes)
        printf("segment %" PRIu64 ": %" PRIu64 " bytes are damaged\n", l->seq,
               l->bad_bytes);
    add(ctx, l);
}

static int no_dir(const struct options *o)
{
    if (!*o->spool_dir)
        fprintf(stderr, "leadd: spool_dir is not set\n");
    else
        fprintf(stderr, "leadd: %s: %s\n", o->spool_dir, strerror(errno));
    return 1;
}

static struct options *options_of(const struct cli_spec *spec, int argc,
                                  char **argv)
{
    struct cli c = {0};
    struct options *o;

    cli_parse(spec, argc, argv, &c);
    o = cli_options(&c);
    cli_release(&c);
    return o;
}

int cmd_spool_ls(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "The files of the local journal, oldest first, as JSON."
               "\vSafe beside a running service."};
    struct options *o = options_of(&SPEC, argc, argv);
    struct sum s = {0};
    enum err e = spool_look(o->spool_dir, show, &s, &s.aside);
    int rc = e == ERR_OK ? 0 : no_dir(o);

    if (rc && !s.segments) {
        options_free(o);
        return rc;
    }
    begin(&s);
    printf("\n], \"waiting\": %" PRIu64 ", \"quarantined\": %" PRIu64 "}\n",
           s.waiting, s.aside);
    options_free(o);
    return rc;
}

int cmd_spool_verify(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Read the local journal and check every record."
               "\vExit code 0 when all is whole, 1 when something is damaged"
               " or cannot be read."
               "  Safe beside a running service, whose last file may just be"
               " growing."};
    struct options *o = options_of(&SPEC, argc, argv);
    struct sum s = {0};
    int rc = 0;

    if (spool_look(o->spool_dir, tell, &s, &s.aside) != ERR_OK)
        rc = no_dir(o);
    else
        printf("%" PRIu64 " records in %" PRIu64 " segments, %" PRIu64
               " wait for the database, %" PRIu64 " bytes are damaged, %" PRIu64
               " records in quarantine\n",
               s.records, s.segments, s.waiting, s.bad_bytes, s.aside);
    options_free(o);
    return rc || s.bad_bytes || s.not_read;
}

static int drain(struct flow *f, const char *dir)
{
    static const struct timespec PAUSE = {0, LOOK_MS * 1000000};
    struct sum s = {0};

    for (;;) {
        s = (struct sum){0};
        if (spool_look(dir, count, &s, &s.aside) != ERR_OK)
            return 1;
        if (s.not_read) {
            fprintf(stderr,
                    "leadd: %s has files that cannot be read;"
                    " see leadd spool verify\n",
                    dir);
            return 1;
        }
        if (!s.segments)
            break;
        if (!flow_healthy(f)) {
            fprintf(stderr,
                    "leadd: the database is away; %" PRIu64 " records wait\n",
                    s.waiting);
            return 1;
        }
        nanosleep(&PAUSE, NULL);
    }
    printf("drained; %" PRIu64 " records in quarantine\n", s.aside);
    return 0;
}

static int taken(const struct options *o)
{
    fprintf(stderr, "leadd: another process has %s, and drains it itself\n",
            o->spool_dir);
    return 1;
}

int cmd_spool_drain(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Take in what waits in the local journal, then end."
               "\vA running service does it by itself, and is the only one"
               " that may."};
    struct options *o = options_of(&SPEC, argc, argv);
    struct flow_config config = cli_flow_config(o);
    struct flow *f = NULL;
    enum err e = ERR_IO;
    int rc;

    if (!*o->spool_dir) {
        rc = no_dir(o);
    } else {
        e = flow_start(&config, &f);
        if (e == ERR_OK)
            rc = drain(f, o->spool_dir);
        else
            rc = e == ERR_BUSY ? taken(o) : cli_fail(NULL, "starting", e);
    }
    flow_stop(f);
    options_free(o);
    return rc;
}
