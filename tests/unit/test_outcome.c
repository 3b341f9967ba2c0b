/* The error tables of the platforms, and how long to wait. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "outbound/outcome.h"
#include "unit.h"

#define ERROR(code)                                                            \
    "{\"error\":{\"message\":\"secret-token\",\"code\":" code "}}"
#define FIXTURES "tests/fixtures/platforms/meta/"

static const struct {
    int status;
    const char *body; /* '@': a fixture */
    enum outcome want;
    const char *cause;
} META[] = {
    {200, "@graph_lead.json", OUTCOME_OK, "http_200"},
    {200, "@graph_lead_minimal.json", OUTCOME_OK, "http_200"},
    {400, "@graph_error_100_33.json", OUTCOME_LATE, "meta_100_33"},
    {400, "@graph_error_190.json", OUTCOME_TOKEN, "meta_190_463"},
    {400, "@graph_error_80005.json", OUTCOME_LIMITED, "meta_80005_2446079"},
    {500, "@graph_error_transient.json", OUTCOME_AGAIN, "meta_2"},
    {400, ERROR("190"), OUTCOME_TOKEN, "meta_190"},
    {400, ERROR("190,\"error_subcode\":467"), OUTCOME_TOKEN, "meta_190_467"},
    {200, ERROR("190"), OUTCOME_TOKEN, "meta_190"},
    {400, ERROR("100"), OUTCOME_PARK, "meta_100"},
    {400, ERROR("100,\"error_subcode\":1"), OUTCOME_PARK, "meta_100_1"},
    {403, ERROR("10"), OUTCOME_PARK, "meta_10"},
    {403, ERROR("200"), OUTCOME_PARK, "meta_200"},
    {403, ERROR("299"), OUTCOME_PARK, "meta_299"},
    {400, ERROR("4"), OUTCOME_LIMITED, "meta_4"},
    {400, ERROR("17"), OUTCOME_LIMITED, "meta_17"},
    {400, ERROR("32"), OUTCOME_LIMITED, "meta_32"},
    {400, ERROR("613"), OUTCOME_LIMITED, "meta_613"},
    {500, ERROR("1"), OUTCOME_AGAIN, "meta_1"},
    {400, ERROR("77,\"is_transient\":true"), OUTCOME_AGAIN, "meta_77"},
    {400, ERROR("77"), OUTCOME_PARK, "meta_77"},
    {429, "slow down", OUTCOME_LIMITED, "http_429"},
    {401, "", OUTCOME_TOKEN, "http_401"},
    {500, "<html>", OUTCOME_AGAIN, "http_500"},
    {503, "", OUTCOME_AGAIN, "http_503"},
    {200, "", OUTCOME_AGAIN, "http_200"},
    {200, "{\"cut", OUTCOME_AGAIN, "http_200"},
    {200, "[]", OUTCOME_AGAIN, "http_200"},
    {404, "{}", OUTCOME_PARK, "http_404"},
    {301, "", OUTCOME_PARK, "http_301"},
    {400, "{\"error\":\"text\"}", OUTCOME_PARK, "http_400"},
};

static const char *content(const char *body, char *room, size_t size)
{
    char path[128];
    FILE *f;

    if (*body != '@')
        return body;
    snprintf(path, sizeof(path), FIXTURES "%s", body + 1);
    f = fopen(path, "re");
    ck_assert_msg(f, "%s", path);
    room[fread(room, 1, size - 1, f)] = '\0';
    fclose(f);
    return room;
}

START_TEST(the_code_of_meta_decides)
{
    char room[4096];
    const char *body = content(META[_i].body, room, sizeof(room));
    struct platform_reply r = {META[_i].status, body, strlen(body), NULL, 0};
    struct reading got = {0};

    outcome_meta(&r, &got);
    ck_assert_str_eq(outcome_text(got.outcome), outcome_text(META[_i].want));
    ck_assert_str_eq(got.cause, META[_i].cause);
}
END_TEST

