#include "store/write_audit.h"

STORE_STMT(AUDIT_ADD, .name = "audit_add", .nparams = 7,
           .sql = "INSERT INTO audit (workspace_id, audit_id, happened_at,"
                  " actor, action, object, detail)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)"
                  " ON CONFLICT (workspace_id, audit_id)"
                  " DO UPDATE SET detail = excluded.detail");

enum err write_audit(struct pg *pg, struct arena *mem,
                     const struct audit_row *row)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, row->workspace_id);
    pg_uuid(&p, &row->audit_id);
    pg_time(&p, row->now_ms);
    pg_text(&p, row->actor);
    pg_text(&p, row->action);
    pg_text(&p, row->object);
    pg_text(&p, row->detail);
    return pg_run(pg, &AUDIT_ADD, &p, NULL);
}
