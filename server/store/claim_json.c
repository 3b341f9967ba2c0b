#include "store/claim_json.h"

#include <string.h>

#include "base/clock.h"

static void put_text(struct buf *out, const char *name, const char *value)
{
    (void)buf_printf(out, ",\"%s\":", name);
    if (value)
        (void)buf_json_str(out, value, strlen(value));
    else
        (void)buf_puts(out, "null");
}

static void put_time(struct buf *out, const char *name, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    put_text(out, name, ms ? time_format(ms, t) : NULL);
}

static void put_id(struct buf *out, const char *name, const struct uuid *u)
{
    char t[UUID_TEXT_BYTES];

    put_text(out, name, uuid_format(u, t));
}

void claim_to_json(const struct claim *c, struct buf *out)
{
    char id[UUID_TEXT_BYTES];

    (void)buf_printf(out, "{\"id\":\"%s\"", uuid_format(&c->claim_id, id));
    put_id(out, "lead_id", &c->lead_id);
    put_id(out, "rep_id", &c->rep_id);
    put_text(out, "state", c->state);
    put_time(out, "claimed_at", c->claimed_ms);
    put_time(out, "expires_at", c->expires_ms);
    put_time(out, "accepted_at", c->accepted_ms);
    put_time(out, "ended_at", c->ended_ms);
    put_text(out, "reason", c->reason);
    put_time(out, "sql_at", c->sql_ms);
    put_time(out, "respond_by", c->respond_by_ms);
    put_time(out, "first_response_at", c->first_response_ms);
    (void)buf_printf(out, ",\"score\":%d", c->score);
    put_text(out, "grade", c->grade);
    (void)buf_printf(out, ",\"snapshot\":%s}",
                     c->snapshot ? c->snapshot : "null");
}
