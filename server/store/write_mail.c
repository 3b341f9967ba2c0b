/* Domains of e-mail addresses that are new to a workspace: to be asked of
   DNS, written with the lead so that none is forgotten. */
#include <string.h>

#include "store/batch.h"

#define FRESH_MS (30 * DAY_MS) /* an answer older than that is asked again */

/* In the order of the key, so that two batches never wait for each other. */
STORE_STMT(MAIL_DOMAINS_INSERT, .name = "mail_domains_insert", .nparams = 4,
           .sql = "INSERT INTO mail_domain AS m (workspace_id, domain, next_at)"
                  " SELECT $1::bigint, u.domain, $3::timestamptz FROM"
                  " unnest($2::text[]) AS u(domain) GROUP BY u.domain"
                  " ORDER BY u.domain"
                  " ON CONFLICT (workspace_id, domain) DO UPDATE SET next_at ="
                  " excluded.next_at, attempts = 0"
                  " WHERE m.next_at IS NULL AND m.checked_at < $4");

enum err write_mail_domains(struct batch *b)
{
    struct pg_array domains;
    struct pg_params p;
    enum err e = ERR_OK;

    if (!b->rules.mail_check)
        return ERR_OK;
    pg_array_init(&domains, PG_TEXT);
    for (size_t i = 0; i < b->n_keys; i++) {
        const struct key *k = &b->keys[i];
        const char *at =
            k->kind == ID_EMAIL && k->fresh ? strrchr(k->value, '@') : NULL;

        if (at)
            pg_array_text(&domains, at + 1);
    }
    if (domains.n) {
        pg_params_init(&p, b->mem);
        pg_i64(&p, b->rules.workspace_id);
        pg_array_param(&p, &domains);
        pg_time(&p, b->now_ms);
        pg_time(&p, b->now_ms - FRESH_MS);
        e = pg_pipe_send(b->pg, &MAIL_DOMAINS_INSERT, &p);
    }
    pg_array_release(&domains);
    return e;
}
