/* The import's own thread: bytes into records, records into chunks. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/import_parts.h"

#define RUN_ARENA_MAX ((size_t)32 << 20)
#define PAUSE_MS      100

bool import_pause(struct run *r, enum err e)
{
    const struct timespec step = {0, PAUSE_MS * 1000000L};
    bool passing = e == ERR_DATABASE || e == ERR_BUSY || e == ERR_AGAIN ||
                   e == ERR_DEADLINE || e == ERR_UNKNOWN_OUTCOME ||
                   e == ERR_NO_MEMORY;
    bool stop;

    pthread_mutex_lock(&r->im->lock);
    stop = r->im->stop;
    pthread_mutex_unlock(&r->im->lock);
    if (!r->faults_ms)
        r->faults_ms = clock_mono_ms();
    if (!passing || stop || clock_mono_ms() - r->faults_ms > IMPORT_GIVE_UP_MS)
        return false;
    nanosleep(&step, NULL);
    return true;
}

/* ---- beginning ---- */

/* What makes equal rows the same: not when they came, nor what was said of
 * the list beyond how to read it and whether to hold it. */
static void make_salt(struct run *r)
{
    AUTO(buf_release) struct buf b = BUF_INIT;
    const struct import_order *o = &r->im->order;

    (void)buf_add(&b, &o->workspace_id, sizeof(o->workspace_id));
    (void)buf_add(&b, &o->source_id, sizeof(o->source_id));
    (void)buf_printf(&b, "%s\n%s\n%s\n%d\n",
                     r->rd.terms.source ? r->rd.terms.source : "",
                     r->rd.terms.mapping ? r->rd.terms.mapping : "",
                     r->rd.held ? r->rd.held : "", (int)o->format);
    (void)buf_add(&b, r->heading.ptr, r->heading.len);
    crypto_sha256(b.ptr, b.len, r->salt);
}

static enum err open_rows(struct run *r)
{
    const struct import_order *o = &r->im->order;
    struct import_start start = {
        .workspace_id = o->workspace_id,
        .import_id = o->import_id,
        .source_id = o->source_id,
        .key_id = o->key_id,
        .source = r->rd.source ? r->rd.source->name : o->terms.source,
        .format = import_format_text(o->format),
        .terms_json = import_terms_json(&o->terms, r->mem),
        .held = r->rd.held,
        .now_ms = clock_now_ms()};
    enum err e = pg_ready(r->pg);

    if (e == ERR_OK)
        e = import_open(r->pg, r->mem, &start, &r->view->is_new);
    if (e == ERR_OK && !r->view->is_new)
        e = import_chunks(r->pg, r->mem, o->workspace_id, &o->import_id,
                          &r->done, &r->n_done);
    if (e == ERR_OK)
        e = read_import(r->pg, r->view->mem, o->workspace_id, &o->import_id,
                        &r->view->row);
    return e;
}

static enum err begin(struct run *r)
{
    const struct import_order *o = &r->im->order;
    enum err e;

    r->rd.ws = snapshot_workspace(r->snap, o->workspace_id);
    if (!uuid_is_nil(&o->source_id))
        r->rd.source =
            snapshot_source_id(r->snap, o->workspace_id, &o->source_id);
    r->rd.terms = o->terms;
    r->rd.format = o->format;
    r->rd.delimiter = o->delimiter;
    r->charset = charset_new(o->charset);
    if (!r->rd.ws || !r->charset)
        return r->rd.ws ? ERR_NO_MEMORY : ERR_NOT_FOUND;
    e = import_reader_init(&r->rd, r->mem, &r->view->errs);
    if (e != ERR_OK)
        return e;
    make_salt(r);
    do
        e = open_rows(r);
    while (e != ERR_OK && import_pause(r, e));
    return e;
}

/* ---- records ---- */

static enum err flush(struct run *r)
{
    struct chunk *c = r->chunk;

    r->chunk = NULL;
    return c ? chunk_send(r, c) : ERR_OK;
}

