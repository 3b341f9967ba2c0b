/* Leads that were read back from Meta, LinkedIn and HubSpot: 'M', 'L' or 'H'
 * by the first byte, then the document. */
#include "fuzz.h"
#include "identity/identity.h"
#include "intake/decode_platform.h"

static const char *nothing(const void *ctx, const char *name)
{
    (void)ctx, (void)name;
    return NULL;
}

static void check_draft(struct draft *d, struct arena *mem)
{
    struct field_errs errs = {.mem = mem};

    fuzz_text(d->contact.name);
    fuzz_text(d->contact.message);
    fuzz_text(d->contact.company);
    fuzz_text(d->external_id);
    fuzz_text(d->touch.campaign);
    FUZZ_HOLDS(d->n_ids <= IDS_MAX && d->n_events <= DRAFT_EVENTS_MAX &&
               d->n_consent <= DRAFT_CONSENT_MAX);
    identity_resolve(d, "VN", mem, &errs);
}

typedef enum err read_fn(struct hook_reader *r);

static read_fn *reader_of(uint8_t c)
{
    return c == 'M'   ? meta_lead_read
           : c == 'L' ? linkedin_lead_read
           : c == 'H' ? hubspot_lead_read
                      : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    struct hook_request rq = {.content_type = "application/json",
                              .url = "",
                              .query = "",
                              .header = nothing,
                              .arg = nothing,
                              .now_ms = INT64_C(1790000000000),
                              .mem = mem};
    struct hook_reader r = {
        .rq = &rq, .spec = form_spec_default(), .mem = mem, .errs = &errs};

    if (n && reader_of(*data)) {
        rq.body = arena_strndup(mem, (const char *)data + 1, n - 1);
        rq.body_bytes = n - 1;
        if (reader_of(*data)(&r) == ERR_OK)
            for (size_t i = 0; i < r.n; i++)
                check_draft(&r.items[i].draft, mem);
    }
    arena_free(mem);
    return 0;
}
