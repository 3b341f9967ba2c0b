/* A list as it arrives: charset, records, heading, rows. */
#include "fuzz.h"
#include "identity/identity.h"
#include "intake/charset.h"
#include "intake/decode_csv.h"

struct list {
    struct arena *mem;
    struct csv_map map;
    bool has_heading;
    char delimiter;
};

static void take(struct list *l, const char *p, size_t n)
{
    struct field_errs errs = {.mem = l->mem};
    struct csv_fault fault;
    struct draft d;

    p = charset_row(p, &n, l->mem);
    if (!l->has_heading) {
        l->delimiter = csv_map_delimiter(p, n, NULL, l->mem);
        l->has_heading =
            csv_map_read(l->delimiter, arena_strndup(l->mem, p, n), n, NULL,
                         NULL, l->mem, &l->map, &errs) == ERR_OK;
        return;
    }
    if (csv_draft(&l->map, l->delimiter, arena_strndup(l->mem, p, n), n, 0,
                  l->mem, &d, &fault) != ERR_OK) {
        FUZZ_HOLDS(fault.detail && fault.cell <= CSV_CELLS_MAX + 1);
        return;
    }
    identity_resolve(&d, "VN", l->mem, &errs);
    fuzz_text(d.contact.name);
    fuzz_text(d.contact.message);
    fuzz_text(d.touch.campaign);
    for (size_t i = 0; i < d.n_ids; i++)
        fuzz_text(d.ids[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct list l = {.mem = arena_new(FUZZ_ARENA_BYTES)};
    struct charset *c = charset_new(NULL);
    struct buf in = BUF_INIT;
    struct csv_span span;
    size_t half = n / 2, at = 0;

    FUZZ_HOLDS(
        charset_feed(c, (const char *)data, half, false, &in) == ERR_OK &&
        charset_feed(c, (const char *)data + half, n - half, true, &in) ==
            ERR_OK);
    for (int rows = 0; at < in.len && rows < 200; rows++) {
        FUZZ_HOLDS(csv_record(l.delimiter ? l.delimiter : ',', in.ptr + at,
                              in.len - at, true, &span) != CSV_MORE);
        FUZZ_HOLDS(span.used > 0 && span.bytes <= span.used &&
                   at + span.used <= in.len);
        take(&l, in.ptr + at, span.bytes);
        at += span.used;
    }
    buf_release(&in);
    charset_free(c);
    arena_free(l.mem);
    return 0;
}
