#include "fault/history.h"

#include <check.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "lib/talk.h"

FILE *history_open(const char *path)
{
    FILE *f = fopen(path, "we");

    ck_assert_ptr_nonnull(f);
    return f;
}

void history_add(FILE *f, const char *key, int status, const char *receipt)
{
    fprintf(f, "%s\t%d\t%s\n", key, status, receipt);
}

static void run(PGconn *c, const char *sql)
{
    PGresult *res = PQexec(c, sql);

    ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK ||
                      PQresultStatus(res) == PGRES_TUPLES_OK,
                  "%s: %s", sql, PQerrorMessage(c));
    PQclear(res);
}

static long number(PGconn *c, const char *sql)
{
    PGresult *res = PQexec(c, sql);
    long n;

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s: %s", sql,
                  PQerrorMessage(c));
    n = atol(PQgetvalue(res, 0, 0));
    PQclear(res);
    return n;
}

static void copy_in(PGconn *c, const char *path)
{
    PGresult *res = PQexec(c, "COPY acked FROM STDIN");
    FILE *f = fopen(path, "re");
    char line[256];

    ck_assert_int_eq(PQresultStatus(res), PGRES_COPY_IN);
    ck_assert_ptr_nonnull(f);
    PQclear(res);
    while (fgets(line, sizeof(line), f))
        ck_assert_int_eq(PQputCopyData(c, line, (int)strlen(line)), 1);
    fclose(f);
    ck_assert_int_eq(PQputCopyEnd(c, NULL), 1);
    while ((res = PQgetResult(c)) != NULL) {
        ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK, "%s",
                      PQerrorMessage(c));
        PQclear(res);
    }
}

struct verdict history_judge(const char *path, const char *conninfo,
                             const char *prefix)
{
    PGconn *c = PQconnectdb(conninfo);
    struct verdict v;

    ck_assert_msg(PQstatus(c) == CONNECTION_OK, "%s", PQerrorMessage(c));
    run(c, "CREATE TEMP TABLE acked (key text, status int, receipt_id uuid)");
    copy_in(c, path);
    run(c, text("CREATE TEMP TABLE stored AS SELECT receipt_id, lead_id,"
                " convert_from(body, 'UTF8')::jsonb #>> '{contact,name}' AS"
                " key FROM receipt WHERE door = 'lead' AND"
                " convert_from(body, 'UTF8') LIKE '%%\"%s%%'",
                prefix));
    run(c, "ANALYZE");
    v.acked = number(c, "SELECT count(DISTINCT key) FROM acked");
    v.lost = number(c, "SELECT count(DISTINCT key) FROM acked WHERE NOT EXISTS"
                       " (SELECT FROM stored JOIN lead USING (lead_id)"
                       " WHERE stored.key = acked.key)");
    v.doubled =
        number(c, "SELECT (SELECT count(*) - count(DISTINCT key) FROM stored)"
                  " + (SELECT count(*) FROM lead WHERE NOT EXISTS (SELECT FROM"
                  " receipt r WHERE r.lead_id = lead.lead_id))");
    v.renamed = number(c, "SELECT count(*) FROM acked WHERE NOT EXISTS (SELECT"
                          " FROM stored s WHERE s.receipt_id ="
                          " acked.receipt_id)");
    PQfinish(c);
    return v;
}
