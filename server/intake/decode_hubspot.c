#include "intake/decode_platform.h"
#include "intake/hook_lead.h"

/* Properties are answers.  A record of theirs is no act of the person. */
enum err hubspot_lead_read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const char *portal = hook_text(j, "portalId", r->mem);
    const char *id = hook_text(j, "id", r->mem);
    json_t *properties = json_object_get(j, "properties");
    struct hook_lead l;
    const char *name;
    json_t *v;

    if (e != ERR_OK)
        return e;
    if (!portal || !id)
        return ERR_BAD_REQUEST;
    hook_lead_begin(&l, r, j);
    l.external_id = arena_printf(r->mem, "%s:%s", portal, id);
    l.quiet = true;
    json_object_foreach (properties, name, v)
        hook_lead_json(&l, name, v);
    (void)hook_time(json_object_get(j, "createdAt"), &l.at_ms);
    return hook_lead_end(&l, HOOK_LEAD);
}
