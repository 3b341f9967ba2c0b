#include "options/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"

#define RELOADABLE OPTION_RELOADABLE
#define SECRET     OPTION_SECRET

static const struct option_info ROWS[] = {
#define X(name, kind, unit, preset, least, most, flags, help)                  \
    {#name, OPTION_##kind, unit, preset, least, most, flags, help},
#include "options/options.def"
#undef X
};

static const size_t OFFSETS[] = {
#define X(name, kind, unit, preset, least, most, flags, help)                  \
    offsetof(struct options, name),
#include "options/options.def"
#undef X
};

#define N_ROWS         ARRAY_LEN(ROWS)
#define NO_ROW         N_ROWS
#define LINE_MAX_BYTES 8192
#define MEM_MAX        ((size_t)1 << 20)

/* Variables with our prefix that are not settings. */
static const char *const NOT_SETTINGS[] = {
    "LEADD_CONFIG",          /* path of the file, see cli/args.c */
    "LEADD_HOME",            /* config/run */
    "LEADD_CLOCK_OFFSET_MS", /* base/clock.c, tests */
};

/* What is being read now, for the line that says what is wrong. */
struct reading {
    struct options *o;
    char *why;
    const char *file;
    FILE *stream;
    int line;
    bool too_long, failed;
    bool seen[N_ROWS];
};

size_t options_all(const struct option_info **out_rows)
{
    *out_rows = ROWS;
    return N_ROWS;
}

static size_t find(const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (str_eq(ROWS[i].name, name))
            return i;
    return NO_ROW;
}

static void *field(const struct options *o, size_t row)
{
    return (char *)(uintptr_t)o + OFFSETS[row];
}

static enum err wrong(char *why, const char *where, const char *key,
                      const char *what)
{
    if (key)
        snprintf(why, OPTIONS_WHY_BYTES, "%s: %s: %s", where, key, what);
    else
        snprintf(why, OPTIONS_WHY_BYTES, "%s: %s", where, what);
    return ERR_CONFIG;
}

/* ---- one value ---- */

static bool bool_parse(const char *s, bool *out)
{
    static const char *const WORDS[] = {"off", "on",  "false", "true",
                                        "no",  "yes", "0",     "1"};

    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
        if (str_eq_nocase(s, WORDS[i])) {
            *out = i % 2;
            return true;
        }
    }
    return false;
}

static bool is_addr(const char *s, int *out_bits)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, s, bytes) == 1)
        *out_bits = 32;
    else if (inet_pton(AF_INET6, s, bytes) == 1)
        *out_bits = 128;
    else
        return false;
    return true;
}

static bool is_net(char *s)
{
    char *slash = strchr(s, '/');
    int64_t bits;
    int most;

    if (slash)
        *slash = '\0';
    return is_addr(s, &most) && (!slash || (str_to_i64(slash + 1, &bits) &&
                                            bits >= 0 && bits <= most));
}

static bool are_nets(const char *list, struct arena *mem)
{
    char *copy = arena_strdup(mem, list), *rest = NULL;

    for (char *s = strtok_r(copy, ",", &rest); s;
         s = strtok_r(NULL, ",", &rest))
        if (!is_net(str_trim(s)))
            return false;
    return true;
}

static bool is_url(const char *s)
{
    size_t skip = str_starts(s, "https://")  ? strlen("https://")
                  : str_starts(s, "http://") ? strlen("http://")
                                             : 0;

    return skip && s[skip] && s[skip] != '/';
}

static const char *set_int(const struct option_info *row, const char *value,
                           struct arena *mem, int64_t *out)
{
    int64_t v;

    if (str_to_i64(value, &v) && v >= row->least && v <= row->most) {
        *out = v;
        return NULL;
    }
    return arena_printf(mem, "must be a whole number from %lld to %lld%s%s",
                        (long long)row->least, (long long)row->most,
                        *row->unit ? " " : "", row->unit);
}

static const char *set_text(const struct option_info *row, const char *value,
                            struct arena *mem, const char **out)
{
    size_t n = strlen(value);
    int bits;

