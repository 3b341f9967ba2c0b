#include "outbound/outcome.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define WAIT_MAX_MS (24 * HOUR_MS)

const char *outcome_text(enum outcome v)
{
    static const char *const WORDS[] = {
        [OUTCOME_OK] = "read",     [OUTCOME_AGAIN] = "again",
        [OUTCOME_LATE] = "late",   [OUTCOME_LIMITED] = "limited",
        [OUTCOME_TOKEN] = "token", [OUTCOME_PARK] = "parked",
        [OUTCOME_GONE] = "gone"};

    return WORDS[v];
}

static void by_status(int status, enum outcome v, struct reading *out)
{
    out->outcome = v;
    snprintf(out->cause, sizeof(out->cause), "http_%d", status);
}

/* {"<id>": [{"estimated_time_to_regain_access": minutes, ...}, ...], ...} */
static int64_t regain_ms(const char *usage)
{
    json_t *doc = usage ? json_loads(usage, 0, NULL) : NULL;
    const char *id;
    json_t *list, *one;
    json_int_t most = 0;
    size_t i;

    json_object_foreach (doc, id, list)
        json_array_foreach (list, i, one) {
            json_int_t n = json_integer_value(
                json_object_get(one, "estimated_time_to_regain_access"));

            most = MAX(most, n);
        }
    json_decref(doc);
    return MIN(most, (json_int_t)(WAIT_MAX_MS / MINUTE_MS)) * MINUTE_MS;
}

/* The code decides, not the status. */
static enum outcome meta_code(json_int_t code, json_int_t subcode,
                              bool is_transient)
{
    if (code == 190 || code == 102)
        return OUTCOME_TOKEN;
    if (code == 4 || code == 17 || code == 32 || code == 613 ||
        (code >= 80000 && code <= 80014))
        return OUTCOME_LIMITED;
    if (code == 1 || code == 2 || is_transient)
        return OUTCOME_AGAIN;
    if (code == 100 && subcode == 33)
        return OUTCOME_LATE;
    return OUTCOME_PARK; /* 10, 200 to 299, and what nobody documents */
}

static bool meta_error(const struct platform_reply *r, const json_t *error,
                       struct reading *out)
{
    json_int_t code = json_integer_value(json_object_get(error, "code"));
    json_int_t sub =
        json_integer_value(json_object_get(error, "error_subcode"));

    if (!json_is_object(error) || !code)
        return false;
    out->outcome = meta_code(
        code, sub, json_is_true(json_object_get(error, "is_transient")));
    snprintf(out->cause, sizeof(out->cause), sub ? "meta_%d_%d" : "meta_%d",
             (int)code, (int)sub);
    if (out->outcome == OUTCOME_LIMITED) {
        out->wait_ms = regain_ms(r->usage);
        if (!out->wait_ms)
            out->wait_ms = r->retry_ms;
    }
    return true;
}

void outcome_meta(const struct platform_reply *r, struct reading *out)
{
    json_t *doc =
        r->body_bytes ? json_loadb(r->body, r->body_bytes, 0, NULL) : NULL;
    bool said = meta_error(r, json_object_get(doc, "error"), out);

    if (said) {
        json_decref(doc);
        return;
    }
    if (r->status == 200 && json_is_object(doc))
        by_status(200, OUTCOME_OK, out);
    else if (r->status == 429)
        by_status(429, OUTCOME_LIMITED, out);
    else if (r->status == 401)
        by_status(401, OUTCOME_TOKEN, out);
    else if (r->status == 200 || r->status >= 500)
        by_status(r->status, OUTCOME_AGAIN, out); /* cut off, or a bad day */
    else
        by_status(r->status, OUTCOME_PARK, out);
    out->wait_ms = out->outcome == OUTCOME_LIMITED ? r->retry_ms : 0;
    json_decref(doc);
}

static enum outcome rest_status(const struct platform_reply *r)
{
    switch (r->status) {
    case 200:
        return OUTCOME_OK;
    case 401:
        return OUTCOME_TOKEN;
    case 404:
        return OUTCOME_GONE;
    case 429:
        return OUTCOME_LIMITED;
    default:
        return r->status >= 500 ? OUTCOME_AGAIN : OUTCOME_PARK;
    }
}

void outcome_rest(const struct platform_reply *r, struct reading *out)
{
    json_t *doc =
        r->body_bytes ? json_loadb(r->body, r->body_bytes, 0, NULL) : NULL;

    by_status(r->status, rest_status(r), out);
    if (out->outcome == OUTCOME_OK && !json_is_object(doc))
        out->outcome = OUTCOME_AGAIN;
    out->wait_ms = out->outcome == OUTCOME_LIMITED ? r->retry_ms : 0;
    json_decref(doc);
}

int64_t backoff_ms(int attempt, int64_t base_ms, int64_t most_ms,
                   uint32_t chance)
{
    int64_t ms = base_ms;

    for (int i = 1; i < attempt && ms < most_ms; i++)
        ms *= 2;
    ms = MIN(ms, most_ms);
    return ms / 2 + (int64_t)(chance % ((uint64_t)ms / 2 + 1));
}
