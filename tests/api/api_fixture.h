/**
 * @file api_fixture.h
 * A whole server in the test's process, over the private PostgreSQL, and a
 * client that speaks one request a connection.
 */
#ifndef LEADD_API_FIXTURE_H
#define LEADD_API_FIXTURE_H

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/openapi_check.h"
#include "../store/seed.h"
#include "../unit/unit.h"
#include "api/api.h"
#include "auth/keys.h"
#include "base/clock.h"
#include "base/str.h"

#define REP_ID "00000000-0000-7000-8000-000000000001"

static struct {
    struct arena *mem;
    struct pg *pg;
    struct flow *flow;
    struct api *api;
    char sales[KEY_TEXT_BYTES], marketing[KEY_TEXT_BYTES];
    char foreign[KEY_TEXT_BYTES];
    json_t *kept[4096]; /* answers, freed with the server */
    size_t n_kept;
} srv;

struct answer {
    int status;
    char *head, *body;
    json_t *json; /* NULL when it is none */
};

static void srv_key(int64_t workspace, enum key_role role, const char *rep,
                    char text[KEY_TEXT_BYTES])
{
    struct auth_key key;
    char id[UUID_TEXT_BYTES], hash[2 * SHA256_BYTES + 1];

    key_make(workspace, role, "", clock_now_ms(), text, &key);
    pg_fixture_sql(
        srv.pg,
        arena_printf(srv.mem,
                     "INSERT INTO api_key (workspace_id, key_id, role,"
                     " rep_id, label, hash, created_at) VALUES (%lld, '%s',"
                     " '%s', %s%s%s, 't', '\\x%s', now())",
                     (long long)workspace, uuid_format(&key.key_id, id),
                     key_role_text(role), rep ? "'" : "", rep ? rep : "NULL",
                     rep ? "'" : "", hex_encode(key.hash, SHA256_BYTES, hash)));
}

static void srv_model(void)
{
    json_t *doc = json_load_file("config/default-v1.json", 0, NULL);
    char *text = json_dumps(doc, JSON_COMPACT);

    ck_assert_ptr_nonnull(text);
    pg_fixture_sql(
        srv.pg, arena_printf(srv.mem,
                             "INSERT INTO model (workspace_id, version, doc,"
                             " created_at) SELECT workspace_id, 'default-v1',"
                             " $doc$%s$doc$, now() FROM workspace;"
                             "UPDATE workspace SET active_model ="
                             " 'default-v1'",
                             text));
    free(text);
    json_decref(doc);
}

/** Workspaces 1 and 2, a rep, keys; @a rows: more, before the server reads. */
__attribute__((unused)) static void srv_start(const char *rows)
{
    struct flow_config fc = {.pg = {.conninfo = pg_fixture(),
                                    .connect_ms = 5000,
                                    .statement_ms = 10000,
                                    .prepare = true},
                             .writers = 2,
                             .readers = 2,
                             .queue_max = 1000,
                             .batch_max = 100,
                             .reads_max = 1000,
                             .work_ms = 5000,
                             .lease_ms = 900000,
                             .respond_ms = 300000,
                             .pepper = ""};
    struct api_config ac = {.http = {.host = "127.0.0.1"},
                            .body_max = 1 << 18,
                            .batch_body_max = 1 << 21,
                            .park_ms = 5000,
                            .base_url = "http://x"};

    srv.mem = UNIT_ARENA();
    srv.pg = seed_connect();
    srv_model();
    pg_fixture_sql(srv.pg, "INSERT INTO rep (workspace_id, rep_id, name,"
                           " created_at) VALUES (1, '" REP_ID "', 'r', now())");
    srv_key(1, ROLE_SALES, REP_ID, srv.sales);
    srv_key(1, ROLE_MARKETING, NULL, srv.marketing);
    srv_key(2, ROLE_MARKETING, NULL, srv.foreign);
    if (rows)
        pg_fixture_sql(srv.pg, rows);
    ck_assert_int_eq(flow_start(&fc, &srv.flow), ERR_OK);
    ck_assert_int_eq(api_start(&ac, srv.flow, &srv.api), ERR_OK);
}

__attribute__((unused)) static void srv_stop(void)
{
    api_stop(srv.api, 2000);
    flow_stop(srv.flow);
    pg_free(srv.pg);
    arena_free(srv.mem);
    while (srv.n_kept)
        json_decref(srv.kept[--srv.n_kept]);
}

static int srv_dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(api_port(srv.api)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int srv_send(const char *key, const char *method, const char *path,
                    const char *headers, const char *body)
{
    const char *text = arena_printf(
        srv.mem,
        "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
        "Connection: close\r\n%s%s%s\r\n%s",
        method, path, key, headers ? headers : "",
        body ? "Content-Type: application/json\r\n" : "",
        body ? arena_printf(srv.mem, "Content-Length: %zu\r\n", strlen(body))
             : "",
        body ? body : "");
    int fd = srv_dial();

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}

static struct answer srv_take(int fd)
{
    struct answer a = {.status = 0};
    struct buf all = BUF_INIT;
    char piece[4096], *end;
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) > 0)
        (void)buf_add(&all, piece, (size_t)n);
    close(fd);
    ck_assert_uint_gt(all.len, 12);
    a.head = arena_strdup(srv.mem, all.ptr);
    buf_release(&all);
    a.status = atoi(a.head + 9);
    end = strstr(a.head, "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    a.body = end + 4;
    *end = '\0';
    a.json = json_loads(a.body, 0, NULL);
    ck_assert_uint_lt(srv.n_kept, ARRAY_LEN(srv.kept));
    srv.kept[srv.n_kept++] = a.json;
    return a;
}

/** The answer, which must be one that openapi.yaml promises. */
static struct answer srv_checked(const char *method, const char *path,
                                 struct answer a)
{
    const char *type = NULL;
    char why[1024];

    for (char *p = strstr(a.head, "\r\n"); p && !type;
         p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, "Content-Type:", 13) == 0)
            type = arena_strndup(srv.mem, p + 16, strcspn(p + 16, "\r"));
    if (!openapi_check(method, path, a.status, type, a.body, why, sizeof(why)))
        ck_abort_msg("openapi.yaml: %s\n%.2000s", why, a.body);
    return a;
}

__attribute__((unused)) static struct answer
srv_get(const char *key, const char *path, const char *headers)
{
    return srv_checked("GET", path,
                       srv_take(srv_send(key, "GET", path, headers, NULL)));
}

__attribute__((unused)) static struct answer
srv_post(const char *key, const char *path, const char *body)
{
    return srv_checked("POST", path,
                       srv_take(srv_send(key, "POST", path, NULL, body)));
}

/** A header's value, in the arena; NULL when absent. */
__attribute__((unused)) static const char *srv_header(const struct answer *a,
                                                      const char *name)
{
    for (char *p = strstr(a->head, "\r\n"); p; p = strstr(p, "\r\n")) {
        size_t n = strlen(name);

        p += 2;
        if (strncasecmp(p, name, n) == 0 && p[n] == ':')
            return arena_strndup(srv.mem, p + n + 2,
                                 strcspn(p + n + 2, "\r\n"));
    }
    return NULL;
}

#endif
