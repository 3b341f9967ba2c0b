#include "store/read_timeline.h"

#include <string.h>

#include "base/clock.h"

#define UTC_TEXT(column)                                                       \
    "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS"     \
    "\"Z\"')"

#define OF_LEAD(table)                                                         \
    " FROM " table " t WHERE t.workspace_id = $1 AND t.lead_id = $2"

STORE_STMT(LEAD_EXISTS, .name = "timeline_lead", .nparams = 2,
           .sql = "SELECT 1 AS there FROM lead WHERE workspace_id = $1"
                  " AND lead_id = $2");

/* Every branch is a look-up by key: a receipt is found by the rows it left,
   since nothing else says whose it is. */
/* clang-format cannot lay out literals with macros among them */
/* clang-format off */
#define MERGE_MOMENT(kind, what, note, side)                                   \
    " UNION ALL SELECT " kind ", t." what "_at, t.merge_id::text,"             \
    " jsonb_build_object('kept_lead_id', t.kept_id, 'merged_lead_id',"         \
    " t.gone_id, 'review_id', t.review_id, 'by', t." what "_by, " note ")"     \
    " FROM merge t WHERE t.workspace_id = $1 AND t." side "_id = $2"           \
    " AND t." what "_at IS NOT NULL"

STORE_STMT(TIMELINE, .name = "timeline", .nparams = 6, .sql =
    "SELECT m.kind, m.at, m.id, m.doc FROM ("
    "SELECT 0 AS kind, t.received_at AS at, t.receipt_id::text AS id,"
    " jsonb_build_object('door', t.door, 'status', t.status) AS doc"
    " FROM (SELECT receipt_id" OF_LEAD("touch")
    " UNION SELECT receipt_id" OF_LEAD("fact")
    " UNION SELECT receipt_id" OF_LEAD("consent")
    " UNION SELECT receipt_id" OF_LEAD("mention")
    " UNION SELECT receipt_id" OF_LEAD("event")
    " AND t.receipt_id IS NOT NULL) r"
    " JOIN receipt t ON t.workspace_id = $1 AND t.receipt_id = r.receipt_id"
    " UNION ALL SELECT 1, t.touched_at, t.receipt_id::text,"
    " jsonb_build_object('source', t.source, 'touch', t.touch)"
    OF_LEAD("touch")
    " UNION ALL SELECT 2, t.stated_at, t.receipt_id::text,"
    " jsonb_build_object('facts', t.facts, 'stated_by', (ARRAY["
    "'self_declared', 'platform', 'system', 'sales'])[t.source_class])"
    OF_LEAD("fact")
    " UNION ALL SELECT 3, t.stated_at, t.receipt_id::text || '.'"
    " || lpad(t.n::text, 5, '0'), jsonb_build_object('purpose', t.purpose,"
    " 'channel', t.channel, 'status', t.status, 'wording', t.wording,"
    " 'method', t.method, 'evidence', t.evidence, 'receipt_id', t.receipt_id)"
    OF_LEAD("consent")
    " UNION ALL SELECT 4, t.occurred_at, t.event_id::text,"
    " jsonb_strip_nulls(jsonb_build_object('type', t.type, 'value', t.value,"
    " 'duration_s', t.duration_s, 'machine', t.machine, 'session',"
    " t.session, 'channel', t.channel, 'visitor', t.visitor, 'person',"
    " t.person, 'detail', t.detail))"
    OF_LEAD("event")
    " UNION ALL SELECT 5, t.hopped_at, lpad(t.hop_no::text, 10, '0'),"
    " jsonb_build_object('hop_no', t.hop_no, 'from',"
    " coalesce(t.from_stage, 'new'), 'to', t.to_stage, 'actor', t.actor,"
    " 'actor_id', t.actor_id, 'reason', t.reason, 'grade', t.grade,"
    " 'model_version', t.model_version)"
    OF_LEAD("hop")
    " UNION ALL SELECT 6, t.claimed_at, t.claim_id::text,"
    " jsonb_build_object('rep_id', t.rep_id, 'state', t.state, 'score',"
    " t.score, 'grade', t.grade, 'reason', t.reason,"
    " 'accepted_at', " UTC_TEXT("t.accepted_at") ","
    " 'first_response_at', " UTC_TEXT("t.first_response_at") ","
    " 'ended_at', " UTC_TEXT("t.ended_at") ")"
    OF_LEAD("claim")
    " UNION ALL SELECT 7, t.happened_at, t.activity_id::text,"
    " jsonb_build_object('claim_id', t.claim_id, 'rep_id', t.rep_id,"
    " 'activity', t.kind, 'duration_s', t.duration_s, 'result', t.result)"
    OF_LEAD("activity")
    " UNION ALL SELECT 8, t.decided_at, t.claim_id::text,"
    " jsonb_build_object('claim_id', t.claim_id, 'result', t.result,"
    " 'amount', t.amount, 'currency', t.currency, 'reason', t.reason)"
    OF_LEAD("outcome")
    " UNION ALL SELECT 9, d.checked_at, d.domain,"
    " jsonb_build_object('domain', d.domain, 'result', d.result)"
    " FROM (SELECT DISTINCT substring(i->>'value' from '[^@]*$') AS domain"
    " FROM lead t CROSS JOIN LATERAL jsonb_array_elements(t.identifiers) i"
    " WHERE t.workspace_id = $1 AND t.lead_id = $2 AND i->>'kind' = 'email') m"
    " JOIN mail_domain d ON d.workspace_id = $1 AND d.domain = m.domain"
    " WHERE d.checked_at IS NOT NULL"
    MERGE_MOMENT("10", "merged", "'note', t.note", "kept")
    MERGE_MOMENT("10", "merged", "'note', t.note", "gone")
    MERGE_MOMENT("11", "undone", "'note', NULL", "kept")
    MERGE_MOMENT("11", "undone", "'note', NULL", "gone")
    ") m WHERE $3::timestamptz IS NULL"
    " OR (date_trunc('milliseconds', m.at), m.kind, m.id COLLATE \"C\")"
    " > ($3, $4::integer, $5::text)"
    " ORDER BY date_trunc('milliseconds', m.at), m.kind, m.id COLLATE \"C\""
    " LIMIT $6::integer");
