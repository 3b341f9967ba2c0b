/**
 * @file metrics.h
 * Counters, gauges and histograms: one table (metrics.def), lock-free, shown
 * as Prometheus text 0.0.4.  Any thread, any time; nothing to set up.
 *
 * A labelled metric has up to METRIC_SLOTS label values, each registered once
 * at start.  Slot 0 is the only slot of a metric without a label.
 */
#ifndef LEADD_METRICS_H
#define LEADD_METRICS_H

#include "base/buf.h"

#define METRIC_SLOTS 64

enum metric {
#define X(id, kind, name, label, help) METRIC_##id,
#include "metrics/metrics.def"
#undef X
    METRIC_COUNT_
};

/**
 * The slot of a label value, made on first use.
 * @param value copied; at most 63 bytes count
 * @return the slot; the last one, shown as "other", when all are taken
 */
unsigned metric_slot(enum metric m, const char *value);

/** Counters and gauges: add @a n (a gauge may go down). */
void metric_add(enum metric m, int64_t n);
void metric_add_at(enum metric m, unsigned slot, int64_t n);
/** Gauges: set. */
void metric_set(enum metric m, int64_t n);
void metric_set_at(enum metric m, unsigned slot, int64_t n);
/** Histograms: microseconds for SECONDS, bytes for BYTES, else a count. */
void metric_observe(enum metric m, int64_t value);
void metric_observe_at(enum metric m, unsigned slot, int64_t value);

/** The present value of a counter or gauge, for tests and /status. */
int64_t metric_value(enum metric m, unsigned slot);

/** Add the whole exposition to @a out. */
enum err metrics_write(struct buf *out) MUST_CHECK;

#endif
