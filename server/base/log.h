/**
 * @file log.h
 * JSON log lines on standard error: one object a line, fixed keys first
 * (time, level, event), then the pairs given.  Personal data never enters a
 * log line: ids do.  Any thread; a line is one write(2), never cut up.
 *
 * When the reader of standard error is stuck, lines are dropped and counted
 * rather than holding up a request (standard error is set non-blocking only
 * if it is a pipe or socket).
 */
#ifndef LEADD_LOG_H
#define LEADD_LOG_H

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/** Lines below @a level are left out.  Thread: main, or on SIGHUP. */
void log_init(enum log_level level);
bool log_level_parse(const char *s, enum log_level *out);

/** @return lines dropped because the reader was stuck */
uint64_t log_dropped(void);

/**
 * One line.  After @a event come pairs: a key (const char *), whose first
 * letter tells the kind of the value that follows, then the value:
 *   "s:key" const char * (NULL is null), "i:key" int64_t.
 * The list ends with NULL.
 * Example: log_line(LOG_WARN, "writer_retry", "s:cause", why,
 *                   "i:attempt", (int64_t)n, NULL);
 */
void log_line(enum log_level level, const char *event, ...)
    __attribute__((sentinel));

#endif
