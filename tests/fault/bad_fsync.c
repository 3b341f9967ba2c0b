/* LD_PRELOAD for the server under test: fdatasync fails while the file named
 * by BAD_FSYNC_FILE is there. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fd)
{
    const char *path = getenv("BAD_FSYNC_FILE");

    if (path && access(path, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}
