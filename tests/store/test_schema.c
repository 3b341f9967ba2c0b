/* The schema and every statement obey the rules that let the database grow
 * past one machine: read from the catalog of a migrated database. */
#include "../unit/unit.h"
#include "api/app.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/commands.h"
#include "seed.h"
#include "stages/stages.h"
#include "store/migrate.h"

#define LOCAL_TABLES "('workspace', 'step', 'migration')"
#define OURS                                                                   \
    " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND"       \
    " c.relkind IN ('r', 'p') AND NOT c.relispartition"

/* An archive gives only what is asked for: this asks for all statements. */
#define X(fn, words, help) fn,
static int (*const volatile COMMANDS[])(int, char **) = {
#include "cli/commands.def"
};
#undef X

static struct pg *pg;
static PGconn *raw;
static struct arena *mem;

static void setup(void)
{
    ck_assert(COMMANDS[0] && API_ROUTES_N);
    pg = pg_fixture_connect(false);
    raw = PQconnectdb(pg_fixture());
    ck_assert_int_eq(PQstatus(raw), CONNECTION_OK);
    mem = UNIT_ARENA();
}

static void teardown(void)
{
    PQfinish(raw);
    pg_free(pg);
    arena_free(mem);
}

static PGresult *query(const char *sql)
{
    PGresult *res = PQexec(raw, sql);

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s: %s", sql,
                  PQerrorMessage(raw));
    return res;
}

/* A query for offenders: there must be none. */
static void none(const char *what, const char *sql)
{
    PGresult *res = query(sql);
    const char *all = "";

    for (int i = 0; i < PQntuples(res); i++)
        all = arena_printf(mem, "%s %s", all, PQgetvalue(res, i, 0));
    ck_assert_msg(PQntuples(res) == 0, "%s:%s", what, all);
    PQclear(res);
}

/* ---- the catalog ---- */

START_TEST(every_table_belongs_to_workspaces)
{
    ck_assert_int_gt(sql_int("SELECT count(*)" OURS), 20);
    none("tables without workspace_id bigint NOT NULL",
         "SELECT relname" OURS " AND relname NOT IN " LOCAL_TABLES
         " AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid ="
         " c.oid AND attname = 'workspace_id' AND attnotnull AND atttypid ="
         " 'bigint'::regtype)");
    none("tables without a primary key",
         "SELECT relname" OURS " AND NOT EXISTS (SELECT 1 FROM pg_index i"
         " WHERE i.indrelid = c.oid AND i.indisprimary)");
    none("unique indexes that do not begin with workspace_id",
         "SELECT i.indexrelid::regclass FROM pg_index i JOIN (SELECT c.oid,"
         " c.relname" OURS ") c ON c.oid = i.indrelid LEFT JOIN pg_attribute a"
         " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE"
         " i.indisunique AND relname NOT IN ('step', 'migration') AND"
         " a.attname IS DISTINCT FROM 'workspace_id'");
    none("foreign keys that do not begin with workspace_id",
         "SELECT k.conname FROM pg_constraint k JOIN pg_class t ON t.oid ="
         " k.confrelid LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND"
         " a.attnum = k.conkey[1] LEFT JOIN pg_attribute f ON f.attrelid ="
         " k.confrelid AND f.attnum = k.confkey[1] WHERE k.contype = 'f' AND"
         " k.connamespace = 'public'::regnamespace AND t.relname NOT IN"
         " ('workspace', 'step') AND (a.attname IS DISTINCT FROM"
         " 'workspace_id' OR f.attname IS DISTINCT FROM 'workspace_id')");
}
END_TEST

