#include "flow/import_rows.h"

#include <stdlib.h>

#include "base/reserve.h"
#include "base/str.h"
#include "base/text.h"
#include "flow/import_faults.h"
#include "flow/prepare.h"
#include "identity/identity.h"
#include "intake/charset.h"
#include "intake/decode_lead.h"
#include "intake/form_map.h"
#include "intake/json_guard.h"
#include "intake/limits.h"

const char *const IMPORT_PROVENANCES[] = {
    "own", "event", "partner", "platform", "purchased", "other", NULL};

/* ---- terms ---- */

const char *import_format_text(enum import_format format)
{
    return format == IMPORT_NDJSON ? "ndjson" : "csv";
}

static void put_text(json_t *j, const char *name, const char *text)
{
    if (text)
        (void)json_object_set_new(j, name, json_string(text));
}

static json_t *terms_to_json(const struct import_terms *t)
{
    json_t *j = json_object();

    put_text(j, "source", t->source);
    put_text(j, "origin", t->has_origin ? origin_text(t->origin) : NULL);
    put_text(j, "provenance", t->provenance);
    put_text(j, "note", t->note);
    put_text(j, "consent", t->consent);
    if (t->mapping)
        (void)json_object_set_new(j, "mapping",
                                  json_loads(t->mapping, 0, NULL));
    return j;
}

static const char *dumped(json_t *j, struct arena *mem)
{
    char *text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
    const char *copy = arena_strdup(mem, text ? text : "{}");

    reserve_free(text);
    json_decref(j);
    return copy;
}

const char *import_terms_json(const struct import_terms *t, struct arena *mem)
{
    return dumped(terms_to_json(t), mem);
}

static const char *text_of(const json_t *j, const char *name, struct arena *mem)
{
    return arena_strdup(mem, json_string_value(json_object_get(j, name)));
}

static void terms_from_json(const json_t *j, struct arena *mem,
                            struct import_terms *t)
{
    const char *origin = json_string_value(json_object_get(j, "origin"));
    json_t *mapping = json_object_get(j, "mapping");

    t->source = text_of(j, "source", mem);
    t->has_origin = origin && origin_parse(origin, &t->origin);
    t->provenance = text_of(j, "provenance", mem);
    t->note = text_of(j, "note", mem);
    t->consent = text_of(j, "consent", mem);
    if (mapping)
        t->mapping = dumped(json_incref(mapping), mem);
}

const char *import_held(const struct import_terms *t)
{
    if (!str_eq(t->provenance, "purchased"))
        return NULL;
    if (!t->note)
        return "provenance_missing";
    return t->consent ? NULL : "consent_missing";
}

/* ---- the reader ---- */

enum err import_reader_init(struct import_reader *rd, struct arena *mem,
                            struct field_errs *errs)
{
    json_t *mapping = NULL;
    enum err e;

    rd->held = import_held(&rd->terms);
    rd->spec = rd->source ? &rd->source->spec : form_spec_default();
    if (!rd->terms.mapping)
        return ERR_OK;
    mapping = json_loads(rd->terms.mapping, JSON_REJECT_DUPLICATES, NULL);
    if (!mapping) {
        field_errs_add(errs, "mapping", ERR_BAD_ARGUMENT, "not a JSON object");
        return ERR_INVALID;
    }
    e = form_spec_compile(mapping, mem, &rd->own, errs);
    json_decref(mapping);
    rd->spec = &rd->own;
    return e;
}

enum err import_reader_heading(struct import_reader *rd, const char *p,
                               size_t n, struct arena *mem,
                               struct field_errs *errs)
{
    const char *text = charset_row(p, &n, mem);

    if (!rd->delimiter)
        rd->delimiter = csv_map_delimiter(text, n, rd->spec, mem);
    return csv_map_read(rd->delimiter, arena_strndup(mem, text, n), n, rd->spec,
                        rd->ws->tz, mem, &rd->map, errs);
}

/* ---- one row ---- */

