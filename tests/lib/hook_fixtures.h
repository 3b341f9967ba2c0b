/**
 * @file hook_fixtures.h
 * The captured bodies of every platform with their signatures: the rows of
 * tests/fixtures/platforms/<platform>/{cases,signatures}.tsv.
 */
#ifndef LEADD_TESTS_HOOK_FIXTURES_H
#define LEADD_TESTS_HOOK_FIXTURES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES   "tests/fixtures/platforms/"
#define COLUMNS    10
#define ROWS_MAX   64
#define BODY_MAX   65536
#define CASES      "cases.tsv"
#define SIGNATURES "signatures.tsv"

__attribute__((unused)) static const char *const PLATFORMS[] = {
    "meta",  "google-ads", "tiktok",   "linkedin",
    "zalo",  "snapchat",   "typeform", "webflow",
    "tally", "hubspot",    "calendly", "standard-webhooks"};

/** One table: the heads in row 0. */
struct table {
    char *cell[ROWS_MAX][COLUMNS];
    size_t n;
    char *text;
};

__attribute__((unused)) static char *slurp(const char *path, size_t *out_n)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, BODY_MAX);

    ck_assert_msg(f && text, "%s", path);
    *out_n = fread(text, 1, BODY_MAX - 1, f);
    fclose(f);
    return text;
}

static char *fixture_body(const char *platform, const char *file, size_t *n)
{
    char path[256];

    snprintf(path, sizeof(path), FIXTURES "%s/%s", platform, file);
    return slurp(path, n);
}

__attribute__((unused)) static void
table_read(struct table *t, const char *platform, const char *name)
{
    char *line, *next;
    size_t n;

    memset(t, 0, sizeof(*t));
    t->text = fixture_body(platform, name, &n);
    for (line = t->text; line && *line; line = next) {
        size_t col = 0;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        ck_assert_uint_lt(t->n, ROWS_MAX);
        for (char *c; col < COLUMNS && (c = strsep(&line, "\t")); col++)
            t->cell[t->n][col] = c;
        t->n++;
    }
}

/** @return the cell of a named column; "" for "-" */
__attribute__((unused)) static const char *cell(const struct table *t,
                                                size_t line, const char *column)
{
    for (size_t c = 0; c < COLUMNS && t->cell[0][c]; c++)
        if (!strcmp(t->cell[0][c], column))
            return t->cell[line][c] && strcmp(t->cell[line][c], "-")
                       ? t->cell[line][c]
                       : "";
    ck_abort_msg("no column %s", column);
}

/** The row by which a file is signed and taken; 0 when there is none. */
__attribute__((unused)) static size_t signing_row(const struct table *t,
                                                  const char *file)
{
    for (size_t i = 1; i < t->n; i++)
        if (!strcmp(cell(t, i, "file"), file) &&
            !strcmp(cell(t, i, "expect"), "accept") &&
            strcmp(cell(t, i, "scheme"), "meta-sha1"))
            return i;
    return 0;
}

#endif