static const struct {
    const char *body, *usage;
    int64_t retry_ms, want_ms;
} LIMITS[] = {
    {ERROR("80005"),
     "{\"1\":[{\"type\":\"leadgen\",\"estimated_time_to"
     "_regain_access\":7}]}",
     0, 7 * MINUTE_MS},
    {ERROR("80005"),
     "{\"1\":[{\"estimated_time_to_regain_access\":2}],"
     "\"2\":[{},{\"estimated_time_to_regain_access\":19}]}",
     3000, 19 * MINUTE_MS},
    {ERROR("80005"), NULL, 3000, 3000},
    {ERROR("4"), "not json", 3000, 3000},
    {ERROR("4"), "{\"1\":3}", 0, 0},
    {ERROR("4"), "{\"1\":[{\"estimated_time_to_regain_access\":-5}]}", 0, 0},
    {ERROR("4"), "{\"1\":[{\"estimated_time_to_regain_access\":99999999}]}", 0,
     24 * HOUR_MS},
    {ERROR("190"), "{\"1\":[{\"estimated_time_to_regain_access\":7}]}", 9, 0},
    {"", NULL, 5000, 5000},
};

START_TEST(meta_says_how_long_to_wait)
{
    struct platform_reply r = {429, LIMITS[_i].body, strlen(LIMITS[_i].body),
                               LIMITS[_i].usage, LIMITS[_i].retry_ms};
    struct reading got = {0};

    outcome_meta(&r, &got);
    ck_assert_int_eq(got.wait_ms, LIMITS[_i].want_ms);
}
END_TEST

static const struct {
    int status;
    const char *body;
    enum outcome want;
} LINKEDIN[] = {
    {200, "{\"id\":\"x\"}", OUTCOME_OK}, {200, "", OUTCOME_AGAIN},
    {401, "{}", OUTCOME_TOKEN},          {403, "{}", OUTCOME_PARK},
    {404, "{}", OUTCOME_GONE},           {429, "{}", OUTCOME_LIMITED},
    {500, "{}", OUTCOME_AGAIN},          {504, "", OUTCOME_AGAIN},
    {400, "{}", OUTCOME_PARK},           {302, "", OUTCOME_PARK},
};

START_TEST(the_status_of_linkedin_decides)
{
    struct platform_reply r = {LINKEDIN[_i].status, LINKEDIN[_i].body,
                               strlen(LINKEDIN[_i].body), NULL, 4000};
    struct reading got = {0};

    outcome_rest(&r, &got);
    ck_assert_str_eq(outcome_text(got.outcome),
                     outcome_text(LINKEDIN[_i].want));
    ck_assert_int_eq(got.wait_ms,
                     LINKEDIN[_i].want == OUTCOME_LIMITED ? 4000 : 0);
}
END_TEST

START_TEST(waits_double_up_to_a_ceiling_and_differ)
{
    int64_t full = 1000;

    for (int attempt = 1; attempt < 40;
         attempt++, full *= full < 60000 ? 2 : 1) {
        int64_t most = MIN(full, 60000);

        ck_assert_int_eq(backoff_ms(attempt, 1000, 60000, 0), most / 2);
        for (uint32_t chance = 1; chance; chance *= 3)
            if (backoff_ms(attempt, 1000, 60000, chance) > most ||
                backoff_ms(attempt, 1000, 60000, chance) < most / 2)
                ck_abort_msg("attempt %d chance %u", attempt, chance);
            else if (chance > 0x40000000)
                break;
    }
    ck_assert_int_ne(backoff_ms(3, 1000, 60000, 17),
                     backoff_ms(3, 1000, 60000, 1917));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("outcome");

    tcase_add_loop_test(tc, the_code_of_meta_decides, 0, ARRAY_LEN(META));
    tcase_add_loop_test(tc, meta_says_how_long_to_wait, 0, ARRAY_LEN(LIMITS));
    tcase_add_loop_test(tc, the_status_of_linkedin_decides, 0,
                        ARRAY_LEN(LINKEDIN));
    tcase_add_test(tc, waits_double_up_to_a_ceiling_and_differ);
    return unit_run(tc, "outcome");
}
