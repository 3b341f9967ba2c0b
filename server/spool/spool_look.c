#include "spool/spool_look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/journal.h"

/* All of a file, or what of it can be read.  @param out_not_read errno, or 0.
   @return given; NULL when nothing is */
static uint8_t *read_file(int dir_fd, const char *name, size_t *out_bytes,
                          int *out_not_read)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    uint8_t *p = NULL;
    struct stat st;
    size_t n = 0;

    *out_not_read = fd < 0 ? errno : 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0)
        p = malloc((size_t)st.st_size + 1);
    while (p && n < (size_t)st.st_size) {
        ssize_t got = read(fd, p + n, (size_t)st.st_size - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            *out_not_read = errno;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    *out_bytes = n;
    return p;
}

static void look_at(int dir_fd, const char *name, const struct spool_pos *done,
                    struct spool_look *look)
{
    struct segment_rec rec = {.end = SEGMENT_HEAD_BYTES};
    struct segment_head head;
    size_t n = 0;
    int not_read;
    uint8_t *p = read_file(dir_fd, name, &n, &not_read);
    bool more;

    *look = (struct spool_look){
        .seq = strtoull(name, NULL, 16), .bytes = n, .not_read = not_read};
    look->readable = p && segment_head_read(p, n, &head);
    for (more = look->readable; more;) {
        more = segment_next(&head, p, n, rec.end, &rec);
        look->bad_bytes += rec.bad_bytes;
        look->records += more;
        look->waiting +=
            more && (look->seq > done->seq ||
                     (look->seq == done->seq && rec.at >= done->at));
    }
    if (look->readable)
        look->created_ms = head.created_ms;
    else
        look->bad_bytes = n;
    free(p);
}

static uint64_t count_aside(int dir_fd)
{
    int fd = openat(dir_fd, "quarantine", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;
    uint64_t n = 0;

    while (d && (e = readdir(d)) != NULL)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

enum err spool_look(const char *dir,
                    void (*each)(void *ctx, const struct spool_look *look),
                    void *ctx, uint64_t *out_aside)
{
    struct spool sp = {.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct spool_look look;
    struct dirent **names = NULL;
    int n;

    if (sp.dir_fd < 0)
        return ERR_IO;
    spool_read_done(&sp);
    n = spool_segments(sp.dir_fd, &names);
    for (int i = 0; i < n; i++) {
        look_at(sp.dir_fd, names[i]->d_name, &sp.read.done, &look);
        each(ctx, &look);
        free(names[i]);
    }
    free(names);
    *out_aside = count_aside(sp.dir_fd);
    close(sp.dir_fd);
    return n < 0 ? ERR_IO : ERR_OK;
}
