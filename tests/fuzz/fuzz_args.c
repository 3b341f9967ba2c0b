/* Query strings, their typed arguments, cursors and validators. */
#include "api/app.h"
#include "fuzz.h"
#include "http/args.h"

static void typed(struct http_req *rq, const char *name)
{
    static const char *const WORDS[] = {"new", "done", NULL};
    struct field_errs errs = {.mem = rq->mem};
    const char *const known[] = {name, NULL};
    struct uuid id, again;
    char text[UUID_TEXT_BYTES];
    size_t word = 0;
    int64_t n = 7;
    bool yes;

    if (arg_int(rq, &errs, name, 1, 100, &n))
        FUZZ_HOLDS(n >= 1 && n <= 100);
    if (arg_uuid(rq, &errs, name, &id))
        FUZZ_HOLDS(uuid_parse(uuid_format(&id, text), &again) &&
                   uuid_cmp(&id, &again) == 0);
    (void)arg_time(rq, &errs, name, &n);
    (void)arg_bool(rq, &errs, name, &yes);
    if (arg_word(rq, &errs, name, WORDS, &word))
        FUZZ_HOLDS(word < 2);
    arg_unknown(rq, &errs, known);
    for (const struct field_err *f = errs.first; f; f = f->next)
        fuzz_text(f->pointer);
}

/* Whatever a cursor holds, making one of it again gives that cursor's text. */
static void cursor(struct arena *mem, const char *text)
{
    const char *inside = api_cursor_read(mem, text);

    if (inside)
        FUZZ_HOLDS(
            str_eq(inside, api_cursor_read(mem, api_cursor_make(mem, inside))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    char *query = arena_strndup(mem, (const char *)data, n);
    struct http_req rq = {.mem = mem, .query = query};

    cursor(mem, query);
    if (args_parse(mem, query, &rq.args, &rq.n_args) == ERR_OK)
        for (size_t i = 0; i < rq.n_args; i++) {
            fuzz_text(rq.args[i].name);
            fuzz_text(rq.args[i].value);
            cursor(mem, rq.args[i].value);
            typed(&rq, rq.args[i].name);
        }
    arena_free(mem);
    return 0;
}
