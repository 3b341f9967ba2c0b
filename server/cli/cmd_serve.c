/*
 * Serving: settings, port, database, threads, then nothing but signals.
 * SIGTERM and SIGINT drain and stop, a second one leaves at once; SIGHUP
 * reads the settings that may change while running.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/listen.h"
#include "cli/notify.h"
#include "cli/serve.h"

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

int serve_signal(const struct serve *s, int64_t wait_ms)
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
        int sig = serve_signal(s, watchdog_ms);

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
    serve_stop(s);
    log_line(LOG_INFO, "stopped", NULL);
}

static int show(const struct options *o)
{
    AUTO(buf_release) struct buf out = BUF_INIT;

    if (options_print(o, &out) != ERR_OK)
        return serve_say("out of memory", "");
    fputs(out.ptr, stdout);
    return 0;
}

static int serve(struct serve *s)
{
    int rc;

    log_init(s->o->log_level);
    take_signals(s);
    rc = serve_start(s);
    if (rc != 0) {
        serve_stop(s);
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
        rc = serve_say("out of memory", "");
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
