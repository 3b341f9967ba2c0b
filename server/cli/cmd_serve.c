/*
 * Serving: settings, port, database, threads, then nothing but signals.
 * SIGTERM and SIGINT drain and stop, a second one leaves at once; SIGHUP
 * reads the settings that may change while running.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/captcha.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listen.h"
#include "cli/mail_check.h"
#include "cli/notify.h"
#include "cli/read_back.h"
#include "flow/flow.h"
#include "store/migrate.h"

#define DATABASE_WAIT_MS (30 * SECOND_MS)
#define SPARE_FDS        128 /* database, log, listening socket */

struct serve {
    struct cli cli;
    bool print_config, check_config;
    struct options *o;
    struct arena *mem;
    int listen_fd;
    size_t conns_max; /* as far as open files allow */
    struct http_net *proxies;
    size_t n_proxies;
    struct flow *flow;
    struct read_back *read_back;
    struct captcha_desk *captcha;
    struct mail_checker *mail_checker;
    struct api *api;
    sigset_t signals;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct serve *s = state->input;

    (void)arg;
    if (key == 'p')
        s->print_config = true;
    else if (key == 'c')
        s->check_config = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static int say(const char *what, const char *why)
{
    fprintf(stderr, "leadd: %s%s%s\n", what, *why ? ": " : "", why);
    return 1;
}

/* ---- signals ---- */

/* All threads inherit the mask; main alone takes signals, by waiting. */
static void take_signals(struct serve *s)
{
    static const int OURS[] = {SIGTERM, SIGINT, SIGHUP};

    sigemptyset(&s->signals);
    for (size_t i = 0; i < ARRAY_LEN(OURS); i++) {
        signal(OURS[i], SIG_DFL); /* a shell may have had it ignored */
        sigaddset(&s->signals, OURS[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

/* @return the signal; 0 when @a wait_ms (0: for ever) are over */
static int wait_signal(const struct serve *s, int64_t wait_ms)
{
    struct timespec t = {wait_ms / 1000, wait_ms % 1000 * 1000000};
    int sig;

    do
        sig = wait_ms ? sigtimedwait(&s->signals, NULL, &t)
                      : sigwaitinfo(&s->signals, NULL);
    while (sig < 0 && errno == EINTR);
    return sig < 0 ? 0 : sig;
}

static void leave_at_once(int sig)
{
    _exit(128 + sig);
}

/* ---- parts ---- */

/* Clients never get the files that the database and the journal need. */
static void raise_fd_limit(struct serve *s)
{
    rlim_t want = (rlim_t)s->o->conns_max + SPARE_FDS, spare;
    struct rlimit r;

    s->conns_max = (size_t)s->o->conns_max;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
        return;
    r.rlim_cur = MIN(want, r.rlim_max);
    (void)setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur >= want)
        return;
    spare = MIN((rlim_t)SPARE_FDS, r.rlim_cur / 2);
    s->conns_max = (size_t)(r.rlim_cur - spare);
    log_line(LOG_WARN, "open_files_limit_low", "i:limit", (int64_t)r.rlim_cur,
             "i:wanted", (int64_t)want, "i:conns_max", (int64_t)s->conns_max,
             NULL);
}

static struct api_config api_settings_of(const struct serve *s, uint16_t port)
{
    const struct options *o = s->o;

    return (struct api_config){
        .http = {.host = str_eq(o->listen, "*") ? NULL : o->listen,
                 .port = (uint16_t)o->port,
                 .listen_fd = s->listen_fd,
                 .threads = (unsigned)o->http_threads,
                 .conns_max = s->conns_max,
                 .conns_per_ip_max = (size_t)o->conns_per_ip_max,
                 .header_ms = o->header_ms,
                 .body_ms = o->body_ms,
                 .write_ms = o->write_ms,
                 .idle_ms = o->idle_ms,
                 .proxies = s->proxies,
                 .n_proxies = s->n_proxies},
        .key_rate = (double)o->key_rate,
        .key_burst = (double)o->key_burst,
        .addr_rate = (double)o->addr_rate,
        .addr_burst = (double)o->addr_burst,
        .form_rate = (double)o->form_addr_rate,
        .form_burst = (double)o->form_addr_burst,
        .hook_rate = (double)o->hook_rate,
        .hook_burst = (double)o->hook_burst,
        .body_max = (size_t)o->body_max,
        .batch_body_max = (size_t)o->batch_body_max,
        .park_ms = (int)o->park_ms,
        .captcha = captcha_service_of(s->captcha),
        .base_url = cli_base_url(o, port, s->mem),
    };
}

/* ---- starting ---- */

static int take_port(struct serve *s)
{
    const struct options *o = s->o;
    char where[128];

    s->listen_fd = notify_listen_fd();
    if (s->listen_fd < 0)
        s->listen_fd = listen_bind(o->listen, (uint16_t)o->port);
    if (s->listen_fd >= 0)
        return 0;
    snprintf(where, sizeof(where), "cannot listen on %s port %lld", o->listen,
             (long long)o->port);
    return say(where, strerror(errno));
}

/* One attempt: schema, then the threads. @param why NULL or pg's words */
static enum err start_flow(struct serve *s, char *why, size_t why_bytes)
{
    struct flow_config config = cli_flow_config(s->o);
    enum err e = ERR_OK;
    bool away;

    *why = '\0';
    if (s->o->migrate) {
        struct pg *pg = pg_new(&config.pg);
        int applied = 0;

        e = pg ? migrate(pg, &applied) : ERR_NO_MEMORY;
        if (e != ERR_OK && pg)
            snprintf(why, why_bytes, "%s", pg_why(pg));
        pg_free(pg);
        if (applied)
            log_line(LOG_INFO, "migrated", "i:applied", (int64_t)applied, NULL);
    }
    if (e != ERR_OK && e != ERR_DATABASE)
        return e;
    away = e == ERR_DATABASE; /* the journal may do without */
    e = flow_start(&config, &s->flow);
    /* back between the two, and not migrated yet: once more */
    return away && e == ERR_CONFIG ? ERR_DATABASE : e;
}

static bool may_pass(enum err e)
{
    return e == ERR_DATABASE || e == ERR_AGAIN || e == ERR_UNKNOWN_OUTCOME;
}

/* @return 0, or the exit code */
static int wait_for_flow(struct serve *s)
{
    int64_t end = clock_mono_ms() + DATABASE_WAIT_MS;
    char why[512];

    for (int64_t n = 1;; n++) {
        enum err e = start_flow(s, why, sizeof(why));

        if (e == ERR_OK)
            return 0;
        if (e == ERR_CONFIG)
            return say("the schema is not the one this program needs; run"
                       " leadd migrate",
                       why);
        if (e == ERR_BUSY)
            return say("another process has the journal", s->o->spool_dir);
        if (e == ERR_IO)
            return say("the journal cannot be opened", s->o->spool_dir);
        if (!may_pass(e))
            return say(err_info(e)->title, why);
        if (clock_mono_ms() >= end)
            return say("gave up waiting for the database", why);
        log_line(LOG_WARN, "database_away", "s:cause", *why ? why : NULL,
                 "i:attempt", n, NULL);
        notify("EXTEND_TIMEOUT_USEC=5000000");
        if (wait_signal(s, SECOND_MS) > 0)
            return say("stopped while waiting for the database", "");
    }
}

static int start_read_back(struct serve *s)
{
    s->read_back = read_back_start(s->o, s->flow, s->mem);
    return s->read_back || !s->o->fetch_threads ? 0 : say("out of memory", "");
}

static int start_captcha(struct serve *s)
{
    s->captcha = captcha_start(s->o, s->mem);
    return s->captcha ? 0 : say("out of memory", "");
}

static int start_api(struct serve *s)
{
    struct api_config config;
    enum err e;

    if (!listen_open(s->listen_fd))
        return say("cannot listen", strerror(errno));
    config = api_settings_of(s, (uint16_t)s->o->port);
    e = api_start(&config, s->flow, &s->api);
    if (e != ERR_OK)
        return say("cannot serve HTTP", err_info(e)->title);
    s->listen_fd = -1; /* taken */
    return 0;
}

static int start(struct serve *s)
{
    int rc = take_port(s);

    if (rc == 0)
        rc = wait_for_flow(s);
    if (rc == 0)
        rc = start_read_back(s);
    if (rc == 0)
        s->mail_checker = mail_check_start(s->o);
    if (rc == 0)
        rc = start_captcha(s);
    return rc == 0 ? start_api(s) : rc;
}

static void say_ready(const struct serve *s)
{
    const char *host = cli_host(s->o);
    const char *open = strchr(host, ':') ? "[" : "";

    printf("leadd ready on http://%s%s%s:%u\n", open, host, *open ? "]" : "",
           api_port(s->api));
    fflush(stdout);
    log_line(LOG_INFO, "ready", "i:port", (int64_t)api_port(s->api), NULL);
    notify("READY=1");
}

/* ---- running ---- */

static void reload(struct serve *s)
{
    const struct option_info *rows;
    size_t n = options_all(&rows);
    char why[OPTIONS_WHY_BYTES];
    struct options *fresh;

    if (cli_load(&s->cli, why, &fresh) != ERR_OK) {
        log_line(LOG_ERROR, "reload_refused", "s:cause", why, NULL);
        return;
    }
    for (size_t i = options_differ(s->o, fresh, 0); i < n;
         i = options_differ(s->o, fresh, i + 1))
        log_line(LOG_INFO,
                 rows[i].flags & OPTION_RELOADABLE ? "setting_changed"
                                                   : "setting_needs_restart",
                 "s:setting", rows[i].name, NULL);
    options_reload(s->o, fresh);
    options_free(fresh);
    log_init(s->o->log_level);
    if (flow_reload(s->flow) != ERR_OK)
        log_line(LOG_WARN, "reload_later", NULL);
    log_line(LOG_INFO, "reloaded", NULL);
}

/* A thread that a request holds this long comes back only by a restart. */
#define STALLED_MS 10000

/* Said only while everybody who answers requests is alive. */
static void tell_watchdog(struct serve *s)
{
    int64_t stalled_ms = api_stalled_ms(s->api);

    if (stalled_ms < STALLED_MS)
        notify("WATCHDOG=1");
    else
        log_line(LOG_ERROR, "stalled", "i:ms", stalled_ms, NULL);
}

static void run(struct serve *s)
{
    int64_t watchdog_ms = notify_watchdog_ms();

    for (;;) {
        int sig = wait_signal(s, watchdog_ms);

        if (sig == SIGTERM || sig == SIGINT)
            return;
        if (sig == SIGHUP) {
            notify("RELOADING=1");
            reload(s);
            notify("READY=1");
        }
        if (watchdog_ms)
            tell_watchdog(s);
    }
}

static void stop(struct serve *s)
{
    log_line(LOG_INFO, "stopping", "i:grace_ms", s->o->grace_ms, NULL);
    notify("STOPPING=1");
    signal(SIGTERM, leave_at_once);
    signal(SIGINT, leave_at_once);
    signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
    api_stop(s->api, s->o->grace_ms);
    captcha_stop(s->captcha);
    mail_checker_stop(s->mail_checker);
    read_back_stop(s->read_back);
    flow_stop(s->flow);
    log_line(LOG_INFO, "stopped", NULL);
}

static int show(const struct options *o)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    if (options_print(o, &out) != ERR_OK)
        return say("out of memory", "");
    fputs(out.ptr, stdout);
    return 0;
}

static int serve(struct serve *s)
{
    int rc;

    log_init(s->o->log_level);
    take_signals(s);
    raise_fd_limit(s);
    s->proxies = cli_nets(s->o->trusted_proxies, s->mem, &s->n_proxies);
    rc = start(s);
    if (rc != 0) {
        captcha_stop(s->captcha);
        mail_checker_stop(s->mail_checker);
        read_back_stop(s->read_back);
        flow_stop(s->flow);
        return rc;
    }
    say_ready(s);
    run(s);
    stop(s);
    return 0;
}

int cmd_serve(int argc, char **argv)
{
    static const struct argp_option OPTIONS[] = {
        {"print-config", 'p', NULL, 0, "Print the settings that hold, and end",
         0},
        {"check-config", 'c', NULL, 0, "Only check the settings", 0},
        {0}};
    static const struct cli_spec SPEC = {
        OPTIONS, parse, NULL,
        "Serve HTTP until SIGTERM or SIGINT; a second one leaves at once."
        "  SIGHUP reads log_level and grace_ms again.",
        true};
    struct serve s = {.listen_fd = -1};
    int rc = 0;

    cli_parse(&SPEC, argc, argv, &s);
    s.o = cli_options(&s.cli);
    s.mem = arena_new(CLI_MEM_MAX);
    if (!s.mem)
        rc = say("out of memory", "");
    else if (s.print_config)
        rc = show(s.o);
    else if (!s.check_config)
        rc = serve(&s);
    if (s.listen_fd >= 0)
        close(s.listen_fd);
    cli_release(&s.cli);
    arena_free(s.mem);
    options_free(s.o);
    return rc;
}
