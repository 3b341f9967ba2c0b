/*
 * Bulk reads: notifications get lost, so each form of Meta, and each owner of
 * forms at LinkedIn, is read from time to time over the last days.  What is not
 * known is queued; the queue reads it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "outbound/fetch_one.h"

#define PARTS_MAX  500
#define PAGES_MAX  256
#define CURSOR_MAX 1024

/* ---- queueing ---- */

/* @param page_id whose token found them, and reads them */
static enum err enqueue(struct fetch_worker *w, const struct fetch_form *form,
                        const char *page_id, const struct platform_list *list,
                        size_t *found)
{
    struct fetch_order *orders =
        arena_array(w->one, list->n + 1, sizeof(*orders));
    bool is_form = str_eq(form->platform, "meta"); /* else an owner of some */
    size_t fresh = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; i < list->n; i++)
        orders[i] =
            (struct fetch_order){.platform = form->platform,
                                 .source_id = form->source_id,
                                 .external_id = list->ids[i],
                                 .page_id = page_id,
                                 .form_id = is_form ? form->form_id : NULL,
                                 .action = FETCH_READ,
                                 .received_ms = clock_now_ms()};
    if (list->n)
        e = fetch_enqueue(w->pg, w->one, form->workspace_id, orders, list->n,
                          clock_now_ms(), &fresh);
    *found += fresh;
    return e;
}

/* ---- one form ---- */

/* The part it came with is thrown away. @return false: too long */
static bool keep_cursor(const char *next, char *out, size_t size)
{
    if (next && strlen(next) >= size)
        return false;
    snprintf(out, size, "%s", next ? next : "");
    return true;
}

static enum err refused(struct fetch_worker *w, const struct fetch_page *page,
                        const struct reading *why)
{
    int64_t next;

    return why->outcome == OUTCOME_TOKEN || why->outcome == OUTCOME_LIMITED
               ? fetch_page_trouble(w, page, why, 1, &next)
               : ERR_OK;
}

/* @param out OUTCOME_OK: read to the end */
static enum err read_with(struct fetch_worker *w, const struct fetch_form *form,
                          const char *page_id, size_t *found,
                          struct reading *out)
{
    struct fetch_page page = {
        form->workspace_id, form->source_id, page_id, {0}};
    int64_t since = clock_now_ms() - w->config->look_back_ms;
    struct platform_list list = {.next = NULL};
    char token[FETCH_TOKEN_MAX], cursor[CURSOR_MAX];
    enum err e = ERR_OK;

    *out = (struct reading){.outcome = OUTCOME_TOKEN, .cause = "no_token"};
    if (!fetch_token(w, &page, token))
        return ERR_OK;
    for (int i = 0; e == ERR_OK && i < PARTS_MAX; i++) {
        if (!keep_cursor(list.next, cursor, sizeof(cursor)))
            break;
        arena_reset(w->one);
        reader_list(w->reader, form->platform, form->form_id, since,
                    i ? cursor : NULL, token, w->one, &list);
        *out = list.reading;
        if (out->outcome != OUTCOME_OK)
            return refused(w, &page, out);
        e = enqueue(w, form, page_id, &list, found);
        if (!list.next)
            return e;
    }
    *out = (struct reading){.outcome = OUTCOME_AGAIN, .cause = "too_many"};
    return e;
}

/* ---- whose form it is ---- */

struct pages {
    struct fetch_worker *w;
    const char *ids[PAGES_MAX];
    size_t n;
};

static void add_page(void *ctx, const char *page_id)
{
    struct pages *p = ctx;

    if (p->n < PAGES_MAX)
        p->ids[p->n++] = arena_strdup(p->w->mem, page_id);
}

/* A listed form does not say whose it is: each page is asked then. */
static void pages_of(struct fetch_worker *w, const struct fetch_form *form,
                     struct pages *out)
{
    struct fetch_page page = {
        form->workspace_id, form->source_id, form->page_id, {0}};
    char token[FETCH_TOKEN_MAX];

    out->w = w;
    out->n = 0;
    if (!fetch_token(w, &page, token) && !*form->page_id)
        w->ops->pages(w->ops->ctx, form->workspace_id, &form->source_id,
                      add_page, out);
    if (!out->n)
        add_page(out, form->page_id);
}

/* @param out_cause NULL: read to the end */
static enum err read_form(struct fetch_worker *w, const struct fetch_form *form,
                          size_t *found, const char **out_cause)
{
    struct reading why = {.outcome = OUTCOME_OK};
    struct pages pages;
    enum err e = ERR_OK;

    pages_of(w, form, &pages);
    for (size_t i = 0; e == ERR_OK && i < pages.n; i++) {
        e = read_with(w, form, pages.ids[i], found, &why);
        if (why.outcome == OUTCOME_OK || why.outcome == OUTCOME_AGAIN)
            break; /* its page, or nothing was said */
    }
    *out_cause =
        why.outcome == OUTCOME_OK ? NULL : arena_strdup(w->mem, why.cause);
    return e;
}

static enum err sweep(struct fetch_worker *w, const struct fetch_form *form)
{
    const char *cause = NULL;
    size_t found = 0;
    enum err e = read_form(w, form, &found, &cause);

    metric_add(METRIC_FETCH_FOUND, (int64_t)found);
    if (found || cause)
        log_line(cause ? LOG_WARN : LOG_INFO, "form_swept", "i:workspace_id",
                 form->workspace_id, "s:form_id", form->form_id, "i:found",
                 (int64_t)found, "s:cause", cause, NULL);
    if (e == ERR_OK)
        e = fetch_form_swept(w->pg, w->mem, form, cause, clock_now_ms());
    return e;
}

/* ---- forms the sources list ---- */

struct listing {
    struct fetch_worker *w;
    enum err err;
};

static void note_form(void *ctx, int64_t workspace_id,
                      const struct uuid *source_id, const char *form_id,
                      const char *page_id)
{
    struct listing *l = ctx;
    struct fetch_form form = {workspace_id, *source_id, form_id, page_id, NULL};

    if (l->err == ERR_OK)
        l->err = fetch_form_seen(l->w->pg, l->w->mem, &form, clock_now_ms());
}

enum err fetch_sweep_form(struct fetch_worker *w, bool *out_any)
{
    struct listing l = {w, ERR_OK};
    int64_t now = clock_now_ms(), *ids = NULL;
    struct fetch_form form;
    size_t n = 0;
    enum err e;

    *out_any = false;
    w->ops->forms(w->ops->ctx, note_form, &l);
    e = l.err;
    if (e == ERR_OK)
        e = fetch_workspaces(w->pg, w->mem, FETCH_FORMS, now, &ids, &n);
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        e = fetch_form_lease(w->pg, w->mem, ids[i], now,
                             now + w->config->sweep_ms, &form);
        if (e == ERR_NOT_FOUND) {
            e = ERR_OK; /* another instance was faster */
        } else if (e == ERR_OK) {
            *out_any = true;
            e = sweep(w, &form);
        }
    }
    return e;
}