static enum err add_row(struct run *r, const char *p,
                        const struct csv_span *span, enum csv_found found)
{
    struct chunk *c;
    struct chunk_row *row;
    size_t n = MIN(span->bytes, CSV_RECORD_MAX);

    if (!r->chunk)
        r->chunk = chunk_new(r);
    c = r->chunk;
    row = &c->rows[c->n++];
    *row = (struct chunk_row){.at = c->raw.len,
                              .n = n,
                              .row = ++r->row,
                              .line = r->line,
                              .found = found};
    c->bytes += (int64_t)span->used;
    if (buf_add(&c->raw, p, n) != ERR_OK)
        return ERR_NO_MEMORY;
    return c->n == CHUNK_ROWS || c->raw.len >= CHUNK_BYTES ? flush(r) : ERR_OK;
}

static bool is_blank_row(const char *p, size_t n)
{
    while (n && is_blank(*p)) {
        p++;
        n--;
    }
    return n == 0;
}

/* Excel's own first line, "sep=;", says the delimiter. */
static bool is_sep(struct run *r, const char *p, size_t n)
{
    if (n != 5 || strncasecmp(p, "sep=", 4) != 0)
        return false;
    r->rd.delimiter = p[4];
    return true;
}

static enum err take_heading(struct run *r, const char *p, size_t n)
{
    enum err e;

    if (is_sep(r, p, n))
        return ERR_OK;
    e = import_reader_heading(&r->rd, p, n, r->mem, &r->view->errs);
    if (e == ERR_OK)
        e = buf_add(&r->heading, p, n);
    if (e == ERR_OK)
        e = buf_putc(&r->heading, '\n');
    if (e != ERR_OK)
        return e;
    r->has_heading = true;
    make_salt(r);
    return ERR_OK;
}

/* Rows of all sizes are cut before the heading tells the delimiter: a guess
 * is enough to see where the first record ends. */
static enum csv_found next_record(const struct run *r, bool last,
                                  struct csv_span *span)
{
    const char *p = r->in.ptr + r->at;
    size_t n = r->in.len - r->at;

    if (r->rd.format == IMPORT_NDJSON)
        return csv_line(p, n, last, span);
    return csv_record(r->rd.delimiter ? r->rd.delimiter
                                      : csv_delimiter(p, MIN(n, (size_t)4096)),
                      p, n, last, span);
}

static enum err take_record(struct run *r, const struct csv_span *span,
                            enum csv_found found)
{
    const char *p = r->in.ptr + r->at;

    if (is_blank_row(p, span->bytes))
        return ERR_OK;
    if (r->rd.format == IMPORT_CSV && !r->has_heading)
        return take_heading(r, p, span->bytes);
    return add_row(r, p, span, found);
}

static enum err take_records(struct run *r, bool last)
{
    enum err e = ERR_OK;

    while (e == ERR_OK && r->at < r->in.len) {
        struct csv_span span;
        enum csv_found found = next_record(r, last, &span);

        if (found == CSV_MORE)
            break;
        r->line++;
        e = take_record(r, &span, found);
        r->line += MAX(span.lines, (int64_t)1) - 1;
        r->at += span.used;
    }
    /* keep what is left at the front, without moving it every time */
    if (r->at == r->in.len) {
        buf_clear(&r->in);
        r->at = 0;
    } else if (r->at > CSV_RECORD_MAX) {
        memmove(r->in.ptr, r->in.ptr + r->at, r->in.len - r->at);
        r->in.len -= r->at;
        r->at = 0;
    }
    return e;
}

static enum err take_slab(struct run *r, struct slab *s)
{
    enum err e = charset_feed(r->charset, s->bytes, s->n, false, &r->in);

    free(s);
    return e == ERR_OK ? take_records(r, false) : e;
}

/* ---- the loop ---- */

static bool all_fed(struct import *im, enum err *e)
{
    bool closed;

    pthread_mutex_lock(&im->lock);
    closed = im->closed && !im->head;
    if (im->stop)
        *e = ERR_DRAINING;
    else if (!im->closed && im->left && !im->head)
        *e = ERR_TIMEOUT; /* the sender went */
    pthread_mutex_unlock(&im->lock);
    return closed;
}

