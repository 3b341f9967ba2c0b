/* Rows about webhooks: replayed and forged requests. */
#include <stdio.h>
#include <time.h>

#include "base/base.h"
#include "base/crypto.h"
#include "fault/matrix.h"
#include "lib/hook_sender.h"

#define WINDOW_S 300
/* base64, and none of the tables */
#define KEY "YW5vdGhlci1rZXktb2YtMjQtYnl0ZXMh"

/* ---- signing as platforms do ---- */

static const char *webflow(long long at, const char *id, const char *body)
{
    const char *message = text("%lld000:%s", at, body);

    (void)id;
    return text("x-webflow-timestamp: %lld000\r\nx-webflow-signature: %s\r\n",
                at, hook_hmac(KEY, strlen(KEY), message, false));
}

static const char *calendly(long long at, const char *id, const char *body)
{
    const char *message = text("%lld.%s", at, body);

    (void)id;
    return text("Calendly-Webhook-Signature: t=%lld,v1=%s\r\n", at,
                hook_hmac(KEY, strlen(KEY), message, false));
}

static const char *standard(long long at, const char *id, const char *body)
{
    const char *message = text("%s.%lld.%s", id, at, body);
    uint8_t key[64];
    size_t n;

    ck_assert(base64_decode(KEY, key, &n));
    return text("webhook-id: %s\r\nwebhook-timestamp: %lld\r\n"
                "webhook-signature: v1,%s\r\n",
                id, at, hook_hmac(key, n, message, true));
}

/* Signs no time: only the id tells a replay. */
static const char *tiktok(long long at, const char *id, const char *body)
{
    (void)at, (void)id;
    return text("X-Open-Signature: %s\r\n",
                hook_hmac(KEY, strlen(KEY), body, false));
}

static const struct signer {
    const char *kind;
    const char *body[3]; /**< the id between the first two, then the address */
    const char *(*sign)(long long at, const char *id, const char *body);
    bool is_timed;
} SIGNERS[] = {
    {"webflow",
     {"{\"triggerType\": \"form_submission\", \"payload\": {\"id\": \"",
      "\", \"data\": {\"Email\": \"", "@gmail.com\"}}}"},
     webflow,
     true},
    {"calendly",
     {"{\"event\": \"invitee.created\", \"payload\": {\"uri\": \"",
      "\", \"email\": \"", "@gmail.com\"}}"},
     calendly,
     true},
    {"standard-webhooks",
     {"{\"type\": \"lead.created\", \"data\": {\"note\": \"",
      "\", \"email\": \"", "@gmail.com\"}}"},
     standard,
     true},
    {"tiktok",
     {"{\"object\": 1, \"entry\": [{\"id\": \"",
      "\", \"changes\": [{\"field\": \"email\", \"value\": \"",
      "@gmail.com\"}]}]}"},
     tiktok,
     false},
};

/* ---- row 30: replayed ---- */

static int accepted_replays;

static int deliver(const struct hook_source *h, const char *headers,
                   const char *body)
{
    struct reply r =
        http_call(stand.port, "POST", hook_path(h), NULL, headers, body);
    int status = r.status;

    reply_free(&r);
    return status;
}

static long receipts_of(const struct hook_source *h)
{
    return sql_int(
        text("SELECT count(*) FROM receipt WHERE source_id = '%s'", h->id));
}

/* The signature of one time under another, both of ten digits. */
static const char *retimed(const char *headers, long long from, long long to)
{
    char *copy = strdup(headers), *at = strstr(copy, text("%lld", from));
    const char *out;

    ck_assert_ptr_nonnull(at);
    memcpy(at, text("%lld", to), 10);
    out = keep("%s", copy);
    free(copy);
    return out;
}

