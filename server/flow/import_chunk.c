/*
 * A chunk on its way: which of its rows are news, their drafts, one receipt
 * and one work; then what the writer said of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/reserve.h"
#include "base/str.h"
#include "flow/import_parts.h"

#define CSV_TYPE    "text/csv"
#define NDJSON_TYPE "application/x-ndjson"

struct chunk *chunk_new(struct run *r)
{
    struct chunk *c = reserve_must(sizeof(*c));

    c->im = r->im;
    c->raw.max = CHUNK_BYTES + CSV_RECORD_MAX * 2;
    c->first_row = r->row + 1;
    return c;
}

void chunk_free(struct chunk *c)
{
    if (!c)
        return;
    buf_release(&c->raw);
    reserve_free(c);
}

/* ---- which rows are news ---- */

static struct uuid short_hash(const void *p, size_t n)
{
    uint8_t hash[SHA256_BYTES];
    struct uuid id;

    crypto_sha256(p, n, hash);
    memcpy(id.b, hash, sizeof(id.b));
    return id;
}

/* The same row of the same source under the same heading is the same row. */
static struct uuid row_id(const struct run *r, const char *p, size_t n)
{
    char *text = arena_alloc(r->tmp, sizeof(r->salt) + n);

    memcpy(text, r->salt, sizeof(r->salt));
    memcpy(text + sizeof(r->salt), p, n);
    return short_hash(text, sizeof(r->salt) + n);
}

static bool seen_above(const struct chunk *c, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (uuid_cmp(&c->rows[k].id, &c->rows[i].id) == 0)
            return true;
    return false;
}

static enum err ask_known(struct run *r, struct chunk *c)
{
    struct uuid *ids = arena_array(r->tmp, c->n, sizeof(*ids));
    bool *known = arena_array(r->tmp, c->n, sizeof(*known));
    enum err e = pg_ready(r->pg);

    for (size_t i = 0; i < c->n; i++)
        ids[i] = c->rows[i].id =
            row_id(r, c->raw.ptr + c->rows[i].at, c->rows[i].n);
    if (e == ERR_OK)
        e = import_rows_known(r->pg, r->tmp, r->im->order.workspace_id, ids,
                              c->n, known);
    for (size_t i = 0; e == ERR_OK && i < c->n; i++)
        c->rows[i].known = known[i] || seen_above(c, i);
    c->asked = e == ERR_OK;
    return e;
}

/* ---- the work ---- */

static void chunk_done(struct work *w)
{
    struct chunk *c = w->ctx;
    struct import *im = c->im;

    c->err = w->err;
    work_free(w);
    pthread_mutex_lock(&im->lock);
    c->next = im->back;
    im->back = c;
    pthread_cond_signal(&im->wake);
    pthread_mutex_unlock(&im->lock);
}

static void fill_receipt(const struct run *r, const struct chunk *c,
                         struct work *w)
{
    struct {
        struct uuid import_id, content;
        int64_t first_row;
    } seed = {r->im->order.import_id, c->content, c->first_row};

    w->receipt.receipt_id =
        uuid_derived(r->view->row.created_ms, &seed, sizeof(seed));
    w->receipt.source_id = r->im->order.source_id;
    w->receipt.source = arena_strdup(w->mem, r->rd.source ? r->rd.source->name
                                                          : r->rd.terms.source);
    w->receipt.key_id = r->im->order.key_id;
    w->receipt.role = arena_strdup(w->mem, r->im->order.role);
    w->receipt.replayed = !r->view->is_new;
    w->receipt.content_type =
        r->rd.format == IMPORT_CSV ? CSV_TYPE : NDJSON_TYPE;
    w->receipt.headers_json =
        import_headers(&r->rd, &r->im->order.import_id, c->first_row, w->mem);
}

static enum err refused_as(enum csv_found found)
{
    return found == CSV_TOO_LONG ? ERR_TOO_LONG : ERR_BAD_CSV;
}

/* @return false when the row is reported instead of kept */
static bool read_row(const struct run *r, const struct chunk *c,
                     const struct chunk_row *row, struct work *w,
                     struct draft *d, struct import_fault *faults)
{
    struct import_note *note = w->import;
    struct import_fault *f = &faults[note->n_faults];
    const char *text = c->raw.ptr + row->at;
    enum err e = c->err; /* what the database said of a row alone */

    memset(f, 0, sizeof(*f));
    if (e == ERR_OK && row->found == CSV_RECORD)
        e = import_read_row(&r->rd, text, row->n, w->receipt.received_ms,
                            w->mem, d, f);
    else
        f->err = e != ERR_OK ? e : refused_as(row->found);
    if (row->found != CSV_RECORD)
        f->detail = row->found == CSV_OPEN_QUOTE
                        ? "a quote that is never closed"
                        : "a row longer than 128 kB";
    if (!f->err)
        return true;
    f->row = row->row;
    f->line = row->line;
    f->content = text;
    f->content_bytes = row->n;
    if (!f->detail)
        f->detail = err_info(f->err)->title;
    note->n_faults++;
    note->n_bad += !f->stored;
    return f->stored;
}

/* The receipt holds the heading and the rows that became drafts. */
static void read_rows(const struct run *r, const struct chunk *c,
                      struct work *w)
{
    AUTO(buf_release) struct buf body = BUF_INIT;
    struct import_fault *faults =
        arena_array(w->mem, c->n + 1, sizeof(*faults));
    struct uuid *ids = arena_array(w->mem, c->n + 1, sizeof(*ids));