static enum err read_csv(const struct import_reader *rd, const char *p,
                         size_t n, int64_t received_ms, struct arena *mem,
                         struct draft *d, struct import_fault *fault)
{
    const char *text = charset_row(p, &n, mem);
    struct csv_fault why = {.cell = 0};
    enum err e = csv_draft(&rd->map, rd->delimiter, arena_strndup(mem, text, n),
                           n, received_ms, mem, d, &why);

    fault->err = why.err;
    fault->cell = (int)why.cell;
    fault->detail = why.detail;
    if (why.cell && why.cell <= rd->map.n)
        fault->field = rd->map.columns[why.cell - 1].heading;
    return e;
}

/* An object as POST /v1/leads takes it, or flat as a form sends it. */
static enum err read_json(const struct import_reader *rd, const char *p,
                          size_t n, int64_t received_ms, struct arena *mem,
                          struct draft *d, struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct form_fields fields = {.mem = mem,
                                 .pointers = rd->spec->has_pointers};
    enum err e = json_guard_object(p, n, JSON_LIMITS_BATCH, errs, &j);

    if (e != ERR_OK)
        return e;
    if (json_object_get(j, "contact"))
        return intake_lead_json(j, "", received_ms, mem, d, errs);
    e = form_json(p, n, &fields, errs);
    if (e == ERR_OK)
        e = intake_form_fields(&fields, rd->spec, received_ms, mem, d, errs);
    d->n_events = 0; /* being on a list is nothing a person did */
    d->fact_source = FACT_SYSTEM;
    return e;
}

static void add_consent(const struct import_reader *rd, struct draft *d,
                        struct arena *mem)
{
    struct consent *all =
        arena_array(mem, d->n_consent + 1, sizeof(*d->consent));
    char *wording;

    if (d->n_consent)
        memcpy(all, d->consent, d->n_consent * sizeof(*all));
    wording = arena_strdup(mem, rd->terms.consent);
    wording[text_cut(wording, strlen(wording), LIMIT_WORD)] = '\0';
    all[d->n_consent++] = (struct consent){.purpose = "marketing",
                                           .status = "granted",
                                           .method = "import",
                                           .wording = wording,
                                           .evidence = rd->terms.provenance};
    d->consent = all;
}

/* Somebody who said no for himself did not agree with the others. */
static bool has_refused(const struct draft *d)
{
    for (size_t i = 0; i < d->n_consent; i++)
        if (str_eq(d->consent[i].purpose, "marketing") &&
            !str_eq(d->consent[i].status, "granted"))
            return true;
    return false;
}

/* Of a CSV that a platform let people download; NULL: of no platform. */
static const char *import_platform(const struct import_reader *rd)
{
    return rd->format == IMPORT_CSV ? rd->map.platform : NULL;
}

/* What holds for the whole list. */
static void complete(const struct import_reader *rd, struct draft *d,
                     struct arena *mem)
{
    bool has_touch = d->has_touch;

    if (!d->touch.channel && !(rd->source && rd->source->channel))
        d->touch.channel = import_platform(rd);
    if (rd->source) {
        draft_defaults(rd->source, d, mem);
        d->has_touch = has_touch || rd->source->channel || rd->source->campaign;
    } else if (!d->source_name) {
        d->source_name = arena_strdup(mem, rd->terms.source);
    }
    if (rd->terms.has_origin || !d->has_origin) {
        d->origin = rd->terms.has_origin ? rd->terms.origin : ORIGIN_MARKETING;
        d->has_origin = true;
    }
    if (rd->terms.consent && d->n_consent < DRAFT_CONSENT_MAX &&
        !has_refused(d))
        add_consent(rd, d, mem);
    d->quarantine = rd->held;
}

enum err import_read_row(const struct import_reader *rd, const char *p,
                         size_t n, int64_t received_ms, struct arena *mem,
                         struct draft *out, struct import_fault *fault)
{
    struct field_errs errs = {.mem = mem};
    enum err e;

