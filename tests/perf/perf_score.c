/*
 * Leads judged in a second by one core, with 8 events each and a compiled
 * model: the median of five runs over 4096 different leads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scoring/model.h"
#include "scoring/score.h"

#define LEADS  4096
#define EVENTS 8
#define ROUNDS 100
#define RUNS   5

static struct facts facts[LEADS];
static struct event events[LEADS][EVENTS];
static char ids[LEADS][EVENTS][UUID_TEXT_BYTES];

static const char *const SESSIONS[] = {"s-81a0", "s-91b1", "s-71c2", "s-61d3"};
static const char *const CHANNELS[] = {"web", "email", "event", "zalo"};

static uint32_t next_random(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void make_event(struct event *e, char id[UUID_TEXT_BYTES],
                       int64_t as_of_ms)
{
    e->type = (enum event_type)(next_random() % EVENT_TYPE_N);
    e->occurred_ms = as_of_ms - (int64_t)(next_random() % 120) * DAY_MS / 2;
    e->duration_s = 180;
    e->value = 5;
    e->session = SESSIONS[next_random() % 4];
    e->channel = CHANNELS[next_random() % 4];
    e->visitor = SESSIONS[next_random() % 4];
    e->person = next_random() % 4 ? NULL : "other";
    snprintf(id, UUID_TEXT_BYTES, "%08x-%04x-7000-8000-%012x", next_random(),
             next_random() & 0xffff, next_random());
    e->ext_id = id;
}

static void make_leads(int64_t as_of_ms)
{
    for (size_t i = 0; i < LEADS; i++) {
        struct facts *f = &facts[i];

        f->given = FACT_AUTHORITY_ROLE | FACT_NEED | FACT_BUDGET | FACT_PRICE |
                   FACT_CHALLENGES | FACT_TIMEFRAME_DAYS |
                   FACT_TIMEFRAME_STATED_AT | FACT_LAST_CLOSED_AT;
        f->authority_role = (enum role)(next_random() % ROLE_N);
        f->need = (enum need)(next_random() % NEED_N);
        f->budget = next_random() % 100000000;
        f->price = 50000000;
        f->challenges = next_random() % (1u << CHALLENGE_N);
        f->timeframe_days = (int32_t)(next_random() % 200);
        f->timeframe_stated_ms = as_of_ms - 10 * DAY_MS;
        f->last_closed_ms = as_of_ms - 100 * DAY_MS;
        for (size_t k = 0; k < EVENTS; k++)
            make_event(&events[i][k], ids[i][k], as_of_ms);
    }
}

static double run(const struct model *m, struct score_in in)
{
    int64_t sum = 0, start_us = clock_mono_us(), spent_us;
    struct score s;

    for (int r = 0; r < ROUNDS; r++)
        for (size_t i = 0; i < LEADS; i++) {
            in.facts = &facts[i];
            in.events = events[i];
            score_run(m, &in, &s);
            sum += s.score;
        }
    spent_us = clock_mono_us() - start_us;
    if (sum == 0)
        printf("nothing was judged\n");
    return (double)LEADS * ROUNDS * 1e6 / (double)spent_us;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(void)
{
    struct arena *mem = arena_new(1 << 20);
    struct field_errs errs = {.mem = mem};
    json_t *doc = json_load_file("config/default-v1.json", 0, NULL);
    struct model *m = model_compile(doc, &errs);
    struct tz *tz = tz_load("Asia/Ho_Chi_Minh");
    int64_t as_of_ms = 1781488800000;
    double rate[RUNS];

    if (!m)
        return EXIT_FAILURE;
    make_leads(as_of_ms);
    for (int i = 0; i < RUNS; i++)
        rate[i] =
            run(m, (struct score_in){
                       .n_events = EVENTS, .as_of_ms = as_of_ms, .tz = tz});
    qsort(rate, RUNS, sizeof(rate[0]), by_size);
    printf("score_run: %.0f leads/s of %d events, one core, median of %d"
           " (%.0f to %.0f)\n",
           rate[RUNS / 2], EVENTS, RUNS, rate[0], rate[RUNS - 1]);
    tz_free(tz);
    model_free(m);
    json_decref(doc);
    arena_free(mem);
    return EXIT_SUCCESS;
}
