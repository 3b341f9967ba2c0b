/* The database is away, frozen, read-only or full; the journal's disk is full
 * or lies; the server is killed meanwhile.  What was acknowledged, 201 or
 * 202, is stored once in the end, and nothing else is acknowledged. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fault/load.h"

static const char *dir; /* of the journal, new for each test */

static void run(const char *const argv[])
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    ck_assert_msg(status == 0, "%s failed", argv[0]);
}

static void new_dir(void)
{
    char path[] = "/tmp/leadd-spool-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(path));
    dir = keep("%s", path);
}

static void serve(const char *max_bytes)
{
    static const char *env[8];
    const char *bad = getenv("TEST_BAD_FSYNC");

    env[0] = keep("LEADD_SPOOL_DIR=%s/spool", dir);
    env[1] = keep("LEADD_SPOOL_MAX=%s", max_bytes);
    env[2] = "LEADD_SPOOL_SEGMENT=65536";
    env[3] =
        keep("LD_PRELOAD=%s", bad ? bad : "build/tests/fault/bad_fsync.so");
    env[4] = keep("BAD_FSYNC_FILE=%s/bad", dir);
    env[5] = "ASAN_OPTIONS=verify_asan_link_order=0";
    fault_begin(env);
}

static void begin(void)
{
    new_dir();
    serve("67108864");
}

static void end(void)
{
    fault_end();
    run((const char *const[]){"rm", "-rf", dir, NULL});
}

static bool spooled_at_least(int n)
{
    return UNTIL(load.spooled >= n, 20000);
}

/* What a test of one fault ends with. */
static void all_is_stored(void)
{
    ck_assert(drained());
    check_acked();
    ck_assert_int_eq(load.silent, 0);
}

/* @return how many files of the quarantine have this ending */
static int kept_aside(const char *ending)
{
    DIR *d = opendir(text("%s/spool/quarantine", dir));
    const struct dirent *e;
    int n = 0;

    ck_assert_ptr_nonnull(d);
    while ((e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name), m = strlen(ending);

        n += len > m && strcmp(e->d_name + len - m, ending) == 0;
    }
    closedir(d);
    return n;
}

