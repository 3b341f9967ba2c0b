/**
 * @file list_time.h
 * The times of lists, as spreadsheets and platforms write them.  Pure; any
 * thread.
 */
#ifndef LEADD_LIST_TIME_H
#define LEADD_LIST_TIME_H

#include "base/clock.h"

/**
 * Read "2026-11-20T08:00:38+07:00", the offset also without its colon, or
 * missing; a blank for the T; the time without seconds, or with am or pm, or
 * missing: then the day's begin.  The date may be "11/20/2026" or
 * "20.11.2026" where only one order makes a date: "11/12/2026" is not read.
 *
 * @param tz of times without an offset, borrowed; NULL: UTC
 * @return false when it is none of them, or outside 1970..9999
 */
bool list_time_parse(const char *s, const struct tz *tz, int64_t *out_ms);

#endif
