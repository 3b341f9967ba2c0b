/* Rows about the server's own process: killed, told to stop or to read its
 * settings again, badly set up, its clock moved, out of files. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/base.h"
#include "fault/matrix.h"

#define NL "\n"

static int by_value(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;

    return (x > y) - (x < y);
}

/* @return milliseconds until it is ready again */
static long long again(void)
{
    long long began = talk_ms();

    server_again(&stand);
    began = talk_ms() - began;
    if (storm)
        storm_port(storm, stand.port);
    return began;
}

static void killed_under_load(void)
{
    enum { MOST = 200 };
    int rounds = scaled(100);
    long long took[MOST];

    stand_begin(NULL, stand_journal(), "LEADD_SPOOL_SEGMENT=65536", NULL);
    load_begin(32);
    for (int i = 0; i < rounds && i < MOST; i++) {
        bool away = i % 5 == 4;

        ck_assert(storm_more(storm, chance(200, 1500), 20000));
        if (away) {
            pg_fixture_down();
            ck_assert(storm_more(storm, chance(200, 1500), 20000));
        }
        server_kill(&stand);
        if (away && i % 2)
            pg_fixture_up(); /* else it starts without */
        took[i] = again();
        pg_fixture_up();
        worst(took[i]);
        tally->rounds++;
    }
    qsort(took, (size_t)tally->rounds, sizeof(*took), by_value);
    note("restart to ready p50 %lld ms, most %lld ms; %ld acks from the"
         " journal",
         took[tally->rounds / 2], took[tally->rounds - 1],
         (long)storm->spooled);
    load_judge();
    stand_end();
}

static void told_to_stop(void)
{
    long early = 0, late = 0;
    long long began;

    stand_begin(NULL, stand_journal(), NULL);
    for (int i = 0; i < scaled(20); i++) {
        load_begin(32);
        ck_assert(storm_more(storm, chance(100, 600), 20000));
        began = talk_ms();
        storm->mark_ms = began;
        kill(stand.pid, SIGTERM);
        ck_assert_int_eq(server_wait(&stand), 0);
        worst(talk_ms() - began);
        early += storm->early;
        late += storm->cut - storm->early;
        (void)again();
        load_judge();
        tally->rounds++;
    }
    note("worst is SIGTERM to exit 0; %ld requests sent before SIGTERM were"
         " cut, %ld sent after it",
         early, late);
    ck_assert_int_eq(early, 0);
    stand_end();
}

static atomic_int busy, silent, stored;

static void wait_in_flight(void *ctx, int i)
{
    int status = try_call(stand.port, 15000, "POST", "/v1/leads", stand.intake,
                          text("{\"contact\": {\"email\": \"w%dx%d@gmail.com\""
                               "}}",
                               tally->rounds, i),
                          NULL, 0);

    (void)ctx;
    busy += status == 503;
    silent += status == 0;
    stored += status == 201;
}

static void stop_frozen(void *ctx, int i)
{
    const int *twice = ctx;
    long long began;

    if (i < 20) {
        wait_in_flight(ctx, i);
        return;
    }
    (void)UNTIL(false, 300); /* until all twenty are in flight */
    began = talk_ms();
    kill(stand.pid, SIGTERM);
    if (*twice) {
        (void)UNTIL(false, 100);
        kill(stand.pid, SIGTERM);
    }
    ck_assert_int_eq(server_wait(&stand), *twice ? 128 + SIGTERM : 0);
    worst(talk_ms() - began);
}

/* The grace time ends, or the second signal comes: nobody is told "stored",
   nothing hangs. */
static void grace_is_over(void)
{
    int rounds = scaled(6);

    stand_begin(NULL, "LEADD_GRACE_MS=700", NULL);
    for (int i = 0; i < rounds; i++) {
        int twice = i % 2;

        busy = silent = stored = 0;
        pg_fixture_signal(SIGSTOP);
        together(21, stop_frozen, &twice);
        pg_fixture_signal(SIGCONT);
        ck_assert_int_eq(stored, 0);
        ck_assert_int_eq(twice ? silent : busy, 20);
        (void)again();
        tally->rounds++;
    }
    note("worst is SIGTERM to exit; grace over: 20 of 20 told 503; second"
         " signal: exit 143 at once");
    stand_end();
}

