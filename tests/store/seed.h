/**
 * @file seed.h
 * Rows written by plain SQL: a lead with every column filled that must be,
 * and any other given as JSON.
 */
#ifndef LEADD_TESTS_SEED_H
#define LEADD_TESTS_SEED_H

#include "pg_fixture.h"

/* lead_id_at('2026-06-01T10:00Z', 7): the id a lead of that time would have.
   mk_lead(workspace, n, time, '{"stage": "mql", ...}') */
static const char SEED_SQL[] =
    "CREATE OR REPLACE FUNCTION lead_id_at(t timestamptz, n integer)"
    " RETURNS uuid LANGUAGE sql AS $$ SELECT (lpad(to_hex((extract(epoch FROM"
    " t) * 1000)::bigint), 12, '0') || '7000' || '8000' ||"
    " lpad(to_hex(n), 12, '0'))::uuid $$;"
    "CREATE OR REPLACE FUNCTION mk_lead(ws bigint, n integer, t timestamptz,"
    " more jsonb DEFAULT '{}') RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO lead SELECT * FROM jsonb_populate_record(NULL::lead,"
    " jsonb_build_object('workspace_id', ws, 'lead_id', lead_id_at(t, n),"
    " 'version', 1, 'stage', 'iql', 'stage_at', t, 'stage_grade', 'B3',"
    " 'hop_no', 1, 'score', 0, 'raw', 0, 'authority', 0, 'need', 0,"
    " 'ability_to_pay', 0, 'engagement', 0, 'challenge', 0, 'potential', 0,"
    " 'consideration', 0, 'quality', 'medium', 'temperature', 'cold',"
    " 'grade', 'B3', 'rank', 6, 'hot_lead', false, 'cooling', false, 'held',"
    " false, 'origin', 'marketing', 'source', 'web', 'channel', 'fb',"
    " 'campaign', '', 'identifiers', '[]'::jsonb, 'facts_version', 0,"
    " 'consented', false, 'model_version', 'default-v1', 'scored_at', t,"
    " 'created_at', t, 'updated_at', t, 'test', false) || more);"
    " RETURN lead_id_at(t, n); END $$;"
    "CREATE OR REPLACE FUNCTION mk_hop(ws bigint, id uuid, no integer,"
    " f text, s text, who text, t timestamptz, g text DEFAULT 'B3')"
    " RETURNS void LANGUAGE sql AS $$ INSERT INTO hop (workspace_id, lead_id,"
    " hop_no, from_stage, to_stage, actor, hopped_at, grade, model_version,"
    " stay_ms) SELECT ws, id, no, f, s, who, t, g, 'default-v1', (SELECT"
    " extract(epoch FROM t - p.hopped_at) * 1000 FROM hop p WHERE"
    " p.workspace_id = ws AND p.lead_id = id AND p.hop_no = no - 1) $$;";

__attribute__((unused)) static struct pg *seed_connect(void)
{
    struct pg *pg = pg_fixture_connect(true);

    pg_fixture_reset(pg);
    pg_fixture_sql(pg, SEED_SQL);
    pg_fixture_sql(pg, "INSERT INTO workspace (workspace_id, name,"
                       " created_at) VALUES (1, 'one', now()),"
                       " (2, 'two', now())");
    return pg;
}

#endif
