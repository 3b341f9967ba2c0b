/**
 * @file server.h
 * The real program as a child process: its own demo keys, a free port, its
 * log in a file.  It dies with the process that started it.
 */
#ifndef LEADD_TESTS_SERVER_H
#define LEADD_TESTS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#define SERVER_ENV_MAX 16

struct server {
    int port;
    pid_t pid; /**< 0: not running */
    char intake[128], sales[128], sales2[128], marketing[128], admin[128];
    char form_key[128];
    char dir[128];                       /**< keys.json, log */
    const char *conninfo;                /**< borrowed */
    const char *env[SERVER_ENV_MAX + 1]; /**< borrowed, "LEADD_NAME=value" */
};

/**
 * Make keys and serve, within 30 s, or fail the test.
 *
 * @param conninfo of a migrated database
 * @param env ended by NULL, or NULL; it must outlive @a s
 */
void server_start(struct server *s, const char *conninfo,
                  const char *const env[]);

/** Serve again with the keys there are; the port is a new one. */
void server_again(struct server *s);

/** SIGTERM. @return the exit code; 128 + signal when one ended it */
int server_stop(struct server *s);
/** Wait for the end of one that was told to stop, up to 30 s. */
int server_wait(struct server *s);
/** SIGKILL, and gone when it returns. */
void server_kill(struct server *s);
/** Stop it if it runs and remove its directory. */
void server_free(struct server *s);

/** Run another command of the program on the same database.
 *  @param args ended by NULL. @param out NUL-terminated standard output
 *  @return the exit code */
int server_command(const struct server *s, const char *const args[], char *out,
                   size_t out_size);

/** All it logged so far; free it. */
char *server_log(const struct server *s);
/** How often @a what stands in it. */
int server_logged(const struct server *s, const char *what);
/** Memory of its process in KiB. @param what as /proc says it: "VmHWM" is the
 *  most there was, "VmRSS" what there is; -1 when it is gone */
long server_memory_kib(const struct server *s, const char *what);

#endif
