/**
 * @file small_disk.h
 * A disk that is full soon: a tmpfs, for the journal or for the leads of the
 * database.  For the programs of tests/fault; needs the right to mount.
 */
#ifndef LEADD_TESTS_SMALL_DISK_H
#define LEADD_TESTS_SMALL_DISK_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/talk.h"
#include "store/pg_fixture.h"

/** @param size as mount(8) takes it, "64m" say */
__attribute__((unused)) static void disk_mount(const char *path,
                                               const char *size, uid_t owner)
{
    ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
    ck_assert_msg(mount("small", path, "tmpfs", 0, text("size=%s", size)) == 0,
                  "a tmpfs cannot be mounted: %s", strerror(errno));
    ck_assert_int_eq(chown(path, owner, (gid_t)-1), 0);
}

__attribute__((unused)) static void disk_unmount(const char *path)
{
    ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
}

/** With one file, to the last byte. */
__attribute__((unused)) static void disk_fill(const char *path)
{
    static char junk[1 << 16];
    int fd = open(text("%s/junk", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    while (write(fd, junk, sizeof(junk)) > 0)
        ;
    close(fd);
}

__attribute__((unused)) static void disk_clear(const char *path)
{
    unlink(text("%s/junk", path));
}

/** Mount it, and let the leads move there. */
__attribute__((unused)) static void disk_take_leads(const char *path,
                                                    const char *size)
{
    const struct passwd *pw = getpwnam("postgres");

    disk_mount(path, size, geteuid() ? geteuid() : pw->pw_uid);
    sql_run(text("CREATE TABLESPACE small LOCATION '%s'", path));
    sql_run("ALTER TABLE lead SET TABLESPACE small");
}

/** The leads move back and the disk goes away, full as it may be.  Harmless
 *  when no disk took them, so that a test can begin with what the one before
 *  left when it failed. */
__attribute__((unused)) static void disk_return_leads(void)
{
    char *path = sql_text("SELECT pg_tablespace_location(oid) FROM"
                          " pg_tablespace WHERE spcname = 'small'");

    if (!path)
        return;
    disk_clear(path);
    sql_run("ALTER TABLE lead SET TABLESPACE pg_default");
    sql_run("CHECKPOINT"); /* only then the old files are gone */
    sql_run("DROP TABLESPACE small");
    disk_unmount(path);
    free(path);
}

#endif
