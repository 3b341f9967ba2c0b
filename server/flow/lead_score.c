#include "flow/lead_score.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserve.h"
#include "flow/judge.h"
#include "scoring/explain.h"
#include "scoring/score_json.h"

/* Nobody knows how many events were not stored, so the line carries no
   number; it only says that there may have been some. */
static void add_consent_line(json_t *answer, const struct workspace *ws,
                             const struct bundle *b)
{
    json_t *ledger = json_object_get(answer, "ledger");

    if (ws->behaviour_assumed || b->lead.consented)
        return;
    json_array_append_new(
        ledger,
        json_pack("{s:s, s:s, s:{s:s, s:b}, s:i, s:s}", "criterion",
                  "engagement", "rule", "consent", "evidence", "purpose",
                  "behaviour_tracking", "granted", 0, "points", 0, "reason",
                  "observed behaviour is not stored"));
}

enum err lead_score(const struct workspace *ws, const struct model *m,
                    const struct bundle *b, int64_t as_of_ms, struct arena *mem,
                    struct buf *out)
{
    struct score_in in = {
        .facts = &b->facts, .as_of_ms = as_of_ms, .tz = ws->tz, .mem = mem};
    json_t *answer, *why;
    char *text = NULL;
    enum stage stage;
    struct score s;
    enum err e = ERR_NO_MEMORY;

    in.n_events = judge_events(b, mem, &in.events);
    score_run(m, &in, &s);
    stage = judge_stage(m, &s, b->lead.stage);
    answer = score_to_json(m, &s, as_of_ms, stage);
    why = explain(m, &in, &s, stage);
    if (answer && why && json_object_update(answer, why) == 0) {
        add_consent_line(answer, ws, b);
        text = json_dumps(answer, JSON_COMPACT);
    }
    if (text)
        e = buf_puts(out, text);
    reserve_free(text);
    json_decref(why);
    json_decref(answer);
    return e;
}

#define GRADES_N (QUALITY_N * TEMPERATURE_N)

static int grade_no(const struct score *s)
{
    return (int)s->quality * TEMPERATURE_N + (int)s->temperature;
}

void model_diff_add(struct model_diff *d, const struct workspace *ws,
                    const struct model *old, const struct model *new,
                    const struct bundle *b, int64_t now_ms, struct arena *mem)
{
    struct score was, is;
    enum stage from, to;

    judge_score(old, ws->tz, b, now_ms, mem, &was);
    judge_score(new, ws->tz, b, now_ms, mem, &is);
    from = judge_stage(old, &was, b->lead.stage);
    to = judge_stage(new, &is, b->lead.stage);
    d->leads++;
    d->score_up += is.score > was.score;
    d->score_down += is.score < was.score;
    d->score_sum += is.score - was.score;
    d->hot_in += is.hot_lead && !was.hot_lead;
    d->hot_out += !is.hot_lead && was.hot_lead;
    d->grade[grade_no(&was)][grade_no(&is)]++;
    d->stage[from][to]++;
    d->changed +=
        is.score != was.score || from != to || grade_no(&was) != grade_no(&is);
}

static void put_move(struct buf *out, bool *first, const char *from,
                     const char *to, int64_t n)
{
    (void)buf_printf(out, "%s{\"from\":\"%s\",\"to\":\"%s\",\"n\":%lld}",
                     *first ? "" : ",", from, to, (long long)n);
    *first = false;
}

static void grade_name(int no, char out[3])
{
    grade_format((enum quality)(no / TEMPERATURE_N),
                 (enum temperature)(no % TEMPERATURE_N), out);
}

void model_diff_write(const struct model_diff *d, struct buf *out)
{
    double mean = d->leads ? (double)d->score_sum / (double)d->leads : 0;
    bool first = true;
    char from[3], to[3];

    (void)buf_printf(
        out,
        "{\"leads\":%lld,\"changed\":%lld,\"score\":{\"up\":%lld,"
        "\"down\":%lld,\"mean_change\":%.2f},\"hot_leads\":{\"in\":%lld,"
        "\"out\":%lld},\"grades\":[",
        (long long)d->leads, (long long)d->changed, (long long)d->score_up,
        (long long)d->score_down, mean, (long long)d->hot_in,
        (long long)d->hot_out);
    for (int i = 0; i < GRADES_N; i++)
        for (int k = 0; k < GRADES_N; k++) {
            if (i == k || !d->grade[i][k])
                continue;
            grade_name(i, from);
            grade_name(k, to);
            put_move(out, &first, from, to, d->grade[i][k]);
        }
    (void)buf_puts(out, "],\"stages\":[");
    first = true;
    for (int i = 0; i < STAGE_N; i++)
        for (int k = 0; k < STAGE_N; k++)
            if (i != k && d->stage[i][k])
                put_move(out, &first, stage_text((enum stage)i),
                         stage_text((enum stage)k), d->stage[i][k]);
    (void)buf_puts(out, "]}");
}