    if (!utf8_valid(value, n))
        return "must be UTF-8";
    if (n < (size_t)row->least || n > (size_t)row->most)
        return arena_printf(mem, "must have %lld to %lld characters",
                            (long long)row->least, (long long)row->most);
    if (row->kind == OPTION_ADDR && !str_eq(value, "*") &&
        !is_addr(value, &bits))
        return "must be a numeric IPv4 or IPv6 address, or *";
    if (row->kind == OPTION_NETS && !are_nets(value, mem))
        return "must be addresses or networks such as 10.0.0.0/8, with commas";
    if (row->kind == OPTION_URL && n && !is_url(value))
        return "must be an address such as https://leads.example.com";
    *out = arena_strdup(mem, value);
    return NULL;
}

/* @return what is wrong with the value, NULL when it was taken */
static const char *set(struct options *o, size_t i, const char *value)
{
    switch (ROWS[i].kind) {
    case OPTION_INT:
        return set_int(&ROWS[i], value, o->mem, field(o, i));
    case OPTION_BOOL:
        return bool_parse(value, field(o, i)) ? NULL : "must be on or off";
    case OPTION_LEVEL:
        return log_level_parse(value, field(o, i))
                   ? NULL
                   : "must be debug, info, warn or error";
    default:
        return set_text(&ROWS[i], value, o->mem, field(o, i));
    }
}

/* ---- the three places ---- */

static char *next_line(char *line, int max, void *ctx)
{
    struct reading *r = ctx;
    char *got = fgets(line, max, r->stream);

    if (!got)
        return NULL;
    r->line++;
    if (!strchr(line, '\n') && !feof(r->stream))
        r->too_long = true;
    return r->too_long || r->failed ? NULL : got;
}

static int on_pair(void *ctx, const char *section, const char *name,
                   const char *value)
{
    struct reading *r = ctx;
    size_t i = find(name);
    const char *what;
    char where[256];

    if (r->failed)
        return 1;
    if (*section)
        what = "sections are not used";
    else if (i == NO_ROW)
        what = "there is no such setting";
    else if (r->seen[i])
        what = "is given twice";
    else
        what = set(r->o, i, value);
    if (i != NO_ROW)
        r->seen[i] = true;
    snprintf(where, sizeof(where), "%s:%d", r->file, r->line);
    if (!what) {
        r->o->places[i] = arena_printf(r->o->mem, "%s: %s", where, name);
        return 1;
    }
    (void)wrong(r->why, where, name, what);
    r->failed = true;
    return 1;
}

static enum err read_file(struct options *o, const char *file, char *why)
{
    struct reading r = {.o = o, .why = why, .file = file};
    char where[256];
    int bad;

    r.stream = fopen(file, "re");
    if (!r.stream)
        return wrong(why, file, NULL, strerror(errno));
    /* a connection string may be long, hold " ;", and span no lines */
    ini_use_stack = false;
    ini_max_line = ini_initial_alloc = LINE_MAX_BYTES;
    ini_allow_inline_comments = false;
    ini_allow_multiline = false;
    bad = ini_parse_stream(next_line, &r, on_pair, &r);
    fclose(r.stream);
    if (r.failed)
        return ERR_CONFIG;
    snprintf(where, sizeof(where), "%s:%d", file, r.too_long ? r.line : bad);
    if (r.too_long)
        return wrong(why, where, NULL, "the line is too long");
    if (bad)
        return wrong(why, where, NULL, "must be: name = value");
    return ERR_OK;
}

static bool is_setting(const char *variable, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(NOT_SETTINGS); i++)
        if (strlen(NOT_SETTINGS[i]) == n &&
            memcmp(NOT_SETTINGS[i], variable, n) == 0)
            return false;
    return true;
}

static enum err read_env(struct options *o, char *const *env, char *why)
{
    for (; *env; env++) {
        const char *value = strchr(*env, '=');
        const char *what;
        char *variable, *name;
        size_t i;

        if (!str_starts(*env, "LEADD_") || !value ||
            !is_setting(*env, (size_t)(value - *env)))
            continue;
        variable = arena_strndup(o->mem, *env, (size_t)(value - *env));
        name = arena_strdup(o->mem, variable + strlen("LEADD_"));
        str_lower(name);
        i = find(name);
        what = i == NO_ROW ? "there is no such setting" : set(o, i, value + 1);
        if (what)
            return wrong(why, variable, NULL, what);
        o->places[i] = variable;
    }
    return ERR_OK;
}

