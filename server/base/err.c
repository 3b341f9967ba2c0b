#include "base/err.h"

#include <stdarg.h>

#include "base/arena.h"

#define FIELD_ERRS_MAX 50

static const struct err_info ROWS[] = {
#define X(name, number, status, code, title)                                   \
    {ERR_##name, #name, status, code, title},
#include "base/err.def"
#undef X
};

const struct err_info *err_info(enum err e)
{
    const struct err_info *internal = NULL;

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (ROWS[i].err == e)
            return &ROWS[i];
        if (ROWS[i].err == ERR_INTERNAL)
            internal = &ROWS[i];
    }
    return internal;
}

size_t err_all(const struct err_info **out_rows)
{
    *out_rows = ROWS;
    return ARRAY_LEN(ROWS);
}

void field_errs_add(struct field_errs *errs, const char *pointer, enum err e,
                    const char *detail_fmt, ...)
{
    struct field_err *fe;
    va_list ap;

    if (errs->n++ >= FIELD_ERRS_MAX)
        return;
    fe = arena_alloc(errs->mem, sizeof(*fe));
    fe->pointer = arena_strdup(errs->mem, pointer);
    fe->err = e;
    va_start(ap, detail_fmt);
    fe->detail = arena_vprintf(errs->mem, detail_fmt, ap);
    va_end(ap);
    fe->next = NULL;
    if (errs->last)
        errs->last->next = fe;
    else
        errs->first = fe;
    errs->last = fe;
}
