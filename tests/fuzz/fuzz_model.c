/* Model documents.  One that compiles judges without a fault, within the
 * bounds it states itself. */
#include <jansson.h>

#include "fuzz.h"
#include "scoring/case_json.h"
#include "scoring/explain.h"
#include "scoring/model.h"
#include "scoring/score.h"

static const char CASE[] =
    "{\"as_of\": \"2026-06-15T09:00:00+07:00\", \"facts\":"
    " {\"authority_role\":"
    " \"decision_maker\", \"need\": \"explicit\", \"budget\": 80000000,"
    " \"price\": 50000000, \"currency\": \"VND\"}, \"events\": ["
    "{\"type\": \"demo_request\", \"occurred_at\": \"2026-06-10T00:00:00Z\"},"
    "{\"type\": \"page_view\", \"occurred_at\": \"2026-06-14T00:00:00Z\","
    " \"duration_s\": 90, \"session\": \"s\", \"visitor\": \"v\"}]}";

static void judge(const struct model *m, struct arena *mem)
{
    struct field_errs errs = {.mem = mem};
    json_t *j = json_loads(CASE, 0, NULL), *why;
    struct score_case given;
    struct score s;

    FUZZ_HOLDS(case_from_json(j, mem, &given, &errs));
    struct score_in in = {.facts = &given.facts,
                          .events = given.events,
                          .n_events = given.n_events,
                          .as_of_ms = given.as_of_ms,
                          .mem = mem};
    score_run(m, &in, &s);
    FUZZ_HOLDS(s.score >= m->score_min && s.score <= m->score_max);
    FUZZ_HOLDS(s.potential >= 0 && s.potential <= 100);
    why = explain(m, &in, &s, STAGE_MQL);
    FUZZ_HOLDS(why);
    json_decref(why);
    json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    json_t *doc =
        json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES, NULL);
    struct model *m = doc ? model_compile(doc, &errs) : NULL;

    FUZZ_HOLDS(!doc || (m != NULL) == (errs.n == 0));
    for (const struct field_err *f = errs.first; f; f = f->next)
        fuzz_text(f->pointer);
    if (m)
        judge(m, mem);
    model_free(m);
    json_decref(doc);
    arena_free(mem);
    return 0;
}
