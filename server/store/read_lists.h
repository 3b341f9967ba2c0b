/**
 * @file read_lists.h
 * Settings as JSON for the people who keep them: one object a row.  Hashes
 * and secrets are never in it.
 */
#ifndef LEADD_READ_LISTS_H
#define LEADD_READ_LISTS_H

#include "store/pg.h"

enum list_kind { LIST_WORKSPACES, LIST_REPS, LIST_KEYS, LIST_SOURCES };

/**
 * @param workspace_id of the rows; not looked at for LIST_WORKSPACES
 * @param out gets a JSON list, one row a line
 */
enum err read_list(struct pg *pg, struct arena *mem, enum list_kind kind,
                   int64_t workspace_id, struct buf *out) MUST_CHECK;

/** @return ERR_OK, ERR_NOT_FOUND when there is no such workspace */
enum err read_workspace_known(struct pg *pg, struct arena *mem,
                              int64_t workspace_id) MUST_CHECK;
/** @return ERR_OK, ERR_NOT_FOUND when there is no such rep */
enum err read_rep_known(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const struct uuid *rep_id) MUST_CHECK;

/** @return ERR_NOT_FOUND when nobody is called that */
enum err read_rep_by_name(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, const char *name,
                          struct uuid *out_rep_id) MUST_CHECK;

#endif