static void write_file(const char *path, const char *what)
{
    FILE *f = fopen(path, "we");

    ck_assert_ptr_nonnull(f);
    fputs(what, f);
    fclose(f);
}

static void bad_reload(void)
{
    const char *journal = stand_journal();
    const char *path = keep("%s/leadd.conf", stand_dir);

    write_file(path, "log_level = info\n");
    stand_begin(NULL, journal, keep("LEADD_CONFIG=%s", path), NULL);
    load_begin(16);
    for (int i = 0; i < scaled(20); i++) {
        ck_assert(storm_more(storm, 100, 20000));
        write_file(path, i % 2 ? "log_level = loud\n" : "no_such = 1\n");
        kill(stand.pid, SIGHUP);
        ck_assert(UNTIL(server_logged(&stand, "reload_refused") > i, 5000));
        tally->rounds++;
    }
    worst(storm->worst_ms);
    note("%ld refused, %ld cut", (long)storm->refused, (long)storm->cut);
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    load_judge();
    stand_end();
}

static const struct {
    const char *file, *key;
} BAD_FILES[] = {
    {"no_such = 1" NL, "no_such"},
    {"port = many" NL, "port"},
    {"port = 65536" NL, "port"},
    {"port = -1" NL, "port"},
    {"port =" NL, "port"},
    {"port = 80 80" NL, "port"},
    {"port = 8080" NL "port = 8081" NL, "port"},
    {"listen = localhost" NL, "listen"},
    {"listen = 1.2.3" NL, "listen"},
    {"listen = 1.2.3.4.5" NL, "listen"},
    {"trusted_proxies = 10.0.0.0/33" NL, "trusted_proxies"},
    {"trusted_proxies = everybody" NL, "trusted_proxies"},
    {"migrate = maybe" NL, "migrate"},
    {"prepare = 2" NL, "prepare"},
    {"connect_ms = 1" NL, "connect_ms"},
    {"statement_ms = 4s" NL, "statement_ms"},
    {"writers = 0" NL, "writers"},
    {"writers = 5" NL, "writers"},
    {"readers = 65" NL, "readers"},
    {"queue_max = 0" NL, "queue_max"},
    {"batch_max = 9999" NL, "batch_max"},
    {"spool_max = 1" NL, "spool_max"},
    {"spool_segment = 1" NL, "spool_segment"},
    {"http_threads = 0" NL, "http_threads"},
    {"conns_max = 1" NL, "conns_max"},
    {"body_max = 99999999999999999999" NL, "body_max"},
    {"log_level = loud" NL, "log_level"},
    {"grace_ms = 1e3" NL, "grace_ms"},
    {"lease_ms = 0x10" NL, "lease_ms"},
    {"database =" NL, "database"},
    {"Port = 80" NL, "Port"},
    {"just words" NL, ":1"},
};

static void bad_at_start(void)
{
    const char *path = (stand_journal(), keep("%s/leadd.conf", stand_dir));
    const char *program = getenv("TEST_LEADD");
    long long began;
    char out[4096];

    for (size_t i = 0; i < ARRAY_LEN(BAD_FILES); i++) {
        int code, lines = 0;

        write_file(path, text("# line 1\n%s", BAD_FILES[i].file));
        began = talk_ms();
        code =
            run_program((const char *const[]){program ? program : "build/leadd",
                                              "serve", "--config", path, NULL},
                        10, out, sizeof(out));
        worst(talk_ms() - began);
        for (const char *p = out; *p; p++)
            lines += *p == '\n';
        if (!strcmp(BAD_FILES[i].key, ":1"))
            ck_assert_ptr_nonnull(strstr(out, ":2"));
        else
            ck_assert_msg(strstr(out, BAD_FILES[i].key) != NULL, "%s: %s",
                          BAD_FILES[i].file, out);
        ck_assert_msg(code == 78 && lines == 1, "%s: exit %d, %d lines: %s",
                      BAD_FILES[i].file, code, lines, out);
        tally->rounds++;
    }
    note("%d bad files: exit 78 and one line that names key and line",
         tally->rounds);
    run_program((const char *const[]){"rm", "-rf", "--", stand_dir, NULL}, 60,
                out, sizeof(out));
}

