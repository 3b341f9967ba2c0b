/* Rows about the read-back of leads: a worker that dies while it reads. */
#include <stdio.h>

#include "fault/matrix.h"
#include "lib/fake_http.h"
#include "lib/hook_sender.h"

#define KEY      "app-secret"
#define LEASE_MS 1500
#define AT_ONCE  8 /* leads of one notification */

static const char *lead_of(int round, int i)
{
    return text("88%08u%04d%02d", seed % 100000000, round, i);
}

/* What the platform answers, after a while. */
static void prepare_lead(const char *id)
{
    struct fake_rule r = {.status = 200, .times = -1};

    r.delay_ms = chance(50, 400);
    snprintf(r.part, sizeof(r.part), "/%s?fields", id);
    snprintf(r.body, sizeof(r.body),
             "{\"id\": \"%s\", \"created_time\": \"2026-01-05T08:00:38+0000\","
             " \"form_id\": \"1\", \"field_data\": [{\"name\": \"email\","
             " \"values\": [\"l%s@gmail.com\"]}]}",
             id, id);
    fake_rule(&r);
}

/* One notification of all of them, as Meta sends it. */
static void notify(const struct hook_source *h, int round)
{
    const char *changes = "", *body;

    for (int i = 0; i < AT_ONCE; i++) {
        prepare_lead(lead_of(round, i));
        changes = keep("%s%s{\"field\": \"leadgen\", \"value\": {"
                       "\"leadgen_id\": \"%s\", \"page_id\": \"1\","
                       " \"form_id\": \"1\"}}",
                       changes, i ? "," : "", lead_of(round, i));
    }
    body = keep("{\"object\": \"page\", \"entry\": [{\"id\": \"1\","
                " \"changes\": [%s]}]}",
                changes);
    EXPECT(call(stand.port, "POST", hook_path(h), NULL,
                text("X-Hub-Signature-256: sha256=%s\r\n",
                     hook_hmac(KEY, strlen(KEY), body, false)),
                body),
           200);
    tally->acks += AT_ONCE;
}

static long in_state(const char *state)
{
    return sql_int(
        text("SELECT count(*) FROM fetch_queue WHERE state = '%s'", state));
}

/* Killed while it holds leases; the next one, or another that runs beside it,
   takes them over. */
static void kill_holder(struct server *other, bool beside)
{
    long long began;

    if (beside)
        server_again(other);
    ck_assert(UNTIL(in_state("leased") > 0, 10000));
    (void)UNTIL(false, chance(0, 300));
    server_kill(&stand);
    began = talk_ms();
    if (!beside)
        server_again(&stand);
    ck_assert_msg(UNTIL(in_state("done") == tally->acks, 20000),
                  "%ld of %ld were read", in_state("done"), tally->acks);
    worst(talk_ms() - began);
    if (beside) {
        ck_assert_int_eq(server_stop(other), 0);
        server_again(&stand);
    }
}

static void dead_reader(void)
{
    const char *url = keep("LEADD_META_URL=http://127.0.0.1:%d", fake_start());
    struct hook_source h;
    struct server other;

    stand_begin(NULL, url, "LEADD_OUTBOUND_ALLOW=127.0.0.0/8",
                "LEADD_FETCH_POLL_MS=50",
                keep("LEADD_FETCH_LEASE_MS=%d", LEASE_MS), NULL);
    h = hook_source_make(&stand, "meta", KEY, "page_token=tok", 0);
    other = stand;
    for (; tally->rounds < scaled(20); tally->rounds++) {
        notify(&h, tally->rounds);
        kill_holder(&other, tally->rounds % 2);
    }
    tally->lost = tally->acks - sql_int("SELECT count(*) FROM lead");
    tally->doubled = sql_int("SELECT count(*) FROM touch") - tally->acks;
    note("leases of %d ms; restarted, or taken over by another beside it; the"
         " platform was asked %d times; worst is from the kill to the last"
         " lead",
         LEASE_MS, fake_asked("?fields=id"));
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt WHERE door ="
                             " 'meta_lead'"),
                     tally->acks);
    ck_assert_int_eq(tally->lost, 0);
    ck_assert_int_eq(tally->doubled, 0);
    stand_end();
}

const struct row ROWS_FETCH[] = {
    {34, "kill -9 of a reader that holds leases", 300, dead_reader},
    {0},
};
