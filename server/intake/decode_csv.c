#include "intake/decode_csv.h"

#include "base/str.h"
#include "base/text.h"
#include "intake/form_map.h"
#include "intake/hook_lead.h"
#include "intake/limits.h"
#include "intake/list_time.h"

struct row {
    const struct csv_map *map;
    struct form_sink sink;
    struct csv_cell *cells;
    size_t n;
    int64_t sent_ms;
    struct csv_fault *fault;
};

static const char *cell_text(const struct row *r, const struct csv_cell *c)
{
    return text_clean(c->text, c->n, TEXT_LINE, r->sink.mem);
}

/* "l:1234" and "p:+8490...": the letter says what follows, to a person. */
static void strip_type(const struct csv_map *map, struct csv_cell *c)
{
    size_t n = c->n > 2 && c->text[1] == ':'
                   ? 2
                   : (c->n > 3 && c->text[2] == ':' ? 3 : 0);

    for (size_t i = 0; n && i + 1 < n; i++)
        if (c->text[i] < 'a' || c->text[i] > 'z')
            n = 0;
    if (!n || !str_eq(map->platform, "meta") ||
        (!is_digit(c->text[n]) && c->text[n] != '+'))
        return;
    c->text += n;
    c->n -= n;
}

/* Spreadsheets guard what begins with = + - @ by an apostrophe. */
static void strip_guard(struct csv_cell *c)
{
    if (c->n > 1 && c->text[0] == '\'' && strchr("=+-@", c->text[1])) {
        c->text++;
        c->n--;
    }
}

/* As it is, or what the mapping's table makes of it. */
static void put_text(struct row *r, const struct csv_column *col,
                     const struct csv_cell *c)
{
    const char *value = c->text;
    size_t n = c->n;

    if (col->rule)
        value = form_rule_value(col->rule, value, &n, r->sink.mem);
    if (value)
        form_target_put(&r->sink, &col->target, value, n);
}

/* Other lists have times, too, that say nothing we keep. */
static void put_time(struct row *r, size_t cell)
{
    if (!r->map->platform ||
        list_time_parse(cell_text(r, &r->cells[cell]), r->map->tz, &r->sent_ms))
        return;
    *r->fault =
        (struct csv_fault){ERR_TIME_INVALID, cell + 1, "no time we can read"};
}

static void put_cell(struct row *r, size_t cell)
{
    const struct csv_column *col = &r->map->columns[cell];
    struct csv_cell *c = &r->cells[cell];

    switch (col->kind) {
    case CELL_IGNORE:
        break;
    case CELL_TIME:
        put_time(r, cell);
        break;
    case CELL_LEAD_ID:
        strip_type(r->map, c);
        r->sink.d->external_id = hook_id(c->text, r->sink.mem);
        break;
    case CELL_TEST:
        r->sink.d->test = form_says_yes(c->text);
        break;
    case CELL_TEXT:
        strip_type(r->map, c);
        put_text(r, col, c);
        break;
    }
}

static void put_cells(struct row *r)
{
    for (int turn = 0; turn <= CSV_TURN_LAST; turn++)
        for (size_t i = 0; i < r->n; i++)
            if (r->cells[i].n && r->map->columns[i].turn == turn)
                put_cell(r, i);
}

static void add_event(struct draft *d, enum event_type type, int64_t at_ms,
                      const char *ext_id)
{
    d->events[d->n_events++] = (struct event){.type = type,
                                              .occurred_ms = at_ms,
                                              .channel = d->touch.channel,
                                              .ext_id = ext_id};
}

/* The events of a platform's form have the names its webhook gives them.  One
 * of a time nobody can read is none: it is not of today. */
