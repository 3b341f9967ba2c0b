#include "intake/csv.h"

#include "base/str.h"

/* A record of one line, whatever quotes say: how a broken one is passed. */
static void one_line(const char *p, size_t n, struct csv_span *out)
{
    size_t i = 0;

    while (i < n && p[i] != '\n' && p[i] != '\r')
        i++;
    out->bytes = i;
    out->lines = i < n;
    out->used = i + (i < n);
    if (i + 1 < n && p[i] == '\r' && p[i + 1] == '\n')
        out->used++;
}

static enum csv_found refuse(enum csv_found why, const char *p, size_t n,
                             struct csv_span *out)
{
    one_line(p, n, out);
    return why;
}

/* After a quote was opened: past the closing one, or n when it is not here.
 * A quote at the very end may be the first half of a doubled one. */
static size_t close_quote(const char *p, size_t i, size_t n, bool last,
                          int64_t *lines)
{
    while (i < n) {
        if (p[i] == '\n' || (p[i] == '\r' && i + 1 < n && p[i + 1] != '\n'))
            ++*lines;
        if (p[i] != '"') {
            i++;
            continue;
        }
        if (i + 1 < n && p[i + 1] == '"') {
            i += 2;
            continue;
        }
        return i + 1 < n || last ? i + 1 : n;
    }
    return n + 1;
}

enum csv_found csv_record(char delimiter, const char *p, size_t n, bool last,
                          struct csv_span *out)
{
    size_t room = MIN(n, CSV_RECORD_MAX), i = 0;
    int64_t lines = 0;
    bool at_start = true, cut = n > CSV_RECORD_MAX;

    while (i < room && p[i] != '\n' && p[i] != '\r') {
        if (p[i] == '"' && at_start) {
            i = close_quote(p, i + 1, room, last && !cut, &lines);
            if (i > room && (cut || last))
                return refuse(CSV_OPEN_QUOTE, p, n, out);
            at_start = false;
            continue;
        }
        at_start = p[i] == delimiter;
        i++;
    }
    if (i >= room && cut)
        return refuse(CSV_TOO_LONG, p, n, out);
    if ((i >= room || (p[i] == '\r' && i + 1 == n)) && !last)
        return CSV_MORE;
    out->bytes = MIN(i, n);
    out->used = out->bytes;
    out->lines = lines;
    if (i >= n)
        return CSV_RECORD;
    out->used += 1 + (size_t)(p[i] == '\r' && i + 1 < n && p[i + 1] == '\n');
    out->lines++;
    return CSV_RECORD;
}

enum csv_found csv_line(const char *p, size_t n, bool last,
                        struct csv_span *out)
{
    const char *end = memchr(p, '\n', n);

    if (!end && n <= CSV_RECORD_MAX && !last)
        return CSV_MORE;
    out->bytes = end ? (size_t)(end - p) : n;
    out->used = out->bytes + (end != NULL);
    out->lines = end != NULL;
    if (out->bytes > CSV_RECORD_MAX)
        return CSV_TOO_LONG;
    if (out->bytes && p[out->bytes - 1] == '\r')
        out->bytes--;
    return CSV_RECORD;
}

/* Undo the quotes of the cell that begins behind one. @return bytes read,
 * with the closing quote; 0 when anything but a delimiter follows it */
static size_t unquote(char delimiter, char *p, size_t n, struct csv_cell *cell)
{
    size_t r = 0, w = 0;

    cell->text = p;
    while (r < n && (p[r] != '"' || (r + 1 < n && p[r + 1] == '"'))) {
        r += p[r] == '"';
        p[w++] = p[r++];
    }
    cell->n = w;
    if (r == n || (r + 1 < n && p[r + 1] != delimiter))
        return 0;
    return r + 1;
}

size_t csv_split(char delimiter, char *record, size_t n, struct csv_cell *cells,
                 size_t *err_cell)
{
    char *p = record, *end = record + n;
    size_t count = 0;

    for (;;) {
        struct csv_cell *cell = &cells[count];
        size_t len;

        *err_cell = count + 1;
        if (count == CSV_CELLS_MAX)
            return 0;
        if (p < end && *p == '"') {
            len = unquote(delimiter, p + 1, (size_t)(end - p) - 1, cell);
            if (!len)
                return 0;
            len++;
        } else {
            char *stop = memchr(p, delimiter, (size_t)(end - p));

            len = (size_t)((stop ? stop : end) - p);
            cell->text = p;
            cell->n = len;
        }
        count++;
        p += len;
        cell->text[cell->n] = '\0';
        if (p >= end)
            return count;
        *p++ = '\0'; /* the delimiter */
    }
}

char csv_delimiter(const char *heading, size_t n)
{
    static const char KNOWN[] = CSV_DELIMITERS;
    size_t seen[sizeof(KNOWN) - 1] = {0}, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < n; i++) {
        quoted ^= heading[i] == '"';
        for (size_t k = 0; k < ARRAY_LEN(seen); k++)
            seen[k] += !quoted && heading[i] == KNOWN[k];
    }
    for (size_t k = 1; k < ARRAY_LEN(seen); k++)
        if (seen[k] > seen[best])
            best = k;
    return KNOWN[best];
}
