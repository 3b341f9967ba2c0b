#include "api/kpis_get.h"

#include <string.h>

#include "api/span.h"
#include "base/str.h"
#include "store/read_kpis.h"

static const char DEFINITIONS[] =
    "{\"leads\":\"leads made in the span; grouped by grade: leads handed over"
    " to Sales (entered sql), by the grade they were handed over with\","
    "\"conversion\":\"per stage: exits to a later stage of the journey /"
    " (in the stage at the start + entered); lead_to_won: entered won /"
    " leads\","
    "\"cost_per_lead\":\"spend / leads, per currency, in minor units; known"
    " for all, by source and by campaign\","
    "\"close_rate\":\"deals won / (won + lost)\","
    "\"revenue\":\"sum of the amounts of deals won, per currency, in minor"
    " units\","
    "\"sales_time\":\"mean seconds from the first touch to won, and from entry"
    " to sql to won\","
    "\"span\":\"whole days of the workspace's time zone; view period: what"
    " happened in them; view cohort: all that became of the leads made in"
    " them; spend is of those days in both\"}";

struct ask {
    struct funnel_span span;
    struct kpi_span days;
};

/* One group's place in the answer. */
struct figures {
    struct buf *out;
    const struct ask *a;
    const struct kpis *k;
    const char *value;
    const struct funnel_stage *stages; /* NULL: no lead moved */
    int64_t leads, won, lost;
};

static bool counts(const struct figures *f, const struct kpi_deals *d,
                   const char *result)
{
    return str_eq(d->value, f->value) && str_eq(d->result, result);
}

/* Every hop but the first leaves one stage and enters another, so what
   entered more than it left are the first hops.  By grade that does not
   hold, and the hand-over is what is asked for. */
static int64_t leads_of(const struct figures *f)
{
    int64_t n = 0;

    if (!f->stages)
        return 0;
    if (str_eq(f->a->span.dim, "grade"))
        return f->stages[STAGE_SQL].entered;
    for (int i = 0; i < STAGE_N; i++)
        n += f->stages[i].entered - f->stages[i].left;
    return n;
}

static void put_conversion(const struct figures *f)
{
    (void)buf_puts(f->out, ",\"conversion\":{\"stages\":[");
    for (int i = 0; f->stages && i < STAGE_N; i++) {
        const struct funnel_stage *s = &f->stages[i];

        (void)buf_printf(f->out,
                         "%s{\"stage\":\"%s\",\"in_start\":%lld,"
                         "\"entered\":%lld,\"to_next\":%lld,\"rate\":",
                         i ? "," : "", stage_text((enum stage)i),
                         (long long)s->in_start, (long long)s->entered,
                         (long long)s->to_next);
        span_rate(f->out, s->to_next, s->in_start + s->entered);
        (void)buf_putc(f->out, '}');
    }
    (void)buf_puts(f->out, "],\"lead_to_won\":");
    span_rate(f->out, f->stages ? f->stages[STAGE_WON].entered : 0, f->leads);
    (void)buf_putc(f->out, '}');
}

static void put_amount(struct buf *out, bool *first, const char *currency,
                       int64_t amount)
{
    (void)buf_puts(out, *first ? "{\"currency\":" : ",{\"currency\":");
    (void)buf_json_str(out, currency, strlen(currency));
    (void)buf_printf(out, ",\"amount\":%lld}", (long long)amount);
    *first = false;
}

/* Spend per lead is rounded half up; without a lead there is none. */
static void put_spend(const struct figures *f)
{
    bool first = true;

    (void)buf_puts(f->out, ",\"spend\":[");
    for (size_t i = 0; i < f->k->n_spend; i++)
        if (str_eq(f->k->spend[i].value, f->value))
            put_amount(f->out, &first, f->k->spend[i].currency,
                       f->k->spend[i].amount);
    (void)buf_puts(f->out, "],\"cost_per_lead\":[");
    first = true;
    for (size_t i = 0; f->leads > 0 && i < f->k->n_spend; i++)
        if (str_eq(f->k->spend[i].value, f->value))
            put_amount(f->out, &first, f->k->spend[i].currency,
                       (f->k->spend[i].amount + f->leads / 2) / f->leads);
    (void)buf_putc(f->out, ']');
}

