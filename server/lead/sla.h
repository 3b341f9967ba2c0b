/**
 * @file sla.h
 * When a first response is due: a target counted in working hours only
 * (Monday to Saturday, 08:00 to 17:30 local time).  Pure; any thread.
 */
#ifndef LEADD_SLA_H
#define LEADD_SLA_H

#include "base/clock.h"

/** @return the moment at which @a target_ms of working time have passed
 *          since @a start_ms */
int64_t sla_due(const struct tz *tz, int64_t start_ms, int64_t target_ms);

#endif
