/* What the group-commit writer promises when the database refuses a row and
 * when a connection dies at COMMIT: one bad work harms no other, and what was
 * answered is stored exactly once. */
#include <pthread.h>

#include "../api/api_fixture.h"
#include "base/clock.h"
#include "base/str.h"
#include "flow/flow.h"

#define WORKS 500

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int waiting;

/* What became of one work. */
struct fate {
    bool done;
    int times;
    enum err err;
    struct uuid receipt_id, lead_id;
    bool quarantined;
};

#define AGAIN WORKS /* the person of work 0 once more */
static struct fate fates[WORKS + 1];

static int finished; /* works that ended well */

static void done(struct work *w)
{
    struct fate *f = w->ctx;

    pthread_mutex_lock(&lock);
    f->done = true;
    __atomic_add_fetch(&finished, w->err == ERR_OK, __ATOMIC_RELAXED);
    f->times++;
    f->err = w->err;
    f->lead_id = w->parts[0].lead_id;
    f->quarantined = w->parts[0].draft.quarantine != NULL;
    waiting--;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&lock);
    work_free(w);
}

static struct work *work_of(int i, const char *name)
{
    struct work *w = flow_work(srv.flow, 1, "lead");
    struct snapshot *snap = settings_hold(flow_settings(srv.flow));
    struct field_errs errs = {.mem = w->mem};
    struct draft *d;

    w->parts = arena_alloc(w->mem, sizeof(*w->parts));
    w->n_parts = 1;
    w->parts[0].kind = PART_INGEST;
    d = &w->parts[0].draft;
    d->contact.name = arena_strdup(w->mem, name);
    d->contact.phone = arena_printf(w->mem, "09%08d", 12000000 + i % WORKS);
    d->source_name = "test";
    d->fact_source = FACT_SYSTEM;
    w->receipt.source = "test";
    w->receipt.body = "{}";
    w->receipt.body_bytes = 2;
    flow_prepare(snapshot_workspace(snap, 1), d, w->receipt.received_ms, w->mem,
                 &errs);
    ck_assert_uint_eq(errs.n, 0);
    settings_drop(flow_settings(srv.flow), snap);
    w->done = done;
    w->ctx = &fates[i];
    fates[i] = (struct fate){.receipt_id = w->receipt.receipt_id};
    return w;
}

/* @return was it taken? */
static bool submit(int i, const char *name)
{
    struct work *w = work_of(i, name);
    enum err e;

    pthread_mutex_lock(&lock);
    waiting++;
    pthread_mutex_unlock(&lock);
    e = flow_submit(srv.flow, w);
    if (e == ERR_OK)
        return true;
    work_free(w);
    pthread_mutex_lock(&lock);
    waiting--;
    pthread_mutex_unlock(&lock);
    return false;
}

static void wait_all(void)
{
    pthread_mutex_lock(&lock);
    while (waiting)
        pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
}

/* Of a test before, which may have failed in the middle. */
static void drop_constraints(void)
{
    struct pg *pg = pg_fixture_connect(false);

    pg_fixture_sql(pg, "ALTER TABLE lead DROP CONSTRAINT IF EXISTS no_bad");
    pg_fixture_sql(pg, "ALTER TABLE receipt DROP CONSTRAINT IF EXISTS no_r");
    pg_free(pg);
}

static void setup(void)
{
    waiting = 0;
    drop_constraints();
    srv_start(NULL);
}

static long long receipts_of(int i, const char *status)
{
    char id[UUID_TEXT_BYTES];

    return sql_int(arena_printf(srv.mem,
                                "SELECT count(*) FROM receipt WHERE"
                                " workspace_id = 1 AND receipt_id = '%s' AND"
                                " status = '%s'",
                                uuid_format(&fates[i].receipt_id, id), status));
}

/* ---- a row the database refuses ---- */

/* Sends n works at once, those whose bit is set as bad ones. */
static void send_with_bad(int n, const char *bad_name, uint64_t bad)
{
    for (int i = 0; i < n; i++)
        ck_assert(submit(
            i, bad >> i & 1 ? bad_name : arena_printf(srv.mem, "Good %d", i)));
    wait_all();
}

static void expect(int n, uint64_t bad)
{
    for (int i = 0; i < n; i++) {
        bool is_bad = bad >> i & 1;

        ck_assert_int_eq(fates[i].times, 1);
        ck_assert_msg(fates[i].err == ERR_OK, "work %d: %s", i,
                      err_info(fates[i].err)->title);
        ck_assert_msg(fates[i].quarantined == is_bad, "work %d", i);
        ck_assert_int_eq(receipts_of(i, "accepted"), !is_bad);
        ck_assert_int_eq(receipts_of(i, "quarantined"), is_bad);
    }
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead"),
                     n - __builtin_popcountll(bad));
    ck_assert_int_eq(sql_int("SELECT count(*) FROM quarantine WHERE reason ="
                             " 'database_refused'"),
                     __builtin_popcountll(bad));
}