static int stop_and_start(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_down();
    ok = ok && spooled_at_least(1000);
    pg_fixture_up();
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(stopped_it_spools_and_drains)
{
    begin();
    run_load(stop_and_start);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    end();
}
END_TEST

static int freeze(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_signal(SIGSTOP);
    ok = ok && spooled_at_least(500);
    pg_fixture_signal(SIGCONT);
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(frozen_it_spools_what_the_writer_held)
{
    begin();
    run_load(freeze);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    end();
}
END_TEST

static int crash(void)
{
    for (int i = 0; i < 3; i++) {
        if (!acked_at_least(load.acked + 100))
            return 1;
        pg_fixture_signal(SIGKILL);
    }
    return spooled_at_least(1) && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_killed_cluster_loses_nothing)
{
    begin();
    run_load(crash);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    end();
}
END_TEST

static int forbid_writing(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_read_only(true);
    ok = ok && spooled_at_least(500);
    pg_fixture_read_only(false);
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_read_only_server_is_not_written_to)
{
    begin();
    run_load(forbid_writing);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    end();
}
END_TEST

static void mount_small(const char *path, const char *bytes, uid_t owner)
{
    ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
    ck_assert_msg(mount("small", path, "tmpfs", 0, text("size=%s", bytes)) == 0,
                  "a tmpfs cannot be mounted: %s", strerror(errno));
    ck_assert_int_eq(chown(path, owner, (gid_t)-1), 0);
}

static void unmount(const char *path)
{
    ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
}

static int fill_database_disk(void)
{
    char *junk = calloc(1, 1 << 20);
    const char *path = text("%s/pg/junk", dir);
    bool ok = acked_at_least(100);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    while (write(fd, junk, 1 << 20) > 0)
        ;
    free(junk);
    ok = ok && spooled_at_least(500);
    close(fd);
    unlink(path);
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_full_database_disk_is_waited_for)
{
    const struct passwd *pw = getpwnam("postgres");
    struct pg *pg;

    begin();
    pg = pg_fixture_connect(true);
    ck_assert_int_eq(chmod(dir, 0755), 0);
    mount_small(text("%s/pg", dir), "12m", geteuid() ? geteuid() : pw->pw_uid);
    pg_fixture_sql(pg, text("CREATE TABLESPACE small LOCATION '%s/pg'", dir));
    pg_fixture_sql(pg, "ALTER TABLE lead SET TABLESPACE small");
    run_load(fill_database_disk);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    fault_end();
    pg_fixture_sql(pg, "ALTER TABLE lead SET TABLESPACE pg_default");
    pg_fixture_sql(pg, "CHECKPOINT");
    pg_fixture_sql(pg, "DROP TABLESPACE small");
    pg_free(pg);
    unmount(text("%s/pg", dir));
    run((const char *const[]){"rm", "-rf", dir, NULL});
}
END_TEST

static int outlast_the_journal(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_down();
    ok = ok && UNTIL(load.refused > 100, 20000);
    pg_fixture_up();
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(past_its_budget_the_journal_refuses)
{
    new_dir();
    serve("1048576");
    run_load(outlast_the_journal);
    all_is_stored();
    end();
}
END_TEST

START_TEST(a_full_journal_disk_refuses_and_recovers)
{
    new_dir();
    mount_small(text("%s/spool", dir), "512k", geteuid());
    serve("67108864");
    run_load(outlast_the_journal);
    all_is_stored();
    fault_end();
    unmount(text("%s/spool", dir));
    run((const char *const[]){"rm", "-rf", dir, NULL});
}
END_TEST

static int lying_disk(void)
{
    const char *bad = keep("%s/bad", dir);
    bool ok = acked_at_least(100);
    int acked;

    pg_fixture_down();
    ok = ok && spooled_at_least(300);
    for (int i = 0; i < 5; i++) {
        close(open(bad, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ok = ok && UNTIL(load.refused > (i + 1) * 50, 10000);
        acked = load.spooled;
        ok = ok && UNTIL(load.refused > (i + 1) * 50 + 20, 10000);
        ok = ok && load.spooled <= acked + POSTERS; /* in flight before */
        unlink(bad);
        ok = ok && spooled_at_least(load.spooled + 100);
    }
    pg_fixture_up();
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_failed_fsync_acknowledges_nothing)
{
    begin();
    run_load(lying_disk);
    all_is_stored();
    end();
}
END_TEST

static int kill_while_spooling(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_down();
    ok = ok && spooled_at_least(500);
    kill(srv.pid, SIGKILL);
    return ok ? 0 : 1;
}

START_TEST(killed_while_it_spools_it_has_all_it_acknowledged)
{
    begin();
    run_load(kill_while_spooling);
    ck_assert_int_eq(server_wait(&srv), 128 + SIGKILL);
    server_again(&srv); /* the database is still away */
    pg_fixture_up();
    ck_assert(drained());
    check_acked();
    end();
}
END_TEST

static int kill_while_draining(void)
{
    bool ok = acked_at_least(100);

    pg_fixture_down();
    ok = ok && spooled_at_least(3000);
    load.stop = true;
    pg_fixture_up();
    ok = ok && UNTIL(sql_int("SELECT count(*) FROM receipt") > 600, 20000);
    kill(srv.pid, SIGKILL);
    return ok ? 0 : 1;
}

START_TEST(started_while_away_it_knows_keys_and_forms)
{
    const char *before, *after;
    struct stat st;
    long long began;

    begin();
    before = keep("%s@gmail.com", fresh("before"));
    after = keep("%s@gmail.com", fresh("after"));
    pg_fixture_down();
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}}", before)),
           202);
    server_kill(&srv);
    began = talk_ms();
    server_again(&srv);
    fprintf(stderr, "ready %lld ms after kill -9\n", talk_ms() - began);
    EXPECT(get(NULL, "/readyz"), 503);
    EXPECT(post("none", "/v1/leads", "{}"), 401);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}}", after)),
           202);
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE, text("phone=%s", fresh_phone())),
           202);
    EXPECT(post(srv.sales, "/v1/claims", "{\"count\": 1}"), 503);
    EXPECT(get(srv.sales, "/v1/leads"), 503);
    ck_assert_int_eq(stat(text("%s/spool/settings.json", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_uint_eq(found(before) + found(after), 2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 3);
    end();
}
END_TEST

START_TEST(killed_while_it_drains_it_stores_nothing_twice)
{
    begin();
    run_load(kill_while_draining);
    ck_assert_int_eq(server_wait(&srv), 128 + SIGKILL);
    server_again(&srv);
    ck_assert(drained());
    check_acked();
    ck_assert_int_eq(kept_aside(""), 2); /* "." and ".." */
    end();
}
END_TEST

/* ---- one request at a time ---- */

static const struct reply *post_lead(const char *email, const char *key)
{
    return call(
        srv.port, "POST", "/v1/leads", srv.intake,
        key ? text("Idempotency-Key: %s\r\nContent-Type: application/json\r\n",
                   key)
            : NULL,
        text("{\"contact\": {\"email\": \"%s@gmail.com\"}}", email));
}

START_TEST(while_away_every_door_that_may_wait_says_202)
{
    const struct reply *r;
    const char *form, *lead, *name;

    begin();
    name = fresh("door");
    r = post_lead(name, NULL);
    EXPECT(r, 201);
    lead = keep("%s", reply_text(r, "/lead/id"));
    form = keep("/v1/forms/%s", srv.form_key);
    pg_fixture_down();
    EXPECT(call(srv.port, "POST", form, NULL, FORM_TYPE,
                text("phone=%s", fresh_phone())),
           202);
    r = call(srv.port, "POST", form, NULL, FORM_TYPE "Accept: text/html\r\n",
             text("phone=%s", fresh_phone()));
    ck_assert(r->status == 202 || r->status == 303);
    EXPECT(post_lead(fresh("door"), NULL), 202);
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", lead),
                "{\"type\": \"demo_request\"}"),
           202);
    EXPECT(post(srv.intake, "/v1/events",
                text("{\"events\": [{\"type\": \"download\", \"email\":"
                     " \"%s@gmail.com\"}]}",
                     name)),
           202);
    /* what needs the database says so; what does not goes on */
    EXPECT(patch(srv.sales, text("/v1/leads/%s", lead),
                 "{\"contact\": {\"name\": \"X\"}}"),
           503);
    EXPECT(post(srv.sales, "/v1/claims", "{\"count\": 1}"), 503);
    EXPECT(post(srv.intake, "/v1/leads", "{\"contact\": {}}"), 422);
    EXPECT(post("none", "/v1/leads", "{}"), 401);
    EXPECT(get(NULL, "/healthz"), 200);
    EXPECT(get(NULL, "/demo/"), 200);
    ck_assert_str_eq(spool_state(), "holding");
    ck_assert_int_eq(reply_int(get(NULL, "/readyz"), "/spool/records"), 5);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_int_eq(entries(lead, "event"), 2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 6);
    end();
}
END_TEST

