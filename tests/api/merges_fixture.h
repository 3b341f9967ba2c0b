/**
 * @file merges_fixture.h
 * Two leads that one post says are one person, and what is decided of them.
 */
#ifndef LEADD_TESTS_MERGES_FIXTURE_H
#define LEADD_TESTS_MERGES_FIXTURE_H

#include "api/leads_fixture.h"

/** One has a phone, the other an e-mail; a post of both made a review. */
struct pair {
    const char *phone, *email; /**< of kept, of gone */
    const char *kept, *gone, *review;
};

__attribute__((unused)) static const char *phone_lead(const char *phone,
                                                      const char *more)
{
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\"}%s}", phone, more));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/lead/id"));
}

static const struct reply *reviews(const char *state)
{
    const struct reply *r =
        get(srv.marketing, text("/v1/reviews?limit=500%s%s",
                                state ? "&state=" : "", state ? state : ""));

    EXPECT(r, 200);
    return r;
}

/** The review of two leads, whichever is named first; NULL: none listed. */
__attribute__((unused)) static const json_t *
review_of(const char *state, const char *a, const char *b)
{
    const json_t *item;
    size_t i;

    json_array_foreach (reply_at(reviews(state), "/items"), i, item) {
        const char *x = json_string_value(json_object_get(item, "lead_id"));
        const char *y =
            json_string_value(json_object_get(item, "other_lead_id"));

        if ((!strcmp(x, a) && !strcmp(y, b)) ||
            (!strcmp(x, b) && !strcmp(y, a)))
            return item;
    }
    return NULL;
}

__attribute__((unused)) static const struct reply *both(const char *phone,
                                                        const char *email)
{
    return post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"phone\": \"%s\", \"email\": \"%s\"}}",
                     phone, email));
}

/** Name both in one post. @return the review's id */
__attribute__((unused)) static const char *
conflict(const char *phone, const char *email, const char *a, const char *b)
{
    const json_t *review;

    EXPECT(both(phone, email), 200);
    review = review_of("open", a, b);
    ck_assert_ptr_nonnull(review);
    return keep("%s", json_string_value(json_object_get(review, "id")));
}

/** @param kept_more, gone_more members, each after a comma */
__attribute__((unused)) static struct pair pair(const char *kept_more,
                                                const char *gone_more)
{
    struct pair p = {.phone = fresh_phone(), .email = address()};

    p.kept = phone_lead(p.phone, kept_more);
    p.gone = new_lead(p.email, gone_more);
    p.review = conflict(p.phone, p.email, p.kept, p.gone);
    return p;
}

__attribute__((unused)) static const struct reply *merge(const char *review,
                                                         const char *keep_id)
{
    return post(srv.marketing, text("/v1/reviews/%s/merge", review),
                text("{\"keep\": \"%s\"}", keep_id));
}

/** @return the merge's id */
__attribute__((unused)) static const char *merged(const struct pair *p)
{
    const struct reply *r = merge(p->review, p->kept);

    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/kept_lead_id"), p->kept);
    ck_assert_str_eq(reply_text(r, "/merged_lead_id"), p->gone);
    return keep("%s", reply_text(r, "/id"));
}

__attribute__((unused)) static const struct reply *undo(const char *merge_id)
{
    return post(srv.marketing, text("/v1/merges/%s/undo", merge_id), NULL);
}

/** Wait until the sweeper has judged a lead since it fell due. */
__attribute__((unused)) static void settled(const char *lead)
{
    ck_assert(UNTIL(sql_int(text("SELECT count(*) FROM lead WHERE lead_id ="
                                 " '%s' AND (due_at IS NULL OR due_at >"
                                 " now()) AND scored_at >= updated_at",
                                 lead)) == 1,
                    10000));
}

/** `leadd verify rollups` finds no difference. */
__attribute__((unused)) static void rollups_hold(void)
{
    static const char *const VERIFY[] = {"verify", "rollups", NULL};
    char out[8192];
    int code = server_command(&srv, VERIFY, out, sizeof(out));

    ck_assert_msg(code == 0, "%d %s", code, out);
}

#endif