START_TEST(a_violated_check_stands_alone)
{
    static const uint64_t BAD[] = {1, UINT64_C(1) << 31, UINT64_C(1) << 17,
                                   UINT64_C(0x80010001), UINT64_C(0xffffffff)};

    pg_fixture_sql(srv.pg, "ALTER TABLE lead ADD CONSTRAINT no_bad CHECK"
                           " (name <> 'Bad One')");
    send_with_bad(32, "Bad One", BAD[_i]);
    expect(32, BAD[_i]);
}
END_TEST

/* A byte that PostgreSQL's UTF-8 refuses; no decoder lets it through. */
START_TEST(a_byte_postgres_refuses_stands_alone)
{
    for (int i = 0; i < 16; i++) {
        struct work *w = work_of(i, "Good");

        if (i == 5)
            w->parts[0].draft.contact.company =
                arena_strdup(w->mem, "bad \xff\xfe byte");
        pthread_mutex_lock(&lock);
        waiting++;
        pthread_mutex_unlock(&lock);
        ck_assert_int_eq(flow_submit(srv.flow, w), ERR_OK);
    }
    wait_all();
    expect(16, 1 << 5);
}
END_TEST

static void take_too_much(struct work *w)
{
    arena_alloc(w->mem, (size_t)1 << 40);
}

/* The batch goes on without whom it has no memory for. */
START_TEST(what_takes_too_much_memory_stands_alone)
{
    for (int i = 0; i < 16; i++) {
        struct work *w = work_of(i, "Good");

        if (i == 5)
            w->render = take_too_much;
        pthread_mutex_lock(&lock);
        waiting++;
        pthread_mutex_unlock(&lock);
        ck_assert_int_eq(flow_submit(srv.flow, w), ERR_OK);
    }
    wait_all();
    for (int i = 0; i < 16; i++) {
        ck_assert_int_eq(fates[i].times, 1);
        ck_assert_int_eq(fates[i].err == ERR_OK, i != 5);
    }
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead"), 15);
}
END_TEST

/* Not even the receipt goes in: said so, and the others are stored. */
START_TEST(a_receipt_that_is_refused_is_said_so)
{
    char id[UUID_TEXT_BYTES];
    struct work *w = work_of(3, "Unlucky");

    pg_fixture_sql(srv.pg,
                   arena_printf(srv.mem,
                                "ALTER TABLE receipt ADD CONSTRAINT no_r CHECK"
                                " (receipt_id <> '%s')",
                                uuid_format(&fates[3].receipt_id, id)));
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_mutex_unlock(&lock);
    ck_assert_int_eq(flow_submit(srv.flow, w), ERR_OK);
    for (int i = 4; i < 12; i++)
        ck_assert(submit(i, "Good"));
    wait_all();
    ck_assert_int_eq(fates[3].err, ERR_DATA);
    for (int i = 4; i < 12; i++)
        ck_assert_int_eq(fates[i].err, ERR_OK);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead"), 8);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 8);
}
END_TEST

/* ---- a connection that dies at COMMIT ---- */

static int killed, stopping;

/* Something got through since: on a slow machine too the works end. */
static void wait_for_progress(int since)
{
    int64_t end = clock_mono_ms() + 1000;

    while (__atomic_load_n(&finished, __ATOMIC_RELAXED) == since &&
           !__atomic_load_n(&stopping, __ATOMIC_RELAXED) &&
           clock_mono_ms() < end)
        usleep(1000);
}

static void *kill_backends(void *arg)
{
    PGconn *c = PQconnectdb(pg_fixture());

    (void)arg;
    while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
        /* in a transaction, or in the middle of its COMMIT */
        int before = __atomic_load_n(&finished, __ATOMIC_RELAXED);
        PGresult *res = PQexec(
            c, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
               " WHERE backend_type = 'client backend' AND pid <>"
               " pg_backend_pid() AND (xact_start IS NOT NULL OR query ="
               " 'COMMIT') AND state <> 'idle'");

        if (atoi(PQgetvalue(res, 0, 0))) {
            killed += atoi(PQgetvalue(res, 0, 0));
            wait_for_progress(before);
        }
        PQclear(res);
        usleep(3000 + (useconds_t)(killed * 37 % 20) * 500);
    }
    PQfinish(c);
    return NULL;
}

