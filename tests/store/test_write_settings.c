/* Settings written as the commands write them, read as servers read them. */
#include "../unit/unit.h"
#include "base/str.h"
#include "pg_fixture.h"
#include "store/read_lists.h"
#include "store/write_settings.h"

#define NOW 1781517600000

static const struct by BY = {"cli:test", NOW};
static const struct by LATER = {"cli:test", NOW + 1};
static struct arena *mem;
static struct pg *pg;

static void setup(void)
{
    const struct workspace_row w = {.workspace_id = 1, .name = "one"};

    mem = UNIT_ARENA();
    pg = pg_fixture_connect(true);
    pg_fixture_reset(pg);
    ck_assert_int_eq(write_workspace(pg, mem, &BY, &w, NULL), ERR_OK);
}

static void teardown(void)
{
    pg_free(pg);
    arena_free(mem);
}

static int64_t pulse(void)
{
    struct pulse_row *rows;
    size_t n;

    ck_assert_int_eq(read_pulse(pg, mem, &rows, &n), ERR_OK);
    for (size_t i = 0; i < n; i++)
        if (rows[i].workspace_id == 1 && str_eq(rows[i].topic, "settings"))
            return rows[i].version;
    return 0;
}

/* Fails the test unless the audit has so many rows of an action. */
static void audited(const char *action, int n)
{
    pg_fixture_sql(pg, arena_printf(mem,
                                    "DO $$ BEGIN ASSERT (SELECT count(*) FROM"
                                    " audit WHERE workspace_id = 1 AND action"
                                    " = '%s' AND actor = 'cli:test') = %d;"
                                    " END $$",
                                    action, n));
}

static struct key_row key_row(uint8_t mark)
{
    struct key_row k = {
        .workspace_id = 1, .role = "intake", .key_id = uuid_new(NOW)};

    memset(k.hash, mark, sizeof(k.hash));
    return k;
}

START_TEST(the_next_workspace_takes_the_next_number)
{
    const struct workspace_row w = {
        .name = "two", .time_zone = "UTC", .region = "US", .currency = "USD"};
    struct settings_rows rows = {0};
    int64_t id = 0;

    ck_assert_int_eq(write_workspace(pg, mem, &BY, &w, &id), ERR_OK);
    ck_assert_int_eq(id, 2);
    ck_assert_int_eq(read_settings(pg, mem, &rows), ERR_OK);
    ck_assert_uint_eq(rows.n_workspaces, 2);
    ck_assert_str_eq(rows.workspaces[0].time_zone, "Asia/Ho_Chi_Minh");
    ck_assert_str_eq(rows.workspaces[1].currency, "USD");
}
END_TEST

START_TEST(a_taken_number_is_a_conflict_and_leaves_no_trace)
{
    const struct workspace_row w = {.workspace_id = 1, .name = "again"};
    int64_t before = pulse();

    ck_assert_int_eq(write_workspace(pg, mem, &BY, &w, NULL), ERR_CONFLICT);
    ck_assert_int_eq(pulse(), before);
    audited("workspace.create", 1);
}
END_TEST

START_TEST(a_key_is_live_until_revoked)
{
    struct key_row k = key_row(7);
    struct settings_rows rows = {0};
    int64_t before = pulse();

    ck_assert_int_eq(write_key(pg, mem, &BY, &k, "crm"), ERR_OK);
    ck_assert_int_eq(pulse(), before + 1);
    ck_assert_int_eq(read_settings(pg, mem, &rows), ERR_OK);
    ck_assert_uint_eq(rows.n_keys, 1);
    ck_assert_mem_eq(rows.keys[0].hash, k.hash, sizeof(k.hash));
    ck_assert_int_eq(write_key_revoked(pg, mem, &BY, 2, &k.key_id),
                     ERR_NOT_FOUND);
    ck_assert_int_eq(write_key_revoked(pg, mem, &BY, 1, &k.key_id), ERR_OK);
    ck_assert_int_eq(write_key_revoked(pg, mem, &BY, 1, &k.key_id),
                     ERR_NOT_FOUND);
    ck_assert_int_eq(read_settings(pg, mem, &rows), ERR_OK);
    ck_assert_uint_eq(rows.n_keys, 0);
    audited("key.create", 1);
    audited("key.revoke", 1);
}
END_TEST

START_TEST(a_key_of_nobody_s_rep_is_refused)
{
    struct key_row k = key_row(7);

    k.role = "sales";
    k.rep_id = uuid_new(NOW);
    ck_assert_int_eq(write_key(pg, mem, &BY, &k, ""), ERR_DATA);
    audited("key.create", 0);
}
END_TEST

