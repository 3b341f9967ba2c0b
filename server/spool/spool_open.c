/* Opening the journal with what earlier runs left in it, and closing it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reserve.h"
#include "spool/journal.h"

#define DIR_MODE 0700

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_segment(const struct dirent *d)
{
    return strlen(d->d_name) == 20 &&
           strspn(d->d_name, "0123456789abcdef") == 16 &&
           strcmp(d->d_name + 16, ".seg") == 0;
}

int spool_segments(int dir_fd, struct dirent ***out)
{
    return scandirat(dir_fd, ".", out, is_segment, by_name);
}

/* Segments of earlier runs; what is done already goes. */
static enum err find_files(struct spool *sp)
{
    struct dirent **names = NULL;
    int n = spool_segments(sp->dir_fd, &names);

    for (int i = 0; i < n; i++) {
        uint64_t seq = strtoull(names[i]->d_name, NULL, 16);
        struct stat st;

        if (seq < sp->read.done.seq)
            unlinkat(sp->dir_fd, names[i]->d_name, 0);
        else if (fstatat(sp->dir_fd, names[i]->d_name, &st, 0) == 0)
            spool_add_file(sp, seq, (uint64_t)st.st_size);
        sp->next_seq = seq + 1;
        free(names[i]);
    }
    free(names);
    sp->next_seq = MAX(sp->next_seq, sp->read.done.seq + 1);
    sp->old_seq = sp->next_seq;
    sp->counting = sp->files != NULL; /* until spool_count is through */
    return n < 0 ? ERR_IO : ERR_OK;
}

static int open_dir(int at, const char *path)
{
    if (mkdirat(at, path, DIR_MODE) != 0 && errno != EEXIST)
        return -1;
    return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum err open_files(struct spool *sp)
{
    sp->dir_fd = open_dir(AT_FDCWD, sp->config.dir);
    if (sp->dir_fd < 0)
        return ERR_IO;
    sp->lock_fd = openat(sp->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC,
                         SPOOL_FILE_MODE);
    if (sp->lock_fd < 0)
        return ERR_IO;
    if (flock(sp->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
    sp->aside_fd = open_dir(sp->dir_fd, "quarantine");
    if (sp->aside_fd < 0)
        return ERR_IO;
    spool_read_done(sp);
    return find_files(sp);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void release(struct spool *sp)
{
    for (struct spool_file *f = sp->files, *next; f; f = next) {
        next = f->next;
        reserve_free(f);
    }
    spool_reader_free(&sp->read);
    spool_seal(sp);
    close_fd(sp->aside_fd);
    close_fd(sp->lock_fd);
    close_fd(sp->dir_fd);
    pthread_mutex_destroy(&sp->lock);
    pthread_cond_destroy(&sp->wake);
    free(sp);
}

enum err spool_open(const struct spool_config *config, struct spool **out)
{
    struct spool *sp = calloc(1, sizeof(*sp));
    enum err e;

    if (!sp)
        return ERR_NO_MEMORY;
    sp->config = *config;
    sp->config.segment_bytes =
        MIN(config->segment_bytes, config->max_bytes / 4);
    sp->dir_fd = sp->aside_fd = sp->lock_fd = sp->fd = -1;
    sp->tail = &sp->head;
    sp->last_file = &sp->files;
    sp->next_seq = 1;
    pthread_mutex_init(&sp->lock, NULL);
    pthread_cond_init(&sp->wake, NULL);
    e = open_files(sp);
    if (e == ERR_OK &&
        pthread_create(&sp->thread, NULL, spool_write_thread, sp))
        e = ERR_NO_MEMORY;
    if (e != ERR_OK) {
        int why = errno;

        release(sp);
        errno = why;
        return e;
    }
    *out = sp;
    return ERR_OK;
}

void spool_close(struct spool *sp)
{
    if (!sp)
        return;
    pthread_mutex_lock(&sp->lock);
    sp->stopping = true;
    pthread_cond_signal(&sp->wake);
    pthread_mutex_unlock(&sp->lock);
    pthread_join(sp->thread, NULL);
    release(sp);
}
