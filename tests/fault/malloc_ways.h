/**
 * @file malloc_ways.h
 * What test_malloc asks of each route, so that the handler does its work: a
 * body that is taken, and something there to work on.  What a request uses up
 * is made anew before each try, while nothing is refused.
 */
#ifndef LEADD_TESTS_MALLOC_WAYS_H
#define LEADD_TESTS_MALLOC_WAYS_H

#include "api/app.h"
#include "api/claims_fixture.h"
#include "api/merges_fixture.h"

/* What the paths and bodies name. */
static const char *lead, *source, *receipt, *import, *fetch, *held_claim;
static const char *getting_key, *hook_key; /* of sources */
static char *model; /* the members of one, but for its version */
/* Made before each try: what the path names, and what its body names. */
static const char *target, *other;

/* ---- made before a try ---- */

static void new_target(void)
{
    target = new_lead(address(), "");
}

static void hot_target(void)
{
    target = hot_lead();
}

static void claim_target(void)
{
    target = claimed(srv.sales, hot_lead());
}

static void accepted_target(void)
{
    claim_target();
    EXPECT(act(srv.sales, target, "accept", "{}"), 200);
}

static void take_text(const char **out, const char *sql)
{
    char *s = sql_text(sql);

    ck_assert_msg(s != NULL, "nothing found by %s", sql);
    *out = keep("%s", s);
    free(s);
}

static void review_target(void)
{
    const char *phone = fresh_phone(), *email = address();

    other = phone_lead(phone, "");
    (void)new_lead(email, "");
    EXPECT(both(phone, email), 200);
    take_text(&target, text("SELECT review_id FROM review WHERE '%s' IN"
                            " (lead_id, other_lead_id)",
                            other));
}

static void merge_target(void)
{
    const struct reply *r;

    review_target();
    r = merge(target, other);
    EXPECT(r, 201);
    target = keep("%s", reply_text(r, "/id"));
}

static void held_target(void)
{
    const struct reply *r = call(
        srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL, FORM_TYPE,
        text("name=Held&email=%s%%40mail.example&website=spam", fresh("h")));

    EXPECT(r, 201);
    target = keep("%s", reply_text(r, "/receipt_id"));
}

/* Nobody reads it just now. */
static void fetch_target(void)
{
    target = fetch;
    sql_run("UPDATE fetch_queue SET state = 'dead'");
}

static const char *new_source(const char *kind, const char *name,
                              const char *more)
{
    const struct reply *r = post(srv.admin, "/v1/sources",
                                 text("{\"kind\": \"%s\", \"name\": \"%s\"%s}",
                                      kind, fresh(name), more));

    EXPECT(r, 201);
    source = keep("%s", reply_text(r, "/id"));
    return keep("%s", reply_text(r, "/source_key"));
}

static void source_target(void)
{
    const char *kept = source;

    (void)new_source("form", "calm", "");
    target = source;
    source = kept;
}

/* ---- what is asked of each route ---- */