    memset(fault, 0, sizeof(*fault));
    e = rd->format == IMPORT_NDJSON
            ? read_json(rd, p, n, received_ms, mem, out, &errs)
            : read_csv(rd, p, n, received_ms, mem, out, fault);
    if (e == ERR_OK) {
        complete(rd, out, mem);
        flow_prepare(rd->ws, out, received_ms, mem, &errs);
        if (!identity_is_reachable(out))
            e = ERR_NO_IDENTIFIER;
    }
    import_faults(rd, &errs, p, n, fault);
    if (e != ERR_OK && !fault->err)
        fault->err = e;
    if (fault->err && !fault->detail)
        fault->detail = err_info(fault->err)->title;
    fault->stored = e == ERR_OK;
    return e;
}

bool import_tells_once(const struct import_reader *rd, const struct draft *d)
{
    return import_platform(rd) && d->external_id;
}

/* ---- receipts ---- */

const char *import_headers(const struct import_reader *rd,
                           const struct uuid *import_id, int64_t first_row,
                           struct arena *mem)
{
    char id[UUID_TEXT_BYTES], delimiter[2] = {rd->delimiter, '\0'};
    json_t *j = json_pack(
        "{s:s, s:I, s:o}", "import_id", uuid_format(import_id, id), "first_row",
        (json_int_t)first_row, "terms", terms_to_json(&rd->terms));

    if (rd->delimiter)
        put_text(j, "delimiter", delimiter);
    return dumped(j, mem);
}

static size_t count_records(const struct import_reader *rd, const char *p,
                            size_t n)
{
    struct csv_span span;
    size_t count = 0;

    for (; n; p += span.used, n -= span.used, count++)
        (void)(rd->format == IMPORT_CSV
                   ? csv_record(rd->delimiter, p, n, true, &span)
                   : csv_line(p, n, true, &span));
    return count;
}

static void read_parts(const struct import_reader *rd, struct work *w,
                       const char *p, size_t n)
{
    struct csv_span span;

    for (; n; p += span.used, n -= span.used) {
        struct part *part = &w->parts[w->n_parts++];
        struct import_fault fault;

        (void)(rd->format == IMPORT_CSV
                   ? csv_record(rd->delimiter, p, n, true, &span)
                   : csv_line(p, n, true, &span));
        part->kind = PART_INGEST;
        if (import_read_row(rd, p, span.bytes, w->receipt.received_ms, w->mem,
                            &part->draft, &fault) == ERR_OK) {
            part->once = import_tells_once(rd, &part->draft);
            continue;
        }
        /* today's mapping does not know it any more: it finds nobody */
        memset(&part->draft, 0, sizeof(part->draft));
        part->kind = PART_LOOKUP;
    }
}

static void read_headers(struct import_reader *rd, const struct work *w)
{
    const char *text = w->receipt.headers_json;
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    const char *delimiter = json_string_value(json_object_get(j, "delimiter"));

    terms_from_json(json_object_get(j, "terms"), w->mem, &rd->terms);
    rd->delimiter = delimiter ? *delimiter : '\0';
    json_decref(j);
}

enum err import_open_receipt(struct import_reader *rd, struct work *w,
                             struct field_errs *errs)
{
    const char *p = w->receipt.body;
    size_t n = w->receipt.body_bytes;
    struct csv_span span;
    enum err e;

    rd->format = str_eq(w->receipt.content_type, "application/x-ndjson")
                     ? IMPORT_NDJSON
                     : IMPORT_CSV;
    read_headers(rd, w);
    e = import_reader_init(rd, w->mem, errs);
    if (e == ERR_OK && rd->format == IMPORT_CSV) {
        (void)csv_record(rd->delimiter ? rd->delimiter : ',', p, n, true,
                         &span);
        e = import_reader_heading(rd, p, span.bytes, w->mem, errs);
        p += span.used;
        n -= span.used;
    }
    if (e != ERR_OK)
        return e;
    w->parts =
        arena_array(w->mem, count_records(rd, p, n) + 1, sizeof(*w->parts));
    w->n_parts = 0;
    read_parts(rd, w, p, n);
    return ERR_OK;
}