/* clang-format on */

const char *moment_kind_text(enum moment_kind kind)
{
    static const char *const TEXTS[MOMENT_KINDS] = {
        "receipt", "touch",       "facts", "consent",
        "event",   "hop",         "claim", "activity",
        "outcome", "email_check", "merge", "merge_undone"};

    return TEXTS[kind];
}

static void take(const PGresult *res, struct arena *mem, int limit,
                 struct timeline_page *out)
{
    int n = PQntuples(res);

    out->more = n > limit;
    out->n = (size_t)MIN(n, limit);
    out->moments = arena_array(mem, out->n + 1, sizeof(*out->moments));
    for (int row = 0; row < (int)out->n; row++) {
        struct moment *m = &out->moments[row];

        m->kind = (enum moment_kind)pg_get_i64(res, row, pg_col(res, "kind"));
        m->at_ms = pg_get_time(res, row, pg_col(res, "at"));
        m->id = pg_get_text(res, row, pg_col(res, "id"), mem);
        m->json = pg_get_text(res, row, pg_col(res, "doc"), mem);
    }
}

enum err read_timeline(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *lead_id,
                       const struct moment_place *after, int limit,
                       struct timeline_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, lead_id);
    e = pg_run(pg, &LEAD_EXISTS, &p, &res);
    if (e == ERR_OK && !PQntuples(res))
        e = ERR_NOT_FOUND;
    PQclear(res);
    if (e != ERR_OK)
        return e;
    res = NULL;
    pg_time(&p, after ? after->at_ms : 0);
    pg_i32(&p, after ? after->kind : 0);
    pg_text(&p, after ? after->id : "");
    pg_i32(&p, limit + 1);
    e = pg_run(pg, &TIMELINE, &p, &res);
    if (e == ERR_OK)
        take(res, mem, limit, out);
    PQclear(res);
    return e;
}
