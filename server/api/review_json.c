#include "api/review_json.h"

#include <string.h>

#include "base/clock.h"

static void put_id(struct buf *out, const char *name, const struct uuid *id)
{
    char t[UUID_TEXT_BYTES];

    if (uuid_is_nil(id))
        (void)buf_printf(out, "\"%s\":null,", name);
    else
        (void)buf_printf(out, "\"%s\":\"%s\",", name, uuid_format(id, t));
}

/* The last member of a document. */
static void put_last_time(struct buf *out, const char *name, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    if (ms)
        (void)buf_printf(out, "\"%s\":\"%s\"}", name, time_format(ms, t));
    else
        (void)buf_printf(out, "\"%s\":null}", name);
}

void review_put(struct buf *out, const struct review *v)
{
    char t[TIME_TEXT_BYTES];

    (void)buf_putc(out, '{');
    put_id(out, "id", &v->review_id);
    (void)buf_puts(out, "\"kind\":");
    (void)buf_json_str(out, v->kind, strlen(v->kind));
    (void)buf_putc(out, ',');
    put_id(out, "lead_id", &v->lead_id);
    put_id(out, "other_lead_id", &v->other_lead_id);
    put_id(out, "receipt_id", &v->receipt_id);
    put_id(out, "decided_by", &v->decided_by);
    put_id(out, "merge_id", &v->merge_id);
    (void)buf_printf(out,
                     "\"detail\":%s,\"state\":\"%s\",\"created_at\":\"%s\",",
                     v->detail_json, v->state, time_format(v->created_ms, t));
    put_last_time(out, "decided_at", v->decided_ms);
}

void merge_put(struct buf *out, const struct merge *m)
{
    char t[TIME_TEXT_BYTES];

    (void)buf_putc(out, '{');
    put_id(out, "id", &m->merge_id);
    put_id(out, "review_id", &m->review_id);
    put_id(out, "kept_lead_id", &m->kept_id);
    put_id(out, "merged_lead_id", &m->gone_id);
    put_id(out, "merged_by", &m->merged_by);
    put_id(out, "undone_by", &m->undone_by);
    (void)buf_puts(out, "\"note\":");
    if (m->note)
        (void)buf_json_str(out, m->note, strlen(m->note));
    else
        (void)buf_puts(out, "null");
    (void)buf_printf(out, ",\"merged_at\":\"%s\",",
                     time_format(m->merged_ms, t));
    put_last_time(out, "undone_at", m->undone_ms);
}