static const char *faketime(void)
{
    static const char *const AT[] = {
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"};

    for (size_t i = 0; i < ARRAY_LEN(AT); i++)
        if (access(AT[i], R_OK) == 0)
            return AT[i];
    ck_abort_msg("libfaketime is not installed");
    return NULL;
}

static void clock_jumps(void)
{
    static const char *const JUMP[] = {"+600", "-600", "+0", "-3600", "+3600"};
    const char *journal = stand_journal();
    const char *path = keep("%s/clock", stand_dir);

    write_file(path, "+0\n");
    stand_begin(NULL, journal, keep("LD_PRELOAD=%s", faketime()),
                "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1",
                keep("FAKETIME_TIMESTAMP_FILE=%s", path), NULL);
    load_begin(16);
    for (int i = 0; i < scaled(20); i++) {
        write_file(path, text("%s\n", JUMP[(size_t)i % ARRAY_LEN(JUMP)]));
        ck_assert(storm_more(storm, 150, 20000));
        ck_assert_int_eq(look("/readyz", 2000), 200);
        tally->rounds++;
    }
    worst(storm->worst_ms);
    note("%ld refused, %ld cut", (long)storm->refused, (long)storm->cut);
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    write_file(path, "+0\n");
    load_judge();
    stand_end();
}

/* A limit that the server meets when it starts and cannot raise. */
static void limit_files(int n)
{
    const char *program = getenv("TEST_LEADD");
    const char *path = (stand_journal(), keep("%s/leadd", stand_dir));

    write_file(path, text("#!/bin/sh\nulimit -n %d && exec %s \"$@\"\n", n,
                          program ? program : "build/leadd"));
    ck_assert_int_eq(chmod(path, 0755), 0);
    setenv("TEST_LEADD", path, 1);
}

static void out_of_files(void)
{
    int before;

    limit_files(64);
    stand_begin(NULL, stand_journal(), "LEADD_SPOOL_SEGMENT=65536",
                "LEADD_IDLE_MS=1000", NULL);
    before = open_files();
    for (int i = 0; i < scaled(5); i++) {
        load_begin(100); /* more than there are files for */
        ck_assert(storm_more(storm, 1000, 30000));
        pg_fixture_down(); /* the journal needs some, too */
        ck_assert(storm_more(storm, 1000, 30000));
        pg_fixture_up(); /* and so does the way back */
        ck_assert(storm_more(storm, 1000, 30000));
        ck_assert_int_le(open_files(), 64);
        worst(storm->worst_ms);
        load_judge(); /* all are closed, and it serves on */
        ck_assert(UNTIL(look("/healthz", 2000) == 200, 20000));
        tally->rounds++;
    }
    ck_assert(UNTIL(open_files() <= before + 8, 20000));
    note("100 clients, 64 files, outages meanwhile; open files before %d, after"
         " %d",
         before, open_files());
    stand_end();
}

const struct row ROWS_PROCESS[] = {
    {1, "kill -9 of leadd under load", 400, killed_under_load},
    {2, "SIGTERM under load", 200, told_to_stop},
    {3, "second SIGTERM, or grace time over", 100, grace_is_over},
    {4, "SIGHUP with a bad file", 100, bad_reload},
    {5, "bad settings at the start", 100, bad_at_start},
    {32, "clock jumps by 10 min and 1 h", 100, clock_jumps},
    {38, "64 open files", 200, out_of_files},
    {0},
};
