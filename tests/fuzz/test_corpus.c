/* Every input the fuzzers start from, or once failed on, through the same
 * entries as part of the tests: one check per fuzzer. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define INPUT_MAX ((size_t)4 << 20)

typedef int entry_fn(const uint8_t *data, size_t n);

/* fuzz_names.def: FUZZ(csv) for each fuzz_csv.c, made by fuzz.mk */
#define FUZZ(name) entry_fn fuzz_##name;
#include "fuzz_names.def"
#undef FUZZ

static const struct {
    const char *name;
    entry_fn *run;
} FUZZERS[] = {
#define FUZZ(name) {#name, fuzz_##name},
#include "fuzz_names.def"
#undef FUZZ
};

static void feed(entry_fn *run, const char *path)
{
    FILE *f = fopen(path, "re");
    uint8_t *data = malloc(INPUT_MAX), *exact;
    size_t n;

    ck_assert_msg(f && data, "%s", path);
    n = fread(data, 1, INPUT_MAX, f);
    ck_assert_msg(n < INPUT_MAX, "%s is too big", path);
    fclose(f);
    /* no byte more than it has: a sanitizer sees a step too far */
    exact = malloc(n ? n : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, data, n);
    ck_assert_int_eq(run(exact, n), 0);
    free(exact);
    free(data);
}

START_TEST(each_input_keeps_its_promises)
{
    char dir[128], path[512];
    size_t n = 0;
    DIR *d;

    snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", FUZZERS[_i].name);
    d = opendir(dir);
    ck_assert_msg(d != NULL, "%s: a fuzzer needs a corpus", dir);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        feed(FUZZERS[_i].run, path);
        n++;
    }
    closedir(d);
    ck_assert_msg(n > 0, "%s is empty", dir);
    FUZZERS[_i].run((const uint8_t *)"", 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("corpus");

    tcase_add_loop_test(tc, each_input_keeps_its_promises, 0,
                        (int)ARRAY_LEN(FUZZERS));
    return unit_run(tc, "corpus");
}
