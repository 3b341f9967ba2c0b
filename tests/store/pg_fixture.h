/**
 * @file pg_fixture.h
 * A private PostgreSQL cluster for one test program: made in a directory of
 * its own, reached by a Unix socket only, migrated, and gone at exit.
 */
#ifndef LEADD_PG_FIXTURE_H
#define LEADD_PG_FIXTURE_H

#include "store/pg.h"

/**
 * Start it once per program (again is harmless).  It ends with the program,
 * whatever happens: at exit, on a signal, and when the parent is killed.
 *
 * @return libpq connection string of the migrated database
 */
const char *pg_fixture(void);

/** A connection of this program's own; pg_free it. */
struct pg *pg_fixture_connect(bool writer);

/** A signal to all processes of the cluster, SIGSTOP and SIGCONT say. */
void pg_fixture_signal(int sig);

/** Fast shutdown; the fixture starts it again at once, on the same data.
 *  Returns when the old one is gone. */
void pg_fixture_restart(void);

/** Fast shutdown, and it stays down until pg_fixture_up, which
 *  returns when it answers again and is harmless otherwise. */
void pg_fixture_down(void);
void pg_fixture_up(void);

/** Run SQL or fail the test with the server's words. */
void pg_fixture_sql(struct pg *pg, const char *sql);

/** Run statements on a fresh connection, or fail the test with the server's
 *  words.  Rows are not looked at. */
void sql_run(const char *sql);

/** The text that a query says, asked on a fresh connection, or fail the test.
 *  @return given; "" for NULL, NULL when there is no row */
char *sql_text(const char *sql);

/** The integer that a query says, asked on a fresh connection, or fail the
 *  test.  @return 0 for NULL, -1 when there is no row */
long long sql_int(const char *sql);
/** The same of another database. @param where libpq connection string */
long long sql_int_at(const char *where, const char *sql);

/** The cluster takes no writes from now on, or takes them again.  Sessions
 *  hear of it within moments, as they do of any setting. */
void pg_fixture_read_only(bool on);

/** Empty all tables but `step` and the migrations. */
void pg_fixture_reset(struct pg *pg);

#endif
