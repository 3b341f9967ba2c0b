/*
 * The parts of a service, in the order in which each needs the one before:
 * port, database and journal, outgoing calls, then HTTP.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/listen.h"
#include "cli/notify.h"
#include "cli/serve.h"
#include "store/migrate.h"

#define DATABASE_WAIT_MS (30 * SECOND_MS)
#define SPARE_FDS        128 /* database, log, listening socket */

int serve_say(const char *what, const char *why)
{
    fprintf(stderr, "leadd: %s%s%s\n", what, *why ? ": " : "", why);
    return 1;
}

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
    return serve_say(where, strerror(errno));
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
            return serve_say("the schema is not the one this program needs; run"
                             " leadd migrate",
                             why);
        if (e == ERR_BUSY)
            return serve_say("another process has the journal",
                             s->o->spool_dir);
        if (e == ERR_IO)
            return serve_say("the journal cannot be opened", s->o->spool_dir);
        if (!may_pass(e))
            return serve_say(err_info(e)->title, why);
        if (clock_mono_ms() >= end)
            return serve_say("gave up waiting for the database", why);
        log_line(LOG_WARN, "database_away", "s:cause", *why ? why : NULL,
                 "i:attempt", n, NULL);
        notify("EXTEND_TIMEOUT_USEC=5000000");
        if (serve_signal(s, SECOND_MS) > 0)
            return serve_say("stopped while waiting for the database", "");
    }
}

static int start_read_back(struct serve *s)
{
    s->read_back = read_back_start(s->o, s->flow, s->mem);
    return s->read_back || !s->o->fetch_threads
               ? 0
               : serve_say("out of memory", "");
}

static int start_captcha(struct serve *s)
{
    s->captcha = captcha_start(s->o, s->mem);
    return s->captcha ? 0 : serve_say("out of memory", "");
}

static int start_api(struct serve *s)
{
    struct api_config config;
    enum err e;

    if (!listen_open(s->listen_fd))
        return serve_say("cannot listen", strerror(errno));
    config = api_settings_of(s, (uint16_t)s->o->port);
    e = api_start(&config, s->flow, &s->api);
    if (e != ERR_OK)
        return serve_say("cannot serve HTTP", err_info(e)->title);
    s->listen_fd = -1; /* taken */
    return 0;
}

int serve_start(struct serve *s)
{
    int rc;

    raise_fd_limit(s);
    s->proxies = cli_nets(s->o->trusted_proxies, s->mem, &s->n_proxies);
    rc = take_port(s);

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

void serve_stop(struct serve *s)
{
    captcha_stop(s->captcha);
    mail_checker_stop(s->mail_checker);
    read_back_stop(s->read_back);
    flow_stop(s->flow);
}