/* Each work is taken in the end: refusals while it is away are tried again. */
static void submit_until_taken(int i)
{
    int64_t end = clock_mono_ms() + 30000;

    while (!submit(i, arena_printf(srv.mem, "Person %d", i))) {
        ck_assert_int_lt(clock_mono_ms(), end);
        usleep(5000);
    }
}

static long long rows_of(int i, const char *table)
{
    char id[UUID_TEXT_BYTES];

    return sql_int(arena_printf(srv.mem,
                                "SELECT count(*) FROM %s WHERE workspace_id = 1"
                                " AND receipt_id = '%s'",
                                table, uuid_format(&fates[i].receipt_id, id)));
}

START_TEST(what_was_answered_is_stored_once)
{
    int acknowledged = 0;
    pthread_t killer;

    killed = stopping = 0;
    pthread_create(&killer, NULL, kill_backends, NULL);
    for (int i = 0; i < WORKS; i++) {
        submit_until_taken(i);
        usleep(2000);
    }
    wait_all();
    __atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
    pthread_join(killer, NULL);
    for (int i = 0; i < WORKS; i++) {
        ck_assert_int_eq(fates[i].times, 1);
        ck_assert_int_le(rows_of(i, "receipt"), 1);
        if (fates[i].err != ERR_OK)
            continue;
        acknowledged++;
        ck_assert_int_eq(receipts_of(i, "accepted"), 1);
    }
    fprintf(stderr, "killed %d backends, %d of %d acknowledged\n", killed,
            acknowledged, WORKS);
    ck_assert_int_gt(killed, 5);
    ck_assert_int_gt(acknowledged, WORKS / 2);
    /* one person, one entry to the funnel, whatever was tried again */
    ck_assert_int_eq(sql_int("SELECT count(*) - count(DISTINCT phone) FROM"
                             " lead"),
                     0);
    ck_assert_int_ge(sql_int("SELECT count(*) FROM lead"), acknowledged);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead"),
                     sql_int("SELECT count(*) FROM receipt"));
    ck_assert_int_eq(sql_int("SELECT count(*) FROM hop WHERE hop_no = 1"),
                     sql_int("SELECT count(*) FROM lead"));
    ck_assert_int_eq(sql_int("SELECT sum(entered)::bigint FROM (SELECT"
                             " entered FROM rollup_stage WHERE view = 'total'"
                             " AND dim = 'all' AND stage = 'iql' UNION ALL"
                             " SELECT entered FROM rollup_delta WHERE stage"
                             " = 'iql') r"),
                     sql_int("SELECT count(*) FROM lead"));
}
END_TEST

static long long backends_that_wait(void)
{
    return sql_int("SELECT count(*) FROM pg_locks WHERE NOT granted AND"
                   " locktype = 'transactionid'");
}

/* Another program holds the row of a lead: whoever needs it waits, and the
   rest of the workspace goes on. */
START_TEST(a_batch_that_waits_holds_up_no_other)
{
    PGconn *other = PQconnectdb(pg_fixture());
    int64_t end = clock_mono_ms() + 3000;

    ck_assert(submit(0, "Held Lead"));
    wait_all();
    PQclear(PQexec(other, "BEGIN"));
    PQclear(PQexec(other, "SELECT 1 FROM lead FOR UPDATE"));
    ck_assert(submit(AGAIN, "Held Lead"));
    while (!backends_that_wait() && clock_mono_ms() < end)
        ;
    ck_assert_int_eq(backends_that_wait(), 1);
    for (int i = 1; i <= 20; i++)
        ck_assert(submit(i, "Free Lead"));
    pthread_mutex_lock(&lock);
    while (waiting > 1)
        pthread_cond_wait(&cond, &lock);
    ck_assert(!fates[AGAIN].done);
    pthread_mutex_unlock(&lock);
    PQclear(PQexec(other, "ROLLBACK"));
    PQfinish(other);
    wait_all();
    ck_assert_int_eq(fates[AGAIN].err, ERR_OK);
    ck_assert_int_eq(uuid_cmp(&fates[AGAIN].lead_id, &fates[0].lead_id), 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("batch");

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, srv_stop);
    tcase_add_loop_test(tc, a_violated_check_stands_alone, 0, 5);
    tcase_add_test(tc, a_byte_postgres_refuses_stands_alone);
    tcase_add_test(tc, what_takes_too_much_memory_stands_alone);
    tcase_add_test(tc, a_receipt_that_is_refused_is_said_so);
    tcase_add_test(tc, a_batch_that_waits_holds_up_no_other);
    tcase_add_test(tc, what_was_answered_is_stored_once);
    pg_fixture();
    return unit_run(tc, "batch");
}