static void put_sent(const struct row *r, int64_t now_ms)
{
    const struct form_spec *spec = r->map->spec;
    struct draft *d = r->sink.d;
    int64_t at = r->sent_ms ? MIN(r->sent_ms, now_ms) : now_ms;
    uint32_t rest = r->sink.events;

    if (r->fault->err != ERR_OK)
        return;
    if (spec->has_form_event) {
        add_event(d, spec->form_event, at, d->external_id);
        rest &= ~(UINT32_C(1) << spec->form_event);
    }
    for (unsigned i = 0; i < EVENT_TYPE_N; i++)
        if (rest & UINT32_C(1) << i)
            add_event(d, (enum event_type)i, at,
                      d->n_events
                          ? arena_printf(r->sink.mem, "%s:%s", d->external_id,
                                         event_type_text((enum event_type)i))
                          : d->external_id);
}

/* Being on a list is nothing a person did; filling in a platform's form is,
 * and so is what a mapping says. */
static void put_events(const struct row *r, int64_t now_ms)
{
    struct draft *d = r->sink.d;

    d->events = arena_array(r->sink.mem, EVENT_TYPE_N + 1, sizeof(*d->events));
    if (r->map->platform && d->external_id) {
        put_sent(r, now_ms);
        return;
    }
    for (unsigned i = 0; i < EVENT_TYPE_N; i++)
        if (r->sink.events & UINT32_C(1) << i)
            add_event(d, (enum event_type)i, now_ms, NULL);
}

static bool has_touch(const struct touch *t)
{
    static const struct touch NONE;

    return memcmp(t, &NONE, sizeof(NONE)) != 0;
}

static bool is_test(const struct csv_cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(cells[i].text, "<test lead:"))
            return true;
    return false;
}

static enum err fail(struct csv_fault *fault, enum err e, size_t cell,
                     const char *detail)
{
    *fault = (struct csv_fault){e, cell, detail};
    return e;
}

static const char *cell_of(const void *ctx, const char *key)
{
    const struct row *r = ctx;

    for (size_t i = 0; i < r->n; i++)
        if (r->cells[i].n && str_eq(r->map->columns[i].key, key))
            return r->cells[i].text;
    return NULL;
}

static void put_all(struct row *r, struct csv_cell *cells, size_t n,
                    int64_t now_ms)
{
    struct draft *d = r->sink.d;

    r->cells = cells;
    r->n = n;
    for (size_t i = 0; i < n; i++)
        strip_guard(&cells[i]);
    form_put_constants(&r->sink, r->map->spec);
    form_put_joins(&r->sink, r->map->spec, cell_of, r);
    put_cells(r);
    if (str_eq(r->map->platform, "google-ads") && !d->touch.medium)
        d->touch.medium = "lead_form";
    form_target_end(&r->sink);
    d->has_touch = r->map->platform || has_touch(&d->touch);
    d->test |= str_eq(r->map->platform, "meta") && is_test(cells, n);
    put_events(r, now_ms);
}

enum err csv_draft(const struct csv_map *map, char delimiter, char *row,
                   size_t n, int64_t now_ms, struct arena *mem,
                   struct draft *out, struct csv_fault *fault)
{
    struct csv_cell cells[CSV_CELLS_MAX];
    struct row r = {.map = map,
                    .fault = fault,
                    .sink = {.d = out,
                             .mem = mem,
                             .now_ms = now_ms,
                             .currency = map->spec->currency,
                             .of_list = true}};
    size_t count, bad = 0;

    memset(out, 0, sizeof(*out));
    *fault = (struct csv_fault){.err = ERR_OK};
    out->fact_source = FACT_SYSTEM;
    if (memchr(row, 0, n))
        return fail(fault, ERR_BAD_UTF8, 0, "a NUL byte inside the row");
    count = csv_split(delimiter, row, n, cells, &bad);
    if (!count)
        return fail(fault, ERR_BAD_CSV, bad,
                    bad > CSV_CELLS_MAX
                        ? "too many cells"
                        : "text behind the closing quote of a cell");
    while (count > map->n && !cells[count - 1].n)
        count--; /* delimiters left over at the end of the line */
    if (count > map->n)
        return fail(fault, ERR_BAD_CSV, map->n + 1,
                    "more cells than the heading has");
    put_all(&r, cells, count, now_ms);
    return ERR_OK;
}
