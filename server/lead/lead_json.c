#include "lead/lead.h"

#include "base/clock.h"
#include "base/str.h"

static void raw(struct buf *out, const char *text)
{
    (void)buf_puts(out, text);
}

static void key(struct buf *out, const char *name)
{
    if (out->len && out->ptr[out->len - 1] != '{')
        (void)buf_putc(out, ',');
    (void)buf_printf(out, "\"%s\":", name);
}

static void text(struct buf *out, const char *name, const char *value)
{
    key(out, name);
    if (value)
        (void)buf_json_str(out, value, strlen(value));
    else
        raw(out, "null");
}

static void json(struct buf *out, const char *name, const char *value,
                 const char *none)
{
    key(out, name);
    raw(out, value ? value : none);
}

static void number(struct buf *out, const char *name, int64_t v)
{
    key(out, name);
    (void)buf_printf(out, "%lld", (long long)v);
}

static void boolean(struct buf *out, const char *name, bool v)
{
    json(out, name, v ? "true" : "false", "");
}

static void instant(struct buf *out, const char *name, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    text(out, name, ms ? time_format(ms, t) : NULL);
}

static void uuid(struct buf *out, const char *name, const struct uuid *u)
{
    char t[UUID_TEXT_BYTES];

    text(out, name, uuid_is_nil(u) ? NULL : uuid_format(u, t));
}

static void criteria(struct buf *out, const struct lead *l)
{
    static const char *const NAMES[] = {"authority", "need", "ability_to_pay",
                                        "engagement", "challenge"};

    key(out, "criteria");
    raw(out, "{");
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        number(out, NAMES[i], l->criteria[i]);
    raw(out, "}");
}

static void contact(struct buf *out, const struct lead *l)
{
    key(out, "contact");
    raw(out, "{");
    text(out, "name", l->name);
    text(out, "email", l->email);
    text(out, "phone", l->phone);
    text(out, "company", l->company);
    text(out, "job_title", l->job_title);
    raw(out, "}");
}

static void account(struct buf *out, const struct lead *l)
{
    if (uuid_is_nil(&l->account_id)) {
        json(out, "account", NULL, "null");
        return;
    }
    key(out, "account");
    raw(out, "{");
    uuid(out, "id", &l->account_id);
    text(out, "name", l->account_name);
    raw(out, "}");
}

static void claim(struct buf *out, const struct claim_brief *c)
{
    if (uuid_is_nil(&c->claim_id)) {
        json(out, "claim", NULL, "null");
        return;
    }
    key(out, "claim");
    raw(out, "{");
    uuid(out, "id", &c->claim_id);
    uuid(out, "rep_id", &c->rep_id);
    text(out, "state", c->state);
    instant(out, "expires_at", c->expires_ms);
    raw(out, "}");
}

static void judgement(struct buf *out, const struct lead *l)
{
    text(out, "stage", stage_text(l->stage));
    instant(out, "stage_at", l->stage_ms);
    number(out, "score", l->score);
    number(out, "raw", l->raw);
    criteria(out, l);
    number(out, "potential", l->potential);
    text(out, "quality", quality_text(l->quality));
    number(out, "consideration", l->consideration);
    text(out, "temperature", temperature_text(l->temperature));
    text(out, "grade", l->grade);
    boolean(out, "hot_lead", l->hot_lead);
    number(out, "rank", l->rank);
}

void lead_to_json(const struct lead *l, struct buf *out)
{
    raw(out, "{");
    uuid(out, "id", &l->lead_id);
    judgement(out, l);
    text(out, "origin", origin_text(l->origin));
    contact(out, l);
    json(out, "identifiers", l->identifiers_json, "[]");
    if (l->email_check_json)
        json(out, "email_check", l->email_check_json, "null");
    account(out, l);
    json(out, "facts", l->facts_json, "{}");
    text(out, "source", l->source);
    json(out, "referrer", l->referrer_json, "null");
    json(out, "first_touch", l->first_touch_json, "null");
    json(out, "last_touch",
         l->last_touch_json ? l->last_touch_json : l->first_touch_json, "null");
    claim(out, &l->claim);
    boolean(out, "cooling", l->cooling);
    text(out, "model_version", l->model_version);
    instant(out, "scored_at", l->scored_ms);
    instant(out, "valid_until", l->valid_until_ms);
    instant(out, "created_at", l->created_ms);
    instant(out, "updated_at", l->updated_ms);
    boolean(out, "test", l->test);
    number(out, "version", l->version);
    raw(out, "}");
}