static bool any_back(struct import *im)
{
    bool any;

    pthread_mutex_lock(&im->lock);
    any = im->back != NULL;
    pthread_mutex_unlock(&im->lock);
    return any;
}

static enum err read_all(struct run *r)
{
    enum err e = ERR_OK;

    while (e == ERR_OK) {
        struct slab *s = import_take(r->im);

        if (s) {
            e = take_slab(r, s);
            continue;
        }
        if (any_back(r->im))
            e = chunks_reap(r, false);
        else if (all_fed(r->im, &e))
            break;
    }
    if (e == ERR_OK)
        e = charset_feed(r->charset, "", 0, true, &r->in);
    if (e == ERR_OK)
        e = take_records(r, true);
    return e == ERR_OK ? flush(r) : e;
}

/* What is stored says how it went, also after an earlier request. */
static enum err end_rows(struct run *r, enum err why)
{
    const struct import_order *o = &r->im->order;
    enum err e = pg_ready(r->pg);

    arena_reset(r->tmp);
    if (e == ERR_OK)
        e = import_end(r->pg, r->tmp, o->workspace_id, &o->import_id,
                       why == ERR_OK ? "done" : "interrupted",
                       why == ERR_OK ? NULL : err_info(why)->code,
                       clock_now_ms());
    if (e == ERR_OK)
        e = read_import(r->pg, r->view->mem, o->workspace_id, &o->import_id,
                        &r->view->row);
    return e;
}

static enum err end(struct run *r, enum err why)
{
    enum err e;

    do
        e = end_rows(r, why);
    while (e != ERR_OK && import_pause(r, e));
    return why == ERR_OK ? e : why;
}

/* Also with an error: it may say which headings were not understood. */
static void answer(struct run *r, enum err e)
{
    struct import *im = r->im;
    struct done done;

    pthread_mutex_lock(&im->lock);
    done = im->end;
    im->end.fn = NULL;
    pthread_mutex_unlock(&im->lock);
    if (done.fn)
        done.fn(done.ctx, e, r->view);
    else
        import_view_free(r->view);
    if (e != ERR_OK)
        import_fail(im, e);
}

static bool run_init(struct run *r)
{
    struct arena *mem = arena_new(RUN_ARENA_MAX);

    r->f = imports_flow(r->im->all);
    r->mem = arena_new(RUN_ARENA_MAX);
    r->tmp = arena_new(RUN_ARENA_MAX);
    r->pg = pg_new(&flow_config(r->f)->pg);
    if (mem) {
        r->view = arena_alloc(mem, sizeof(*r->view));
        r->view->mem = r->view->errs.mem = mem;
    }
    r->in.max = CSV_RECORD_MAX * 4;
    r->snap = settings_hold(flow_settings(r->f));
    return r->mem && r->tmp && r->pg && mem;
}

static void run_release(struct run *r)
{
    settings_drop(flow_settings(r->f), r->snap);
    chunk_free(r->chunk);
    charset_free(r->charset);
    buf_release(&r->in);
    buf_release(&r->heading);
    pg_free(r->pg);
    arena_free(r->mem);
    arena_free(r->tmp);
}

void *import_thread(void *arg)
{
    struct run r = {.im = arg};
    enum err e = run_init(&r) ? begin(&r) : ERR_NO_MEMORY;
    bool begun = e == ERR_OK;

    if (e == ERR_OK)
        e = read_all(&r);
    if (begun) {
        enum err rest = chunks_reap(&r, true);

        e = end(&r, e == ERR_OK ? rest : e);
        log_line(LOG_INFO, "import_ended", "s:outcome",
                 e == ERR_OK ? "done" : err_info(e)->code, "i:rows",
                 r.view->row.rows, NULL);
    }
    answer(&r, e);
    run_release(&r);
    import_drop(r.im);
    return NULL;
}