/* Out of the window on either side, and an old signature under a new time. */
static void replay_late(const struct signer *s, const struct hook_source *h,
                        const char *id, const char *body, long long now)
{
    static const long long OFF[] = {-WINDOW_S - 60, WINDOW_S + 60, -86400,
                                    -365 * 86400LL};
    long before = receipts_of(h);

    for (size_t i = 0; i < ARRAY_LEN(OFF); i++) {
        const char *headers = s->sign(now + OFF[i], id, body);

        accepted_replays += deliver(h, headers, body) != 401;
        headers = retimed(headers, now + OFF[i], now);
        accepted_replays += deliver(h, headers, body) != 401;
    }
    ck_assert_int_eq(receipts_of(h), before);
}

static void replay_one(const struct signer *s, const struct hook_source *h,
                       int round)
{
    const char *id = text("id-%u-%d", seed, round);
    const char *body = keep("%s%s%srp-%s-%s%s", s->body[0], id, s->body[1],
                            s->kind, id, s->body[2]);
    long long now = time(NULL), began = talk_ms();
    const char *first = keep("%s", s->sign(now, id, body));

    ck_assert_int_eq(deliver(h, first, body), 200);
    worst(talk_ms() - began);
    tally->acks++;
    ck_assert_int_eq(deliver(h, first, body), 200); /* byte for byte */
    ck_assert_int_eq(deliver(h, s->sign(now + 5, id, body), body), 200);
    if (s->is_timed)
        replay_late(s, h, id, body, now);
}

static void replayed_webhooks(void)
{
    struct hook_source h[ARRAY_LEN(SIGNERS)];

    stand_begin(NULL, stand_journal(), NULL);
    for (size_t i = 0; i < ARRAY_LEN(SIGNERS); i++)
        h[i] = hook_source_make(&stand, SIGNERS[i].kind, KEY, "", WINDOW_S);
    for (; tally->rounds < scaled(50); tally->rounds++)
        for (size_t i = 0; i < ARRAY_LEN(SIGNERS); i++)
            replay_one(&SIGNERS[i], &h[i], tally->rounds);
    tally->lost = tally->acks - sql_int("SELECT count(*) FROM lead");
    tally->doubled = sql_int("SELECT count(*) FROM touch") - tally->acks;
    note("%zu platforms; old, future and re-timed: 401, nothing kept; same id"
         " again: 200 without effect; accepted replays: %d",
         ARRAY_LEN(SIGNERS), accepted_replays);
    ck_assert_int_eq(accepted_replays, 0);
    ck_assert_int_eq(tally->lost, 0);
    ck_assert_int_eq(tally->doubled, 0);
    stand_end();
}

/* ---- row 31: forged ---- */

/* Where the digest is: the last 64 digits, or 44 characters, of a header. */
static char *digest_of(char *value)
{
    size_t n = strlen(value);
    char *hex = n >= 64 ? value + n - 64 : value;

    if (n >= 64 && strspn(hex, "0123456789abcdef") == 64)
        return hex;
    return n >= 44 ? value + n - 44 : value;
}

static void other_case(char *s)
{
    for (; *s; s++)
        if (*s >= 'a' && *s <= 'z')
            *s = (char)(*s - 32);
        else if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s + 32);
}

enum forgery { FLIPPED, SHORTER, HALF, LONGER, OTHER_CASE, EMPTY, FORGERIES };

static const char *forge(const char *value, enum forgery how)
{
    char *copy = strdup(value), *digest = digest_of(copy);
    size_t n = strlen(digest);
    const char *out;

    if (how == FLIPPED) {
        size_t at = (size_t)chance(0, 40);

        digest[at] = digest[at] == 'a' ? 'b' : 'a';
    } else if (how == SHORTER) {
        digest[n - 1] = '\0';
    } else if (how == HALF) {
        digest[n / 2] = '\0';
    } else if (how == OTHER_CASE) {
        other_case(digest);
    } else if (how == EMPTY) {
        *copy = '\0';
    }
    out = keep("%s%s", copy, how == LONGER ? "0" : "");
    free(copy);
    return out;
}

