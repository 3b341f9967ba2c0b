/*
 * What platforms send: one byte that chooses the platform ('A' is the first
 * row of hooks.def), one for the kind of request, then lines "Name: value" of
 * headers and "?name=value" of arguments, an empty line, and the body.
 */
#include <jansson.h>
#include <strings.h>

#include "fuzz.h"
#include "intake/hook.h"

/* of the fixtures, so that good signatures are found good */
static const char SECRETS[] =
    "{\"secret\": [\"calendly-signing-key-05\", \"kd93-Leadd_Webhook-Key\","
    " \"hubspot-client-secret-04\", \"LiClientSecret-9xQ2\","
    " \"a1b2c3d4e5f60718293a4b5c6d7e8f90\", \"snap-hmac-7bb1\","
    " \"whsec_bGVhZGQtZml4dHVyZS1rZXktMjRieXRl\", \"tally-secret-03\","
    " \"tt-app-secret-5f2d9c10b7\", \"typeform-secret-01\","
    " \"webflow-secret-02\", \"ZaloOaSecretKey-4mP7\"], \"key\": \"k\","
    " \"verify_token\": \"t\", \"app_id\": \"1\", \"uri\": \"https://a.vn\"}";

struct sent {
    struct arena *mem;
    const char *lines; /**< of headers and arguments */
    const char *body;
    size_t body_bytes;
};

static const char *find(const struct sent *s, const char *name, size_t from,
                        char end)
{
    size_t n = strlen(name);

    for (const char *p = s->lines; *p;) {
        size_t len = strcspn(p, "\n");

        if ((from == 0 || *p == '?') && len > n + from &&
            strncasecmp(p + from, name, n) == 0 && p[from + n] == end) {
            const char *v = p + from + n + 1;

            v += from == 0 && *v == ' ';
            return arena_strndup(s->mem, v, (size_t)(p + len - v));
        }
        p += len + (p[len] == '\n');
    }
    return NULL;
}

static const char *header(const void *ctx, const char *name)
{
    return find(ctx, name, 0, ':');
}

static const char *arg(const void *ctx, const char *name)
{
    const char *v = find(ctx, name, 1, '=');

    /* http/args lets nothing else through */
    return v && utf8_valid(v, strlen(v)) ? v : NULL;
}

static void split(struct sent *s, const char *p, size_t n)
{
    const char *empty = memmem(p, n, "\n\n", 2);
    size_t head = empty ? (size_t)(empty - p) + 1 : 0;

    if (n && *p == '\n') { /* no lines at all */
        s->lines = "";
        s->body = arena_strndup(s->mem, p + 1, n - 1);
        s->body_bytes = n - 1;
        return;
    }
    s->lines = arena_strndup(s->mem, p, head);
    head += empty != NULL;
    s->body = arena_strndup(s->mem, p + head, n - head);
    s->body_bytes = n - head;
}

static void check_item(const struct hook_item *it)
{
    fuzz_text(it->draft.contact.name);
    fuzz_text(it->draft.contact.message);
    fuzz_text(it->draft.external_id);
    fuzz_text(it->draft.touch.campaign);
    fuzz_text(it->external_id);
    fuzz_text(it->page_id);
    fuzz_text(it->form_id);
    FUZZ_HOLDS(it->draft.n_ids <= IDS_MAX &&
               it->draft.n_events <= DRAFT_EVENTS_MAX &&
               it->draft.n_consent <= DRAFT_CONSENT_MAX);
    if (it->kind == HOOK_FETCH || it->kind == HOOK_FORGET)
        FUZZ_HOLDS(it->external_id && *it->external_id);
}

static void read_body(const struct hook *h, const struct hook_request *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct hook_reader r = {
        .rq = rq, .spec = form_spec_default(), .mem = rq->mem, .errs = &errs};

    if (h->read(&r) != ERR_OK)
        return;
    FUZZ_HOLDS(r.n <= HOOK_ITEMS_MAX);
    for (size_t i = 0; i < r.n; i++)
        check_item(&r.items[i]);
}

/* What was blotted out is gone, and doing it again changes nothing. */
static void redact(const struct hook *h, const struct sent *s)
{
    char *once = arena_strndup(s->mem, s->body, s->body_bytes), *twice;

    if (!h->redact || h->redact(once, s->body_bytes, s->mem) != ERR_OK)
        return;
    twice = arena_strndup(s->mem, once, s->body_bytes);
    FUZZ_HOLDS(h->redact(twice, s->body_bytes, s->mem) == ERR_OK);
    FUZZ_HOLDS(memcmp(once, twice, s->body_bytes) == 0);
}

static void hello(const struct hook *h, const struct hook_request *rq)
{
    struct hook_answer a = {0};

    if (!h->hello)
        return;
    h->hello(rq, &a);
    FUZZ_HOLDS(a.status == 0 || (a.status >= 200 && a.status < 600));
    fuzz_text(a.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct sent s = {.mem = arena_new(FUZZ_ARENA_BYTES)};
    struct hook_request rq = {.header = header,
                              .arg = arg,
                              .ctx = &s,
                              .url = "https://a.vn/v1/hooks/x/1.k",
                              .query = "",
                              .now_ms = INT64_C(1790000000000),
                              .mem = s.mem};
    struct hook_secrets secrets;
    const struct hook *h;
    json_t *json;

    if (n >= 2 && *data >= 'A' && (h = hook_at(*data - 'A'))) {
        json = json_loads(SECRETS, 0, NULL);
        hook_secrets_read(json, data[1] & 2 ? 0 : -1, s.mem, &secrets);
        json_decref(json);
        split(&s, (const char *)data + 2, n - 2);
        rq.is_get = data[1] & 1;
        rq.body = s.body;
        rq.body_bytes = s.body_bytes;
        rq.content_type = header(&s, "Content-Type");
        rq.secrets = &secrets;
        hello(h, &rq);
        (void)h->check(&rq);
        redact(h, &s);
        rq.secrets = NULL;
        read_body(h, &rq);
    }
    arena_free(s.mem);
    return 0;
}
