/**
 * @file spool_fixture.h
 * A server with a journal in a directory of its own, new for each test.
 */
#ifndef LEADD_TESTS_SPOOL_FIXTURE_H
#define LEADD_TESTS_SPOOL_FIXTURE_H

#include <dirent.h>
#include <sys/wait.h>

#include "fault/load.h"
#include "unit/unit.h"

static const char *dir; /**< of the journal, new for each test */

__attribute__((unused)) static void run(const char *const argv[])
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    ck_assert_msg(status == 0, "%s failed", argv[0]);
}

__attribute__((unused)) static void new_dir(void)
{
    char path[] = "/tmp/leadd-spool-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(path));
    dir = keep("%s", path);
}

__attribute__((unused)) static void serve(const char *max_bytes)
{
    static const char *env[8];
    const char *bad = getenv("TEST_BAD_FSYNC");

    env[0] = keep("LEADD_SPOOL_DIR=%s/spool", dir);
    env[1] = keep("LEADD_SPOOL_MAX=%s", max_bytes);
    env[2] = "LEADD_SPOOL_SEGMENT=65536";
    env[3] =
        keep("LD_PRELOAD=%s", bad ? bad : "build/tests/fault/bad_fsync.so");
    env[4] = keep("BAD_FSYNC_FILE=%s/bad", dir);
    env[5] = "ASAN_OPTIONS=verify_asan_link_order=0";
    fault_begin(env);
}

__attribute__((unused)) static void begin(void)
{
    new_dir();
    serve("67108864");
}

__attribute__((unused)) static void end(void)
{
    fault_end();
    run((const char *const[]){"rm", "-rf", dir, NULL});
}

/** @return how many files of the quarantine have this ending */
__attribute__((unused)) static int kept_aside(const char *ending)
{
    DIR *d = opendir(text("%s/spool/quarantine", dir));
    const struct dirent *e;
    int n = 0;

    ck_assert_ptr_nonnull(d);
    while ((e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name), m = strlen(ending);

        n += len > m && strcmp(e->d_name + len - m, ending) == 0;
    }
    closedir(d);
    return n;
}

/** The main of a program. */
__attribute__((unused)) static int spool_main(TCase *tc, const char *name)
{
    pg_fixture();
    tcase_set_timeout(tc, 120);
    return unit_run(tc, name);
}

#endif
