/**
 * @file hook_reading.h
 * A platform's body through its reader, from a fixture or given as text.
 */
#ifndef LEADD_TESTS_HOOK_READING_H
#define LEADD_TESTS_HOOK_READING_H

#include "hook_fixture.h"

struct reading {
    struct asked a;
    struct field_errs errs;
    struct hook_reader r;
    char *body;
};

__attribute__((unused)) static enum err
read_by(struct reading *x, const char *dir, const char *file,
        const char *headers, enum err (*read)(struct hook_reader *r))
{
    size_t n;

    memset(x, 0, sizeof(*x));
    x->body = fixture_body(dir, file, &n);
    ask(&x->a, "{}", headers, x->body, n);
    x->errs.mem = x->a.mem;
    x->r = (struct hook_reader){.rq = &x->a.rq,
                                .spec = form_spec_default(),
                                .mem = x->a.mem,
                                .errs = &x->errs};
    return read(&x->r);
}

__attribute__((unused)) static void
read_file(struct reading *x, const char *kind, const char *file)
{
    const struct hook *hook = hook_find(kind);

    ck_assert_ptr_nonnull(hook);
    ck_assert_int_eq(read_by(x, kind, file, NULL, hook->read), ERR_OK);
}

static void done(struct reading *x)
{
    arena_free(x->a.mem);
    free(x->body);
}

/* As read_file, of a body given here. */
__attribute__((unused)) static enum err read_text(struct reading *x,
                                                  const char *kind,
                                                  const char *headers,
                                                  const char *body)
{
    memset(x, 0, sizeof(*x));
    ask(&x->a, "{}", headers, body, strlen(body));
    x->errs.mem = x->a.mem;
    x->r = (struct hook_reader){.rq = &x->a.rq,
                                .spec = form_spec_default(),
                                .mem = x->a.mem,
                                .errs = &x->errs};
    return hook_find(kind)->read(&x->r);
}

#endif
