#include "api/span.h"

#include <string.h>

#include "base/str.h"

void span_read(struct http_req *rq, struct read *r, struct funnel_span *out)
{
    static const char *const KNOWN[] = {"from", "to", "view", "group_by", NULL};
    static const char *const VIEWS[] = {"period", "cohort", NULL};
    static const char *const DIMS[] = {"source", "channel", "campaign",
                                       "origin", "grade",   NULL};
    size_t i = 0;

    arg_unknown(rq, &r->errs, KNOWN);
    out->dim = "all";
    out->tz = r->ws ? r->ws->tz : NULL;
    out->now_ms = r->now_ms;
    out->to_ms = r->now_ms;
    out->has_from = arg_instant(rq, r, "from", &out->from_ms);
    (void)arg_instant(rq, r, "to", &out->to_ms);
    out->cohort = arg_word(rq, &r->errs, "view", VIEWS, &i) && i == 1;
    if (arg_word(rq, &r->errs, "group_by", DIMS, &i))
        out->dim = DIMS[i];
    if (!r->errs.n && out->has_from && out->from_ms > out->to_ms)
        field_errs_add(&r->errs, "to", ERR_BAD_ARGUMENT,
                       "must not be before from");
}

void span_write(const struct funnel_span *span, struct buf *out)
{
    char t[TIME_TEXT_BYTES];

    if (span->has_from)
        (void)buf_printf(out, "\"from\":\"%s\"", time_format(span->from_ms, t));
    else
        (void)buf_puts(out, "\"from\":null");
    (void)buf_printf(out, ",\"to\":\"%s\",\"view\":\"%s\"",
                     time_format(span->to_ms, t),
                     span->cohort ? "cohort" : "period");
    if (str_eq(span->dim, "all"))
        (void)buf_puts(out, ",\"group_by\":null");
    else
        (void)buf_printf(out, ",\"group_by\":\"%s\"", span->dim);
}

void span_rate(struct buf *out, int64_t n, int64_t of)
{
    if (of <= 0)
        (void)buf_puts(out, "null");
    else
        (void)buf_printf(out, "%.4f", (double)n / (double)of);
}

void span_key(const struct funnel_span *span, const char *value,
              struct buf *out)
{
    (void)buf_puts(out, "\"key\":");
    if (str_eq(span->dim, "all"))
        (void)buf_puts(out, "null");
    else
        (void)buf_json_str(out, value, strlen(value));
}