static const struct way {
    const char *method, *path;
    const char *body; /* NULL: "{}", where there is one */
    const char *args; /* behind the path, or NULL */
    void (*before)(void);
    bool acks;         /* 2xx says that "@word@gmail.com" is stored */
    const char *makes; /* settings, forgotten by name; or NULL */
} WAYS[] = {
    {"POST", "/v1/forms/{form_key}", .body = "{\"email\": \"@word@gmail.com\"}",
     .acks = true},
    {"GET", "/v1/forms/{form_key}", .args = "?email=@word%40gmail.com"},
    {"POST", "/v1/forms/{form_key}/visits",
     .body =
         "{\"visitor_id\": \"@word\", \"consent\": true, \"views\": [{\"url\":"
         " \"https://a.vn/x\"}]}"},
    {"POST", "/v1/hooks/{platform}/{source_key}",
     .body =
         "{\"id\": \"@word\", \"contact\": {\"email\": \"@word@gmail.com\"}}",
     .acks = true},
    {"POST", "/v1/leads",
     .body = "{\"contact\": {\"email\": \"@word@gmail.com\"}}", .acks = true},
    {"PATCH", "/v1/leads/{id}", .body = "{\"contact\": {\"name\": \"@word\"}}"},
    {"POST", "/v1/leads/{id}/events",
     .body = "{\"events\": [{\"type\": \"page_view\", \"id\": \"@word\","
             " \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/events",
     .body = "{\"events\": [{\"lead_id\": \"@lead\", \"type\": \"page_view\", "
             "\"id\":"
             " \"@word\", \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/leads/{id}/stage",
     .body = "{\"to\": \"disqualified\", \"reason\": \"spam\"}",
     .before = new_target},
    {"POST", "/v1/score",
     .body = "{\"as_of\": \"2026-06-15T00:00:00Z\", \"facts\": {}, \"events\": "
             "[{\"type\":"
             " \"demo_request\", \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/leads/{id}/claim", .before = hot_target},
    {"POST", "/v1/claims", .body = "{\"count\": 1}", .before = hot_target},
    {"POST", "/v1/claims/{id}/accept", .before = claim_target},
    {"POST", "/v1/claims/{id}/release", .body = "{\"reason\": \"busy\"}",
     .before = claim_target},
    {"POST", "/v1/claims/{id}/reject", .body = "{\"reason\": \"other\"}",
     .before = claim_target},
    {"POST", "/v1/claims/{id}/extend", .before = claim_target},
    {"POST", "/v1/claims/{id}/activities", .body = "{\"kind\": \"call\"}"},
    {"POST", "/v1/claims/{id}/outcome",
     .body = "{\"result\": \"won\", \"amount\": 100, \"currency\": \"VND\"}",
     .before = accepted_target},
    {"POST", "/v1/imports",
     .body = "{\"contact\": {\"email\": \"@word@gmail.com\"}}\n",
     .args = "?source=list"},
    {"POST", "/v1/sources",
     .body =
         "{\"kind\": \"form\", \"name\": \"@word\", \"origin\": \"marketing\"}",
     .makes = "source WHERE name"},
    {"PATCH", "/v1/sources/{id}", .body = "{\"name\": \"kept-@word\"}"},
    {"DELETE", "/v1/sources/{id}", .before = source_target,
     .makes = "source WHERE name"},
    {"POST", "/v1/sources/{id}/try",
     .body = "{\"email\": \"@word@gmail.com\"}"},
    {"POST", "/v1/sources/{id}/reconcile", .body = "{\"ids\": [\"1\"]}"},
    {"POST", "/v1/fetches/{id}/retry", .before = fetch_target},
    {"GET", "/v1/leads", .args = "?limit=20"},
    /* not of all the leads the tries make */
    {"GET", "/v1/exports", .args = "?source=exported"},
    {"POST", "/v1/spend",
     .body = "{\"source\": \"list\", \"day\": \"2026-06-01\", \"amount\": 1000,"
             " \"currency\": \"VND\"}"},
    {"POST", "/v1/reviews/{id}", .body = "{\"decision\": \"dismiss\"}",
     .before = review_target},
    {"POST", "/v1/reviews/{id}/merge", .body = "{\"keep\": \"@other\"}",
     .before = review_target},
    {"POST", "/v1/reviews/{id}/dismiss", .before = review_target},
    {"POST", "/v1/merges/{id}/undo", .before = merge_target},
    {"POST", "/v1/quarantine/release", .body = "{\"ids\": [\"@target\"]}",
     .before = held_target},
    {"POST", "/v1/quarantine/purge", .body = "{\"ids\": [\"@target\"]}",
     .before = held_target},
    {"POST", "/v1/models", .body = "{\"version\": \"@word\", @model",
     .makes = "model WHERE version"},
    {"POST", "/v1/models/simulate",
     .body = "{\"leads\": 3, \"model\": {\"version\": \"@word\", @model}"},
};

static const struct way *way_of(const struct http_route *r)
{
    static const struct way PLAIN = {.method = NULL};

    for (size_t i = 0; i < ARRAY_LEN(WAYS); i++)
        if (!strcmp(WAYS[i].method, http_method_name(r->method)) &&
            !strcmp(WAYS[i].path, r->path))
            return &WAYS[i];
    return &PLAIN;
}

