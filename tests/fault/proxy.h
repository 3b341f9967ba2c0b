/**
 * @file proxy.h
 * A TCP proxy between the server under test and PostgreSQL's Unix socket,
 * in a thread of the test: it delays replies, or cuts connections around
 * COMMIT, on either side of it, by chance.
 */
#ifndef LEADD_TESTS_PROXY_H
#define LEADD_TESTS_PROXY_H

#include <stdatomic.h>
#include <stdbool.h>

struct proxy {
    int port;
    char conninfo[128];                         /**< that leads through it */
    atomic_int delay_ms;                        /**< of each piece of a reply */
    atomic_int cut_permille;                    /**< of COMMITs that are cut */
    atomic_long commits, cut_before, cut_after; /**< seen, and cut */
    atomic_bool stop;
    struct proxy_run *run;
};

/** @param conninfo of the cluster, with host=directory. @return given */
struct proxy *proxy_start(const char *conninfo, unsigned seed);
/** Cut all and end. */
void proxy_stop(struct proxy *p);

#endif
