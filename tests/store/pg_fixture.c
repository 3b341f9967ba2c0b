#include "pg_fixture.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/migrate.h"

#define WAIT_MS 30000

static char dir[128], conninfo[256];
static pid_t owner, keeper;

/* The server refuses root. */
static void become_postgres(void)
{
    struct passwd *pw = getpwnam("postgres");

    if (geteuid() != 0)
        return;
    if (!pw || setgid(pw->pw_gid) || setuid(pw->pw_uid))
        _exit(126);
}

static void quiet(void)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
}

static const char *bin(const char *name, char out[256])
{
    const char *home = getenv("PG_BIN");

    snprintf(out, 256, "%s/%s", home ? home : "/usr/lib/postgresql/15/bin",
             name);
    return out;
}

/* argv[0] stands with its path: beside itself a program looks for the others,
   and for a bare name it searches PATH, where Debian has none of them. */
static int run(const char *const argv[])
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        become_postgres();
        quiet();
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void remove_tree(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", "--", dir, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

/* ---- the cluster's processes ---- */

/* The postmaster last at a stop, so that it starts nobody meanwhile unseen;
   a new backend of a stopped postmaster does not come. */
static void signal_all(pid_t server, int sig)
{
    char path[64];
    long child;
    FILE *f;

    kill(server, sig);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)server,
             (int)server);
    f = fopen(path, "re");
    while (f && fscanf(f, "%ld", &child) == 1)
        kill((pid_t)child, sig);
    if (f)
        fclose(f);
}

