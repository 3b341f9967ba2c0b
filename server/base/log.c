#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#define LOG_LINE_MAX 8192

static enum log_level threshold = LOG_INFO;
static uint64_t dropped;

static const char *const LEVELS[] = {"debug", "info", "warn", "error"};

void log_init(enum log_level level)
{
    struct stat st;

    __atomic_store_n(&threshold, level, __ATOMIC_RELAXED);
    if (fstat(STDERR_FILENO, &st) == 0 &&
        (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
        (void)fcntl(STDERR_FILENO, F_SETFL,
                    fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

bool log_level_parse(const char *s, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(LEVELS); i++) {
        if (str_eq(s, LEVELS[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

uint64_t log_dropped(void)
{
    return __atomic_load_n(&dropped, __ATOMIC_RELAXED);
}

static void add_pair(struct buf *b, const char *key, va_list *ap)
{
    const char *name = key + 2;
    const char *s;

    (void)buf_putc(b, ',');
    (void)buf_json_str(b, name, strlen(name));
    (void)buf_putc(b, ':');
    if (key[0] == 'i') {
        (void)buf_printf(b, "%lld", (long long)va_arg(*ap, int64_t));
        return;
    }
    s = va_arg(*ap, const char *);
    if (s)
        (void)buf_json_str(b, s, strlen(s));
    else
        (void)buf_puts(b, "null");
}

void log_line(enum log_level level, const char *event, ...)
{
    AUTO(buf_release) struct buf b = BUF_INIT;
    char now[TIME_TEXT_BYTES];
    const char *key;
    va_list ap;

    if (level < __atomic_load_n(&threshold, __ATOMIC_RELAXED))
        return;
    b.max = LOG_LINE_MAX;
    (void)buf_printf(&b, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"",
                     time_format(clock_now_ms(), now), LEVELS[level], event);
    va_start(ap, event);
    while ((key = va_arg(ap, const char *)))
        add_pair(&b, key, &ap);
    va_end(ap);
    (void)buf_puts(&b, "}\n");
    if (b.failed || write(STDERR_FILENO, b.ptr, b.len) != (ssize_t)b.len)
        __atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
}
