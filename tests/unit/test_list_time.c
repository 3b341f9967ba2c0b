/* Times of lists. */
#include "unit.h"

#include "intake/list_time.h"

static const struct {
    const char *in, *out; /* in UTC; NULL: not read */
} TIMES[] = {
    {"2026-11-20T08:00:38+07:00", "2026-11-20T01:00:38.000Z"},
    {"2026-11-20T08:00:38+0700", "2026-11-20T01:00:38.000Z"},
    {"2026-11-20T08:00:38-0330", "2026-11-20T11:30:38.000Z"},
    {"2026-11-20T08:00:38.25Z", "2026-11-20T08:00:38.000Z"},
    {"2026-11-20 08:00:38 UTC", "2026-11-20T08:00:38.000Z"},
    {"2026-11-20 08:00:38+07:00", "2026-11-20T01:00:38.000Z"},
    {"2026-11-20 08:00:38 +07", "2026-11-20T01:00:38.000Z"},
    /* Ho Chi Minh City's */
    {"2026-11-20 08:00:38", "2026-11-20T01:00:38.000Z"},
    {"2026-11-20T08:00:38", "2026-11-20T01:00:38.000Z"},
    {" 2026-11-20  08:00 ", "2026-11-20T01:00:00.000Z"},
    {"2026-11-20", "2026-11-19T17:00:00.000Z"},
    {"11/20/2026 8:00am", "2026-11-20T01:00:00.000Z"},
    {"11/20/2026, 8:00:38 PM", "2026-11-20T13:00:38.000Z"},
    {"11/20/2026 12:05 am", "2026-11-19T17:05:00.000Z"},
    {"20/11/2026 08:00", "2026-11-20T01:00:00.000Z"},
    {"20.11.2026", "2026-11-19T17:00:00.000Z"},
    {"11/11/2026", "2026-11-10T17:00:00.000Z"},
    {"11/12/2026 8:00am", NULL}, /* which is the month? */
    {"2026-02-29", NULL},
    {"2026-13-01", NULL},
    {"31/31/2026", NULL},
    {"20/11/26", NULL},
    {"2026-11-20T", "2026-11-19T17:00:00.000Z"},
    {"2026-11-20T25:00", NULL},
    {"2026-11-20 13:00 pm", NULL},
    {"2026-11-20 08:00 +7", NULL},
    {"2026-11-20 08:00 x", NULL},
    {"yesterday", NULL},
    {"46346", NULL},
    {"1969-12-31T00:00:00Z", NULL},
    {"", NULL},
    {NULL, NULL},
};

START_TEST(times_of_lists_are_read_where_they_are_certain)
{
    struct tz *tz = tz_load("Asia/Ho_Chi_Minh");
    char out[TIME_TEXT_BYTES];
    int64_t ms = -1;

    ck_assert_ptr_nonnull(tz);
    ck_assert_int_eq(list_time_parse(TIMES[_i].in, tz, &ms),
                     TIMES[_i].out != NULL);
    if (TIMES[_i].out)
        ck_assert_str_eq(time_format(ms, out), TIMES[_i].out);
    else
        ck_assert_int_eq(ms, -1);
    tz_free(tz);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("list time");

    tcase_add_loop_test(tc, times_of_lists_are_read_where_they_are_certain, 0,
                        (int)ARRAY_LEN(TIMES));
    return unit_run(tc, "list_time");
}
