SET synchronous_commit = off;
SET session_replication_role = replica; -- foreign keys are not asked: the rows are ours
SET work_mem = '256MB';
CREATE TEMP TABLE g AS
SELECT i,
    ('0190' || lpad(to_hex(i), 4, '0'))::text AS unused,
    now() - (i % 365) * interval '1 day' - (i % 86400) * interval '1 second' AS at,
    lpad(to_hex((extract(epoch FROM now() - (i % 365) * interval '1 day' - (i % 86400) * interval '1 second') * 1000)::bigint), 12, '0') AS h
FROM generate_series(1, :n) i;
CREATE TEMP TABLE l AS
SELECT i, at,
    (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8001-' || lpad(to_hex(i), 12, '0'))::uuid AS lead_id,
    'source-' || i % 20 AS source,
    CASE WHEN i % 5 = 0 THEN 'sql' WHEN i % 5 < 3 THEN 'iql' ELSE 'mql' END AS stage,
    CASE WHEN i % 5 = 0 THEN 'A1' ELSE 'B2' END AS grade
FROM g;
INSERT INTO lead (workspace_id, lead_id, version, stage, stage_at, stage_grade, hop_no, score, raw, authority, need, ability_to_pay, engagement, challenge, potential, consideration, quality, temperature, grade, rank, hot_lead, origin, source, channel, campaign, name, phone, identifiers, model_version, scored_at, created_at, updated_at)
SELECT 1, lead_id, 1, stage, at, grade, 1, 80 - i % 40, 80 - i % 40, 30, 25, 15, 5, 0, 90, 70, 'high', 'hot', grade, CASE grade WHEN 'A1' THEN 0 ELSE 4 END, grade = 'A1', 'marketing', source, 'landing', 'campaign-' || i % 7, 'Lead ' || i, '+84' || (100000000 + i), '[]', 'default-v1', at, at, at FROM l;
INSERT INTO hop (workspace_id, lead_id, hop_no, from_stage, to_stage, actor, hopped_at, grade, model_version, stay_ms)
SELECT 1, lead_id, s.no, s.f, s.t, 'system', at + s.no * interval '1 second', grade, 'default-v1', CASE s.no WHEN 1 THEN NULL ELSE (1000 * exp(((i::bigint * 7919 + s.no) % 1300) / 100.0))::bigint END
FROM l CROSS JOIN (VALUES (1, NULL, 'iql'), (2, 'iql', 'mql'), (3, 'mql', 'sql')) s(no, f, t)
WHERE s.no <= CASE stage WHEN 'iql' THEN 1 WHEN 'mql' THEN 2 ELSE 3 END;
INSERT INTO ready (workspace_id, lead_id, rank, last_high_intent_at, score, created_at, stage, facts_version, grade)
SELECT 1, lead_id, 0, NULL, 80 - i % 40, at, 'sql', 0, grade FROM l WHERE stage = 'sql';
-- leads with the same counts are added up before they are counted 18 times
CREATE TEMP TABLE c AS
SELECT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, l.source, 'campaign-' || l.i % 7 AS campaign, l.grade,
    h.from_stage, h.to_stage, floor(ln(h.stay_ms / 1000.0 + 1) / ln(2) * 2) AS bucket, count(*) AS n
FROM l JOIN hop h ON h.workspace_id = 1 AND h.lead_id = l.lead_id
GROUP BY 1, 2, 3, 4, 5, 6, 7;
CREATE TEMP VIEW counted AS
SELECT v.view, d.dim, CASE v.view WHEN 'total' THEN '1970-01-01'::date ELSE c.day END AS day,
    CASE d.dim WHEN 'all' THEN '' WHEN 'source' THEN c.source WHEN 'channel' THEN 'landing' WHEN 'campaign' THEN c.campaign WHEN 'origin' THEN 'marketing' ELSE c.grade END AS value,
    c.from_stage, c.to_stage, c.bucket, c.n
FROM c, (VALUES ('cohort'), ('period'), ('total')) v(view),
    (VALUES ('all'), ('campaign'), ('channel'), ('grade'), ('origin'), ('source')) d(dim);
INSERT INTO rollup_stage AS r (workspace_id, view, dim, day, stage, value, entered, left_n, to_next)
SELECT 1, view, dim, day, stage, value, sum(entered), sum(left_n), sum(left_n)
FROM (SELECT view, dim, day, value, to_stage AS stage, n AS entered, 0 AS left_n FROM counted
    UNION ALL SELECT view, dim, day, value, from_stage, 0, n FROM counted WHERE from_stage <> 'new') x
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY day -- as they come
ON CONFLICT (workspace_id, view, dim, day, stage, value) DO UPDATE SET entered = r.entered + excluded.entered, left_n = r.left_n + excluded.left_n, to_next = r.to_next + excluded.to_next;
SET synchronous_commit = on; -- or VACUUM may not call it visible yet
INSERT INTO rollup_stay AS r (workspace_id, view, dim, day, stage, value, bucket, n)
SELECT 1, view, dim, day, from_stage, value, bucket, sum(n) FROM counted WHERE bucket IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY day
ON CONFLICT DO NOTHING;
VACUUM (ANALYZE) rollup_stay;
ANALYZE;
