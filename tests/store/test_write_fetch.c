/* What the writer promises of leads that are only named: queued with the
 * receipt, once, and never read when they were withdrawn first. */
#include <semaphore.h>

#include "../api/api_fixture.h"
#include "flow/flow.h"

static const struct uuid SOURCE = {{1, 2, 3}};
static sem_t answered;
static enum err outcome;

static void setup(void)
{
    sem_init(&answered, 0, 0);
    srv_start(NULL);
}

static void done(struct work *w)
{
    outcome = w->err;
    work_free(w);
    sem_post(&answered);
}

/* A notification: no part, and orders for @a ids. */
static struct work *notice(const char *const *ids, size_t n,
                           enum fetch_action action)
{
    struct work *w = flow_work(srv.flow, 1, "hook");

    w->receipt.source_id = SOURCE;
    w->receipt.body = "{}";
    w->receipt.body_bytes = 2;
    w->fetches = arena_array(w->mem, n, sizeof(*w->fetches));
    w->n_fetches = n;
    for (size_t i = 0; i < n; i++)
        w->fetches[i] =
            (struct fetch_order){.platform = "meta",
                                 .source_id = SOURCE,
                                 .external_id = arena_strdup(w->mem, ids[i]),
                                 .page_id = "7",
                                 .action = action,
                                 .received_ms = w->receipt.received_ms};
    w->done = done;
    return w;
}

static void run(struct work *w)
{
    ck_assert_int_eq(flow_submit(srv.flow, w), ERR_OK);
    while (sem_wait(&answered))
        ;
    ck_assert_int_eq(outcome, ERR_OK);
}

START_TEST(a_receipt_without_parts_is_kept_with_its_orders)
{
    static const char *const IDS[] = {"889127364512087", "889127364512088"};

    run(notice(IDS, 2, FETCH_READ));
    ck_assert_int_eq(
        sql_int("SELECT count(*) FROM fetch_queue f JOIN receipt r USING"
                " (workspace_id, receipt_id) WHERE state = 'pending' AND"
                " page_id = '7' AND form_id = '' AND next_at <= now() AND"
                " r.status = 'accepted' AND r.lead_id IS NULL"),
        2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead"), 0);
}
END_TEST

START_TEST(a_repeated_notification_is_a_success)
{
    static const char *const IDS[] = {"5", "6", "5"};

    run(notice(IDS, 3, FETCH_READ));
    run(notice(IDS, 2, FETCH_READ));
    ck_assert_int_eq(sql_int("SELECT count(*) FROM fetch_queue"), 2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 2);
}
END_TEST

START_TEST(what_is_withdrawn_first_is_never_read)
{
    static const char *const IDS[] = {"1", "2", "3"};

    run(notice(IDS, 2, FETCH_READ));
    pg_fixture_sql(srv.pg, "UPDATE fetch_queue SET state = 'done' WHERE"
                           " external_id = '1'");
    run(notice(IDS, 3, FETCH_FORGET)); /* read, waiting, never heard of */
    run(notice(IDS, 3, FETCH_READ));   /* a late repeat of the first notice */
    ck_assert_int_eq(
        sql_int("SELECT count(*) FROM fetch_queue WHERE state = 'done'"
                " AND external_id = '1'"),
        1);
    ck_assert_int_eq(
        sql_int("SELECT count(*) FROM fetch_queue WHERE state = 'dead'"), 2);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("write_fetch");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, srv_stop);
    tcase_add_test(tc, a_receipt_without_parts_is_kept_with_its_orders);
    tcase_add_test(tc, a_repeated_notification_is_a_success);
    tcase_add_test(tc, what_is_withdrawn_first_is_never_read);
    pg_fixture(); /* before check forks */
    return unit_run(tc, "write_fetch");
}
