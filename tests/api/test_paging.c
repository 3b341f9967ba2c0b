/* Lists that are read to their end page by page: none is missed, none comes
 * twice. */
#include "api/real_server.h"

#define ITEMS_MAX 600

struct walk {
    const char *item[ITEMS_MAX]; /**< "a b" of the members asked for */
    size_t n, pages;
};

/** Read a list to its end. @param b NULL: only member @a a names an item */
static void walk(struct walk *w, const char *path, int limit, const char *a,
                 const char *b)
{
    const char *cursor = "";

    memset(w, 0, sizeof(*w));
    do {
        const struct reply *r =
            get(srv.admin, text("%s?limit=%d%s%s", path, limit,
                                *cursor ? "&cursor=" : "", cursor));
        const json_t *items = reply_at(r, "/items"), *item;
        size_t i;

        EXPECT(r, 200);
        ck_assert_uint_le(json_array_size(items), (size_t)limit);
        json_array_foreach (items, i, item) {
            const char *y =
                b ? json_string_value(json_object_get(item, b)) : NULL;

            ck_assert_uint_lt(w->n, ITEMS_MAX);
            w->item[w->n++] =
                keep("%s %s", json_string_value(json_object_get(item, a)),
                     y ? y : "");
        }
        w->pages++;
        cursor = json_is_null(reply_at(r, "/next_cursor"))
                     ? ""
                     : keep("%s", reply_text(r, "/next_cursor"));
    } while (*cursor);
}

/* Each of those, and none of them twice. */
static size_t times(const struct walk *w, const char *item)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++)
        n += !strcmp(w->item[i], item);
    return n;
}

static const char *make_source(void)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"generic\", \"name\": \"%s\"}", fresh("page")));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/id"));
}

START_TEST(sources_come_page_by_page_newest_first)
{
    const char *made[5], *gone;
    struct walk all, few;

    gone = make_source();
    for (size_t i = 0; i < 5; i++)
        made[i] = make_source();
    EXPECT(call(srv.port, "DELETE", text("/v1/sources/%s", gone), srv.admin,
                NULL, NULL),
           204);
    walk(&all, "/v1/sources", 500, "id", NULL);
    walk(&few, "/v1/sources", 2, "id", NULL);
    ck_assert_uint_eq(all.pages, 1);
    ck_assert_uint_eq(few.pages, (all.n + 1) / 2);
    ck_assert_uint_eq(few.n, all.n);
    for (size_t i = 0; i < all.n; i++)
        ck_assert_str_eq(few.item[i], all.item[i]);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(all.item[i], keep("%s ", made[4 - i]));
    ck_assert_uint_eq(times(&all, keep("%s ", gone)), 0);
}
END_TEST

START_TEST(pages_of_tokens_come_page_by_page)
{
    static const char *const PAGES[] = {"", "7", "a b", "\xc4\x90\xc3\xa0o",
                                        "/x?y"};
    const char *source[2] = {make_source(), make_source()};
    struct walk all, few;

    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sizeof(PAGES) / sizeof(*PAGES); i++)
            sql_run(text("INSERT INTO fetch_page (workspace_id, source_id,"
                         " page_id, read_at, updated_at) VALUES (1, '%s',"
                         " '%s', now(), now())",
                         source[s], PAGES[i]));
    walk(&all, "/v1/fetches/pages", 500, "source_id", "page_id");
    for (int limit = 1; limit <= 3; limit++) {
        walk(&few, "/v1/fetches/pages", limit, "source_id", "page_id");
        ck_assert_uint_eq(few.n, all.n);
        for (size_t i = 0; i < all.n; i++)
            ck_assert_str_eq(few.item[i], all.item[i]);
    }
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sizeof(PAGES) / sizeof(*PAGES); i++)
            ck_assert_uint_eq(times(&all, keep("%s %s", source[s], PAGES[i])),
                              1);
}
END_TEST

START_TEST(a_cursor_of_another_list_is_refused)
{
    const char *cursor;
    const struct reply *r;

    (void)make_source();
    (void)make_source();
    r = get(srv.admin, "/v1/sources?limit=1");
    EXPECT(r, 200);
    cursor = keep("%s", reply_text(r, "/next_cursor"));
    EXPECT(get(srv.admin, text("/v1/fetches/pages?cursor=%s", cursor)), 400);
    EXPECT(get(srv.admin, "/v1/sources?cursor=x"), 400);
    EXPECT(get(srv.admin, "/v1/sources?limit=501"), 400);
    EXPECT(get(srv.admin, "/v1/fetches/pages?limit=0"), 400);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("paging");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, sources_come_page_by_page_newest_first);
    tcase_add_test(tc, pages_of_tokens_come_page_by_page);
    tcase_add_test(tc, a_cursor_of_another_list_is_refused);
    return real_server_main(tc, "paging", NULL);
}