static enum err read_args(struct options *o, const struct option_arg *args,
                          size_t n, char *why)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = find(args[k].name);
        const char *what =
            i == NO_ROW ? "there is no such setting" : set(o, i, args[k].value);
        const char *place = arena_printf(o->mem, "--%s", args[k].name);

        if (what)
            return wrong(why, place, NULL, what);
        o->places[i] = place;
    }
    return ERR_OK;
}

enum err options_load(const char *file, char *const *env,
                      const struct option_arg *args, size_t n_args,
                      char err_why[OPTIONS_WHY_BYTES], struct options **out)
{
    struct arena *mem = arena_new(MEM_MAX);
    struct options *o;
    enum err e = ERR_OK;

    if (!mem)
        return wrong(err_why, "memory", NULL, "there is none");
    o = arena_alloc(mem, sizeof(*o));
    o->mem = mem;
    o->places = arena_array(mem, N_ROWS, sizeof(*o->places));
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *what = set(o, i, ROWS[i].preset);

        if (what) /* our mistake; the contract test sees it first */
            e = wrong(err_why, "options.def", ROWS[i].name, what);
    }
    if (e == ERR_OK && file)
        e = read_file(o, file, err_why);
    if (e == ERR_OK && env)
        e = read_env(o, env, err_why);
    if (e == ERR_OK)
        e = read_args(o, args, n_args, err_why);
    if (e == ERR_OK)
        *out = o;
    else
        arena_free(mem);
    return e;
}

enum err options_refuse(const struct options *o, const char *name,
                        const char *what, char err_why[OPTIONS_WHY_BYTES])
{
    size_t i = find(name);
    const char *place = i == NO_ROW ? NULL : o->places[i];

    return wrong(err_why, place ? place : name, NULL, what);
}

void options_free(struct options *o)
{
    if (o)
        arena_free(o->mem);
}

/* ---- showing ---- */

static const char *level_text(enum log_level level)
{
    static const char *const LEVELS[] = {"debug", "info", "warn", "error"};

    return LEVELS[level];
}

static const char *text(const struct options *o, size_t i, char num[24])
{
    switch (ROWS[i].kind) {
    case OPTION_INT:
        snprintf(num, 24, "%lld", (long long)*(int64_t *)field(o, i));
        return num;
    case OPTION_BOOL:
        return *(bool *)field(o, i) ? "on" : "off";
    case OPTION_LEVEL:
        return level_text(*(enum log_level *)field(o, i));
    default:
        return *(const char **)field(o, i);
    }
}

enum err options_print(const struct options *o, struct buf *out)
{
    char num[24];

    for (size_t i = 0; i < N_ROWS; i++) {
        const char *s = text(o, i, num);

        if ((ROWS[i].flags & SECRET) && *s && !str_eq(s, ROWS[i].preset))
            s = "***";
        (void)buf_printf(out, "%s =%s%s\n", ROWS[i].name, *s ? " " : "", s);
    }
    return out->failed ? ERR_NO_MEMORY : ERR_OK;
}

size_t options_differ(const struct options *a, const struct options *b,
                      size_t from)
{
    char x[24], y[24];

    while (from < N_ROWS && str_eq(text(a, from, x), text(b, from, y)))
        from++;
    return from;
}

void options_reload(struct options *o, const struct options *fresh)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!(ROWS[i].flags & RELOADABLE))
            continue;
        if (ROWS[i].kind == OPTION_INT)
            *(int64_t *)field(o, i) = *(int64_t *)field(fresh, i);
        else if (ROWS[i].kind == OPTION_BOOL)
            *(bool *)field(o, i) = *(bool *)field(fresh, i);
        else if (ROWS[i].kind == OPTION_LEVEL)
            *(enum log_level *)field(o, i) = *(enum log_level *)field(fresh, i);
    }
}
