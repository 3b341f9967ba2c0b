#include "store/account_events.h"

#include <stdlib.h>

enum { ACCOUNT_ID, LEAD_ID }; /* columns; EVENT_SELECT begins with the lead */

/* Events of one account: a part of the array of all. */
struct span {
    struct uuid account_id;
    size_t first, n;
};

struct told {
    struct event *events;
    struct span *spans; /* by account id, as the statement orders them */
    size_t n_spans;
};

void event_of_row(const PGresult *res, int row, int first, struct arena *mem,
                  struct event *ev)
{
    ev->lead_id = pg_get_uuid(res, row, first);
    ev->event_id = pg_get_uuid(res, row, first + 1);
    ev->ext_id = pg_get_text(res, row, first + 2, mem);
    (void)event_type_parse(PQgetvalue(res, row, first + 3), &ev->type);
    ev->occurred_ms = pg_get_time(res, row, first + 4);
    ev->value = (int32_t)pg_get_i64(res, row, first + 5);
    ev->duration_s = (int32_t)pg_get_i64(res, row, first + 6);
    ev->machine = pg_get_bool(res, row, first + 7);
    ev->session = pg_get_text(res, row, first + 8, mem);
    ev->channel = pg_get_text(res, row, first + 9, mem);
    ev->visitor = pg_get_text(res, row, first + 10, mem);
    ev->detail = pg_get_text(res, row, first + 11, mem);
    ev->person = pg_get_text(res, row, first + 12, mem);
}

static int by_account(const void *x, const void *y)
{
    return uuid_cmp(&((const struct span *)x)->account_id,
                    &((const struct span *)y)->account_id);
}

static void take_row(struct told *t, const PGresult *res, int row,
                     struct arena *mem)
{
    struct uuid account = pg_get_uuid(res, row, ACCOUNT_ID);
    struct span *span = t->n_spans ? &t->spans[t->n_spans - 1] : NULL;
    char person[UUID_TEXT_BYTES];
    struct event *ev = &t->events[row];

    if (!span || uuid_cmp(&span->account_id, &account)) {
        span = &t->spans[t->n_spans++];
        *span = (struct span){.account_id = account, .first = (size_t)row};
    }
    span->n++;
    event_of_row(res, row, LEAD_ID, mem, ev);
    if (!ev->person)
        ev->person = arena_strdup(mem, uuid_format(&ev->lead_id, person));
}

void account_events_take(const PGresult *res, struct bundle *list,
                         struct arena *mem)
{
    size_t n = (size_t)PQntuples(res);
    struct told t = {.n_spans = 0};

    if (!n)
        return;
    t.events = arena_array(mem, n, sizeof(*t.events));
    t.spans = arena_array(mem, n, sizeof(*t.spans));
    for (size_t row = 0; row < n; row++)
        take_row(&t, res, (int)row, mem);
    for (struct bundle *b = list; b; b = b->next) {
        struct span want = {.account_id = b->lead.account_id};
        const struct span *span =
            bsearch(&want, t.spans, t.n_spans, sizeof(want), by_account);

        if (!span)
            continue;
        b->others = t.events + span->first;
        b->n_others = span->n;
    }
}