static void put_deals(const struct figures *f)
{
    int64_t touch = 0, sql = 0;
    bool first = true;

    (void)buf_printf(f->out, ",\"won\":%lld,\"lost\":%lld,\"close_rate\":",
                     (long long)f->won, (long long)f->lost);
    span_rate(f->out, f->won, f->won + f->lost);
    (void)buf_puts(f->out, ",\"revenue\":[");
    for (size_t i = 0; i < f->k->n_deals; i++) {
        const struct kpi_deals *d = &f->k->deals[i];

        if (!counts(f, d, "won"))
            continue;
        put_amount(f->out, &first, d->currency, d->amount);
        touch += d->first_touch_ms / 1000 * d->n;
        sql += d->sql_ms / 1000 * d->n;
    }
    (void)buf_puts(f->out, "],\"sales_time\":");
    if (f->won)
        (void)buf_printf(f->out,
                         "{\"first_touch_to_won_s\":%lld,"
                         "\"sql_to_won_s\":%lld}",
                         (long long)(touch / f->won),
                         (long long)(sql / f->won));
    else
        (void)buf_puts(f->out, "{\"first_touch_to_won_s\":null,"
                               "\"sql_to_won_s\":null}");
}

static void put_group(struct buf *out, const struct ask *a,
                      const struct kpis *k, const char *value,
                      const struct funnel_stage *stages, bool first)
{
    struct figures f = {
        .out = out, .a = a, .k = k, .value = value, .stages = stages};

    f.leads = leads_of(&f);
    for (size_t i = 0; i < k->n_deals; i++) {
        f.won += counts(&f, &k->deals[i], "won") ? k->deals[i].n : 0;
        f.lost += counts(&f, &k->deals[i], "lost") ? k->deals[i].n : 0;
    }
    (void)buf_puts(out, first ? "{" : ",{");
    span_key(&a->span, value, out);
    (void)buf_printf(out, ",\"leads\":%lld", (long long)f.leads);
    put_conversion(&f);
    put_spend(&f);
    put_deals(&f);
    (void)buf_putc(out, '}');
}

static bool in_funnel(const struct funnel *f, const char *value)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->groups[i].value, value))
            return true;
    return false;
}

/* Money may have been spent, or a deal won, where no lead moved. */
static void put_rest(struct buf *out, const struct ask *a, const struct kpis *k,
                     const struct funnel *f)
{
    size_t n = f->n;

    for (size_t i = 0; i < k->n_spend; i++) {
        bool again = i && str_eq(k->spend[i].value, k->spend[i - 1].value);

        if (!again && !in_funnel(f, k->spend[i].value))
            put_group(out, a, k, k->spend[i].value, NULL, n++ == 0);
    }
}

static void put_reasons(struct buf *out, const struct kpis *k)
{
    (void)buf_puts(out, ",\"reasons\":[");
    for (size_t i = 0; i < k->n_reasons; i++) {
        const struct kpi_reason *x = &k->reasons[i];

        (void)buf_puts(out, i ? ",{\"kind\":" : "{\"kind\":");
        (void)buf_json_str(out, x->kind, strlen(x->kind));
        (void)buf_puts(out, ",\"source\":");
        (void)buf_json_str(out, x->source, strlen(x->source));
        (void)buf_printf(out,
                         ",\"score_band\":\"%d-%d\",\"reason\":", x->score_band,
                         x->score_band >= 80 ? 100 : x->score_band + 19);
        (void)buf_json_str(out, x->reason, strlen(x->reason));
        (void)buf_printf(out, ",\"n\":%lld}", (long long)x->n);
    }
    (void)buf_putc(out, ']');
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    int64_t workspace = r->ws->workspace_id;
    struct funnel f;
    struct kpis k = {0};
    enum err e = read_funnel(pg, r->mem, workspace, &a->span, &f);

    if (e == ERR_OK)
        e = read_kpis(pg, r->mem, workspace, &a->days, &k);
    if (e != ERR_OK)
        return e;
    (void)buf_putc(&r->out, '{');
    span_write(&a->span, &r->out);
    (void)buf_printf(&r->out, ",\"definitions\":%s,\"groups\":[", DEFINITIONS);
    for (size_t i = 0; i < f.n; i++)
        put_group(&r->out, a, &k, f.groups[i].value, f.groups[i].stages,
                  i == 0);
    put_rest(&r->out, a, &k, &f);
    (void)buf_putc(&r->out, ']');
    put_reasons(&r->out, &k);
    (void)buf_putc(&r->out, '}');
    return ERR_OK;
}

/* Deals and spend are kept by day: the day `from` falls in counts, and so
   does the one `to` falls in. */
static void widen(struct ask *a)
{
    struct funnel_span *s = &a->span;

    a->days.behind = funnel_day(s->tz, s->to_ms);
    a->days.cohort = s->cohort;
    a->days.dim = s->dim;
    s->to_ms = tz_day_start(s->tz, a->days.behind);
    if (!s->has_from)
        return;
    a->days.first = tz_day(s->tz, s->from_ms);
    s->from_ms = tz_day_start(s->tz, a->days.first);
}

enum http_next kpis_get(struct http_req *rq)
{
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    span_read(rq, r, &a->span);
    widen(a);
    return api_read_start(rq, r, run);
}
