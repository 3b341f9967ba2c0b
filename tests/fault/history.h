/**
 * @file history.h
 * What the load client was told, one line an acknowledgement ("key status
 * receipt"), and the judge of it: reads nothing but that file and what the
 * database and the API show in the end.
 */
#ifndef LEADD_TESTS_HISTORY_H
#define LEADD_TESTS_HISTORY_H

#include <stdio.h>

/** What the judge found. */
struct verdict {
    long acked;   /**< keys acknowledged */
    long lost;    /**< of them without a receipt that made a lead */
    long doubled; /**< receipts and leads beyond one for each key */
    long renamed; /**< keys whose last answer named another receipt */
};

/** @param path of the file, which is made empty. @return to be closed */
FILE *history_open(const char *path);
/** Append one line.  Thread: the client's. */
void history_add(FILE *f, const char *key, int status, const char *receipt);

/**
 * Judge.  The file must be flushed.  Any failed look at the database fails
 * the running test.
 *
 * @param conninfo of the database
 * @param prefix that all keys of this load begin with
 */
struct verdict history_judge(const char *path, const char *conninfo,
                             const char *prefix);

#endif
