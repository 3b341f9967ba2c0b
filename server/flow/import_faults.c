#include "flow/import_faults.h"

#include "base/str.h"
#include "intake/json_guard.h"

#define FAULTS_TOLD 8

/* @return its column from 1; 0: none, or not of a CSV */
static size_t cell_of(const struct import_reader *rd, const char *pointer)
{
    static const struct {
        const char *pointer;
        enum target_text text;
    } CELLS[] = {{"/contact/phone", TARGET_TEXT_PHONE},
                 {"/contact/email", TARGET_TEXT_EMAIL}};

    for (size_t i = 0; rd->format == IMPORT_CSV && i < ARRAY_LEN(CELLS); i++)
        if (str_eq(pointer, CELLS[i].pointer))
            return csv_map_column(&rd->map, CELLS[i].text);
    return 0;
}

static const char *field_of(const struct import_reader *rd, size_t cell,
                            const char *pointer)
{
    if (cell)
        return rd->map.columns[cell - 1].heading;
    return pointer && *pointer ? pointer : NULL;
}

static bool is_broken(enum err e)
{
    return e == ERR_BAD_JSON || e == ERR_DUPLICATE_FIELD;
}

/* The line is the report's to say: a row of NDJSON knows only itself. */
static void first_fault(const struct import_reader *rd,
                        const struct field_err *err, const char *p, size_t n,
                        struct arena *mem, struct import_fault *fault)
{
    fault->err = err->err;
    fault->detail = err->detail;
    fault->cell = (int)cell_of(rd, err->pointer);
    fault->field = field_of(rd, (size_t)fault->cell, err->pointer);
    if (rd->format != IMPORT_NDJSON || !is_broken(fault->err))
        return;
    fault->cell = json_fault_column(p, n, mem);
    fault->detail = fault->err == ERR_BAD_JSON ? "not valid JSON"
                                               : "a member is given twice";
}

/* A row has one entry in the report: what else is wrong stands behind. */
static void further_fault(const struct import_reader *rd,
                          const struct field_err *err, struct arena *mem,
                          struct import_fault *fault)
{
    size_t cell = cell_of(rd, err->pointer);
    const char *field = field_of(rd, cell, err->pointer);

    fault->detail =
        arena_printf(mem, "%s; %s%s%s (%s)", fault->detail, field ? field : "",
                     field ? ": " : "", err->detail, err_info(err->err)->code);
}

void import_faults(const struct import_reader *rd,
                   const struct field_errs *errs, const char *p, size_t n,
                   struct import_fault *fault)
{
    const struct field_err *err = errs->first;

    for (int i = 0; err && i < FAULTS_TOLD; err = err->next, i++)
        if (fault->err)
            further_fault(rd, err, errs->mem, fault);
        else
            first_fault(rd, err, p, n, errs->mem, fault);
}