START_TEST(a_source_reads_back_as_written)
{
    struct source_row s = {.workspace_id = 1,
                           .source_id = uuid_new(NOW),
                           .kind = "meta",
                           .name = "page",
                           .origin = "sales",
                           .defaults_json = "{\"channel\": \"fb\"}",
                           .origins_json = "[\"https://a.example\"]",
                           .secrets_json = "{\"secret\": \"hush\"}"};
    char key[SOURCE_KEY_BYTES];
    struct settings_rows rows = {0};

    s.source_key = source_key_make(1, key);
    ck_assert_int_eq(write_source(pg, mem, &BY, &s), ERR_OK);
    /* a second try of the same request; then another one */
    ck_assert_int_eq(write_source(pg, mem, &BY, &s), ERR_OK);
    ck_assert_int_eq(write_source(pg, mem, &LATER, &s), ERR_CONFLICT);
    ck_assert_int_eq(read_settings(pg, mem, &rows), ERR_OK);
    ck_assert_uint_eq(rows.n_sources, 1);
    ck_assert_str_eq(rows.sources[0].source_key, key);
    ck_assert_str_eq(rows.sources[0].origin, "sales");
    ck_assert_str_eq(rows.sources[0].defaults_json, s.defaults_json);
    ck_assert_str_eq(rows.sources[0].origins_json, s.origins_json);
    ck_assert_str_eq(rows.sources[0].mapping_json, "{}");
    ck_assert_ptr_null(rows.sources[0].success_url);
}
END_TEST

START_TEST(source_keys_name_their_workspace_and_are_new_each_time)
{
    char a[SOURCE_KEY_BYTES], b[SOURCE_KEY_BYTES];

    source_key_make(INT64_MAX, a);
    source_key_make(INT64_MAX, b);
    ck_assert(str_starts(a, "9223372036854775807-"));
    ck_assert_uint_eq(strlen(a), 19 + 1 + 26);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(a_model_is_active_once_told)
{
    struct settings_rows rows = {0};

    ck_assert_int_eq(write_model_active(pg, mem, &BY, 1, "v1"), ERR_NOT_FOUND);
    ck_assert_int_eq(write_model(pg, mem, &BY, 1, "v1", "{\"a\": 1}"), ERR_OK);
    ck_assert_int_eq(write_model(pg, mem, &BY, 1, "v1", "{}"), ERR_CONFLICT);
    ck_assert_int_eq(write_model_active(pg, mem, &BY, 1, "v1"), ERR_OK);
    ck_assert_int_eq(read_settings(pg, mem, &rows), ERR_OK);
    ck_assert_str_eq(rows.workspaces[0].model_version, "v1");
    ck_assert_str_eq(rows.workspaces[0].model_json, "{\"a\": 1}");
}
END_TEST

START_TEST(lists_show_no_hash_and_no_secret)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    struct rep_new r = {1, uuid_new(NOW), "Lan \"L\"", 30};
    struct source_row s = {.workspace_id = 1,
                           .source_id = uuid_new(NOW),
                           .kind = "meta",
                           .name = "page",
                           .source_key = "1-x",
                           .secrets_json = "{\"secret\": \"hush\"}"};
    struct key_row k = key_row(0xAB);
    struct uuid found;

    ck_assert_int_eq(write_rep(pg, mem, &BY, &r), ERR_OK);
    ck_assert_int_eq(write_source(pg, mem, &BY, &s), ERR_OK);
    ck_assert_int_eq(write_key(pg, mem, &BY, &k, "crm"), ERR_OK);
    ck_assert_int_eq(read_list(pg, mem, LIST_WORKSPACES, 0, &out), ERR_OK);
    ck_assert_int_eq(read_list(pg, mem, LIST_REPS, 1, &out), ERR_OK);
    ck_assert_int_eq(read_list(pg, mem, LIST_KEYS, 1, &out), ERR_OK);
    ck_assert_int_eq(read_list(pg, mem, LIST_SOURCES, 1, &out), ERR_OK);
    ck_assert(strstr(out.ptr, "\"Lan \\\"L\\\"\""));
    ck_assert(strstr(out.ptr, "\"2026-06-15T10:00:00.000Z\""));
    ck_assert(strstr(out.ptr, "\"1-x\""));
    ck_assert_ptr_null(strstr(out.ptr, "hush"));
    ck_assert_ptr_null(strstr(out.ptr, "abab"));
    ck_assert_int_eq(read_rep_by_name(pg, mem, 1, r.name, &found), ERR_OK);
    ck_assert_int_eq(uuid_cmp(&found, &r.rep_id), 0);
    ck_assert_int_eq(read_rep_by_name(pg, mem, 2, r.name, &found),
                     ERR_NOT_FOUND);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("write_settings");

    pg_fixture();
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_next_workspace_takes_the_next_number);
    tcase_add_test(tc, a_taken_number_is_a_conflict_and_leaves_no_trace);
    tcase_add_test(tc, a_key_is_live_until_revoked);
    tcase_add_test(tc, a_key_of_nobody_s_rep_is_refused);
    tcase_add_test(tc, a_source_reads_back_as_written);
    tcase_add_test(tc, source_keys_name_their_workspace_and_are_new_each_time);
    tcase_add_test(tc, a_model_is_active_once_told);
    tcase_add_test(tc, lists_show_no_hash_and_no_secret);
    return unit_run(tc, "write_settings");
}