    w->parts = arena_array(w->mem, c->n + 1, sizeof(*w->parts));
    w->import->faults = faults;
    w->import->row_ids = ids;
    (void)buf_add(&body, r->heading.ptr, r->heading.len);
    for (size_t i = 0; i < c->n; i++) {
        const struct chunk_row *row = &c->rows[i];
        struct part *part = &w->parts[w->n_parts];

        if (row->known && row->found == CSV_RECORD) {
            w->import->n_repeated++;
            continue;
        }
        if (!read_row(r, c, row, w, &part->draft, faults))
            continue;
        part->kind = PART_INGEST;
        part->once = import_tells_once(&r->rd, &part->draft);
        ids[w->n_parts++] = row->id;
        (void)buf_add(&body, c->raw.ptr + row->at, row->n);
        (void)buf_putc(&body, '\n');
    }
    w->receipt.body = arena_memdup(w->mem, body.ptr ? body.ptr : "", body.len);
    w->receipt.body_bytes = body.len;
}

static struct work *make_work(const struct run *r, struct chunk *c)
{
    struct work *w = flow_work(r->f, r->im->order.workspace_id, "import");
    struct import_note *note;

    if (!w)
        return NULL;
    note = w->import = arena_alloc(w->mem, sizeof(*note));
    note->import_id = r->im->order.import_id;
    note->content = c->content;
    note->first_row = c->first_row;
    note->bytes = c->bytes;
    note->n_rows = c->n;
    read_rows(r, c, w);
    w->has_receipt = w->n_parts > 0;
    if (w->has_receipt)
        fill_receipt(r, c, w);
    w->refused_back = true;
    w->done = chunk_done;
    w->ctx = c;
    return w;
}

static enum err submit(struct run *r, struct chunk *c)
{
    struct work *w = make_work(r, c);
    enum err e = w ? flow_submit(r->f, w) : ERR_NO_MEMORY;

    if (e != ERR_OK)
        work_free(w);
    return e;
}

/* Ask, read, hand over; passing faults are waited out. */
static enum err pass_on(struct run *r, struct chunk *c)
{
    enum err e;

    do {
        arena_reset(r->tmp);
        e = c->asked ? ERR_OK : ask_known(r, c);
        if (e == ERR_OK)
            e = submit(r, c);
    } while (e != ERR_OK && import_pause(r, e));
    if (e != ERR_OK) {
        chunk_free(c);
        return e;
    }
    r->im->n_out++;
    return ERR_OK;
}

static bool stored_before(const struct run *r, const struct chunk *c)
{
    size_t low = 0, high = r->n_done;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (r->done[mid].first_row == c->first_row)
            return uuid_cmp(&r->done[mid].content, &c->content) == 0;
        if (c->first_row < r->done[mid].first_row)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

enum err chunk_send(struct run *r, struct chunk *c)
{
    enum err e = ERR_OK;

    c->content = short_hash(c->raw.ptr ? c->raw.ptr : "", c->raw.len);
    if (!c->n || stored_before(r, c)) {
        chunk_free(c);
        return ERR_OK;
    }
    while (e == ERR_OK && r->im->n_out >= CHUNKS_MAX)
        e = chunks_reap(r, false);
    if (e == ERR_OK)
        return pass_on(r, c);
    chunk_free(c);
    return e;
}

/* ---- what the writer said ---- */

static struct chunk *rows_of(struct run *r, const struct chunk *c, size_t from,
                             size_t to)
{
    struct chunk *half = chunk_new(r);

    half->first_row = c->rows[from].row;
    half->bytes = from ? 0 : c->bytes;
    for (size_t i = from; i < to; i++) {
        struct chunk_row *row = &half->rows[half->n++];

        *row = c->rows[i];
        row->at = half->raw.len;
        (void)buf_add(&half->raw, c->raw.ptr + c->rows[i].at, row->n);
    }
    half->content = short_hash(half->raw.ptr, half->raw.len);
    half->asked = true;
    return half;
}

/* The row the database will not have is reported like any other bad row; no
 * import goes on when even the report is refused. */
static enum err report(struct run *r, struct chunk *c)
{
    if (!c->told) {
        c->told = true;
        return pass_on(r, c); /* c->err says why */
    }
    chunk_free(c);
    return ERR_DATA;
}

/* Halve until the row that is refused stands alone. */
static enum err split(struct run *r, struct chunk *c)
{
    size_t half = c->n / 2;
    struct chunk *first, *second;
    enum err e;

    log_line(LOG_WARN, "import_chunk_refused", "i:rows", (int64_t)c->n, NULL);
    if (c->n == 1)
        return report(r, c);
    first = rows_of(r, c, 0, half);
    second = rows_of(r, c, half, c->n);
    chunk_free(c);
    e = pass_on(r, first);
    if (e == ERR_OK)
        return pass_on(r, second);
    chunk_free(second);
    return e;
}

static enum err settle(struct run *r, struct chunk *c)
{
    enum err e = c->err;

    r->im->n_out--;
    if (e == ERR_OK) {
        r->faults_ms = 0;
        chunk_free(c);
        return ERR_OK;
    }
    if (e == ERR_DATA)
        return split(r, c);
    c->err = c->told ? ERR_DATA : ERR_OK;
    if (import_pause(r, e))
        return e == ERR_NO_MEMORY && c->n > 1 ? split(r, c) : pass_on(r, c);
    chunk_free(c);
    return e;
}

static struct chunk *take_back(struct import *im)
{
    struct chunk *c;

    pthread_mutex_lock(&im->lock);
    while (!im->back)
        pthread_cond_wait(&im->wake, &im->lock);
    c = im->back;
    im->back = c->next;
    pthread_mutex_unlock(&im->lock);
    return c;
}

enum err chunks_reap(struct run *r, bool all)
{
    enum err e = ERR_OK, first = ERR_OK;

    while (r->im->n_out) {
        e = settle(r, take_back(r->im));
        first = first == ERR_OK ? e : first;
        if (!all)
            break;
    }
    return first;
}