START_TEST(nothing_that_a_sharded_database_refuses)
{
    none("triggers", "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal");
    none("rules", "SELECT rulename FROM pg_rules WHERE schemaname = 'public'");
    none("sequences", "SELECT relname FROM pg_class WHERE relkind = 'S' AND"
                      " relnamespace = 'public'::regnamespace");
    none("identity or generated columns",
         "SELECT attrelid::regclass || '.' || attname FROM pg_attribute a"
         " JOIN pg_class c ON c.oid = a.attrelid WHERE relnamespace ="
         " 'public'::regnamespace AND attnum > 0 AND (attidentity <> '' OR"
         " attgenerated <> '')");
    none("exclusion or deferrable constraints",
         "SELECT conname FROM pg_constraint WHERE connamespace ="
         " 'public'::regnamespace AND (contype = 'x' OR condeferrable)");
    none("functions", "SELECT proname FROM pg_proc WHERE pronamespace ="
                      " 'public'::regnamespace");
    none("volatile defaults", /* two nodes would not agree on them */
         "SELECT d.adrelid::regclass || ' ' || pg_get_expr(adbin, adrelid)"
         " FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid WHERE"
         " relnamespace = 'public'::regnamespace AND pg_get_expr(adbin,"
         " adrelid) LIKE '%(%'");
}
END_TEST

START_TEST(every_table_says_what_it_is)
{
    none("tables without a COMMENT",
         "SELECT relname" OURS " AND obj_description(c.oid, 'pg_class') IS"
         " NULL");
}
END_TEST

/* ---- partitions ---- */

START_TEST(partitions_are_made_ahead)
{
    int64_t now = clock_now_ms(), y;
    unsigned m, d;

    civil_from_days(now / DAY_MS, &y, &m, &d);
    for (int again = 0; again < 2; again++)
        ck_assert_int_eq(partitions_ahead(pg, now), ERR_OK);
    for (int ahead = 0; ahead < 3; ahead++) {
        ck_assert_int_eq(
            sql_int(arena_printf(mem,
                                 "SELECT count(*) FROM pg_class WHERE relname"
                                 " IN ('receipt_%04d%02u', 'event_%04d%02u',"
                                 " 'audit_%04d%02u') AND relispartition",
                                 (int)y, m, (int)y, m, (int)y, m)),
            3);
        m = m % 12 + 1;
        y += m == 1;
    }
}
END_TEST

static const char *receipt_at(int64_t ms)
{
    struct uuid id = uuid_new(ms);
    char text[UUID_TEXT_BYTES];
    PGresult *res = query(arena_printf(
        mem,
        "INSERT INTO receipt (workspace_id, receipt_id, received_at, door,"
        " status) VALUES (1, '%s', now(), 'form', 'accepted') RETURNING"
        " tableoid::regclass::text",
        uuid_format(&id, text)));
    const char *where = arena_strdup(mem, PQgetvalue(res, 0, 0));

    PQclear(res);
    return where;
}

START_TEST(a_missing_partition_loses_nothing)
{
    int64_t now = clock_now_ms();

    ck_assert_int_eq(partitions_ahead(pg, now), ERR_OK);
    ck_assert_str_ne(receipt_at(now), "receipt_default");
    ck_assert_str_eq(receipt_at(now + 400 * DAY_MS), "receipt_default");
    ck_assert_str_eq(receipt_at(now - 400 * DAY_MS), "receipt_default");
    /* its month comes: the rows that are there already must not stop it */
    ck_assert_int_eq(partitions_ahead(pg, now + 300 * DAY_MS), ERR_OK);
}
END_TEST

START_TEST(a_month_whose_rows_came_early_stays_in_the_default)
{
    int64_t later = days_from_civil(2040, 5, 10) * DAY_MS;

    ck_assert_str_eq(receipt_at(later), "receipt_default");
    /* PostgreSQL refuses the partition; that must not harm */
    ck_assert_int_ne(partitions_ahead(pg, later), ERR_OK);
    ck_assert_int_eq(pg_ready(pg), ERR_OK);
    (void)receipt_at(later);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt WHERE receipt_id >="
                             " '0204b000-0000-0000-0000-000000000000'"),
                     2);
}
END_TEST

/* ---- the statement table ---- */

