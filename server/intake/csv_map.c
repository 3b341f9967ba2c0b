#include "intake/csv_map.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/text.h"

static const struct name {
    const char *folded;
    enum cell_kind kind;
    enum target_text text;
} NAMES[] = {
#define NAME(folded, kind, target) {folded, kind, TARGET_TEXT_##target},
#include "intake/csv_names.def"
#undef NAME
};

static void text_column(struct csv_column *c, enum target_text text)
{
    c->kind = CELL_TEXT;
    c->target = (struct form_target){.kind = TARGET_TEXT, .text = text};
}

static int by_name(const void *key, const void *name)
{
    return strcmp(key, ((const struct name *)name)->folded);
}

static bool known_in_lists(const char *key, struct csv_column *c)
{
    const struct name *name =
        bsearch(key, NAMES, ARRAY_LEN(NAMES), sizeof(*NAMES), by_name);

    if (!name)
        return false;
    text_column(c, name->text);
    c->kind = name->kind;
    return true;
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

/* Named by their platform: an answer that says the same goes first, and what
 * names a campaign before what numbers it. */
static const struct {
    const char *platform, *folded;
    enum cell_kind kind;
    enum target_text text;
    int turn;
} PLATFORM_NAMES[] = {
#define COLUMN(platform, folded, kind, target, turn)                           \
    {platform, folded, kind, TARGET_TEXT_##target, turn},
#include "intake/csv_platforms.def"
#undef COLUMN
};

static const char *platform_of(const struct csv_map *map)
{
    if (column_named(map, "id") && column_named(map, "createdtime") &&
        column_named(map, "formid"))
        return "meta";
    if (column_named(map, "leadid") &&
        (column_named(map, "gclid") || column_named(map, "googleclickid") ||
         column_named(map, "googlekey") || column_named(map, "leadsubmittime")))
        return "google-ads";
    return NULL;
}

/* A mapping knows better. */
static void know_platform(struct csv_map *map)
{
    map->platform = platform_of(map);
    for (size_t i = 0; map->platform && i < ARRAY_LEN(PLATFORM_NAMES); i++) {
        struct csv_column *c = column_named(map, PLATFORM_NAMES[i].folded);

        if (!c || c->rule || !str_eq(PLATFORM_NAMES[i].platform, map->platform))
            continue;
        text_column(c, PLATFORM_NAMES[i].text);
        c->kind = PLATFORM_NAMES[i].kind;
        c->turn = PLATFORM_NAMES[i].turn;
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
        if (map->columns[i].kind == CELL_LEAD_ID ||
            (map->columns[i].kind == CELL_TEXT &&
             is_identifier(&map->columns[i].target)))
            return true;
    return joins_identifier(map);
}

enum err csv_map_read(char delimiter, char *heading, size_t n,
                      const struct form_spec *spec, const struct tz *tz,
                      struct arena *mem, struct csv_map *out,
                      struct field_errs *errs)
{
    struct csv_cell *cells = arena_array(mem, CSV_CELLS_MAX, sizeof(*cells));
    size_t bad;

    memset(out, 0, sizeof(*out));
    out->tz = tz;
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

/* @return how many columns are understood; 0 when none says who it is */
static size_t known_columns(char delimiter, const char *heading, size_t n,
                            const struct form_spec *spec, struct arena *mem)
{
    struct field_errs unheard = {.mem = mem};
    struct csv_map map;
    size_t known = 0;

    if (csv_map_read(delimiter, arena_strndup(mem, heading, n), n, spec, NULL,
                     mem, &map, &unheard) != ERR_OK)
        return 0;
    for (size_t i = 0; i < map.n; i++)
        known += map.columns[i].kind != CELL_IGNORE;
    return known;
}

char csv_map_delimiter(const char *heading, size_t n,
                       const struct form_spec *spec, struct arena *mem)
{
    char best = csv_delimiter(heading, n);
    size_t most = known_columns(best, heading, n, spec, mem);

    for (const char *c = CSV_DELIMITERS; *c; c++) {
        size_t known = known_columns(*c, heading, n, spec, mem);

        if (known > most) {
            best = *c;
            most = known;
        }
    }
    return best;
}
