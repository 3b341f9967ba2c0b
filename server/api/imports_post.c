#include "api/imports_post.h"

#include <ctype.h>

#include "api/app.h"
#include "api/imports_get.h"
#include "base/crypto.h"
#include "base/str.h"
#include "intake/charset.h"
#include "lead/words.h"

#define TEXT_MAX    1000
#define MAPPING_MAX ((size_t)64 << 10)
#define PAUSE_MS    60000  /* the import gives up long before */
#define FINISH_MS   120000 /* the last chunks, once all is here */

/* ---- what is said of the list ---- */

static const char *text_arg(const struct http_req *rq, struct field_errs *errs,
                            const char *name, size_t max)
{
    const char *text = arg_text(rq, name);

    if (text && strlen(text) > max)
        field_errs_add(errs, name, ERR_TOO_LONG, "at most %zu bytes", max);
    return text && *text ? text : NULL;
}

static bool read_format(const struct http_req *rq, enum import_format *out)
{
    static const char *const CSV[] = {
        "text/csv",   "text/tab-separated-values", "application/csv",
        "text/plain", "application/vnd.ms-excel",  "application/octet-stream"};
    static const char *const NDJSON[] = {
        "application/x-ndjson", "application/ndjson", "application/jsonl",
        "application/x-jsonlines"};

    *out = IMPORT_CSV;
    if (!http_header(rq, "Content-Type"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(CSV); i++)
        if (http_body_is(rq, CSV[i]))
            return true;
    *out = IMPORT_NDJSON;
    for (size_t i = 0; i < ARRAY_LEN(NDJSON); i++)
        if (http_body_is(rq, NDJSON[i]))
            return true;
    return false;
}

static void read_delimiter(const struct http_req *rq, struct field_errs *errs,
                           char *out)
{
    const char *text = arg_text(rq, "delimiter");

    if (!text)
        return;
    if (str_eq(text, "tab"))
        *out = '\t';
    else if (strlen(text) == 1 && (*text == '\t' || ispunct((uint8_t)*text)) &&
             *text != '"')
        *out = *text;
    else
        field_errs_add(errs, "delimiter", ERR_BAD_ARGUMENT,
                       "one ASCII punctuation mark but the quote, or tab");
}

static void read_terms(const struct http_req *rq, struct field_errs *errs,
                       struct import_terms *t)
{
    const char *origin = arg_text(rq, "origin");
    size_t i = 0;

    t->source = text_arg(rq, errs, "source", 200);
    t->note = text_arg(rq, errs, "note", TEXT_MAX);
    t->consent = text_arg(rq, errs, "consent", TEXT_MAX);
    t->mapping = text_arg(rq, errs, "mapping", MAPPING_MAX);
    if (arg_word(rq, errs, "provenance", IMPORT_PROVENANCES, &i))
        t->provenance = IMPORT_PROVENANCES[i];
    t->has_origin = origin && origin_parse(origin, &t->origin);
    if (origin && !t->has_origin)
        field_errs_add(errs, "origin", ERR_BAD_ARGUMENT,
                       "marketing, sales or referral");
}

/* The source's own mapping and defaults hold, under its own name. */
static void read_source(const struct http_req *rq, struct field_errs *errs,
                        struct import_order *o)
{
    const struct caller *who = api_caller(rq);

    if (arg_uuid(rq, errs, "source_id", &o->source_id) &&
        !snapshot_source_id(who->snap, o->workspace_id, &o->source_id))
        field_errs_add(errs, "source_id", ERR_BAD_ARGUMENT,
                       "there is no such source");
    if (!uuid_is_nil(&o->source_id) && o->terms.source)
        field_errs_add(errs, "source", ERR_BAD_ARGUMENT,
                       "give either source or source_id");
    if (uuid_is_nil(&o->source_id) && !o->terms.source)
        o->terms.source = "import";
}

/* A mapping that cannot be read is better said before the list is sent. */
static void check_mapping(struct http_req *rq, struct field_errs *errs,
                          const struct import_order *o)
{
    struct import_reader *rd = arena_alloc(rq->mem, sizeof(*rd));

    rd->terms = o->terms;
    if (import_reader_init(rd, rq->mem, errs) != ERR_OK && !errs->n)
        field_errs_add(errs, "mapping", ERR_BAD_ARGUMENT, "not a mapping");
}

/* Without an id the Idempotency-Key makes one, so that a repeat goes on. */
static enum err read_id(struct http_req *rq, struct field_errs *errs,
                        struct import_order *o)
{
    const char *key, *scope;
    enum err e;
    uint8_t seed[SHA256_BYTES];
    const char *text;

    if (arg_uuid(rq, errs, "id", &o->import_id))
        return ERR_OK;
    e = api_idem_key(rq, rq->mem, &key, &scope);
    o->import_id = uuid_new(rq->now_ms);
    if (e != ERR_OK || !key)
        return e;
    text = arena_printf(rq->mem, "%lld %s %s", (long long)o->workspace_id,
                        scope, key);
    crypto_sha256(text, strlen(text), seed);
    o->import_id = uuid_derived(0, seed, sizeof(seed));
    return ERR_OK;
}

static enum err read_order(struct http_req *rq, struct field_errs *errs,
                           struct import_order *o)
{
    static const char *const KNOWN[] = {
        "id",   "source",  "source_id", "origin",    "provenance",
        "note", "consent", "mapping",   "delimiter", NULL};
    const struct caller *who = api_caller(rq);

    o->workspace_id = who->key->workspace_id;
    o->key_id = who->key->key_id;
    o->role = key_role_text(who->key->role);
    o->charset = charset_of_type(http_header(rq, "Content-Type"), rq->mem);
    if (!read_format(rq, &o->format) ||
        (o->charset && !charset_known(o->charset)))
        return ERR_MEDIA_TYPE;
    arg_unknown(rq, errs, KNOWN);
    read_delimiter(rq, errs, &o->delimiter);
    read_terms(rq, errs, &o->terms);
    read_source(rq, errs, o);
    check_mapping(rq, errs, o);
    return read_id(rq, errs, o);
}

/* ---- the list ---- */

static void leave(void *im)
{
    import_leave(im);
}

enum http_next imports_open(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct import_order o = {.workspace_id = 0};
    struct import *im;
    enum err e = read_order(rq, &errs, &o);

    if (e != ERR_OK)
        return reply_problem(rq, e, NULL);
    if (errs.n)
        return reply_invalid(rq, &errs);
    e = import_start(flow_imports(rq->app->flow), &o, &im);
    if (e != ERR_OK)
        return reply_problem(rq, e, NULL);
    rq->state = im;
    rq->state_free = leave;
    return HTTP_GO_ON;
}

enum err imports_body(struct http_req *rq, const char *p, size_t n)
{
    enum err e = import_feed(rq->state, p, n);

    if (e == ERR_OK && !http_is_paused(rq) && import_is_full(rq->state))
        import_room(rq->state, http_pause(rq, PAUSE_MS));
    return e;
}

static enum http_next answer(struct http_req *rq)
{
    const struct import_view *view = rq->result;
    AUTO(buf_release) struct buf out = BUF_INIT;

    if (rq->err != ERR_OK && view && view->errs.n)
        return reply_invalid(rq, &view->errs);
    if (rq->err != ERR_OK)
        return reply_problem(rq, rq->err, NULL);
    put_import(&out, &view->row, rq->now_ms);
    return reply_json(rq, view->is_new ? 201 : 200, &out);
}

enum http_next imports_post(struct http_req *rq)
{
    if (rq->woken)
        return answer(rq);
    rq->result_free = import_view_free;
    import_close(rq->state, http_park(rq, FINISH_MS));
    return HTTP_PARKED;
}
