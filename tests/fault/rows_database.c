/* Rows about PostgreSQL: killed, cut off, frozen, slow, read-only, full of
 * clients, quarrelling about locks. */
#include <libpq-fe.h>
#include <stdio.h>

#include "base/base.h"
#include "fault/matrix.h"

#define ROLL "SELECT pg_reload_conf()"

static void cluster_dies(void)
{
    long long began;

    stand_begin(NULL, stand_journal(), NULL);
    load_begin(48);
    for (int i = 0; i < scaled(24); i++) {
        ck_assert(storm_more(storm, 300, 20000));
        began = talk_ms();
        if (i % 3 == 0) {
            pg_fixture_signal(SIGKILL);
        } else if (i % 3 == 1) {
            pg_fixture_restart();
        } else {
            pg_fixture_down();
            ck_assert(storm_more(storm, scaled(4000), 30000));
            pg_fixture_up();
        }
        ck_assert(UNTIL(look("/readyz", 5000) == 200, 30000));
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("worst is the outage; %ld spooled, %ld refused, slowest answer"
         " %lld ms",
         (long)storm->spooled, (long)storm->refused,
         (long long)storm->worst_ms);
    ck_assert_int_eq(storm->refused + storm->cut + storm->unanswered, 0);
    load_judge();
    stand_end();
}

static void backends_terminated(void)
{
    stand_begin(NULL, stand_journal(), NULL);
    load_begin(48);
    for (int i = 0; i < scaled(100); i++) {
        ck_assert(storm_more(storm, chance(20, 200), 20000));
        sql_run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid"
            " <> pg_backend_pid() AND backend_type = 'client backend'");
        tally->rounds++;
    }
    worst(storm->worst_ms);
    note("%ld spooled", (long)storm->spooled);
    ck_assert_int_eq(storm->refused + storm->cut + storm->unanswered, 0);
    load_judge();
    stand_end();
}

#define ORDERS 24
#define HOT                                                                    \
    "{\"contact\": {\"email\": \"hot-%d@gmail.com\"}, \"facts\":"              \
    " {\"authority_role\": \"decision_maker\", \"need\": "                     \
    "\"explicit_matched\","                                                    \
    " \"budget\": 100, \"price\": 100, \"timeframe_days\": 20}, \"events\":"   \
    " [{\"type\": \"demo_request\"}]}"

/* No receipt says that an order was carried out: done again, a rep would hold
   two leads and know of one. */
static void orders_are_given_once(struct proxy *x)
{
    int made = 0, refused = 0, status;
    long long held;

    sql_run("UPDATE rep SET capacity = 1000");
    for (int i = 0; i < 4 * ORDERS; i++)
        ck_assert(UNTIL(try_call(stand.port, 15000, "POST", "/v1/leads",
                                 stand.intake, text(HOT, i), NULL, 0) == 201,
                        10000));
    x->cut_permille = 400;
    for (int i = 0; i < 3 * ORDERS && made < ORDERS; i++) {
        status = try_call(stand.port, 15000, "POST", "/v1/claims", stand.sales,
                          "{}", NULL, 0);
        ck_assert_msg(status == 201 || status == 503, "%d", status);
        made += status == 201;
        refused += status == 503;
        if (status == 503)
            (void)UNTIL(look("/readyz", 5000) == 200, 5000);
    }
    x->cut_permille = 0;
    held = sql_int("SELECT count(*) FROM claim WHERE live");
    ck_assert_int_le(refused, ORDERS / 4);
    ck_assert_msg(held >= made && held <= made + refused,
                  "%d claims answered, %d refused, %lld held", made, refused,
                  held);
}