START_TEST(all_statements_are_here)
{
    const struct store_stmt *const *list;
    size_t n = store_stmts(&list);
    FILE *f = popen("grep -h '^STORE_STMT(' server/*/*.c | wc -l", "r");
    size_t want = 0;

    ck_assert_int_eq(fscanf(f, "%zu", &want), 1);
    pclose(f);
    ck_assert_uint_gt(want, 50);
    ck_assert_uint_ge(n, want);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(list[i], "a hole in the statement table");
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(list[i]->name, list[k]->name);
    }
}
END_TEST

/* Begins with the workspace's own rows? */
static bool inserts_own(const char *sql)
{
    const char *into = strstr(sql, "INSERT INTO "), *open;

    if (!into || !(open = strchr(into, '(')) ||
        !str_starts(open, "(workspace_id"))
        return false;
    return strstr(open, "VALUES ($1") || strstr(open, "SELECT $1");
}

START_TEST(every_statement_names_its_workspace)
{
    const struct store_stmt *const *list;
    size_t n = store_stmts(&list);
    int bad = 0;

    for (size_t i = 0; i < n; i++)
        if (!(list[i]->flags & STMT_GLOBAL) &&
            !strstr(list[i]->sql, "workspace_id = $") &&
            !inserts_own(list[i]->sql)) {
            fprintf(stderr, "no workspace: %s\n", list[i]->name);
            bad++;
        }
    ck_assert_int_eq(bad, 0);
}
END_TEST

START_TEST(no_volatile_function_in_do_update)
{
    static const char *const VOLATILE[] = {"now(",
                                           "current_timestamp",
                                           "current_date",
                                           "clock_timestamp(",
                                           "statement_timestamp(",
                                           "transaction_timestamp(",
                                           "localtimestamp",
                                           "random(",
                                           "gen_random_uuid(",
                                           "nextval("};
    const struct store_stmt *const *list;
    size_t n = store_stmts(&list);

    for (size_t i = 0; i < n; i++) {
        char *sql = arena_strdup(mem, list[i]->sql);
        const char *set;

        str_lower(sql);
        set = strstr(sql, "do update set");
        for (size_t k = 0; set && k < ARRAY_LEN(VOLATILE); k++)
            ck_assert_msg(!strstr(set, VOLATILE[k]), "%s: %s", list[i]->name,
                          VOLATILE[k]);
    }
}
END_TEST

static const char *failure(const char *sql)
{
    PGresult *res = PQexec(raw, sql);
    const char *why = PQresultStatus(res) == PGRES_TUPLES_OK
                          ? NULL
                          : arena_strdup(mem, PQresultErrorMessage(res));

    PQclear(res);
    return why;
}

/* @return the server's words when it does not take the statement */
static const char *explain(const struct store_stmt *s)
{
    const char *args = "", *why = NULL;
    PGresult *res = PQprepare(raw, "s", s->sql, 0, NULL);
    PGresult *d = PQdescribePrepared(raw, "s");

    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        why = arena_strdup(mem, PQresultErrorMessage(res));
    else if (PQnparams(d) != s->nparams)
        why = arena_printf(mem, "takes %d parameters", PQnparams(d));
    PQclear(d);
    PQclear(res);
    for (int i = 0; i < s->nparams; i++)
        args = arena_printf(mem, "%s%sNULL", args, i ? ", " : "(");
    if (!why)
        why = failure(arena_printf(mem, "EXPLAIN EXECUTE s%s%s", args,
                                   s->nparams ? ")" : ""));
    PQclear(PQexec(raw, "DEALLOCATE s"));
    return why;
}

START_TEST(every_statement_can_be_planned)
{
    const struct store_stmt *const *list;
    size_t n = store_stmts(&list);
    int bad = 0;

    for (size_t i = 0; i < n; i++) {
        const char *why;

        if (str_eq(list[i]->sql, "BEGIN") || str_eq(list[i]->sql, "COMMIT") ||
            str_eq(list[i]->sql, "ROLLBACK"))
            continue;
        why = explain(list[i]);
        if (why) {
            fprintf(stderr, "%s: %s\n", list[i]->name, why);
            bad++;
        }
    }
    ck_assert_int_eq(bad, 0);
}
END_TEST

