/* Reading the journal back, in order, past damage; forgetting what is done. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/reserve.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "spool/journal.h"

#define DONE_NAME "done"
#define BLOCK     4096

/* ---- up to where all is done ---- */

void spool_read_done(struct spool *sp)
{
    struct spool_reader *r = &sp->read;
    char text[64] = "";
    int fd = openat(sp->dir_fd, DONE_NAME, O_RDONLY | O_CLOEXEC);
    unsigned long long seq = 0, at = 0;

    if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
        sscanf(text, "%llx %llu", &seq, &at) == 2) {
        r->done.seq = seq;
        r->done.at = at;
    }
    if (fd >= 0)
        close(fd);
    r->at = r->told = r->done;
}

static enum err write_done(struct spool *sp, const struct spool_pos *pos)
{
    char text[64];
    int n =
        snprintf(text, sizeof(text), "%016" PRIx64 " %zu\n", pos->seq, pos->at);
    enum err e =
        spool_write_file(sp->dir_fd, DONE_NAME ".new", text, (size_t)n);

    if (e == ERR_OK &&
        renameat(sp->dir_fd, DONE_NAME ".new", sp->dir_fd, DONE_NAME) != 0)
        e = ERR_IO;
    return e;
}

/* ---- loading a segment, or the rest of one that grew ---- */

void spool_reader_free(struct spool_reader *r)
{
    free(r->p);
    r->p = NULL;
    r->n = r->cap = 0;
    r->loaded_seq = 0;
}

static enum err make_room(struct spool_reader *r, size_t want)
{
    uint8_t *p;

    if (want <= r->cap)
        return ERR_OK;
    p = realloc(r->p, want);
    if (!p)
        return ERR_NO_MEMORY;
    r->p = p;
    r->cap = want;
    return ERR_OK;
}

/* A sector the disk does not give back is damage like any other: it reads as
 * zeros, and the file is kept. */
static ssize_t unreadable(struct spool_reader *r, size_t want)
{
    size_t n = MIN(want - r->n, (size_t)BLOCK);

    memset(r->p + r->n, 0, n);
    r->held_seq = r->loaded_seq;
    return (ssize_t)n;
}

static enum err load(struct spool *sp, uint64_t seq, size_t want)
{
    struct spool_reader *r = &sp->read;
    char name[SPOOL_NAME_BYTES];
    enum err e;
    int fd;

