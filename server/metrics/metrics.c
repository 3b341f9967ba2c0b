#include "metrics/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MAX 18
#define VALUE_BYTES 64

enum kind { COUNTER, GAUGE, SECONDS, BYTES, COUNT };

struct row {
    enum kind kind;
    const char *name, *label, *help;
};

static const struct row rows[] = {
#define X(id, kind, name, label, help) {kind, name, label, help},
#include "metrics/metrics.def"
#undef X
};

/* Upper bounds in the unit observed: microseconds, bytes, items.  0 ends. */
static const int64_t bounds[][BUCKETS_MAX] = {
    [SECONDS] = {250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
                 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000,
                 0},
    [BYTES] = {128, 256, 512, 1024, 2048, 4096, 16384, 65536, 262144, 1048576,
               4194304, 16777216, 0},
    [COUNT] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 0},
};

struct hist {
    _Atomic int64_t bucket[BUCKETS_MAX]; /* not cumulative; last is +Inf */
    _Atomic int64_t sum;
};

struct slot {
    _Atomic bool used;
    char value[VALUE_BYTES]; /* written before `used` is set */
    _Atomic int64_t number;
    _Atomic(struct hist *) hist; /* made on first use, never freed */
};

static struct slot slots[METRIC_COUNT_][METRIC_SLOTS];
static pthread_mutex_t slot_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned find_or_make(struct slot *s, const char *value)
{
    unsigned i = 0;

    for (; i < METRIC_SLOTS - 1 && s[i].used; i++)
        if (!strncmp(s[i].value, value, VALUE_BYTES - 1))
            return i;
    if (i == METRIC_SLOTS - 1)
        value = "other";
    if (!s[i].used) {
        strncpy(s[i].value, value, VALUE_BYTES - 1);
        s[i].used = true;
    }
    return i;
}

unsigned metric_slot(enum metric m, const char *value)
{
    unsigned i;

    pthread_mutex_lock(&slot_lock);
    i = find_or_make(slots[m], value);
    pthread_mutex_unlock(&slot_lock);
    return i;
}

void metric_add_at(enum metric m, unsigned slot, int64_t n)
{
    atomic_fetch_add_explicit(&slots[m][slot].number, n, memory_order_relaxed);
}

void metric_add(enum metric m, int64_t n)
{
    metric_add_at(m, 0, n);
}

void metric_set_at(enum metric m, unsigned slot, int64_t n)
{
    atomic_store_explicit(&slots[m][slot].number, n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t n)
{
    metric_set_at(m, 0, n);
}

int64_t metric_value(enum metric m, unsigned slot)
{
    return atomic_load_explicit(&slots[m][slot].number, memory_order_relaxed);
}

static struct hist *hist_of(struct slot *s)
{
    struct hist *h = atomic_load_explicit(&s->hist, memory_order_acquire);
    struct hist *none = NULL;

    if (h)
        return h;
    h = calloc(1, sizeof(*h));
    if (h && !atomic_compare_exchange_strong(&s->hist, &none, h)) {
        free(h);
        h = none;
    }
    return h;
}

void metric_observe_at(enum metric m, unsigned slot, int64_t value)
{
    const int64_t *b = bounds[rows[m].kind];
    struct hist *h = hist_of(&slots[m][slot]);
    unsigned i = 0;

    if (!h)
        return; /* out of memory: one observation lost */
    while (b[i] && value > b[i])
        i++;
    atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, value, memory_order_relaxed);
}

void metric_observe(enum metric m, int64_t value)
{
    metric_observe_at(m, 0, value);
}

static void write_number(struct buf *out, enum kind kind, int64_t n)
{
    if (kind == SECONDS)
        buf_printf(out, "%" PRId64 ".%06" PRId64, n / 1000000, n % 1000000);
    else
        buf_printf(out, "%" PRId64, n);
}

/* {label="value",le="bound"} with either part left out when absent */
static void write_labels(struct buf *out, const struct row *r,
                         const struct slot *s, const int64_t *le)
{
    if (!r->label && !le)
        return;
    buf_putc(out, '{');
    if (r->label) {
        buf_printf(out, "%s=\"", r->label);
        for (const char *p = s->value; *p; p++) {
            if (*p == '"' || *p == '\\')
                buf_putc(out, '\\');
            buf_putc(out, *p == '\n' ? ' ' : *p);
        }
        buf_puts(out, le ? "\"," : "\"");
    }
    if (le) {
        buf_puts(out, "le=\"");
        if (*le)
            write_number(out, r->kind, *le);
        else
            buf_puts(out, "+Inf");
        buf_putc(out, '"');
    }
    buf_putc(out, '}');
}

static void write_hist(struct buf *out, const struct row *r, struct slot *s)
{
    static const struct hist empty;
    const struct hist *h = atomic_load(&s->hist);
    const int64_t *b = bounds[r->kind];
    int64_t total = 0;

    if (!h)
        h = &empty;
    for (unsigned i = 0; i == 0 || b[i - 1]; i++) {
        total += h->bucket[i];
        buf_printf(out, "%s_bucket", r->name);
        write_labels(out, r, s, &b[i]);
        buf_printf(out, " %" PRId64 "\n", total);
    }
    buf_printf(out, "%s_sum", r->name);
    write_labels(out, r, s, NULL);
    buf_putc(out, ' ');
    write_number(out, r->kind, h->sum);
    buf_printf(out, "\n%s_count", r->name);
    write_labels(out, r, s, NULL);
    buf_printf(out, " %" PRId64 "\n", total);
}

static void write_slot(struct buf *out, const struct row *r, struct slot *s)
{
    if (r->kind != COUNTER && r->kind != GAUGE) {
        write_hist(out, r, s);
        return;
    }
    buf_puts(out, r->name);
    write_labels(out, r, s, NULL);
    buf_printf(out, " %" PRId64 "\n", atomic_load(&s->number));
}

static void write_metric(struct buf *out, const struct row *r, struct slot *s)
{
    const char *type = r->kind == COUNTER ? "counter"
                       : r->kind == GAUGE ? "gauge"
                                          : "histogram";

    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help, r->name,
               type);
    for (unsigned i = 0; i < METRIC_SLOTS; i++)
        if (s[i].used || (!r->label && i == 0))
            write_slot(out, r, &s[i]);
}

enum err metrics_write(struct buf *out)
{
    for (unsigned m = 0; m < METRIC_COUNT_; m++)
        write_metric(out, &rows[m], slots[m]);
    return out->failed ? ERR_FULL : ERR_OK;
}
