#include "lib/hook_sender.h"

#include <unistd.h>

#include "base/base.h"
#include "base/crypto.h"

/* "app_id=1;timestamp=2" as members of secrets. */
static const char *params_json(const char *params)
{
    char copy[1024], *rest = copy, *one;
    const char *out = "";

    snprintf(copy, sizeof(copy), "%s", params);
    while ((one = strsep(&rest, ";"))) {
        char *eq = strchr(one, '=');

        if (eq)
            out =
                keep("%s, \"%.*s\": \"%s\"", out, (int)(eq - one), one, eq + 1);
    }
    return out;
}

struct hook_source hook_source_make(const struct server *s, const char *kind,
                                    const char *secret, const char *params,
                                    int window_s)
{
    static int n;
    const char *name = keep("%s-%d-s%d", kind, (int)getpid(), n++);
    const struct reply *r = call(
        s->port, "POST", "/v1/sources", s->admin, NULL,
        text("{\"kind\": \"%s\", \"name\": \"%s\", \"secrets\": {\"secret\":"
             " \"%s\", \"verify_token\": \"leadd-verify-01\"%s},"
             " \"defaults\": {\"replay_window_s\": %d}}",
             kind, name, secret, params_json(params), window_s));

    EXPECT(r, 201);
    return (struct hook_source){kind, keep("%s", reply_text(r, "/source_key")),
                                name, keep("%s", reply_text(r, "/id"))};
}

const char *hook_path(const struct hook_source *h)
{
    return keep("/v1/hooks/%s/%s", h->kind, h->key);
}

/* "Name: value | Name: value" as header lines. */
static const char *header_lines(const char *cells)
{
    const char *out = "", *bar;

    for (; *cells; cells = bar ? bar + 3 : cells + strlen(cells)) {
        bar = strstr(cells, " | ");
        out = keep("%s%.*s\r\n", out,
                   bar ? (int)(bar - cells) : (int)strlen(cells), cells);
    }
    return out;
}

const char *hook_headers(const struct table *t, size_t row, const char *value)
{
    const char *name = cell(t, row, "header");
    const char *more = header_lines(cell(t, row, "headers"));

    if (strchr(name, ' ')) /* a member of the body, not a header */
        return keep("Content-Type: application/json\r\n%s", more);
    return keep("Content-Type: application/json\r\n%s: %s\r\n%s", name,
                value ? value : cell(t, row, "value"), more);
}

struct reply hook_send(const struct server *s, const struct hook_source *h,
                       const struct table *t, size_t row, const char *headers,
                       size_t most)
{
    size_t n;
    char *body = fixture_body(h->kind, cell(t, row, "file"), &n);
    const char *query =
        strstr(cell(t, row, "params"), "?src=") ? "?src=a%3Ab%2Fc" : "";
    struct reply r =
        http_call_bytes(s->port, "POST", text("%s%s", hook_path(h), query),
                        NULL, headers, body, MIN(n, most));

    free(body);
    return r;
}

struct reply hook_send_file(const struct server *s, const struct hook_source *h,
                            const struct table *t, size_t row)
{
    return hook_send(s, h, t, row, hook_headers(t, row, NULL), SIZE_MAX);
}

struct hook_source hook_linkedin_make(const struct server *s)
{
    return hook_source_make(s, "linkedin", "LiClientSecret-9xQ2", "", 0);
}

void hook_withdraw(const struct server *s, const struct hook_source *linkedin)
{
    struct table t;
    struct reply r;

    table_read(&t, "linkedin", SIGNATURES);
    r = hook_send_file(s, linkedin, &t, signing_row(&t, "lead_deleted.json"));
    ck_assert_int_eq(r.status, 200);
    reply_free(&r);
    free(t.text);
}

const char *hook_hmac(const void *key, size_t key_bytes, const char *message,
                      bool base64)
{
    uint8_t digest[SHA256_BYTES];
    char out[2 * SHA256_BYTES + 1];

    crypto_hmac_sha256(key, key_bytes, message, strlen(message), digest);
    if (base64)
        base64_encode(digest, sizeof(digest), out);
    else
        hex_encode(digest, sizeof(digest), out);
    return text("%s", out);
}

const char *hook_keys(const char *platform, const char *file)
{
    const char *keys = "";
    struct table t;

    table_read(&t, platform, CASES);
    for (size_t i = 1; i < t.n; i++)
        if (!strcmp(cell(&t, i, "file"), file))
            keys = keep("%s", cell(&t, i, "dedupe_keys"));
    free(t.text);
    return keys;
}

const char *hook_told(const struct hook_source *h, const char *id)
{
    return text("SELECT (SELECT count(*) FROM identifier WHERE kind = 3 AND"
                " value = '%s:%s') + (SELECT count(*) FROM fetch_queue WHERE"
                " source_id = '%s' AND external_id = '%s')",
                h->name, id, h->id,
                strstr(id, "urn:") == id ? strrchr(id, ':') + 1 : id);
}