static pid_t pid_in(const char *path)
{
    FILE *f = fopen(path, "re");
    long pid = 0;

    if (f && fscanf(f, "%ld", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return (pid_t)pid;
}

/* One that is just starting has no file, or an empty one, for a moment. */
static pid_t server_pid(void)
{
    int64_t end = clock_mono_ms() + WAIT_MS;
    char path[192];
    pid_t pid;

    snprintf(path, sizeof(path), "%s/data/postmaster.pid", dir);
    while (!(pid = pid_in(path)) && clock_mono_ms() < end)
        usleep(10000);
    return pid;
}

void pg_fixture_signal(int sig)
{
    pid_t server = server_pid();

    ck_assert_int_gt(server, 1);
    signal_all(server, sig);
}

void pg_fixture_restart(void)
{
    pid_t server = server_pid();
    int64_t end = clock_mono_ms() + WAIT_MS;

    ck_assert_int_gt(server, 1);
    kill(server, SIGINT);
    while (kill(server, 0) == 0 && clock_mono_ms() < end)
        usleep(10000);
    ck_assert_msg(kill(server, 0) != 0, "the cluster did not stop");
}

static bool stays_down(void)
{
    char path[192];

    snprintf(path, sizeof(path), "%s/down", dir);
    return access(path, F_OK) == 0;
}

void pg_fixture_down(void)
{
    char path[192];
    int fd;

    snprintf(path, sizeof(path), "%s/down", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    pg_fixture_restart();
}

/* Killed while it wrote its lock file, it does not start again. */
static void drop_empty_lock(void)
{
    char path[192];
    struct stat st;

    snprintf(path, sizeof(path), "%s/data/postmaster.pid", dir);
    if (stat(path, &st) == 0 && st.st_size == 0)
        (void)unlink(path);
}

static pid_t start_server(void)
{
    char data[192], path[256];
    pid_t server;

    drop_empty_lock();
    server = fork();
    if (server != 0)
        return server;
    snprintf(data, sizeof(data), "%s/data", dir);
    become_postgres();
    quiet();
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    execl(bin("postgres", path), path, "-D", data, "-k", dir, "-c",
          "listen_addresses=", "-c", "fsync=off", "-c",
          "synchronous_commit=off", "-c", "full_page_writes=off", "-c",
          "shared_buffers=128MB", "-c", "max_connections=60", "-c",
          "autovacuum=off", (char *)NULL);
    _exit(127);
}

/* The keeper outlives the program by the time it takes to clean up: it holds
   the server as its child and waits for the pipe from the program to close,
   which a crash and a kill -9 do too.  A server that a test ended is started
   again. */
static void keep(int alive)
{
    struct pollfd p = {alive, POLLIN, 0};
    pid_t server = start_server();
    char c;

    while (poll(&p, 1, 50) <= 0 || read(alive, &c, 1) != 0)
        if ((!server || waitpid(server, NULL, WNOHANG) == server) &&
            (server = 0, !stays_down()))
            server = start_server();
    if (server) {
        signal_all(server, SIGCONT); /* a test may have died in between */
        kill(server, SIGINT);
        waitpid(server, NULL, 0);
    }
    remove_tree();
    _exit(0);
}

static int alive_fd = -1;

static void stop(void)
{
    if (getpid() != owner || !keeper)
        return;
    close(alive_fd);
    waitpid(keeper, NULL, 0);
    keeper = 0;
}

static void start_keeper(void)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC))
        abort();
    fflush(NULL);
    keeper = fork();
    if (keeper == 0) {
        setpgid(0, 0); /* check kills the group of a test that hangs */
        close(fds[1]);
        signal(SIGTERM, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        keep(fds[0]);
    }
    close(fds[0]);
    alive_fd = fds[1];
    owner = getpid();
    atexit(stop);
}

static struct pg *connect_now(bool writer)
{
    struct pg_config config = {.conninfo = conninfo,
                               .connect_ms = 5000,
                               .statement_ms = 30000,
                               .prepare = true,
                               .writer = writer};

    return pg_new(&config);
}

static void wait_ready(void)
{
    int64_t end = clock_mono_ms() + WAIT_MS;
    struct pg *pg = connect_now(false);
    int applied = 0;

    while (pg_ready(pg) != ERR_OK && clock_mono_ms() < end)
        usleep(50000);
    if (migrate(pg, &applied) != ERR_OK) {
        fprintf(stderr, "pg_fixture: %s\n", pg_why(pg));
        exit(EXIT_FAILURE);
    }
    pg_free(pg);
}

void pg_fixture_up(void)
{
    char path[192];

    snprintf(path, sizeof(path), "%s/down", dir);
    if (unlink(path) == 0)
        wait_ready();
}

const char *pg_fixture(void)
{
    const char *tmp = getenv("TMPDIR");
    struct passwd *pw = getpwnam("postgres");
    char data[192], initdb[256];

    if (keeper)
        return conninfo;
    snprintf(dir, sizeof(dir), "%s/leadd-pg-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        abort();
    if (geteuid() == 0 && (!pw || chown(dir, pw->pw_uid, pw->pw_gid)))
        abort();
    snprintf(data, sizeof(data), "%s/data", dir);
    if (run((const char *const[]){bin("initdb", initdb), "-D", data, "-U",
                                  "leadd", "-A", "trust", "-E", "UTF8",
                                  "--locale=C.UTF-8", "--no-sync", NULL})) {
        remove_tree();
        fprintf(stderr, "pg_fixture: initdb failed\n");
        exit(EXIT_FAILURE);
    }
    snprintf(conninfo, sizeof(conninfo), "host=%s user=leadd dbname=postgres",
             dir);
    start_keeper();
    wait_ready();
    return conninfo;
}

/* A test that check has forked must not outlive the program, nor keep the
   keeper from seeing it end. */
static void tie_to_program(void)
{
    if (getpid() == owner || alive_fd < 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(alive_fd);
    alive_fd = -1;
}

struct pg *pg_fixture_connect(bool writer)
{
    struct pg *pg;

    pg_fixture();
    tie_to_program();
    pg = connect_now(writer);
    ck_assert_int_eq(pg_ready(pg), ERR_OK);
    return pg;
}

void pg_fixture_sql(struct pg *pg, const char *sql)
{
    enum err e = pg_ready(pg);

    if (e == ERR_OK)
        e = pg_simple(pg, sql);
    ck_assert_msg(e == ERR_OK, "%s: %s", pg_sqlstate(pg), pg_why(pg));
}

void pg_fixture_reset(struct pg *pg)
{
    pg_fixture_sql(
        pg, "DO $$ DECLARE names text; BEGIN"
            " SELECT string_agg(quote_ident(c.relname), ', ') INTO names"
            " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relname NOT IN ('step', 'migration');"
            " EXECUTE 'TRUNCATE ' || names || ' CASCADE'; END $$");
}

/* ---- on a fresh connection ---- */

static void run_on(PGconn *c, const char *sql)
{
    PGresult *res = PQexec(c, sql);

    ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK ||
                      PQresultStatus(res) == PGRES_TUPLES_OK,
                  "%s: %s", sql, PQerrorMessage(c));
    PQclear(res);
}

void sql_run(const char *sql)
{
    PGconn *c = PQconnectdb(pg_fixture());

    run_on(c, sql);
    PQfinish(c);
}

/* @return the first value of the first row, given; NULL without a row */
static char *value(const char *where, const char *sql)
{
    PGconn *c = PQconnectdb(where);
    PGresult *res = PQexec(c, sql);
    char *out;

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s: %s", sql,
                  PQerrorMessage(c));
    out = PQntuples(res) ? strdup(PQgetvalue(res, 0, 0)) : NULL;
    PQclear(res);
    PQfinish(c);
    return out;
}

char *sql_text(const char *sql)
{
    return value(pg_fixture(), sql);
}

long long sql_int(const char *sql)
{
    return sql_int_at(pg_fixture(), sql);
}

long long sql_int_at(const char *where, const char *sql)
{
    char *v = value(where, sql);
    long long n = v ? atoll(v) : -1;

    free(v);
    return n;
}

void pg_fixture_read_only(bool on)
{
    PGconn *c = PQconnectdb(pg_fixture());

    run_on(c, "SET default_transaction_read_only = off");
    run_on(c, on ? "ALTER SYSTEM SET default_transaction_read_only = on"
                 : "ALTER SYSTEM RESET default_transaction_read_only");
    run_on(c, "SELECT pg_reload_conf()");
    PQfinish(c);
}
