/**
 * @file storm.h
 * The load client: many kept connections in one thread, each posting lead
 * after lead, each lead under a key of its own.  Without an acknowledgement
 * the same key is sent again, as a careful sender does.  What was
 * acknowledged goes into a history file.
 */
#ifndef LEADD_TESTS_STORM_H
#define LEADD_TESTS_STORM_H

#include <stdatomic.h>
#include <stdbool.h>

#define STORM_CONNS_MAX 256
#define STORM_MS_MAX    40000

struct storm_plan {
    const char *history; /**< path of the file */
    const char *prefix;  /**< of all keys: letters and digits */
    const char *bearer;
    int conns;
    int people;   /**< 0: each key another person; else so many in turn */
    int pause_ms; /**< of a connection, behind each answer */
};

struct storm {
    struct storm_plan plan;
    atomic_int port;
    atomic_long acked, spooled, refused, other;
    atomic_long cut;   /**< connections that ended with a request in flight */
    atomic_long early; /**< of them, requests sent before @a mark_ms */
    atomic_llong mark_ms;
    atomic_long unanswered;             /**< none within 20 s */
    atomic_llong worst_ms;              /**< the slowest answer */
    atomic_long took[STORM_MS_MAX + 1]; /**< answers by milliseconds */
    atomic_bool stop;
    struct storm_run *run;
};

/** Begin. @return given; storm_stop and storm_free */
struct storm *storm_start(const struct storm_plan *plan, int port);
/** The server has another port now. */
void storm_port(struct storm *s, int port);
/** End: what is in flight is waited for, up to 20 s; the history is flushed.
 *  Again is harmless. */
void storm_stop(struct storm *s);
void storm_free(struct storm *s);

/** @return milliseconds within which @a percent of the answers came */
long storm_percentile(const struct storm *s, double percent);
/** Wait until @a n more are acknowledged, at most @a ms. */
bool storm_more(struct storm *s, long n, int ms);

#endif
