#include "identity/identity.h"

#include "base/str.h"
#include "base/text.h"
#include "identity/email.h"
#include "identity/phone.h"

#define EXTERNAL_MAX 512

static void add_id(struct draft *d, const struct identifier *id)
{
    for (size_t i = 0; i < d->n_ids; i++)
        if (d->ids[i].kind == id->kind && str_eq(d->ids[i].value, id->value))
            return;
    if (d->n_ids < IDS_MAX)
        d->ids[d->n_ids++] = *id;
}

/* A second number may be a whole office's: it counts when the first is none. */
static void resolve_phone(struct draft *d, const char *region,
                          struct arena *mem, struct field_errs *errs)
{
    struct identifier id = {.kind = ID_PHONE, .raw = d->contact.phone};
    const char *other = d->contact.other_phone;
    struct phone phone;

    if (!id.raw)
        return;
    if (phone_canonical(id.raw, region, &phone) != ERR_OK) {
        id.raw = other;
        if (!other || phone_canonical(other, region, &phone) != ERR_OK)
            id.raw = NULL;
    }
    if (!id.raw) {
        field_errs_add(errs, "/contact/phone", ERR_PHONE_INVALID,
                       "must be a telephone number of 7 to 15 digits");
        return;
    }
    d->contact.phone = id.raw;
    id.value = arena_strdup(mem, phone.e164);
    id.rule = phone.rule;
    id.doubtful = phone.doubtful;
    add_id(d, &id);
}

static void add_email(struct draft *d, const char *raw,
                      const struct email *email)
{
    struct identifier id = {.kind = ID_EMAIL,
                            .value = email->value,
                            .raw = raw,
                            .rule = email->rule,
                            .doubtful = email->is_disposable,
                            .role = email->is_role};

    if (!d->work_domain)
        d->work_domain = email_work_domain(email);
    add_id(d, &id);
}

/* A second address is one more way to know the person, and of use when the
   first is none.  That of a post, or of a day, is nobody's. */
static void resolve_other_email(struct draft *d, bool alone, struct arena *mem)
{
    struct contact *c = &d->contact;
    struct email email;

    if (!c->other_email ||
        email_canonical(c->other_email, mem, &email) != ERR_OK ||
        ((email.is_role || email.is_disposable) && !alone))
        return;
    add_email(d, c->other_email, &email);
    if (alone)
        c->email = email.display;
}

static bool has_email(const struct draft *d)
{
    for (size_t i = 0; i < d->n_ids; i++)
        if (d->ids[i].kind == ID_EMAIL)
            return true;
    return false;
}

static void resolve_email(struct draft *d, struct arena *mem,
                          struct field_errs *errs)
{
    const char *raw = d->contact.email;
    struct email email;
    bool good = raw && email_canonical(raw, mem, &email) == ERR_OK;

    if (good) {
        d->contact.email = email.display;
        add_email(d, raw, &email);
    }
    resolve_other_email(d, !good, mem);
    if (raw && !has_email(d))
        field_errs_add(errs, "/contact/email", ERR_EMAIL_INVALID,
                       "must be an address such as name@example.com");
}

/* Ids of two senders must not meet, so the sender stands in front. */
static void resolve_external(struct draft *d, struct arena *mem)
{
    struct identifier id = {
        .kind = ID_EXTERNAL, .raw = d->external_id, .rule = "external"};
    const char *space = d->id_space;

    if (!id.raw)
        return;
    if (!space)
        space = d->source_name ? d->source_name : "";
    id.value = arena_printf(mem, "%s:%s", space, id.raw);
    if (strlen(id.value) <= EXTERNAL_MAX)
        add_id(d, &id);
}

static void clean_contact(struct contact *c, struct arena *mem)
{
    c->name = name_of_person(c->name, mem);
    c->email = name_clean(c->email, mem);
    c->other_email = name_clean(c->other_email, mem);
    c->phone = name_clean(c->phone, mem);
    c->other_phone = name_clean(c->other_phone, mem);
    c->company = name_clean(c->company, mem);
    c->job_title = name_clean(c->job_title, mem);
    if (c->message)
        c->message =
            text_clean(c->message, strlen(c->message), TEXT_LINES, mem);
    if (c->message && !*c->message)
        c->message = NULL;
}

void identity_resolve(struct draft *d, const char *region, struct arena *mem,
                      struct field_errs *errs)
{
    clean_contact(&d->contact, mem);
    resolve_phone(d, region, mem, errs);
    resolve_email(d, mem, errs);
    resolve_external(d, mem);
}

bool identity_is_reachable(const struct draft *d)
{
    for (size_t i = 0; i < d->n_ids; i++)
        if (d->ids[i].kind == ID_PHONE || d->ids[i].kind == ID_EMAIL)
            return true;
    return false;
}

void identity_canonical_query(const char *q, const char *region,
                              struct arena *mem, struct query *out_query)
{
    struct phone phone;
    struct email email;

    memset(out_query, 0, sizeof(*out_query));
    if (q && strchr(q, '@') && email_canonical(q, mem, &email) == ERR_OK) {
        out_query->kind = QUERY_EMAIL;
        out_query->value = email.value;
        return;
    }
    if (q && phone_canonical(q, region, &phone) == ERR_OK) {
        out_query->kind = QUERY_PHONE;
        out_query->value = arena_strdup(mem, phone.e164);
        return;
    }
    out_query->n_words = name_words(q, mem, out_query->words);
    if (!out_query->n_words)
        return;
    out_query->kind = QUERY_NAME;
    out_query->value = name_fold(q, mem);
}
