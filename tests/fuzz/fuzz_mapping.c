/* Mapping documents, each tried on a form and on a JSON body. */
#include "fuzz.h"
#include "intake/form_map.h"

static const char FORM[] =
    "ho=Nguy%E1%BB%85n&ten=An&email=an%40gmail.com&phone=0912345678&so=15"
    "&don_vi=tr&quan_tam=C%C3%B3&dich_vu=x&demo=1&website=";
static const char JSON[] =
    "{\"form\": {\"answers\": [{\"text\": \"0912345678\"}, {\"text\": \"C\"}]},"
    " \"email\": \"an@gmail.com\", \"n\": 15, \"l\": [1, \"2\", null, true]}";

static void try(const struct form_spec *spec, const char *type,
                const char *body, struct arena *mem)
{
    struct field_errs errs = {.mem = mem};
    struct form_seen *seen;
    size_t n = strlen(body), n_seen;
    struct draft d;

    if (intake_form(type, body, n, spec, 0, mem, &d, &errs) == ERR_OK) {
        fuzz_text(d.contact.name);
        fuzz_text(d.contact.phone);
        fuzz_text(d.touch.channel);
        FUZZ_HOLDS(d.n_ids <= IDS_MAX && d.n_events <= DRAFT_EVENTS_MAX &&
                   d.n_consent <= DRAFT_CONSENT_MAX);
    }
    FUZZ_HOLDS(intake_form_look(type, body, n, spec, mem, &seen, &n_seen) ==
               ERR_OK);
    for (size_t i = 0; i < n_seen; i++)
        FUZZ_HOLDS((seen[i].use == FORM_FIELD_USED) ==
                   (seen[i].target != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    json_t *doc =
        json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES, NULL);
    struct form_spec spec;

    if (doc) {
        form_spec_members(doc, mem, &errs);
        errs = (struct field_errs){.mem = mem};
        if (form_spec_compile(doc, mem, &spec, &errs) == ERR_OK) {
            try(&spec, "application/x-www-form-urlencoded", FORM, mem);
            try(&spec, "application/json", JSON, mem);
        } else {
            FUZZ_HOLDS(errs.n);
        }
        for (const struct field_err *f = errs.first; f; f = f->next)
            fuzz_text(f->pointer);
    }
    json_decref(doc);
    arena_free(mem);
    return 0;
}
