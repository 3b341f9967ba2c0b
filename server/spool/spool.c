/* The thread that writes the journal: one fsync for all that wait. */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/reserve.h"
#include "metrics/metrics.h"
#include "spool/journal.h"

#define GROUP_MAX   256 /* records of one writev */
#define WAITING_MAX ((uint64_t)64 << 20)
#define REFUSE_MS   200 /* after a failure, before the disk is tried again */

char *spool_name(uint64_t seq, char out[SPOOL_NAME_BYTES])
{
    snprintf(out, SPOOL_NAME_BYTES, "%016" PRIx64 ".seg", seq);
    return out;
}

void spool_gauges(const struct spool *sp)
{
    metric_set(METRIC_SPOOL_RECORDS, (int64_t)sp->records);
    metric_set(METRIC_SPOOL_BYTES, (int64_t)sp->total_bytes);
}

/* ---- one segment after the other ---- */

void spool_seal(struct spool *sp)
{
    if (sp->fd >= 0)
        close(sp->fd);
    sp->fd = -1;
}

static enum err write_all(int fd, struct iovec *iov, int n)
{
    while (n) {
        ssize_t got = writev(fd, iov, n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ERR_IO;
        for (; n && (size_t)got >= iov->iov_len; iov++, n--)
            got -= (ssize_t)iov->iov_len;
        if (n) {
            iov->iov_base = (char *)iov->iov_base + got;
            iov->iov_len -= (size_t)got;
        }
    }
    return ERR_OK;
}

static enum err sync_file(int fd)
{
    int rc = fdatasync(fd);

    if (rc != 0)
        metric_add(METRIC_SPOOL_FSYNC_FAILURES, 1);
    return rc == 0 ? ERR_OK : ERR_IO;
}

enum err spool_write_file(int dir_fd, const char *name, const void *p, size_t n)
{
    struct iovec iov = {(void *)(uintptr_t)p, n};
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    SPOOL_FILE_MODE);
    enum err e;

    if (fd < 0)
        return ERR_IO;
    e = n ? write_all(fd, &iov, 1) : ERR_OK;
    if (e == ERR_OK)
        e = sync_file(fd);
    close(fd);
    return e;
}

void spool_add_file(struct spool *sp, uint64_t seq, uint64_t bytes)
{
    struct spool_file *f = reserve_must(sizeof(*f));

    f->seq = seq;
    f->bytes = bytes;
    *sp->last_file = f;
    sp->last_file = &f->next;
    sp->total_bytes += bytes;
}

/* The name is durable before any record is: the directory is synced too. */
static enum err start_segment(struct spool *sp)
{
    uint8_t head[SEGMENT_HEAD_BYTES];
    struct iovec iov = {head, sizeof(head)};
    char name[SPOOL_NAME_BYTES];
    enum err e;

    sp->now.seq = sp->next_seq++;
    sp->now.created_ms = clock_now_ms();
    crypto_random(sp->now.mark, sizeof(sp->now.mark));
    segment_head_write(&sp->now, head);
    spool_name(sp->now.seq, name);
    sp->fd = openat(sp->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                    SPOOL_FILE_MODE);
    if (sp->fd < 0)
        return ERR_IO;
    e = write_all(sp->fd, &iov, 1);
    if (e == ERR_OK)
        e = sync_file(sp->dir_fd);
    if (e != ERR_OK) {
        int why = errno;

        unlinkat(sp->dir_fd, name, 0);
        spool_seal(sp);
        errno = why;
        return e;
    }
    sp->written = sizeof(head);
    pthread_mutex_lock(&sp->lock);
    spool_add_file(sp, sp->now.seq, sp->written);
    pthread_mutex_unlock(&sp->lock);
    return ERR_OK;
}

/* After a failure nothing is believed of this file behind what an fsync has
 * confirmed: that part is cut off, and the next record goes to a new file. */
static void abandon(struct spool *sp, uint64_t good)
{
    if (sp->fd >= 0 && ftruncate(sp->fd, (off_t)good) != 0)
        log_line(LOG_WARN, "spool_not_cut", "s:cause", strerror(errno), NULL);
    spool_seal(sp);
}

static enum err write_group(struct spool *sp, struct spool_item *first,
                            size_t n)
{
    struct iovec iov[GROUP_MAX];
    struct spool_item *it = first;
    uint64_t good = sp->written, at = good;
    enum err e;

    for (size_t i = 0; i < n; i++, it = it->next) {
        segment_frame(&sp->now, at, it->bytes + SEGMENT_FRAME_BYTES, it->n,
                      it->bytes);
        iov[i] = (struct iovec){it->bytes, SEGMENT_FRAME_BYTES + it->n};
        at += iov[i].iov_len;
    }
    e = write_all(sp->fd, iov, (int)n);
    if (e == ERR_OK)
        e = sync_file(sp->fd);
    if (e != ERR_OK) {
        int why = errno;

        abandon(sp, good);
        errno = why;
        return e;
    }
    sp->written = at;
    pthread_mutex_lock(&sp->lock);
    for (struct spool_file *f = sp->files; f; f = f->next)
        if (f->seq == sp->now.seq)
            f->bytes = at;
    sp->total_bytes += at - good;
    sp->records += n;
    spool_gauges(sp);
    pthread_mutex_unlock(&sp->lock);
    metric_add(METRIC_SPOOLED, (int64_t)n);
    return ERR_OK;
}

