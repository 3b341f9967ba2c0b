#include "flow/search.h"

#include "base/str.h"
#include "identity/identity.h"

/* 'workspace.word' as prepare.c stores it.  Folded words hold neither quotes
   nor backslashes; should they ever, they are doubled. */
static void put_word(struct buf *out, int64_t workspace_id, const char *word)
{
    (void)buf_printf(out, "%s'%lld.", out->len ? " & " : "",
                     (long long)workspace_id);
    for (; *word; word++) {
        if (*word == '\'' || *word == '\\')
            (void)buf_putc(out, *word);
        (void)buf_putc(out, *word);
    }
    (void)buf_putc(out, '\'');
}

static void by_name(const struct workspace *ws, const struct query *q,
                    struct arena *mem, struct lead_search *out)
{
    AUTO(buf_release) struct buf text = BUF_INIT;

    for (size_t i = 0; i < q->n_words; i++)
        put_word(&text, ws->workspace_id, q->words[i]);
    if (text.failed)
        return;
    out->exact = arena_strdup(mem, text.ptr);
    out->words = arena_printf(mem, "%s:*", text.ptr);
    out->n_words = (int32_t)q->n_words;
}

static void by_external_id(const struct snapshot *snap,
                           const struct workspace *ws, const char *q,
                           struct arena *mem, struct lead_search *out)
{
    out->outer = arena_array(mem, snap->n_sources + 2, sizeof(char *));
    out->outer[out->n_outer++] = q;
    out->outer[out->n_outer++] = arena_printf(mem, "api:%s", q);
    for (size_t i = 0; i < snap->n_sources; i++)
        if (snap->sources[i].workspace == ws)
            out->outer[out->n_outer++] =
                arena_printf(mem, "%s:%s", snap->sources[i].id_space, q);
}

void flow_search(const struct snapshot *snap, const struct workspace *ws,
                 const char *q, struct arena *mem, struct lead_search *out)
{
    struct query query;
    const char *name = name_clean(q, mem);

    memset(out, 0, sizeof(*out));
    if (!name)
        return;
    fold_spellings(name, mem, out->name);
    identity_canonical_query(q, ws->region, mem, &query);
    if (query.kind == QUERY_PHONE || query.kind == QUERY_EMAIL) {
        out->kind = query.kind == QUERY_PHONE ? ID_PHONE : ID_EMAIL;
        out->value = query.value;
    } else if (query.kind == QUERY_NAME) {
        by_name(ws, &query, mem, out);
    }
    by_external_id(snap, ws, name, mem, out);
}
