#include "outbound/fetch_one.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "outbound/hubspot_fields.h"

#define LATE_TRIES   6  /* a fresh lead may lag some minutes */
#define LATE_TIMES   15 /* first wait, in retry_ms */
#define LATE_MOST_MS (5 * MINUTE_MS)
#define LIMIT_TIMES  30
#define MOST_MS      HOUR_MS
#define READABLE_MS  (90 * DAY_MS) /* the platforms keep leads so long */

int64_t fetch_wait_ms(int attempt, int64_t base_ms, int64_t most_ms)
{
    uint32_t chance;

    crypto_random(&chance, sizeof(chance));
    return MAX(backoff_ms(attempt, base_ms, most_ms, chance), 1);
}

bool fetch_token(struct fetch_worker *w, struct fetch_page *page,
                 char out[FETCH_TOKEN_MAX])
{
    uint8_t hash[SHA256_BYTES];

    if (!w->ops->token(w->ops->ctx, page->workspace_id, &page->source_id,
                       page->page_id, out, FETCH_TOKEN_MAX)) {
        memset(page->token, 0, sizeof(page->token));
        return false;
    }
    crypto_sha256(out, strlen(out), hash);
    memcpy(page->token, hash, sizeof(page->token));
    return true;
}

/* ---- pages ---- */

static void log_page(const char *event, enum log_level level,
                     const struct fetch_page *page, const char *cause)
{
    char id[UUID_TEXT_BYTES];

    log_line(level, event, "i:workspace_id", page->workspace_id, "s:source_id",
             uuid_format(&page->source_id, id), "s:page_id", page->page_id,
             "s:cause", cause, NULL);
}

enum err fetch_page_trouble(struct fetch_worker *w,
                            const struct fetch_page *page,
                            const struct reading *why, int attempts,
                            int64_t *out_ms)
{
    int64_t now = clock_now_ms();

    *out_ms = 0;
    if (why->outcome == OUTCOME_TOKEN) {
        log_page("page_stopped", LOG_ERROR, page, why->cause);
        return fetch_page_stop(w->pg, w->one, page, why->cause, now);
    }
    *out_ms =
        now + (why->wait_ms
                   ? why->wait_ms
                   : fetch_wait_ms(attempts, LIMIT_TIMES * w->config->retry_ms,
                                   MOST_MS));
    log_page("page_limited", LOG_WARN, page, why->cause);
    return fetch_page_block(w->pg, w->one, page, why->cause, *out_ms, now);
}

enum err fetch_resume_pages(struct fetch_worker *w)
{
    struct fetch_page *pages = NULL;
    char token[FETCH_TOKEN_MAX];
    size_t n = 0;
    enum err e = fetch_pages_stopped(w->pg, w->mem, &pages, &n);

    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        struct fetch_page now = pages[i];

        if (!fetch_token(w, &now, token) ||
            memcmp(now.token, pages[i].token, sizeof(now.token)) == 0)
            continue;
        log_page("page_resumed", LOG_INFO, &now, NULL);
        e = fetch_page_resume(w->pg, w->mem, &pages[i], clock_now_ms());
    }
    return e;
}

/* ---- one lead ---- */

static void count(enum outcome o)
{
    metric_add_at(METRIC_FETCHES, metric_slot(METRIC_FETCHES, outcome_text(o)),
                  1);
}

static enum err finish(struct fetch_worker *w, const struct fetch *f,
                       const struct fetch_end *end)
{
    return fetch_finish(w->pg, w->one, f, end, clock_now_ms());
}

static enum err later(struct fetch_worker *w, const struct fetch *f,
                      int64_t wait_ms, const char *cause)
{
    struct fetch_end end = {.state = "pending",
                            .next_ms = clock_now_ms() + wait_ms,
                            .error = cause};

    return finish(w, f, &end);
}

static enum err give_up(struct fetch_worker *w, const struct fetch *f,
                        const char *state, const char *cause)
{
    struct fetch_end end = {.state = state, .error = cause};
    char id[UUID_TEXT_BYTES];

    log_line(LOG_ERROR, "fetch_parked", "i:workspace_id", f->workspace_id,
             "s:fetch_id", uuid_format(&f->fetch_id, id), "s:external_id",
             f->external_id, "s:state", state, "s:cause", cause, NULL);
    return finish(w, f, &end);
}

/* Wait for the page; that is no try of this lead. */
static enum err wait_for_page(struct fetch_worker *w, const struct fetch *f,
                              int64_t next_ms, const char *cause)
{
    struct fetch_end end = {
        .state = "pending", .error = cause, .not_tried = true};

    if (next_ms) /* not all at once when the time has come */
        end.next_ms = next_ms + fetch_wait_ms(1, w->config->retry_ms, MOST_MS);
    return finish(w, f, &end);
}