static void commit_answers_lost(void)
{
    struct proxy *x = proxy_start(pg_fixture(), seed);

    stand_begin(x->conninfo, stand_journal(), "LEADD_BATCH_MAX=8", NULL);
    load_begin(32);
    x->cut_permille = 50;
    ck_assert(storm_more(storm, scaled(20000), 150000));
    x->cut_permille = 0;
    tally->rounds = (int)(x->cut_before + x->cut_after);
    worst(storm->worst_ms);
    note("of %ld COMMITs %ld cut before, %ld behind; %ld spooled",
         (long)x->commits, (long)x->cut_before, (long)x->cut_after,
         (long)storm->spooled);
    ck_assert_int_gt(tally->rounds, 0);
    load_judge();
    orders_are_given_once(x);
    stand_end();
    proxy_stop(x);
}

/* With a journal it is 202, without one 503; within five seconds both. */
static void cluster_frozen(void)
{
    for (int journal = 1; journal >= 0; journal--) {
        long before;

        stand_begin(NULL, journal ? stand_journal() : "LEADD_SPOOL_DIR=", NULL);
        /* at full speed half a minute would take minutes to drain */
        load_like(32, &(struct storm_plan){.pause_ms = 20});
        ck_assert(storm_more(storm, 500, 20000));
        before = storm->refused;
        pg_fixture_signal(SIGSTOP);
        for (int s = 0; s < scaled(30); s++) {
            (void)UNTIL(false, 1000);
            ck_assert_int_eq(look("/healthz", 1000), 200);
        }
        pg_fixture_signal(SIGCONT);
        ck_assert(UNTIL(look("/readyz", 5000) == 200, 20000));
        ck_assert(storm_more(storm, 500, 20000));
        worst(storm->worst_ms);
        note("%s journal: %ld spooled, %ld refused, slowest answer %lld ms",
             journal ? "with" : "without", (long)storm->spooled,
             storm->refused - before, (long long)storm->worst_ms);
        ck_assert_int_le(storm->worst_ms, 5500);
        ck_assert_int_eq(storm->unanswered + storm->cut, 0);
        load_judge();
        stand_end();
        tally->rounds++;
    }
}

static void cluster_slow(void)
{
    struct proxy *x = proxy_start(pg_fixture(), seed);
    long long slowest = 0;

    stand_begin(x->conninfo, "LEADD_QUEUE_MAX=16", "LEADD_BATCH_MAX=8", NULL);
    load_begin(100);
    ck_assert(storm_more(storm, 200, 20000));
    x->delay_ms = 200;
    for (int i = 0; i < scaled(100); i++) {
        long long began = talk_ms();

        ck_assert_int_eq(look("/healthz", 5000), 200);
        slowest = MAX(slowest, talk_ms() - began);
        (void)UNTIL(false, 100);
        tally->rounds++;
    }
    x->delay_ms = 0;
    worst(storm->worst_ms);
    note("+200 ms: %ld refused of %ld, p99 %ld ms; slowest /healthz %lld ms",
         (long)storm->refused, storm->refused + storm->acked,
         storm_percentile(storm, 99), slowest);
    ck_assert_int_le(slowest, 1000);
    load_judge();
    stand_end();
    proxy_stop(x);
}

