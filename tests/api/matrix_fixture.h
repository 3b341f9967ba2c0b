/**
 * @file matrix_fixture.h
 * A server with one row of everything that a path can name, keys of every
 * role in two workspaces, and a path and a body for each route of the table.
 */
#ifndef LEADD_TESTS_MATRIX_FIXTURE_H
#define LEADD_TESTS_MATRIX_FIXTURE_H

#include "api_fixture.h"

#include "api/app.h"

#define GONE_KEYS 4

/* One row of everything that a path can name, all in workspace 1. */
static const char ROWS[] =
    "SELECT mk_lead(1, 1, '2026-06-01T00:00Z', '{\"stage\": \"sql\","
    " \"sql_at\": \"2026-06-01T00:00Z\", \"name\": \"PLANTED\"}');"
    "SELECT mk_hop(1, lead_id, 1, 'new', 'iql', 'system', created_at)"
    " FROM lead;"
    "INSERT INTO identifier SELECT 1, 1, '+84395678945', lead_id FROM lead;"
    "INSERT INTO event (workspace_id, lead_id, event_id, type, occurred_at)"
    " SELECT 1, lead_id, lead_id, 'demo_request', created_at FROM lead;"
    "INSERT INTO ready (workspace_id, lead_id, rank, score, created_at,"
    " stage, facts_version, grade) SELECT 1, lead_id, rank, score,"
    " created_at, stage, 0, grade FROM lead;"
    "INSERT INTO review (workspace_id, review_id, kind, lead_id,"
    " other_lead_id, receipt_id, detail, created_at) SELECT 1, lead_id,"
    " 'identifier', lead_id, lead_id, lead_id, '{}', now() FROM lead;"
    "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state, live,"
    " claimed_at, expires_at, score, grade, snapshot) SELECT 1, lead_id,"
    " lead_id, '" REP_ID "', 'claimed', true, now(), now() + interval '1 day',"
    " 0, 'B3', '{}' FROM lead;"
    "INSERT INTO source (workspace_id, source_id, kind, name, source_key,"
    " created_at, updated_at) SELECT 1, lead_id, 'form', 'PLANTED', "
    "'1.planted',"
    " now(), now() FROM lead;"
    "INSERT INTO model SELECT 1, 'planted-v1', doc, now() FROM model WHERE"
    " workspace_id = 1;"
    "INSERT INTO rep (workspace_id, rep_id, name, created_at) VALUES (2,"
    " '" REP_ID "', 'r2', now())";

static char own[4][KEY_TEXT_BYTES], other[4][KEY_TEXT_BYTES];
static const char *bad[GONE_KEYS];
static const char *lead_id;

__attribute__((unused)) static const char *role_name(unsigned i)
{
    return key_role_text((enum key_role)(1u << i));
}

/* A key that was one: made, then ended by SQL before the server reads. */
__attribute__((unused)) static const char *ended(const char *column)
{
    char *text = arena_alloc(srv.mem, KEY_TEXT_BYTES);
    struct key_parts parts;
    char id[UUID_TEXT_BYTES];

    srv_key(1, ROLE_ADMIN, NULL, text);
    ck_assert(key_parse(text, &parts));
    pg_fixture_sql(srv.pg,
                   arena_printf(srv.mem,
                                "UPDATE api_key SET %s = now() - interval"
                                " '1 minute' WHERE workspace_id = 1 AND"
                                " key_id = '%s'",
                                column, uuid_format(&parts.key_id, id)));
    return text;
}

__attribute__((unused)) static const char *tampered(const char *key)
{
    char *text = arena_strdup(srv.mem, key);
    size_t n = strlen(text);

    text[n - 10] = text[n - 10] == 'A' ? 'B' : 'A';
    return text;
}

__attribute__((unused)) static void more_keys(void)
{
    for (unsigned i = 0; i < 4; i++) {
        enum key_role role = (enum key_role)(1u << i);
        const char *rep = role == ROLE_SALES ? REP_ID : NULL;

        srv_key(1, role, rep, own[i]);
        srv_key(2, role, rep, other[i]);
    }
    bad[0] = "garbage";
    bad[1] = tampered(own[3]);
    bad[2] = ended("expires_at");
    bad[3] = ended("revoked_at");
}

__attribute__((unused)) static void setup(void)
{
    char *id;

    srv_start(ROWS);
    more_keys();
    ck_assert_int_eq(flow_reload(srv.flow), ERR_OK);
    id = sql_text("SELECT lead_id FROM lead");
    ck_assert_ptr_nonnull(id);
    lead_id = arena_strdup(srv.mem, id);
    free(id);
}

__attribute__((unused)) static bool has_id(const struct http_route *r)
{
    return strstr(r->path, "{id}") || strstr(r->path, "{version}");
}

/* The route's path with something in each parameter. */
__attribute__((unused)) static const char *path_of(const struct http_route *r)
{
    const char *out = "", *p = r->path, *open;

    while ((open = strchr(p, '{'))) {
        const char *close = strchr(open, '}') + 1;
        const char *value = str_starts(open, "{id}")        ? lead_id
                            : str_starts(open, "{version}") ? "planted-v1"
                                                            : "1.nobody";

        out = arena_printf(srv.mem, "%s%.*s%s", out, (int)(open - p), p, value);
        p = close;
    }
    return arena_printf(srv.mem, "%s%s", out, p);
}

__attribute__((unused)) static const char *body_of(const struct http_route *r)
{
    return r->max_body_bytes || r->method == HTTP_POST ? "{}" : NULL;
}

/* Only the head counts, so a stream may go on. @param key NULL: none at all */
__attribute__((unused)) static int ask(const char *key, const char *method,
                                       const char *path, const char *body)
{
    char head[16] = "";
    int fd = srv_send(key ? key : "", method, path, NULL, body);
    size_t n = 0;
    ssize_t got;

    while (n < 12 && (got = read(fd, head + n, 12 - n)) > 0)
        n += (size_t)got;
    close(fd);
    ck_assert_msg(n == 12, "%s %s: no answer", method, path);
    return atoi(head + 9);
}

__attribute__((unused)) static int ask_without_key(const char *method,
                                                   const char *path)
{
    const char *text = arena_printf(
        srv.mem, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
        method, path, str_eq(method, "POST") ? "Content-Length: 0\r\n" : "");
    int fd = srv_dial();

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return srv_take(fd).status;
}

__attribute__((unused)) static bool is_open(const struct http_route *r)
{
    return (r->flags & (ROUTE_PUBLIC | ROUTE_OPS)) != 0;
}

__attribute__((unused)) static const char *
role_key(char keys[4][KEY_TEXT_BYTES], const struct http_route *r)
{
    for (unsigned k = 0; k < 4; k++)
        if (r->flags & 1u << k && 1u << k != ROLE_INTAKE)
            return keys[k];
    return keys[0];
}

#endif
