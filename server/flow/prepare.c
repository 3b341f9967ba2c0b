#include "flow/prepare.h"

#include "base/arena.h"
#include "base/str.h"
#include "identity/company.h"
#include "identity/identity.h"
#include "lead/money.h"

/* 'w1' 'w2': the folded words of a name, each behind its workspace, so that
   a search never leaves it.  Words are letters and digits only. */
static const char *search_text(const struct workspace *ws, const char *name,
                               struct arena *mem)
{
    const char *words[NAME_WORDS_MAX];
    size_t n = name_words(name, mem, words);
    const char *text = NULL;

    for (size_t i = 0; i < n; i++)
        text = arena_printf(mem, "%s%s'%lld.%s'", text ? text : "",
                            text ? " " : "", (long long)ws->workspace_id,
                            words[i]);
    return text;
}

/* By the domain, which says it best, and by the name.  A test lead is nobody's
   colleague.  "không có" is no company, and takes no company's place. */
static void set_account(struct draft *d, struct arena *mem)
{
    const char *company = company_fold(d->contact.company, mem);
    const char *name = company ? arena_printf(mem, "name:%s", company) : NULL;

    if (company_is_none(d->contact.company, mem))
        d->contact.company = NULL;
    if (d->test)
        return;
    d->account_key = name;
    d->account_name = name ? d->contact.company : NULL;
    if (!d->work_domain)
        return;
    d->account_key = arena_printf(mem, "domain:%s", d->work_domain);
    d->account_alias = name;
    if (!name)
        d->account_name = d->work_domain;
}

/* A stated time frame starts when it was stated. */
static void date_timeframe(struct draft *d, int64_t now_ms)
{
    if ((d->facts.given & FACT_TIMEFRAME_DAYS) &&
        !(d->facts.given & FACT_TIMEFRAME_STATED_AT)) {
        d->facts.given |= FACT_TIMEFRAME_STATED_AT;
        d->facts.timeframe_stated_ms = now_ms;
    }
}

/* What it costs, unless the form says so or speaks of another currency. */
static void default_price(const struct source *s, struct draft *d)
{
    struct facts *f = &d->facts;
    const char *currency = s->currency ? s->currency : s->spec.currency;

    if (s->price <= 0 || (f->given & FACT_PRICE) ||
        (f->currency[0] && !str_eq(f->currency, currency)))
        return;
    f->given |= FACT_PRICE;
    f->price = s->price;
    if (currency_decimals(s->currency) >= 0 && !f->currency[0]) {
        f->given |= FACT_CURRENCY;
        memcpy(f->currency, currency, sizeof(f->currency));
    }
    d->fact_source = FACT_SELF_DECLARED;
}

void draft_channel(struct draft *d, const char *channel, struct arena *mem)
{
    if (!d->touch.channel)
        d->touch.channel = arena_strdup(mem, channel);
    for (size_t i = 0; i < d->n_events; i++)
        if (!d->events[i].channel)
            d->events[i].channel = d->touch.channel;
}

void draft_defaults(const struct source *s, struct draft *d, struct arena *mem)
{
    d->has_touch = true;
    draft_channel(d, s->channel, mem);
    if (!d->touch.campaign)
        d->touch.campaign = arena_strdup(mem, s->campaign);
    d->origin = s->origin;
    d->has_origin = true;
    d->source_name = arena_strdup(mem, s->name);
    d->id_space = arena_strdup(mem, s->id_space);
    default_price(s, d);
}

void flow_prepare(const struct workspace *ws, struct draft *d, int64_t now_ms,
                  struct arena *mem, struct field_errs *errs)
{
    identity_resolve(d, ws->region, mem, errs);
    d->name_search = search_text(ws, d->contact.name, mem);
    set_account(d, mem);
    date_timeframe(d, now_ms);
}
