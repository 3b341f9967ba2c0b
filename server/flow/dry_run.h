/**
 * @file dry_run.h
 * Score one case document without touching anything.  Pure but for the
 * workspace it is given.
 */
#ifndef LEADD_DRY_RUN_H
#define LEADD_DRY_RUN_H

#include <jansson.h>

#include "flow/settings.h"

/**
 * @param doc a case: as_of, stage, facts, events; model (a whole document;
 *        a name is looked up before), timezone; other members are ignored
 * @param out the result with ledger and gaps, as JSON
 * @return ERR_OK; ERR_INVALID with @a errs
 */
enum err dry_run(const struct workspace *ws, const json_t *doc,
                 struct arena *mem, struct buf *out,
                 struct field_errs *errs) MUST_CHECK;

#endif