static void cluster_read_only(void)
{
    long long began;

    stand_begin(NULL, stand_journal(), NULL);
    load_begin(32);
    for (int i = 0; i < scaled(8); i++) {
        long spooled = storm->spooled;

        ck_assert(storm_more(storm, 300, 20000));
        began = talk_ms();
        pg_fixture_read_only(true);
        ck_assert(UNTIL(storm->spooled >= spooled + 500, 20000));
        pg_fixture_read_only(false);
        ck_assert(drained(30000));
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("worst is the outage with its drain; %ld spooled, %ld refused",
         (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    load_judge();
    stand_end();
}

/* A connection that ends nobody's but the server's. */
static PGconn *hold_place(void)
{
    return PQconnectdb(text("%s application_name=held", pg_fixture()));
}

/* End the server's own connections and take every place: it finds the house
   full. */
static int fill_house(PGconn *held[], int places)
{
    int n = 0;

    for (int i = 0; i < places; i++) {
        if (held[i] && PQstatus(held[i]) == CONNECTION_OK) {
            n++;
            continue;
        }
        PQfinish(held[i]);
        if (i == 1)
            PQclear(PQexec(held[0],
                           "SELECT pg_terminate_backend(pid) FROM"
                           " pg_stat_activity WHERE application_name <> 'held'"
                           " AND backend_type = 'client backend'"));
        held[i] = hold_place();
        n += PQstatus(held[i]) == CONNECTION_OK;
    }
    PQclear(PQexec(held[0], "SELECT pg_terminate_backend(pid) FROM"
                            " pg_stat_activity WHERE application_name <> 'held'"
                            " AND backend_type = 'client backend'"));
    return n;
}

static void too_many_clients(void)
{
    enum { PLACES = 60 };
    long long began;
    int most = 0;

    stand_begin(NULL, stand_journal(), NULL);
    load_begin(32);
    for (int i = 0; i < scaled(8); i++) {
        PGconn *held[PLACES] = {NULL};
        long spooled = storm->spooled;

        ck_assert(storm_more(storm, 300, 20000));
        began = talk_ms();
        for (int k = 0; k < 40 && storm->spooled < spooled + 500; k++) {
            most = MAX(most, fill_house(held, PLACES));
            poll(NULL, 0, 100);
        }
        ck_assert_int_ge(storm->spooled, spooled + 500);
        for (int j = 0; j < PLACES; j++)
            PQfinish(held[j]);
        ck_assert(drained(30000));
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("worst is the outage with its drain; others held %d of 60 places; %ld"
         " spooled, %ld refused",
         most, (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    load_judge();
    stand_end();
}

/* Lock the leads one by one, in the order that the writer does not use. */
static void quarrel(PGconn *c)
{
    PGresult *ids = PQexec(c, "SELECT lead_id FROM lead ORDER BY lead_id DESC");

    PQclear(PQexec(c, "BEGIN"));
    for (int i = 0; i < PQntuples(ids); i++)
        PQclear(PQexec(c, text("SELECT 1 FROM lead WHERE lead_id = '%s' FOR"
                               " UPDATE",
                               PQgetvalue(ids, i, 0))));
    PQclear(ids);
    PQclear(PQexec(c, "COMMIT"));
}

static void deadlocks(void)
{
    static const char MET[] =
        "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'";
    PGconn *c;
    long long met;

    sql_run("ALTER SYSTEM SET deadlock_timeout = '20ms'");
    sql_run(ROLL);
    stand_begin(NULL, stand_journal(), NULL);
    c = PQconnectdb(pg_fixture());
    /* the server is the one that finds the deadlock, and gives way */
    PQclear(PQexec(c, "SET deadlock_timeout = '2s'"));
    met = sql_int(MET);
    load_like(32, &(struct storm_plan){.people = 40});
    ck_assert(storm_more(storm, 200, 20000));
    for (int i = 0; i < scaled(400); i++) {
        quarrel(c);
        tally->rounds++;
    }
    PQfinish(c);
    (void)UNTIL(false, 1000); /* the cluster counts late */
    worst(storm->worst_ms);
    note("%lld deadlocks; %ld spooled, %ld refused", sql_int(MET) - met,
         (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(storm->cut, 0);
    load_judge();
    stand_end();
    sql_run("ALTER SYSTEM RESET deadlock_timeout");
    sql_run(ROLL);
}

const struct row ROWS_DATABASE[] = {
    {6, "PostgreSQL killed, restarted, away", 300, cluster_dies},
    {7, "connections terminated", 200, backends_terminated},
    {8, "cut around COMMIT, p = 0.05", 300, commit_answers_lost},
    {9, "PostgreSQL frozen", 200, cluster_frozen},
    {10, "PostgreSQL 200 ms slower", 200, cluster_slow},
    {13, "PostgreSQL read-only", 200, cluster_read_only},
    {14, "too many clients", 200, too_many_clients},
    {15, "deadlocks with another program", 200, deadlocks},
    {0},
};
