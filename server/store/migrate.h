/**
 * @file migrate.h
 * The schema: numbered files of sql/, compiled into the program, each applied
 * once in one transaction and recorded with its checksum.
 */
#ifndef LEADD_MIGRATE_H
#define LEADD_MIGRATE_H

#include "store/pg.h"

struct migration {
    int number;
    const char *name; /**< "0001-ground" */
    const char *sql;
};

/** All migrations in order, ended by number 0. */
extern const struct migration MIGRATIONS[];

/**
 * Bring the schema up to date.  Two programs at once: one waits for the
 * other (advisory lock).  Killed in the middle: run it again.
 *
 * @param out_applied how many were applied now
 * @return ERR_OK; ERR_SCHEMA_NEWER when the database knows migrations this
 *         program does not; ERR_CONFIG when an applied file has changed
 *         since; database errors as in pg_run
 */
enum err migrate(struct pg *pg, int *out_applied) MUST_CHECK;

/** Is the schema the one this program needs?  Changes nothing. */
enum err migrate_check(struct pg *pg) MUST_CHECK;

/**
 * Monthly partitions of receipt, event and audit, this month and the next
 * two.  A missing partition never loses a row (the default one takes it), so
 * failure is logged by the caller and tried again.
 *
 * @return ERR_OK; ERR_DATA when a month's rows stand in the default partition
 *         already, which PostgreSQL refuses: the others were made all the
 *         same; database errors as in pg_run
 */
enum err partitions_ahead(struct pg *pg, int64_t now_ms) MUST_CHECK;

#endif
