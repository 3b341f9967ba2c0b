/* A list of JSON lines, read as an import reads it. */
#include "flow/import_rows.h"
#include "fuzz.h"
#include "intake/csv.h"

static const struct workspace WS = {.workspace_id = 1,
                                    .name = "w",
                                    .region = "VN",
                                    .currency = "VND",
                                    .time_zone = "Asia/Ho_Chi_Minh"};

static void row(const struct import_reader *rd, const char *p, size_t n,
                struct arena *mem)
{
    struct import_fault fault = {.err = ERR_OK};
    struct draft d;

    if (import_read_row(rd, p, n, 0, mem, &d, &fault) != ERR_OK) {
        FUZZ_HOLDS(fault.err != ERR_OK);
        return;
    }
    fuzz_text(d.contact.name);
    fuzz_text(d.contact.message);
    fuzz_text(d.external_id);
    for (size_t i = 0; i < d.n_ids; i++)
        fuzz_text(d.ids[i].value);
    FUZZ_HOLDS(d.n_ids <= IDS_MAX && d.n_events <= DRAFT_EVENTS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    struct import_reader rd = {
        .ws = &WS, .format = IMPORT_NDJSON, .terms = {.source = "list"}};
    const char *p = (const char *)data;
    struct csv_span span;
    size_t at = 0;

    FUZZ_HOLDS(import_reader_init(&rd, mem, &errs) == ERR_OK);
    for (int rows = 0; at < n && rows < 200; rows++) {
        FUZZ_HOLDS(csv_line(p + at, n - at, true, &span) != CSV_MORE);
        FUZZ_HOLDS(span.used > 0 && span.bytes <= span.used &&
                   at + span.used <= n);
        row(&rd, p + at, span.bytes, mem);
        at += span.used;
    }
    arena_free(mem);
    return 0;
}