/* How many records from @a first on go into the segment being written; one
 * always does when the segment is fresh. */
static size_t group_of(const struct spool *sp, const struct spool_item *first)
{
    uint64_t room = sp->written;
    size_t n = 0;

    for (; first && n < GROUP_MAX; first = first->next, n++) {
        room += SEGMENT_FRAME_BYTES + first->n;
        if (room > sp->config.segment_bytes &&
            (n || sp->written > SEGMENT_HEAD_BYTES))
            break;
    }
    return n;
}

/* ---- the thread ---- */

static enum err failed(struct spool *sp)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    bool was;

    pthread_mutex_lock(&sp->lock);
    was = sp->failing;
    sp->failing = true;
    sp->refuse_until_ms = clock_mono_ms() + REFUSE_MS;
    pthread_mutex_unlock(&sp->lock);
    metric_add(METRIC_SPOOL_FAILURES, 1);
    if (!was)
        log_line(LOG_ERROR, "spool_failed", "s:cause", strerror(errno), NULL);
    return full ? ERR_SPOOL_FULL : ERR_SPOOL_IO;
}

static void worked(struct spool *sp)
{
    bool was;

    pthread_mutex_lock(&sp->lock);
    was = sp->failing;
    sp->failing = false;
    pthread_mutex_unlock(&sp->lock);
    if (was)
        log_line(LOG_INFO, "spool_works_again", NULL);
}

static struct spool_item *finish(struct spool_item *it, size_t n, enum err e)
{
    for (; it && n; n--) {
        struct spool_item *next = it->next;

        it->done.fn(it->done.ctx, e, NULL);
        free(it);
        it = next;
    }
    return it;
}

static void write_list(struct spool *sp, struct spool_item *list)
{
    while (list) {
        size_t n = sp->fd >= 0 ? group_of(sp, list) : 0;
        enum err e = ERR_OK;

        if (n == 0) {
            spool_seal(sp);
            e = start_segment(sp);
            n = group_of(sp, list);
        }
        if (e == ERR_OK)
            e = write_group(sp, list, n);
        if (e != ERR_OK) {
            finish(list, SIZE_MAX, failed(sp));
            return;
        }
        worked(sp);
        list = finish(list, n, ERR_OK);
    }
}

void *spool_write_thread(void *arg)
{
    struct spool *sp = arg;

    pthread_mutex_lock(&sp->lock);
    for (;;) {
        struct spool_item *list;

        while (!sp->head && !sp->stopping)
            pthread_cond_wait(&sp->wake, &sp->lock);
        if (!sp->head)
            break;
        list = sp->head;
        sp->head = NULL;
        sp->tail = &sp->head;
        sp->waiting_bytes = 0;
        sp->busy = true;
        pthread_mutex_unlock(&sp->lock);
        write_list(sp, list);
        pthread_mutex_lock(&sp->lock);
        sp->busy = false;
    }
    pthread_mutex_unlock(&sp->lock);
    return NULL;
}

enum err spool_append(struct spool *sp, const void *rec, size_t rec_bytes,
                      struct done done)
{
    struct spool_item *it;
    enum err e = ERR_OK;

    if (!rec_bytes || rec_bytes > SEGMENT_REC_MAX)
        return ERR_TOO_LARGE;
    it = malloc(sizeof(*it) + SEGMENT_FRAME_BYTES + rec_bytes);
    if (!it)
        return ERR_NO_MEMORY;
    it->next = NULL;
    it->done = done;
    it->n = (uint32_t)rec_bytes;
    memcpy(it->bytes + SEGMENT_FRAME_BYTES, rec, rec_bytes);
    pthread_mutex_lock(&sp->lock);
    if (sp->total_bytes + sp->waiting_bytes + SEGMENT_FRAME_BYTES + rec_bytes >
            sp->config.max_bytes ||
        sp->waiting_bytes > WAITING_MAX)
        e = ERR_SPOOL_FULL;
    else if (sp->stopping ||
             (sp->failing && clock_mono_ms() < sp->refuse_until_ms))
        e = ERR_SPOOL_IO;
    if (e == ERR_OK) {
        sp->waiting_bytes += SEGMENT_FRAME_BYTES + rec_bytes;
        *sp->tail = it;
        sp->tail = &it->next;
        pthread_cond_signal(&sp->wake);
    }
    pthread_mutex_unlock(&sp->lock);
    if (e != ERR_OK)
        free(it);
    return e;
}

void spool_stat(struct spool *sp, struct spool_stat *out)
{
    pthread_mutex_lock(&sp->lock);
    out->records = sp->records;
    out->bytes = sp->total_bytes;
    out->max_bytes = sp->config.max_bytes;
    out->failing = sp->failing;
    out->counting = sp->counting;
    pthread_mutex_unlock(&sp->lock);
}
