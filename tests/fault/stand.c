/* The server under test, its load, and looks at both. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fault/matrix.h"
#include "fault/small_disk.h"

#define ENV_MAX   14
#define SAMPLES   20
#define DRAIN_MS  60000
#define ANSWER_MS 15000

struct server stand;
struct storm *storm;
const char *stand_dir;

static const char *prefix, *history;

static void new_dir(void)
{
    char path[] = "/tmp/leadd-fault-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_int_eq(chmod(path, 0755), 0); /* tablespaces are in there */
    stand_dir = keep("%s", path);
    history = keep("%s/history", path);
}

void stand_begin(const char *conninfo, ...)
{
    static const char *env[ENV_MAX + 1];
    struct pg *pg;
    int n = 0;
    va_list ap;

    pg_fixture_up(); /* whatever the last row left */
    pg_fixture_signal(SIGCONT);
    pg_fixture_read_only(false);
    disk_return_leads();
    pg = pg_fixture_connect(true);
    /* a commit the server was told of outlives the crash of a backend */
    pg_fixture_sql(pg, "ALTER DATABASE postgres SET synchronous_commit = on");
    pg_fixture_reset(pg);
    pg_free(pg);
    if (!stand_dir)
        new_dir();
    env[n++] = "LEADD_KEY_RATE=0";
    env[n++] = "LEADD_ADDR_RATE=0";
    va_start(ap, conninfo);
    while (n < ENV_MAX && (env[n] = va_arg(ap, const char *)) != NULL)
        n++;
    va_end(ap);
    env[n] = NULL;
    server_start(&stand, conninfo ? conninfo : pg_fixture(), env);
}

const char *stand_journal(void)
{
    if (!stand_dir)
        new_dir();
    return keep("LEADD_SPOOL_DIR=%s/spool", stand_dir);
}

void stand_end(void)
{
    char out[64];

    if (storm)
        storm_free(storm);
    storm = NULL;
    if (stand.pid)
        ck_assert_int_eq(server_stop(&stand), 0);
    server_free(&stand);
    run_program((const char *const[]){"rm", "-rf", "--", stand_dir, NULL}, 60,
                out, sizeof(out));
    stand_dir = NULL;
}

/* ---- load ---- */

void load_like(int conns, const struct storm_plan *plan)
{
    static int n;
    struct storm_plan p = *plan;

    prefix = keep("r%ds%ux%d", row->number, seed, n++);
    p.history = history;
    p.prefix = prefix;
    p.bearer = stand.intake;
    p.conns = conns;
    storm = storm_start(&p, stand.port);
}

void load_begin(int conns)
{
    load_like(conns, &(struct storm_plan){.people = 0});
}

/* Some of what was acknowledged, as a client of the API sees it. */
static long not_found_by_api(void)
{
    FILE *f = fopen(history, "re");
    long missing = 0, all = 0, at = 0;
    char line[256];

    if (storm->plan.people)
        return 0;
    all = storm->acked;
    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof(line), f)) {
        char answer[8192];
        json_t *j;

        if (at++ % (all / SAMPLES + 1) != 0)
            continue;
        line[strcspn(line, "\t")] = '\0';
        ck_assert_int_eq(try_call(stand.port, ANSWER_MS, "GET",
                                  text("/v1/leads?q=%s@gmail.com", line),
                                  stand.admin, NULL, answer, sizeof(answer)),
                         200);
        j = json_loads(answer, 0, NULL);
        missing += json_array_size(json_object_get(j, "items")) != 1;
        json_decref(j);
    }
    fclose(f);
    return missing;
}

void load_judge(void)
{
    struct verdict v;

    storm_stop(storm);
    ck_assert_msg(drained(DRAIN_MS), "the journal is not empty in time");
    v = history_judge(history, pg_fixture(), prefix);
    tally->acks += v.acked;
    tally->lost += v.lost;
    tally->doubled += v.doubled;
    ck_assert_int_eq(v.lost, 0);
    ck_assert_int_eq(v.doubled, 0);
    ck_assert_int_gt(v.acked, 0);
    ck_assert_int_eq(not_found_by_api(), 0);
    ck_assert_int_eq(storm->other, 0);
    if (v.renamed)
        fprintf(stderr,
                "row %d: %ld answers named a receipt that a repeat of"
                " the same key replaced\n",
                row->number, v.renamed);
    storm_free(storm);
    storm = NULL;
}

/* ---- looks ---- */

int look(const char *path, int ms)
{
    return try_call(stand.port, ms, "GET", path, NULL, NULL, NULL, 0);
}

static bool is_drained(void)
{
    char answer[4096];
    bool ready = try_call(stand.port, ANSWER_MS, "GET", "/readyz", NULL, NULL,
                          answer, sizeof(answer)) == 200;
    json_t *j = json_loads(answer, 0, NULL);
    const char *state = json_string_value(
        json_object_get(json_object_get(j, "spool"), "state"));
    bool empty = !state || !strcmp(state, "empty");

    json_decref(j);
    return ready && empty;
}

bool drained(int ms)
{
    return UNTIL(is_drained(), ms);
}

int open_files(void)
{
    DIR *d = opendir(text("/proc/%d/fd", (int)stand.pid));
    int n = -2; /* "." and ".." */

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}