START_TEST(a_key_repeated_over_an_outage_is_one_lead)
{
    const struct reply *r;
    const char *name, *first;
    char v[16];

    begin();
    name = fresh("twice");
    pg_fixture_down();
    r = post_lead(name, "k-1");
    EXPECT(r, 202);
    first = keep("%s", reply_text(r, "/receipt_id"));
    EXPECT(post_lead(name, "k-1"), 202);
    pg_fixture_up();
    ck_assert(drained());
    r = post_lead(name, "k-1");
    EXPECT(r, 202);
    ck_assert_str_eq(reply_text(r, "/receipt_id"), first);
    ck_assert_str_eq(reply_field(r, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
    ck_assert_uint_eq(found(text("%s@gmail.com", name)), 1);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 1);
    end();
}
END_TEST

START_TEST(what_nobody_takes_is_kept_aside_and_blocks_nobody)
{
    const char *name;

    begin();
    name = fresh("behind");
    pg_fixture_down();
    EXPECT(post(srv.intake,
                "/v1/leads/00000000-0000-7000-8000-00000000dead/events",
                "{\"type\": \"demo_request\"}"),
           202);
    EXPECT(post_lead(name, NULL), 202);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_uint_eq(found(text("%s@gmail.com", name)), 1);
    ck_assert_int_eq(kept_aside(".not_found"), 1);
    end();
}
END_TEST

/* Flip a byte in the middle of the second record of the only segment. */
static void damage(void)
{
    char byte = 'X';
    uint32_t n = 0;
    int fd =
        open(text("%s/spool/0000000000000001.seg", dir), O_RDWR | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &n, 4, 1024 + 8), 4);
    ck_assert_int_eq(pwrite(fd, &byte, 1, 1024 + 16 + n + 16 + 30), 1);
    close(fd);
}

