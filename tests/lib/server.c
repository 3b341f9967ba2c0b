#include "lib/server.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 30000
#define ENV_MAX  512
#define STOP_MS  30000
#define LOG_MAX  ((size_t)64 << 20)

static long long mono_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static const char *program(void)
{
    const char *given = getenv("TEST_LEADD");

    return given ? given : "build/leadd";
}

/* All that the child needs, made before the fork: the parent may have threads,
   and whatever lock one of them holds stays locked in the child. */
struct birth {
    char log[160], database[320];
    const char *env[ENV_MAX];
    size_t n;
};

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return strncmp(a, b, n + 1) == 0;
}

/* The first that says a name is heard. */
static void add_env(struct birth *b, const char *setting)
{
    for (size_t i = 0; i < b->n; i++)
        if (same_name(b->env[i], setting))
            return;
    ck_assert_uint_lt(b->n + 1, ENV_MAX);
    b->env[b->n++] = setting;
}

static void prepare(struct birth *b, const struct server *s)
{
    size_t n = 0;

    snprintf(b->log, sizeof(b->log), "%s/log", s->dir);
    snprintf(b->database, sizeof(b->database), "LEADD_DATABASE=%s",
             s->conninfo);
    while (s->env[n])
        n++;
    while (n) /* the last of the test's own wins */
        add_env(b, s->env[--n]);
    add_env(b, b->database);
    for (char **e = environ; *e; e++)
        add_env(b, *e);
}

static void in_child(const struct birth *b, const char *path,
                     const char *const args[], int out)
{
    int err;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    err = open(b->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    execve(path, (char *const *)(uintptr_t)args,
           (char *const *)(uintptr_t)b->env);
    _exit(127);
}

/* @return its pid; @a out_fd is to be read and closed */
static pid_t spawn(const struct server *s, const char *const args[],
                   int *out_fd)
{
    const char *path = program();
    struct birth b = {.n = 0};
    int fds[2];
    pid_t pid;

    prepare(&b, s);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    fflush(NULL);
    pid = fork();
    if (pid == 0) /* before any ck_: these lock, and the holder is not here */
        in_child(&b, path, args, fds[1]);
    ck_assert_int_gt(pid, 0);
    close(fds[1]);
    *out_fd = fds[0];
    return pid;
}

/* Read up to a line end (@a line) or the end of the stream. */
static void read_out(int fd, bool line, char *out, size_t out_size)
{
    long long end = mono_ms() + START_MS;
    size_t n = 0;

    while (n + 1 < out_size && !(line && n && out[n - 1] == '\n')) {
        struct pollfd p = {fd, POLLIN, 0};
        long long left = end - mono_ms();
        ssize_t got;

        if (left <= 0)
            break;
        if (poll(&p, 1, (int)left) <= 0)
            continue; /* the time is over, or a signal came */
        got = read(fd, out + n, out_size - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    out[n] = '\0';
}

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int wait_end(pid_t pid)
{
    long long end = mono_ms() + STOP_MS;
    int status = 0;
    pid_t got;

    while ((got = waitpid(pid, &status, WNOHANG)) == 0 ||
           (got < 0 && errno == EINTR)) {
        if (mono_ms() >= end) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
            ck_abort_msg("leadd did not end within %d ms", STOP_MS);
        }
        poll(NULL, 0, 5);
    }
    return exit_code(status);
}

int server_command(const struct server *s, const char *const args[], char *out,
                   size_t out_size)
{
    const char *argv[16] = {"leadd"};
    int fd;
    pid_t pid;

    for (size_t i = 0; args[i] && i < 14; i++)
        argv[i + 1] = args[i];
    pid = spawn(s, argv, &fd);
    read_out(fd, false, out, out_size);
    close(fd);
    return wait_end(pid);
}

static void read_keys(struct server *s)
{
    struct {
        const char *name;
        char *to;
    } rows[] = {{"intake", s->intake}, {"sales", s->sales},
                {"sales2", s->sales2}, {"marketing", s->marketing},
                {"admin", s->admin},   {"form_key", s->form_key}};
    char path[160];
    json_t *keys;

    snprintf(path, sizeof(path), "%s/keys.json", s->dir);
    keys = json_load_file(path, 0, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *v = json_string_value(json_object_get(keys, rows[i].name));

        ck_assert_msg(v, "keys.json lacks %s", rows[i].name);
        snprintf(rows[i].to, sizeof(s->intake), "%s", v);
    }
    json_decref(keys);
}

void server_again(struct server *s)
{
    const char *const argv[] = {"leadd", "serve", NULL};
    long long began = mono_ms();
    char line[256], *colon;
    int fd;

    s->pid = spawn(s, argv, &fd);
    read_out(fd, true, line, sizeof(line));
    close(fd);
    colon = strrchr(line, ':');
    if (strncmp(line, "leadd ready", 11) != 0 || !colon) {
        char *log = server_log(s);
        long long ms = mono_ms() - began;
        bool ended = waitpid(s->pid, NULL, WNOHANG) != 0;

        kill(s->pid, SIGKILL);
        ck_abort_msg("leadd serve is not ready after %lld ms, it %s: %s%s", ms,
                     ended ? "has ended" : "still runs", line, log);
    }
    s->port = atoi(colon + 1);
}

void server_start(struct server *s, const char *conninfo,
                  const char *const env[])
{
    const char *tmp = getenv("TMPDIR");
    char out[4096];
    size_t n = 0;
    int code;

    memset(s, 0, sizeof(*s));
    s->conninfo = conninfo;
    s->env[n++] = "LEADD_PORT=0";
    for (size_t i = 0; env && env[i] && n < SERVER_ENV_MAX; i++)
        s->env[n++] = env[i];
    snprintf(s->dir, sizeof(s->dir), "%s/leadd-test-XXXXXX",
             tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
    code = server_command(s, (const char *const[]){"migrate", NULL}, out,
                          sizeof(out));
    if (code == 0)
        code = server_command(
            s, (const char *const[]){"setup-demo", "--home", s->dir, NULL}, out,
            sizeof(out));
    if (code != 0)
        ck_abort_msg("leadd setup-demo: %d %s%s", code, out, server_log(s));
    read_keys(s);
    server_again(s);
}

int server_wait(struct server *s)
{
    int code = wait_end(s->pid);

    s->pid = 0;
    return code;
}

int server_stop(struct server *s)
{
    kill(s->pid, SIGTERM);
    return server_wait(s);
}

void server_kill(struct server *s)
{
    kill(s->pid, SIGKILL);
    (void)server_wait(s);
}

void server_free(struct server *s)
{
    char path[160];

    if (s->pid)
        (void)server_stop(s);
    snprintf(path, sizeof(path), "%s/keys.json", s->dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/log", s->dir);
    unlink(path);
    rmdir(s->dir);
}

char *server_log(const struct server *s)
{
    char path[160], *text = malloc(LOG_MAX);
    size_t n = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/log", s->dir);
    f = fopen(path, "re");
    ck_assert_ptr_nonnull(text);
    if (f) {
        n = fread(text, 1, LOG_MAX - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    return text;
}

int server_logged(const struct server *s, const char *what)
{
    char *log = server_log(s);
    int n = 0;

    for (const char *p = log; (p = strstr(p, what)) != NULL; p++)
        n++;
    free(log);
    return n;
}

long server_memory_kib(const struct server *s, const char *what)
{
    char path[64], line[256];
    long kib = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)s->pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f))
        if (!strncmp(line, what, strlen(what)))
            kib = atol(line + strlen(what) + 1);
    if (f)
        fclose(f);
    return kib;
}
