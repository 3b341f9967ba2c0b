/**
 * @file company.h
 * Names of companies as people type them.  Pure; any thread.
 */
#ifndef LEADD_COMPANY_H
#define LEADD_COMPANY_H

#include "base/arena.h"

/** Does it say that there is none: "không có", "n/a", "-"? */
bool company_is_none(const char *name, struct arena *mem);

/** @return what two spellings of one name have in common ("cong ty an phat"),
 *  in @a mem; NULL when @a name is NULL, or what people type who have no
 *  company in common ("không có", "freelancer") */
const char *company_fold(const char *name, struct arena *mem);

#endif
