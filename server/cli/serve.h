/**
 * @file serve.h
 * leadd serve, in two files: serve_parts.c starts and stops the parts,
 * cmd_serve.c runs them.  Thread: main.
 */
#ifndef LEADD_SERVE_H
#define LEADD_SERVE_H

#include <signal.h>

#include "api/api.h"
#include "base/arena.h"
#include "cli/captcha.h"
#include "cli/cli.h"
#include "cli/mail_check.h"
#include "cli/read_back.h"
#include "flow/flow.h"

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

/** Tell the one who started us. @param why "": nothing more to say
 *  @return the exit code, 1 */
int serve_say(const char *what, const char *why);

/** Wait for one of @a s->signals.
 *  @return the signal; 0 when @a wait_ms (0: for ever) are over */
int serve_signal(const struct serve *s, int64_t wait_ms);

/** Start all parts; waits half a minute for a database without which none
 *  can.  @return 0, or the exit code, said already: then serve_stop */
int serve_start(struct serve *s);

/** End the threads behind the API, as far as they were started. */
void serve_stop(struct serve *s);

#endif
