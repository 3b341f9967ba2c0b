#include "lead/sla.h"

#define OPEN_MS  (8 * HOUR_MS)
#define CLOSE_MS (17 * HOUR_MS + 30 * MINUTE_MS)
#define LOOK_MAX 400

static bool working_day(int64_t day)
{
    return (day + 4) % 7 != 0; /* day 0 was a Thursday; 0 is Sunday */
}

int64_t sla_due(const struct tz *tz, int64_t start_ms, int64_t target_ms)
{
    int64_t day = tz_day(tz, start_ms);

    for (int i = 0; i < LOOK_MAX; i++, day++) {
        int64_t midnight = tz_day_start(tz, day);
        int64_t from = MAX(start_ms, midnight + OPEN_MS);
        int64_t left = midnight + CLOSE_MS - from;

        if (!working_day(day) || left <= 0)
            continue;
        if (target_ms <= left)
            return from + target_ms;
        target_ms -= left;
    }
    return start_ms + target_ms;
}