START_TEST(damage_costs_one_record_and_is_told)
{
    const char *a, *b, *c;
    char out[4096];

    begin();
    a = fresh("whole"), b = fresh("broken"), c = fresh("whole");
    pg_fixture_down();
    EXPECT(post_lead(a, NULL), 202);
    EXPECT(post_lead(b, NULL), 202);
    EXPECT(post_lead(c, NULL), 202);
    ck_assert_int_eq(server_stop(&srv), 0);
    damage();
    ck_assert_int_eq(
        server_command(&srv, (const char *const[]){"spool", "verify", NULL},
                       out, sizeof(out)),
        1);
    pg_fixture_up();
    server_again(&srv);
    ck_assert(drained());
    ck_assert_uint_eq(
        found(text("%s@gmail.com", a)) + found(text("%s@gmail.com", c)), 2);
    ck_assert_uint_eq(found(text("%s@gmail.com", b)), 0);
    ck_assert_int_eq(kept_aside(".damaged"), 1);
    ck_assert_ptr_nonnull(
        strstr(get(NULL, "/metrics")->body,
               "leadd_spool_quarantined_total{cause=\"damaged\"} 1"));
    end();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("spool");
    Suite *s = suite_create("fault");
    SRunner *r = srunner_create(s);
    int failed;

    pg_fixture();
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, stopped_it_spools_and_drains);
    tcase_add_test(tc, frozen_it_spools_what_the_writer_held);
    tcase_add_test(tc, a_killed_cluster_loses_nothing);
    tcase_add_test(tc, a_read_only_server_is_not_written_to);
    tcase_add_test(tc, a_full_database_disk_is_waited_for);
    tcase_add_test(tc, past_its_budget_the_journal_refuses);
    tcase_add_test(tc, a_full_journal_disk_refuses_and_recovers);
    tcase_add_test(tc, a_failed_fsync_acknowledges_nothing);
    tcase_add_test(tc, killed_while_it_spools_it_has_all_it_acknowledged);
    tcase_add_test(tc, started_while_away_it_knows_keys_and_forms);
    tcase_add_test(tc, killed_while_it_drains_it_stores_nothing_twice);
    tcase_add_test(tc, while_away_every_door_that_may_wait_says_202);
    tcase_add_test(tc, a_key_repeated_over_an_outage_is_one_lead);
    tcase_add_test(tc, what_nobody_takes_is_kept_aside_and_blocks_nobody);
    tcase_add_test(tc, damage_costs_one_record_and_is_told);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
