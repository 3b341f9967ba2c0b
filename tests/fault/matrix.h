/**
 * @file matrix.h
 * What the rows of the fault matrix share: the server under test with its
 * database and load, the figures of the row, chance from one printed seed.
 * A row is a libcheck test in a process of its own; it stops everything it
 * froze or filled itself, and the fixture does the rest.
 */
#ifndef LEADD_TESTS_MATRIX_H
#define LEADD_TESTS_MATRIX_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/history.h"
#include "fault/proxy.h"
#include "fault/storm.h"
#include "lib/server.h"
#include "lib/talk.h"
#include "store/pg_fixture.h"

#define NOTE_BYTES 200

/** The figures of a row; in memory shared with the program that prints. */
struct tally {
    int rounds;
    long acks, lost, doubled;
    long long worst_ms; /**< what took longest; the note says what that is */
    long long took_ms;  /**< the whole row */
    char note[NOTE_BYTES];
    bool done; /**< it came to its end */
};

struct row {
    int number;
    const char *name;
    int seconds; /**< it may take so long */
    void (*run)(void);
};

/** Those of rows_*.c, each list ended by a row without a name. */
extern const struct row ROWS_PROCESS[], ROWS_DATABASE[], ROWS_DISK[],
    ROWS_HTTP[], ROWS_SCHEMA[], ROWS_HOOKS[], ROWS_FETCH[];

/* ---- of the running row ---- */

extern struct tally *tally;
extern const struct row *row;
extern struct server stand; /**< the server under test */
extern struct storm *storm; /**< its load */
extern const char *stand_dir;
extern unsigned seed;

/** @a n of a full run, scaled down to what was asked for; at least 1. */
int scaled(int n);
/** @return by chance, from @a low to @a high */
int chance(int low, int high);
/** Printed in the table, behind the figures. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** Keep the longest of these in the table. */
void worst(long long ms);

/**
 * An empty database, and the server on it.
 *
 * @param conninfo NULL: the fixture's own
 * @param ... settings, "LEADD_NAME=value", ended by NULL
 */
void stand_begin(const char *conninfo, ...) __attribute__((sentinel));
/** Setting of stand_begin: a journal in stand_dir. */
const char *stand_journal(void);
/** Stop it, and clean up. */
void stand_end(void);

/** The load: @a conns connections, every lead another person. */
void load_begin(int conns);
/** The same with a @a plan of which only people and pause_ms are looked at. */
void load_like(int conns, const struct storm_plan *plan);
/** End the load, wait until the journal is empty, judge what was
 *  acknowledged, through SQL and, for some of it, through the API. */
void load_judge(void);

/** @return status of a GET without a key; 0: none within @a ms */
int look(const char *path, int ms);
/** Wait until the server is ready and its journal empty. */
bool drained(int ms);
/** Open files of the server. */
int open_files(void);
/** Run a program, bounded by @a seconds. @param out its output
 *  @return its exit code; 128 + signal */
int run_program(const char *const argv[], int seconds, char *out,
                size_t out_size);

#endif
