/**
 * @file found.h
 * What readers ask again and again: the one row, or a page of rows.
 * Thread: the connection's.
 */
#ifndef LEADD_FOUND_H
#define LEADD_FOUND_H

#include "store/pg.h"

/** Run a statement that must give a row.  @return ERR_NOT_FOUND without one;
 *  *out_res is given in any case (PQclear; NULL is fine) */
enum err found_one(struct pg *pg, const struct store_stmt *stmt,
                   const struct pg_params *p, PGresult **out_res) MUST_CHECK;

/**
 * Run a statement that was asked for @a limit + 1 rows.
 *
 * @param out_n rows of the page, at most @a limit; 0 on error
 * @param out_more whether there was one more
 */
enum err found_page(struct pg *pg, const struct store_stmt *stmt,
                    const struct pg_params *p, int limit, PGresult **out_res,
                    size_t *out_n, bool *out_more) MUST_CHECK;

/** A changing statement met nothing: @return ERR_CONFLICT when @a stmt
 *  ($1 workspace, $2 id) finds the row, ERR_NOT_FOUND when it does not */
enum err found_why_not(struct pg *pg, struct arena *mem,
                       const struct store_stmt *stmt, int64_t workspace_id,
                       const struct uuid *id) MUST_CHECK;

/** Lists that show the newest first: the id a page starts before. */
void found_before(struct pg_params *p, const struct uuid *after);

#endif