    if (r->loaded_seq != seq)
        r->n = 0;
    r->loaded_seq = seq;
    if (r->n >= want)
        return ERR_OK;
    e = make_room(r, want);
    if (e != ERR_OK)
        return e;
    fd = openat(sp->dir_fd, spool_name(seq, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    while (r->n < want) {
        ssize_t got = pread(fd, r->p + r->n, want - r->n, (off_t)r->n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            got = unreadable(r, want);
        r->n += (size_t)got;
    }
    close(fd);
    r->has_head = segment_head_read(r->p, r->n, &r->head);
    return ERR_OK;
}

/* ---- what cannot be used is kept aside ---- */

static void set_aside(struct spool *sp, const struct spool_pos *at,
                      const char *why, const void *p, size_t n)
{
    char name[SPOOL_NAME_BYTES];

    snprintf(name, sizeof(name), "%016" PRIx64 "-%zu.%.20s", at->seq, at->at,
             why);
    if (spool_write_file(sp->aside_fd, name, p, n) == ERR_OK)
        return;
    sp->read.held_seq = at->seq; /* then its whole segment stays */
    log_line(LOG_ERROR, "spool_not_quarantined", "s:record", name, NULL);
}

void spool_refuse(struct spool *sp, const struct spool_rec *rec,
                  const char *why)
{
    metric_add_at(METRIC_SPOOL_QUARANTINED,
                  metric_slot(METRIC_SPOOL_QUARANTINED, "refused"), 1);
    log_line(LOG_ERROR, "spooled_record_refused", "s:cause", why, "i:segment",
             (int64_t)rec->begin.seq, "i:offset", (int64_t)rec->begin.at, NULL);
    set_aside(sp, &rec->begin, why, rec->data, rec->n);
}

static bool behind(const struct spool_pos *a, const struct spool_pos *b)
{
    return a->seq != b->seq ? a->seq > b->seq : a->at > b->at;
}

/* Told once, even when the records around it are read again. */
static void damaged(struct spool *sp, uint64_t seq, size_t at, size_t n)
{
    struct spool_reader *r = &sp->read;
    struct spool_pos begin = {seq, at}, end = {seq, at + n};

    if (!n || !behind(&end, &r->told))
        return;
    r->told = end;
    metric_add_at(METRIC_SPOOL_QUARANTINED,
                  metric_slot(METRIC_SPOOL_QUARANTINED, "damaged"), 1);
    log_line(LOG_ERROR, "spool_damaged", "i:segment", (int64_t)seq, "i:offset",
             (int64_t)at, "i:bytes", (int64_t)n, NULL);
    set_aside(sp, &begin, "damaged", r->p + at, n);
}

/* ---- reading on ---- */

/* May more be written to this segment?  The lock is held. */
static bool grows(const struct spool *sp, const struct spool_file *f)
{
    return !f->next && f->seq >= sp->old_seq && (sp->busy || sp->fd >= 0);
}

/* The first segment at or behind where reading goes on. */
static bool find(struct spool *sp, uint64_t *out_seq, size_t *out_bytes,
                 bool *out_growing)
{
    const struct spool_file *f;

    pthread_mutex_lock(&sp->lock);
    for (f = sp->files; f && f->seq < sp->read.at.seq; f = f->next)
        ;
    if (f) {
        *out_seq = f->seq;
        *out_bytes = (size_t)f->bytes;
        *out_growing =
            !f->next && f->seq >= sp->old_seq && (sp->busy || sp->fd >= 0);
    }
    pthread_mutex_unlock(&sp->lock);
    return f != NULL;
}

static void count_file(struct spool *sp, const struct spool_file *f)
{
    struct spool_reader *r = &sp->read;
    struct segment_rec rec = {.end = SEGMENT_HEAD_BYTES};
    uint64_t n = 0;

    if (f->seq == r->done.seq)
        rec.end = MAX(r->done.at, rec.end);
    if (load(sp, f->seq, (size_t)f->bytes) == ERR_OK && r->has_head)
        while (segment_next(&r->head, r->p, r->n, rec.end, &rec))
            n++;
    pthread_mutex_lock(&sp->lock);
    sp->records += n;
    spool_gauges(sp);
    pthread_mutex_unlock(&sp->lock);
}

/* Only this thread takes files away, and new ones come behind. */
void spool_count(struct spool *sp)
{
    const struct spool_file *f;

    pthread_mutex_lock(&sp->lock);
    f = sp->files;
    pthread_mutex_unlock(&sp->lock);
    while (f && f->seq < sp->old_seq) {
        count_file(sp, f);
        pthread_mutex_lock(&sp->lock);
        f = f->next;
        pthread_mutex_unlock(&sp->lock);
    }
    pthread_mutex_lock(&sp->lock);
    sp->counting = false;
    pthread_mutex_unlock(&sp->lock);
}

/* The next record of the segment in memory. @return false at its end */
static bool next_here(struct spool *sp, struct spool_rec *out)
{
    struct spool_reader *r = &sp->read;
    struct segment_rec rec;
    bool found;

    if (!r->has_head) {
        damaged(sp, r->at.seq, 0, r->n);
        r->at.at = r->n;
        return false;
    }
    found = segment_next(&r->head, r->p, r->n, r->at.at, &rec);
    damaged(sp, r->at.seq, rec.bad_at, rec.bad_bytes);
    r->at.at = rec.end;
    if (!found)
        return false;
    out->data = rec.data;
    out->n = rec.n;
    out->begin = (struct spool_pos){r->at.seq, rec.at};
    out->end = r->at;
    return true;
}

enum err spool_next(struct spool *sp, struct spool_rec *out)
{
    struct spool_reader *r = &sp->read;
    bool growing = false;
    uint64_t seq = 0;
    size_t bytes = 0;

    while (find(sp, &seq, &bytes, &growing)) {
        enum err e;

        if (seq != r->at.seq)
            r->at = (struct spool_pos){seq, SEGMENT_HEAD_BYTES};
        r->at.at = MAX(r->at.at, (size_t)SEGMENT_HEAD_BYTES);
        e = load(sp, seq, bytes);
        if (e != ERR_OK)
            return e;
        if (next_here(sp, out)) {
            r->given = true;
            return ERR_OK;
        }
        if (growing)
            break;
        r->at = (struct spool_pos){seq + 1, SEGMENT_HEAD_BYTES};
    }
    /* what was passed without a record in it is done too */
    if (!r->given && behind(&r->at, &r->done))
        (void)!spool_done(sp, &r->at, 0);
    return ERR_NOT_FOUND;
}

void spool_rewind(struct spool *sp)
{
    sp->read.at = sp->read.done;
    sp->read.given = false;
}

/* ---- done ---- */

/* A segment being written ends where everything in it is done and nothing
 * waits, so that an idle journal is an empty directory. */
static void seal_if_idle(struct spool *sp)
{
    const struct spool_pos *done = &sp->read.done;

    pthread_mutex_lock(&sp->lock);
    if (sp->fd >= 0 && !sp->busy && !sp->head && done->seq == sp->now.seq &&
        done->at >= sp->written)
        spool_seal(sp);
    pthread_mutex_unlock(&sp->lock);
}

static bool is_done(const struct spool *sp, const struct spool_file *f)
{
    const struct spool_pos *done = &sp->read.done;

    return f->seq < done->seq ||
           (f->seq == done->seq && done->at >= f->bytes && !grows(sp, f));
}

static void drop_file(struct spool *sp, uint64_t seq)
{
    char name[SPOOL_NAME_BYTES], held[SPOOL_NAME_BYTES + 8];

    spool_name(seq, name);
    snprintf(held, sizeof(held), "%s.held", name);
    if (seq == sp->read.held_seq)
        (void)renameat(sp->dir_fd, name, sp->dir_fd, held);
    else
        unlinkat(sp->dir_fd, name, 0);
}

static void drop_done(struct spool *sp)
{
    seal_if_idle(sp);
    pthread_mutex_lock(&sp->lock);
    while (sp->files && is_done(sp, sp->files)) {
        struct spool_file *f = sp->files;

        drop_file(sp, f->seq);
        sp->total_bytes -= f->bytes;
        sp->files = f->next;
        sp->failing = false; /* there is room again: the next one shows */
        if (!sp->files)
            sp->last_file = &sp->files;
        reserve_free(f);
    }
    if (!sp->files)
        spool_reader_free(&sp->read);
    spool_gauges(sp);
    pthread_mutex_unlock(&sp->lock);
}

enum err spool_done(struct spool *sp, const struct spool_pos *pos, size_t n)
{
    enum err e = write_done(sp, pos);

    /* Not durable is no harm but some work again; the room is needed most
       when the disk is full. */
    sp->read.done = *pos;
    sp->read.given = false;
    pthread_mutex_lock(&sp->lock);
    sp->records -= MIN(sp->records, (uint64_t)n);
    pthread_mutex_unlock(&sp->lock);
    drop_done(sp);
    return e;
}