/* What stands for something else in a path or a body; a model holds none. */
static const char *fill(const char *from, const char *word)
{
    const struct {
        const char *name, *value;
    } WORDS[] = {{"@word", word},
                 {"@lead", lead},
                 {"@target", target},
                 {"@other", other},
                 {"@model", model}};
    static char out[16384];
    size_t n = 0;

    while (*from && n + 1 < sizeof(out)) {
        const char *put = NULL;

        for (size_t i = 0; !put && i < ARRAY_LEN(WORDS); i++)
            if (!strncmp(from, WORDS[i].name, strlen(WORDS[i].name))) {
                put = WORDS[i].value;
                from += strlen(WORDS[i].name);
            }
        if (put)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s", put);
        else
            out[n++] = *from++;
    }
    ck_assert_uint_lt(n, sizeof(out));
    out[n] = '\0';
    return out;
}

static const char *way_body(const struct http_route *r, const char *word)
{
    const char *body = way_of(r)->body;

    if (r->method != HTTP_POST && r->method != HTTP_PATCH)
        return "";
    return fill(body ? body : "{}", word);
}

static const char *id_in(const struct http_route *r)
{
    static const struct {
        const char *part, *const *id;
    } IDS[] = {{"/sources/", &source},    {"/receipts/", &receipt},
               {"/imports/", &import},    {"/fetches/", &fetch},
               {"/claims/", &held_claim}, {"/leads/", &lead}};

    if (way_of(r)->before)
        return target;
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++)
        if (strstr(r->path, IDS[i].part))
            return *IDS[i].id;
    ck_abort_msg("what is the id of %s?", r->path);
    return NULL;
}

static const char *value_of(const char *open, const struct http_route *r)
{
    if (!strncmp(open, "{form_key}", 10))
        return r->method == HTTP_GET && !open[10] ? getting_key : srv.form_key;
    if (!strncmp(open, "{source_key}", 12))
        return hook_key;
    if (!strncmp(open, "{platform}", 10))
        return "generic";
    return strncmp(open, "{version}", 9) ? id_in(r) : "default-v1";
}

static const char *way_path(const struct http_route *r, const char *word)
{
    const char *args = way_of(r)->args;
    static char out[512];
    size_t n = 0;

    for (const char *p = r->path; *p;) {
        if (*p != '{') {
            out[n++] = *p++;
            continue;
        }
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s", value_of(p, r));
        p = strchr(p, '}') + 1;
    }
    snprintf(out + n, sizeof(out) - n, "%s", args ? fill(args, word) : "");
    return out;
}

/* ---- what is there for all ---- */

static void read_model(void)
{
    json_t *doc = json_load_file("config/default-v1.json", 0, NULL);
    char *all;

    ck_assert_int_eq(json_object_del(doc, "version"), 0);
    all = json_dumps(doc, 0);
    model = strdup(all + 1);
    free(all);
    json_decref(doc);
}

static void ways_begin(void)
{
    const struct reply *r;

    sql_run("UPDATE rep SET capacity = 1000000");
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}}", address()));
    EXPECT(r, 201);
    receipt = keep("%s", reply_text(r, "/receipt_id"));
    lead = keep("%s", reply_text(r, "/lead/id"));
    for (int i = 0; i < 3; i++)
        EXPECT(post(srv.intake, "/v1/leads",
                    text("{\"contact\": {\"email\": \"%s\"}, \"source\":"
                         " \"exported\"}",
                         address())),
               201);
    r = call(srv.port, "POST", "/v1/imports?source=list", srv.marketing,
             "Content-Type: application/x-ndjson\r\n", "{\"contact\": 1}\n");
    EXPECT(r, 201);
    import = keep("%s", reply_text(r, "/id"));
    held_claim = claimed(srv.sales, hot_lead());
    getting_key =
        new_source("form", "kept", ", \"mapping\": {\"allow_get\": true}");
    hook_key = new_source("generic", "kept", "");
    (void)new_source("meta", "kept", ", \"secrets\": {\"app_secret\": \"s\"}");
    sql_run(text("INSERT INTO fetch_queue (workspace_id, fetch_id, platform,"
                 " source_id, external_id, page_id, state, last_error,"
                 " created_at, updated_at) VALUES (1, gen_random_uuid(),"
                 " 'meta', '%s', '77', '5', 'dead', 'asked', now(), now());"
                 "INSERT INTO fetch_page (workspace_id, source_id, page_id,"
                 " reason, updated_at) VALUES (1, '%s', '5', 'asked', now())",
                 source, source));
    take_text(&fetch, "SELECT fetch_id FROM fetch_queue");
    (void)new_source("form", "kept", "");
    read_model();
}

#endif
