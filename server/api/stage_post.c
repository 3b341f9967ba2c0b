#include "api/stage_post.h"

#include <jansson.h>

#include "api/app.h"
#include "api/body.h"
#include "api/lead_reply.h"
#include "base/str.h"

static enum actor actor_of(const struct auth_key *key)
{
    return key->role == ROLE_ADMIN       ? ACTOR_ADMIN
           : key->role == ROLE_MARKETING ? ACTOR_MARKETING
                                         : ACTOR_SALES;
}

/* Only what was done with the lead shows that it is ready (domain.md 3). */
static void confirmation(const json_t *doc, struct work *w,
                         struct field_errs *errs)
{
    struct activity *a = &w->step.activity;

    body_activity(json_object_get(doc, "activity"), "/activity", w->mem, a,
                  errs);
    if (a->kind && !str_eq(a->kind, "call") && !str_eq(a->kind, "meeting") &&
        !str_eq(a->kind, "quote"))
        field_errs_add(errs, "/activity/kind", ERR_UNKNOWN_VALUE,
                       "call, meeting or quote");
}

static void decode(const json_t *doc, const struct auth_key *key,
                   struct work *w, struct field_errs *errs)
{
    static const char *const KNOWN[] = {"to", "reason", "activity", NULL};
    struct step_order *s = &w->step;
    const char *to = body_text(doc, "to", 40, true, w->mem, errs);

    body_known(doc, KNOWN, errs);
    s->given = true;
    s->actor = actor_of(key);
    s->actor_id = key->role == ROLE_SALES ? key->rep_id : key->key_id;
    s->reason = body_text(doc, "reason", 200, false, w->mem, errs);
    if (to && !stage_parse(to, &s->to))
        field_errs_add(errs, "/to", ERR_UNKNOWN_VALUE, "no such stage");
    if (s->to == STAGE_SQL && key->role == ROLE_SALES)
        confirmation(doc, w, errs);
}

enum http_next stage_post(struct http_req *rq)
{
    const struct caller *who = api_caller(rq);
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    json_t *doc;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    doc = api_json(rq, &errs, &e);
    if (!doc)
        return errs.n ? reply_invalid(rq, &errs) : reply_problem(rq, e, NULL);
    w = api_work(rq, NULL);
    if (!w) {
        json_decref(doc);
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    }
    decode(doc, who->key, w, &errs);
    json_decref(doc);
    w->render = render_lead;
    w->parts = arena_alloc(w->mem, sizeof(*w->parts));
    w->n_parts = 1;
    w->parts[0].kind = PART_TARGET;
    e = errs.n ? ERR_INVALID : api_idempotency(rq, w);
    if (e == ERR_OK && !api_param_id(rq, 0, &w->parts[0].target))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK && !api_if_match(rq, &w->if_version))
        e = ERR_STALE;
    if (e == ERR_OK)
        return api_write_start(rq, w);
    return api_refuse(rq, w, e, &errs);
}
