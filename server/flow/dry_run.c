#include "flow/dry_run.h"

#include <errno.h>
#include <stdlib.h>

#include "base/reserve.h"
#include "flow/judge.h"
#include "scoring/case_json.h"
#include "scoring/explain.h"
#include "scoring/score_json.h"

static enum err write_json(json_t *json, struct buf *out)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    enum err e = text ? buf_puts(out, text) : ERR_NO_MEMORY;

    reserve_free(text);
    return e;
}

static enum err run(const struct model *m, const struct score_case *c,
                    const struct tz *tz, struct arena *mem, struct buf *out)
{
    struct score_in in = {.facts = &c->facts,
                          .events = c->events,
                          .n_events = c->n_events,
                          .as_of_ms = c->as_of_ms,
                          .tz = tz,
                          .mem = mem};
    json_t *json, *why;
    enum stage stage;
    struct score s;
    enum err e = ERR_NO_MEMORY;

    score_run(m, &in, &s);
    stage = judge_stage(m, &s, c->stage);
    json = score_to_json(m, &s, c->as_of_ms, stage);
    why = explain(m, &in, &s, stage);
    if (json && why && json_object_update(json, why) == 0)
        e = write_json(json, out);
    json_decref(why);
    json_decref(json);
    return e;
}

/* Its own model, if it brings one. */
static enum err own_model(const json_t *doc, struct arena *mem,
                          struct field_errs *errs, struct model **out)
{
    struct field_errs own = {.mem = mem};

    if (!doc || json_is_null(doc))
        return ERR_OK;
    if (!json_is_object(doc)) {
        field_errs_add(errs, "/model", ERR_WRONG_TYPE, "must be an object");
        return ERR_OK;
    }
    *out = model_compile(doc, &own);
    for (struct field_err *f = own.first; f; f = f->next)
        field_errs_add(errs, arena_printf(mem, "/model%s", f->pointer), f->err,
                       "%s", f->detail);
    return *out || own.n ? ERR_OK : ERR_NO_MEMORY;
}

static enum err own_zone(const char *name, struct field_errs *errs,
                         struct tz **out)
{
    if (!name || (*out = tz_load(name)))
        return ERR_OK;
    if (errno != ENOENT)
        return ERR_NO_MEMORY;
    field_errs_add(errs, "/timezone", ERR_UNKNOWN_VALUE,
                   "an IANA time zone name is needed");
    return ERR_OK;
}

enum err dry_run(const struct workspace *ws, const json_t *doc,
                 struct arena *mem, struct buf *out, struct field_errs *errs)
{
    struct model *model = NULL;
    struct tz *tz = NULL;
    struct score_case c = {0};
    enum err e = own_model(json_object_get(doc, "model"), mem, errs, &model);

    if (e == ERR_OK && case_from_json(doc, mem, &c, errs))
        e = own_zone(c.timezone, errs, &tz);
    if (e == ERR_OK)
        e = errs->n ? ERR_INVALID
                    : run(model ? model : ws->model, &c, tz ? tz : ws->tz, mem,
                          out);
    tz_free(tz);
    model_free(model);
    return e;
}