static const char *plan_of(const struct store_stmt *s)
{
    const char *args = "", *plan = "";
    PGresult *res;

    PQclear(PQprepare(raw, "s", s->sql, 0, NULL));
    for (int i = 0; i < s->nparams; i++)
        args = arena_printf(mem, "%s%sNULL", args, i ? ", " : "(");
    res = query(arena_printf(mem, "EXPLAIN (COSTS OFF) EXECUTE s%s%s", args,
                             s->nparams ? ")" : ""));
    for (int i = 0; i < PQntuples(res); i++)
        plan = arena_printf(mem, "%s%s\n", plan, PQgetvalue(res, i, 0));
    PQclear(res);
    PQclear(PQexec(raw, "DEALLOCATE s"));
    return plan;
}

/* A young workspace: a thousand rows, and no statistics yet. */
static const char YOUNG[] =
    "SET LOCAL plan_cache_mode = force_generic_plan;"
    "SET LOCAL enable_seqscan = off;"
    "INSERT INTO rep (workspace_id, rep_id, name, created_at)"
    " VALUES (7, lead_id_at(now(), 0), 'r', now());"
    "SELECT count(mk_lead(7, g, now())) FROM generate_series(1, 1000) g;"
    "INSERT INTO account (workspace_id, account_id, created_at)"
    " SELECT 7, lead_id, now() FROM lead;"
    "INSERT INTO account_key (workspace_id, key, account_id)"
    " SELECT 7, 'name:' || lead_id, lead_id FROM lead;"
    "INSERT INTO account_activity SELECT 7, lead_id, now() FROM lead;"
    "INSERT INTO identifier SELECT 7, 1, lead_id::text, lead_id FROM lead;"
    "INSERT INTO receipt (workspace_id, receipt_id, received_at, door, status)"
    " SELECT 7, lead_id, now(), 'form', 'accepted' FROM lead;"
    "INSERT INTO event (workspace_id, lead_id, event_id, type, occurred_at)"
    " SELECT 7, lead_id, lead_id, 'page_view', now() FROM lead;"
    "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state, live,"
    " claimed_at, score, grade, snapshot) SELECT 7, lead_id, lead_id,"
    " lead_id_at(now(), 0), 'claimed', true, now(), 0, 'B3', '{}' FROM lead;";

/* Lists end by a LIMIT of their own; changes of few rows or seldom made take
   the plan that is best when they are. */
static const char *const NOT_BY_KEY[] = {
    "leads_of_common_name",  "leads_of_name",        "held_purge",
    "fetches_forget",        "visits_take",          "erase_events",
    "erase_import_errors",   "erase_receipts",       "erase_identifiers",
    "erase_leads",           "identifiers_drop",     "identifiers_move",
    "quarantine_released",   "receipts_released",    "account_due",
    "claims_update",         "reps_update",          "erase_merges",
    "merge_mates_due",       "tests_give_way",       "fetches_again",
    "test_identifiers_move", "test_identifiers_drop"};

static bool names_rows(const struct store_stmt *s)
{
    for (size_t i = 0; i < ARRAY_LEN(NOT_BY_KEY); i++)
        if (str_eq(s->name, NOT_BY_KEY[i]))
            return false;
    return strstr(s->sql, "ANY(") || strstr(s->sql, "unnest(");
}

/* Every key begins with the workspace, and to a planner without statistics
   its rows look few enough to read them all and filter: a plan that is kept
   while the tables grow. */