/* The same lead is the same receipt, whoever reads it and how often. */
static struct uuid receipt_id(const struct fetch *f)
{
    char seed[UUID_TEXT_BYTES + 160], id[UUID_TEXT_BYTES];
    int n = snprintf(seed, sizeof(seed), "%s %s",
                     uuid_format(&f->source_id, id), f->external_id);

    return uuid_derived(f->created_ms, seed, (size_t)n);
}

static bool passes(enum err e)
{
    return err_info(e)->status == 503;
}

/* So that it is read in bulk: Meta's form, LinkedIn's owner. */
static enum err remember_form(struct fetch_worker *w, const struct fetch *f)
{
    struct fetch_form form = {.workspace_id = f->workspace_id,
                              .source_id = f->source_id,
                              .form_id = f->form_id,
                              .page_id = f->page_id};

    if (str_eq(f->platform, "linkedin"))
        form.form_id = f->page_id;
    else if (!str_eq(f->platform, "meta"))
        return ERR_OK;
    return *form.form_id ? fetch_form_seen(w->pg, w->one, &form, clock_now_ms())
                         : ERR_OK;
}

static enum err keep(struct fetch_worker *w, const struct fetch *f,
                     const struct platform_lead *lead, struct fetch_page *page)
{
    struct fetch_end end = {.state = "done"};
    struct receipt rc = {.receipt_id = receipt_id(f),
                         .source_id = f->source_id,
                         .received_ms = f->created_ms,
                         .door = lead->door,
                         .content_type = "application/json",
                         .body = lead->json,
                         .body_bytes = strlen(lead->json)};
    bool ours = false;
    enum err e = fetch_still_ours(w->pg, w->one, f, &ours);

    if (e != ERR_OK || !ours) /* withdrawn, or taken over */
        return e;
    e = w->ops->deliver(w->ops->ctx, f->workspace_id, &rc, &end.lead_id);
    if (passes(e))
        return later(w, f,
                     fetch_wait_ms(f->attempts, w->config->retry_ms, MOST_MS),
                     err_info(e)->code);
    if (e != ERR_OK)
        return give_up(w, f, "parked", err_info(e)->code);
    e = finish(w, f, &end);
    if (e == ERR_OK)
        e = fetch_page_works(w->pg, w->one, page, clock_now_ms());
    return e == ERR_OK ? remember_form(w, f) : e;
}

static enum err late(struct fetch_worker *w, const struct fetch *f,
                     const struct reading *why)
{
    if (f->attempts >= LATE_TRIES)
        return give_up(w, f, why->outcome == OUTCOME_GONE ? "dead" : "parked",
                       why->cause);
    return later(w, f,
                 fetch_wait_ms(f->attempts, LATE_TIMES * w->config->retry_ms,
                               LATE_MOST_MS),
                 why->cause);
}

static enum err act(struct fetch_worker *w, const struct fetch *f,
                    const struct platform_lead *lead, struct fetch_page *page)
{
    const struct reading *why = &lead->reading;
    int64_t next = 0;
    enum err e;

    switch (why->outcome) {
    case OUTCOME_OK:
        return keep(w, f, lead, page);
    case OUTCOME_LATE:
    case OUTCOME_GONE:
        return late(w, f, why);
    case OUTCOME_LIMITED:
    case OUTCOME_TOKEN:
        e = fetch_page_trouble(w, page, why, f->attempts, &next);
        return e == ERR_OK ? wait_for_page(w, f, next, why->cause) : e;
    case OUTCOME_PARK:
        return give_up(w, f, "parked", why->cause);
    case OUTCOME_AGAIN:
        break;
    }
    if (clock_now_ms() - f->created_ms > READABLE_MS)
        return give_up(w, f, "parked", why->cause);
    return later(w, f, fetch_wait_ms(f->attempts, w->config->retry_ms, MOST_MS),
                 why->cause);
}

static const char *fields(struct fetch_worker *w, const struct fetch *f)
{
    size_t n = 0;
    const char **names =
        w->ops->fields(w->ops->ctx, f->workspace_id, &f->source_id, w->one, &n);

    return hubspot_fields(names, n, w->one);
}

enum err fetch_one(struct fetch_worker *w, const struct fetch *f)
{
    struct fetch_page page = {f->workspace_id, f->source_id, f->page_id, {0}};
    struct reading none = {.outcome = OUTCOME_TOKEN, .cause = "no_token"};
    struct platform_lead lead;
    char token[FETCH_TOKEN_MAX];
    enum err e;

    arena_reset(w->one);
    if (f->is_stopped)
        return wait_for_page(w, f, 0, "page_stopped");
    if (f->blocked_ms > clock_now_ms())
        return wait_for_page(w, f, f->blocked_ms, "page_limited");
    if (!fetch_token(w, &page, token)) {
        lead.reading = none;
    } else {
        reader_lead(w->reader, f->platform, f->external_id, token, fields(w, f),
                    w->one, &lead);
    }
    count(lead.reading.outcome);
    e = act(w, f, &lead, &page);
    return e;
}
