/* The database is away, frozen, read-only or full; the journal's disk is full
 * or lies; the server is killed meanwhile.  What was acknowledged, 201 or
 * 202, is stored once in the end, and nothing else is acknowledged. */
#include <fcntl.h>
#include <sys/stat.h>

#include "fault/spool_fixture.h"

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

static int fill_database_disk(void)
{
    const char *disk = keep("%s/pg", dir);
    bool ok = acked_at_least(100);

    disk_fill(disk);
    ok = ok && spooled_at_least(500);
    disk_clear(disk);
    return ok && acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_full_database_disk_is_waited_for)
{
    begin();
    ck_assert_int_eq(chmod(dir, 0755), 0);
    disk_take_leads(text("%s/pg", dir), "12m");
    run_load(fill_database_disk);
    ck_assert_int_eq(load.refused, 0);
    all_is_stored();
    fault_end();
    disk_return_leads();
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
    disk_mount(text("%s/spool", dir), "512k", geteuid());
    serve("67108864");
    run_load(outlast_the_journal);
    all_is_stored();
    fault_end();
    disk_unmount(text("%s/spool", dir));
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

int main(void)
{
    TCase *tc = tcase_create("spool");

    tcase_add_test(tc, stopped_it_spools_and_drains);
    tcase_add_test(tc, frozen_it_spools_what_the_writer_held);
    tcase_add_test(tc, a_killed_cluster_loses_nothing);
    tcase_add_test(tc, a_read_only_server_is_not_written_to);
    tcase_add_test(tc, a_full_database_disk_is_waited_for);
    tcase_add_test(tc, past_its_budget_the_journal_refuses);
    tcase_add_test(tc, a_full_journal_disk_refuses_and_recovers);
    tcase_add_test(tc, a_failed_fsync_acknowledges_nothing);
    tcase_add_test(tc, killed_while_it_spools_it_has_all_it_acknowledged);
    tcase_add_test(tc, killed_while_it_drains_it_stores_nothing_twice);
    return spool_main(tc, "spool");
}
