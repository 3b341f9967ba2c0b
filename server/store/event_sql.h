/**
 * @file event_sql.h
 * SQL text that the batches and the reads of bundles have in common: stored
 * events, and what the people of a company did.
 */
#ifndef LEADD_EVENT_SQL_H
#define LEADD_EVENT_SQL_H

/** Columns of an event @c e, lead_id first. */
#define EVENT_SELECT                                                           \
    "e.lead_id, e.event_id, e.ext_id, e.type, e.occurred_at, e.value,"         \
    " e.duration_s, e.machine, e.session, e.channel, e.visitor, e.detail,"     \
    " e.person"

/** Events of the lead k.lead_id of workspace $1, named e: the newest 20,000, as
 *  many as a dry run takes.  Who has more is no person. */
#define EVENTS_OF_LEAD                                                         \
    "(SELECT * FROM event o WHERE o.workspace_id = $1"                         \
    " AND o.lead_id = k.lead_id ORDER BY o.event_id DESC LIMIT 20000) e"

/** Signals look back half a year at most. */
#define ACCOUNT_HORIZON_MS (180 * DAY_MS)

/** Events of the accounts $2 of workspace $1 after $3: account_id, then
 *  EVENT_SELECT, account by account.  The newest 500 tell all that signals ask
 *  for, and so do 500 people: tens of thousands under one domain are no
 *  company, and a judgement must not cost what they did. */
#define EVENTS_OF_ACCOUNTS_SQL                                                 \
    "SELECT a.account_id, x.* FROM unnest($2::uuid[]) AS a(account_id)"        \
    " CROSS JOIN LATERAL (SELECT FROM account_activity o"                      \
    " WHERE o.workspace_id = $1 AND o.account_id = a.account_id"               \
    " AND o.active_until > $3 LIMIT 1) was_active"                             \
    " CROSS JOIN LATERAL (SELECT " EVENT_SELECT                                \
    " FROM (SELECT o.lead_id FROM lead o WHERE o.workspace_id = $1"            \
    " AND o.account_id = a.account_id ORDER BY o.lead_id DESC LIMIT 500) l"    \
    " CROSS JOIN LATERAL (SELECT * FROM event o"                               \
    " WHERE o.workspace_id = $1 AND o.lead_id = l.lead_id"                     \
    " AND o.occurred_at > $3 ORDER BY o.event_id DESC LIMIT 500) e"            \
    " ORDER BY e.event_id DESC LIMIT 500) x ORDER BY a.account_id"

#endif
