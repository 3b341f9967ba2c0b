#include "intake/decode_csv.h"

#include "intake/full_name.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/charset.h"
#include "intake/form_map.h"
#include "intake/limits.h"

static const struct {
    const char *folded;
    enum cell_kind kind;
    enum target_text text;
} NAMES[] = {
#define NAME(folded, kind, target) {folded, kind, TARGET_TEXT_##target},
#include "intake/csv_names.def"
#undef NAME
};

/* ---- the heading ---- */

static void text_column(struct csv_column *c, enum target_text text)
{
    c->kind = CELL_TEXT;
    c->target = (struct form_target){.kind = TARGET_TEXT, .text = text};
}

static bool known_in_lists(const char *key, struct csv_column *c)
{
    size_t low = 0, high = ARRAY_LEN(NAMES);

    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(key, NAMES[mid].folded);

        if (order == 0) {
            text_column(c, NAMES[mid].text);
            c->kind = NAMES[mid].kind;
            return true;
        }
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

/* The mapping, then what forms know, then what lists know. */
static void read_column(const struct form_spec *spec, const char *heading,
                        struct arena *mem, struct csv_column *c)
{
    char key[FORM_KEY_BYTES];

    form_key(heading, key);
    c->key = arena_strdup(mem, key);
    c->rule = form_spec_rule(spec, key);
    c->kind = CELL_TEXT;
    if (c->rule)
        c->target = c->rule->target;
    else if (!form_target_known(key, &c->target) && !known_in_lists(key, c) &&
             (!str_starts(key, "consent") ||
              !form_target_consent(heading, mem, &c->target)))
        c->kind = CELL_IGNORE;
}

static struct csv_column *column_named(const struct csv_map *map,
                                       const char *folded)
{
    for (size_t i = 0; i < map->n; i++)
        if (str_eq(map->columns[i].key, folded))
            return &map->columns[i];
    return NULL;
}

/* Meta's download: id, created_time, ad_id, ..., form_id, ..., platform. */
static void know_platform(struct csv_map *map)
{
    struct csv_column *id = column_named(map, "id");
    struct csv_column *platform = column_named(map, "platform");

    if (id && column_named(map, "createdtime") && column_named(map, "formid")) {
        map->platform = "meta";
        text_column(id, TARGET_TEXT_EXTERNAL_ID);
        if (platform && platform->kind == CELL_IGNORE)
            text_column(platform, TARGET_TEXT_CHANNEL);
    } else if (column_named(map, "leadid") &&
               (column_named(map, "gclid") || column_named(map, "googlekey") ||
                column_named(map, "leadsubmittime"))) {
        map->platform = "google-ads";
    }
}

size_t csv_map_column(const struct csv_map *map, enum target_text text)
{
    for (size_t i = 0; i < map->n; i++)
        if (map->columns[i].kind == CELL_TEXT &&
            map->columns[i].target.kind == TARGET_TEXT &&
            map->columns[i].target.text == text)
            return i + 1;
    return 0;
}

static bool is_identifier(const struct form_target *t)
{
    return t->kind == TARGET_TEXT &&
           (t->text == TARGET_TEXT_PHONE || t->text == TARGET_TEXT_EMAIL ||
            t->text == TARGET_TEXT_EXTERNAL_ID);
}

static bool joins_identifier(const struct csv_map *map)
{
    for (size_t i = 0; i < map->spec->n_joins; i++) {
        const struct form_join *j = &map->spec->joins[i];

        for (size_t k = 0; is_identifier(&j->target) && k < j->n; k++)
            if (column_named(map, j->key[k]))
                return true;
    }
    return false;
}

static bool has_identifier(const struct csv_map *map)
{
    for (size_t i = 0; i < map->n; i++)
        if (map->columns[i].kind == CELL_TEXT &&
            is_identifier(&map->columns[i].target))
            return true;
    return joins_identifier(map);
}

enum err csv_map_read(char delimiter, char *heading, size_t n,
                      const struct form_spec *spec, struct arena *mem,
                      struct csv_map *out, struct field_errs *errs)
{
    struct csv_cell *cells = arena_array(mem, CSV_CELLS_MAX, sizeof(*cells));
    size_t bad;

    memset(out, 0, sizeof(*out));
    out->spec = spec ? spec : form_spec_default();
    out->n = csv_split(delimiter, heading, n, cells, &bad);
    if (!out->n) {
        field_errs_add(errs, "", ERR_BAD_CSV,
                       "the heading is malformed at column %zu", bad);
        return ERR_BAD_CSV;
    }
    out->columns = arena_array(mem, out->n, sizeof(*out->columns));
    for (size_t i = 0; i < out->n; i++) {
        out->columns[i].heading =
            text_clean(cells[i].text, cells[i].n, TEXT_LINE, mem);
        read_column(out->spec, out->columns[i].heading, mem, &out->columns[i]);
    }
    know_platform(out);
    if (has_identifier(out))
        return ERR_OK;
    field_errs_add(errs, "", ERR_NO_IDENTIFIER,
                   "no column holds a phone number or an e-mail address");
    return ERR_NO_IDENTIFIER;
}

/* ---- a row ---- */

struct row {
    const struct csv_map *map;
    struct form_sink sink;
    const struct csv_cell *cells;
    size_t n;
    const char *given, *surname, *family;
    int64_t sent_ms;
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

static void put_channel(struct row *r, const struct csv_cell *c)
{
    static const char *const WORDS[][2] = {
        {"fb", "facebook"}, {"ig", "instagram"}, {"msg", "messenger"}};

    for (size_t i = 0; str_eq(r->map->platform, "meta") && i < 3; i++)
        if (str_eq(c->text, WORDS[i][0])) {
            r->sink.d->touch.channel = WORDS[i][1];
            return;
        }
    r->sink.d->touch.channel = cell_text(r, c);
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

static void put_cell(struct row *r, const struct csv_column *col,
                     struct csv_cell *c)
{
    const struct form_target *t = &col->target;

    if (!c->n)
        return;
    switch (col->kind) {
    case CELL_IGNORE:
        break;
    case CELL_GIVEN:
        r->given = cell_text(r, c);
        break;
    case CELL_SURNAME:
        r->surname = cell_text(r, c);
        break;
    case CELL_FAMILY:
        r->family = cell_text(r, c);
        break;
    case CELL_TIME:
        (void)time_parse(cell_text(r, c), &r->sent_ms);
        break;
    case CELL_TEXT:
        strip_type(r->map, c);
        if (t->kind == TARGET_TEXT && t->text == TARGET_TEXT_CHANNEL &&
            !r->sink.d->touch.channel)
            put_channel(r, c);
        else
            put_text(r, col, c);
        break;
    }
}

static const char *joined(const struct row *r, const char *a, const char *b)
{
    if (!a || !*a || !b || !*b)
        return a && *a ? a : b;
    return arena_printf(r->sink.mem, "%s %s", a, b);
}

static void put_name(struct row *r)
{
    struct contact *c = &r->sink.d->contact;

    if (!r->given)
        r->given = r->sink.first_name;
    if (!r->surname)
        r->surname = r->sink.last_name;
    if (r->family)
        c->name = joined(r, r->family, c->name ? c->name : r->given);
    else if (!c->name)
        c->name = full_name(r->given, r->surname, r->sink.mem);
}

static void add_event(struct draft *d, enum event_type type, int64_t at_ms,
                      const char *ext_id)
{
    d->events[d->n_events++] = (struct event){.type = type,
                                              .occurred_ms = at_ms,
                                              .channel = d->touch.channel,
                                              .ext_id = ext_id};
}

/* Being on a list is nothing a person did; filling in a platform's form is,
 * and so is what a mapping says. */
static void put_events(const struct row *r, int64_t now_ms)
{
    struct draft *d = r->sink.d;
    bool sent = r->map->platform && d->external_id;

    if (!sent && !r->sink.events)
        return;
    d->events = arena_array(r->sink.mem, EVENT_TYPE_N + 1, sizeof(*d->events));
    if (sent)
        add_event(d, EVENT_FORM_SUBMIT,
                  r->sent_ms ? MIN(r->sent_ms, now_ms) : now_ms,
                  arena_printf(r->sink.mem, "%s:%s", r->map->platform,
                               d->external_id));
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
    fault->cell = cell;
    fault->detail = detail;
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
    for (size_t i = 0; i < n; i++)
        put_cell(r, &r->map->columns[i], &cells[i]);
    put_name(r);
    form_target_end(&r->sink);
    d->has_touch = has_touch(&d->touch);
    d->test = str_eq(r->map->platform, "meta") && is_test(cells, n);
    put_events(r, now_ms);
}

enum err csv_draft(const struct csv_map *map, char delimiter, char *row,
                   size_t n, int64_t now_ms, struct arena *mem,
                   struct draft *out, struct csv_fault *fault)
{
    struct csv_cell cells[CSV_CELLS_MAX];
    struct row r = {.map = map,
                    .sink = {.d = out,
                             .mem = mem,
                             .now_ms = now_ms,
                             .currency = map->spec->currency,
                             .of_list = true}};
    size_t count, bad = 0;

    memset(out, 0, sizeof(*out));
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
