/**
 * @file clock.h
 * Clocks, RFC 3339 and the civil calendar.  All times are milliseconds since
 * 1970-01-01T00:00:00Z (wall) or since an arbitrary start (monotonic).
 * Everything but the two clock readers is pure.  Any thread.
 */
#ifndef LEADD_CLOCK_H
#define LEADD_CLOCK_H

#include "base/base.h"

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
/** "2026-06-15T09:00:00.000Z" and its NUL */
#define TIME_TEXT_BYTES 32
/** Times outside years 1970..9999 are refused as input. */
#define TIME_MAX_MS 253402300799999

/** Wall clock; LEADD_CLOCK_OFFSET_MS shifts it in tests. */
int64_t clock_now_ms(void);
/** Monotonic clock, for deadlines. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/** RFC 3339 with an offset (Z or +hh:mm), fraction optional (cut to ms).
 *  @return false when it is anything else or outside 1970..9999 */
bool time_parse(const char *s, int64_t *out_ms);
/** UTC with milliseconds and Z. @return @a out */
char *time_format(int64_t ms, char out[TIME_TEXT_BYTES]);
/** "YYYY-MM-DD" to days since 1970-01-01. */
bool date_parse(const char *s, int64_t *out_day);
/** Days since 1970-01-01 to "YYYY-MM-DD". @return @a out */
char *date_format(int64_t day, char out[TIME_TEXT_BYTES]);
/** Civil date to days since 1970-01-01 (proleptic Gregorian). */
int64_t days_from_civil(int64_t y, unsigned m, unsigned d);
void civil_from_days(int64_t day, int64_t *y, unsigned *m, unsigned *d);

/** A time zone's rules, immutable after loading. */
struct tz;
/** @param name IANA name such as "Asia/Ho_Chi_Minh"
 *  @return given to the caller; NULL with errno ENOENT when there is no such
 *  zone, and another when it cannot be read now (no memory, no file left) */
struct tz *tz_load(const char *name);
void tz_free(struct tz *tz);
/** Milliseconds to add to UTC to get local time at @a ms.  NULL tz is UTC. */
int64_t tz_offset_ms(const struct tz *tz, int64_t ms);
/** Local calendar day (days since 1970-01-01) at @a ms. */
int64_t tz_day(const struct tz *tz, int64_t ms);
/** First instant of local calendar day @a day. */
int64_t tz_day_start(const struct tz *tz, int64_t day);

#endif