START_TEST(rows_that_are_named_are_found_by_their_whole_key)
{
    const struct store_stmt *const *list;
    size_t n = store_stmts(&list);
    int bad = 0;

    PQclear(PQexec(raw, "BEGIN"));
    PQclear(PQexec(raw, SEED_SQL));
    PQclear(PQexec(raw, YOUNG));
    ck_assert_int_eq(PQtransactionStatus(raw), PQTRANS_INTRANS);
    for (size_t i = 0; i < n; i++) {
        const char *plan = names_rows(list[i]) ? plan_of(list[i]) : "";

        if (strstr(plan, "Index Cond: (workspace_id = $1)\n") ||
            strstr(plan, "Index Cond: ((workspace_id = $1))\n")) {
            fprintf(stderr, "%s:\n%s\n", list[i]->name, plan);
            bad++;
        }
    }
    PQclear(PQexec(raw, "ROLLBACK"));
    ck_assert_int_eq(bad, 0);
}
END_TEST

/* ---- the legal steps ---- */

static int steps_named(const struct stage_step *row)
{
    static const enum actor ACTORS[] = {ACTOR_SYSTEM, ACTOR_SALES,
                                        ACTOR_MARKETING, ACTOR_ADMIN};
    int n = 0;

    for (size_t i = 0; i < ARRAY_LEN(ACTORS); i++) {
        if (!(row->actors & ACTORS[i]))
            continue;
        n++;
        ck_assert_msg(
            sql_int(arena_printf(mem,
                                 "SELECT count(*) FROM step WHERE from_stage ="
                                 " '%s' AND to_stage = '%s' AND actor = '%s'",
                                 stage_text(row->from), stage_text(row->to),
                                 actor_text(ACTORS[i]))) == 1,
            "%s -> %s by %s is not in table step", stage_text(row->from),
            stage_text(row->to), actor_text(ACTORS[i]));
    }
    return n;
}

START_TEST(table_step_is_what_stages_allow)
{
    const struct stage_step *rows;
    size_t n = stages_all(&rows);
    int all = 0;

    for (size_t i = 0; i < n; i++)
        all += steps_named(&rows[i]);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM step"), all);
}
END_TEST

/* What the database says to a hop; the id is of nobody. */
static const char *hop_verdict(const char *no, const char *from_to)
{
    PGresult *res = PQexec(
        raw, arena_printf(mem,
                          "INSERT INTO hop (workspace_id, lead_id, hop_no,"
                          " from_stage, to_stage, actor, hopped_at, grade,"
                          " model_version) VALUES (1, gen_random_uuid(), %s,"
                          " %s, 'system', now(), 'B3', 'default-v1')",
                          no, from_to));
    const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *said = arena_strdup(mem, code ? code : "stored");

    PQclear(res);
    return said;
}

START_TEST(the_database_refuses_illegal_hops)
{
    ck_assert_str_eq(hop_verdict("1", "NULL, 'iql'"), "stored");
    ck_assert_str_eq(hop_verdict("1", "'new', 'iql'"), "stored");
    ck_assert_str_eq(hop_verdict("2", "'iql', 'mql'"), "stored");
    ck_assert_str_eq(hop_verdict("2", "'iql', 'won'"), "23503");
    ck_assert_str_eq(hop_verdict("1", "'new', 'sql'"), "23503");
    ck_assert_str_eq(hop_verdict("1", "NULL, 'sql'"), "23514");
    ck_assert_str_eq(hop_verdict("2", "NULL, 'iql'"), "23514");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("schema");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_table_belongs_to_workspaces);
    tcase_add_test(tc, nothing_that_a_sharded_database_refuses);
    tcase_add_test(tc, every_table_says_what_it_is);
    tcase_add_test(tc, partitions_are_made_ahead);
    tcase_add_test(tc, a_missing_partition_loses_nothing);
    tcase_add_test(tc, a_month_whose_rows_came_early_stays_in_the_default);
    tcase_add_test(tc, all_statements_are_here);
    tcase_add_test(tc, every_statement_names_its_workspace);
    tcase_add_test(tc, no_volatile_function_in_do_update);
    tcase_add_test(tc, every_statement_can_be_planned);
    tcase_add_test(tc, rows_that_are_named_are_found_by_their_whole_key);
    tcase_add_test(tc, table_step_is_what_stages_allow);
    tcase_add_test(tc, the_database_refuses_illegal_hops);
    pg_fixture(); /* before check forks */
    return unit_run(tc, "schema");
}
