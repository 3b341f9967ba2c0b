#include "lead/lead_csv.h"

#include "base/clock.h"
#include "base/str.h"

#define UTF8_MARK "\xef\xbb\xbf"

static void comma(struct buf *out)
{
    if (out->len && out->ptr[out->len - 1] != '\n')
        (void)buf_putc(out, ',');
}

static void text(struct buf *out, const char *s)
{
    bool quoted, run;

    comma(out);
    if (!s || !*s)
        return;
    run = strchr("=+-@\t\r", *s) != NULL;
    quoted = s[strcspn(s, ",;\"\r\n\t")] != '\0';
    if (quoted)
        (void)buf_putc(out, '"');
    if (run)
        (void)buf_putc(out, '\'');
    for (; *s; s++) {
        if (*s == '"')
            (void)buf_putc(out, '"');
        (void)buf_putc(out, *s);
    }
    if (quoted)
        (void)buf_putc(out, '"');
}

static void number(struct buf *out, int64_t n)
{
    comma(out);
    (void)buf_printf(out, "%lld", (long long)n);
}

static void instant(struct buf *out, int64_t ms)
{
    char t[TIME_TEXT_BYTES];

    text(out, ms ? time_format(ms, t) : NULL);
}

static void id(struct buf *out, const struct uuid *u)
{
    char t[UUID_TEXT_BYTES];

    text(out, uuid_is_nil(u) ? NULL : uuid_format(u, t));
}

void lead_csv_head(struct buf *out)
{
    (void)buf_puts(out, UTF8_MARK
                   "id,name,email,phone,company,job_title,stage,score,grade,"
                   "temperature,quality,hot_lead,origin,source,channel,"
                   "campaign,rep_id,claim_state,model_version,scored_at,"
                   "created_at,updated_at\r\n");
}

void lead_to_csv(const struct lead *l, struct buf *out)
{
    id(out, &l->lead_id);
    text(out, l->name);
    text(out, l->email);
    text(out, l->phone);
    text(out, l->company);
    text(out, l->job_title);
    text(out, stage_text(l->stage));
    number(out, l->score);
    text(out, l->grade);
    text(out, temperature_text(l->temperature));
    text(out, quality_text(l->quality));
    text(out, l->hot_lead ? "true" : "false");
    text(out, origin_text(l->origin));
    text(out, l->source);
    text(out, l->channel);
    text(out, l->campaign);
    id(out, &l->claim.rep_id);
    text(out, l->claim.state);
    text(out, l->model_version);
    instant(out, l->scored_ms);
    instant(out, l->created_ms);
    instant(out, l->updated_ms);
    (void)buf_puts(out, "\r\n");
}