static long refused;

static void must_be_refused(const struct hook_source *h, const struct table *t,
                            size_t i, const char *headers, size_t most)
{
    struct reply r = hook_send(&stand, h, t, i, headers, most);

    /* a body cut in the midst is no JSON, where the key is inside of it */
    ck_assert_msg(r.status == 401 || (r.status == 400 && most != SIZE_MAX),
                  "%s %s: %d", h->kind, cell(t, i, "file"), r.status);
    refused++;
    reply_free(&r);
}

static void must_be_taken(const struct hook_source *h, const struct table *t,
                          size_t i)
{
    struct reply r = hook_send_file(&stand, h, t, i);

    ck_assert_msg(r.status == 200, "%s %s: %d", h->kind, cell(t, i, "file"),
                  r.status);
    tally->acks++;
    reply_free(&r);
}

static void forge_all(const struct hook_source *h, const struct table *t,
                      size_t i)
{
    bool in_body = strchr(cell(t, i, "header"), ' ') != NULL;
    size_t n;

    free(fixture_body(h->kind, cell(t, i, "file"), &n));
    must_be_refused(h, t, i, hook_headers(t, i, NULL), n - 1);
    must_be_refused(h, t, i, hook_headers(t, i, NULL), n / 2);
    for (int how = 0; how < FORGERIES && !in_body; how++)
        must_be_refused(
            h, t, i,
            hook_headers(t, i, forge(cell(t, i, "value"), (enum forgery)how)),
            SIZE_MAX);
}

static void rotate(const struct hook_source *h, const char *secret)
{
    EXPECT(call(stand.port, "PATCH", text("/v1/sources/%s", h->id), stand.admin,
                NULL, text("{\"secrets\": {\"secret\": \"%s\"}}", secret)),
           200);
}

/* Signed with the secret of before the last change, or of after it. */
static void forge_row(const char *platform, const struct table *t, size_t i)
{
    const char *secret = cell(t, i, "secret");
    const char *params = cell(t, i, "params");
    struct hook_source before =
        hook_source_make(&stand, platform, secret, params, 0);
    struct hook_source after =
        hook_source_make(&stand, platform, KEY, params, 0);
    long kept;

    must_be_refused(&after, t, i, hook_headers(t, i, NULL), SIZE_MAX);
    rotate(&before, KEY);
    rotate(&after, secret);
    kept = sql_int("SELECT count(*) FROM receipt");
    forge_all(&before, t, i);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), kept);
    must_be_taken(&before, t, i);
    must_be_taken(&after, t, i);
}

/* Rows of signatures.tsv that a platform posts and we take. */
static bool is_sample(const struct table *t, size_t i)
{
    return !strcmp(cell(t, i, "expect"), "accept") &&
           !strstr(cell(t, i, "file"), ".txt") &&
           strcmp(cell(t, i, "scheme"), "meta-sha1") != 0;
}

static void forged_signatures(void)
{
    stand_begin(NULL, stand_journal(), NULL);
    for (size_t p = 0; p < ARRAY_LEN(PLATFORMS); p++) {
        struct table t;
        size_t i = 1;

        table_read(&t, PLATFORMS[p], SIGNATURES);
        for (int n = 0; i < t.n && n < scaled(20); i++) {
            if (!is_sample(&t, i))
                continue;
            forge_row(PLATFORMS[p], &t, i);
            tally->rounds++;
            n++;
        }
        free(t.text);
    }
    note("%zu platforms; %ld forged, cut, in the other case or under another"
         " secret: all refused, nothing kept; either of two secrets: taken",
         ARRAY_LEN(PLATFORMS), refused);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt") - tally->acks, 0);
    stand_end();
}

const struct row ROWS_HOOKS[] = {
    {30, "replayed webhooks", 200, replayed_webhooks},
    {31, "forged webhook signatures", 200, forged_signatures},
    {0},
};
