#include "intake/form_map.h"

#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "intake/limits.h"

/* Builders in PHP send fields[ID][title], [type], [value] one after the
 * other.  What was said about the ID before its value comes. */
struct php_field {
    const char *id;
    size_t id_n;
    const char *title, *type;
};

static bool is_known(const char *name)
{
    struct form_target t;
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    return form_target_known(key, &t);
}

/* @return the name a value goes by; NULL when the field is about another */
static const char *php_name(struct php_field *p, const struct form_field *f,
                            struct arena *mem)
{
    const char *id, *close;

    if (!str_starts(f->name, "fields["))
        return f->name;
    id = f->name + strlen("fields[");
    close = strstr(id, "][");
    if (!close)
        return f->name;
    if (p->id_n != (size_t)(close - id) || memcmp(p->id, id, p->id_n) != 0)
        *p = (struct php_field){.id = id, .id_n = (size_t)(close - id)};
    if (str_eq(close, "][title]"))
        p->title = f->value;
    else if (str_eq(close, "][type]"))
        p->type = f->value;
    if (!str_eq(close, "][value]"))
        return NULL;
    id = arena_strndup(mem, p->id, p->id_n);
    if (!is_known(id) && p->title && is_known(p->title))
        return p->title;
    if (!is_known(id) && p->type && is_known(p->type))
        return p->type;
    return id;
}

static void put_field(struct form_sink *sink, const struct form_spec *spec,
                      const char *name, const struct form_field *f)
{
    const struct form_rule *rule;
    struct form_target t;
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    if (f->is_file || !f->value_len)
        return;
    rule = form_spec_rule(spec, key);
    if (spec->honeypot && str_eq(key, spec->honeypot))
        sink->d->quarantine = "honeypot";
    else if (rule)
        form_target_put(sink, &rule->target, f->value, f->value_len);
    else if (form_target_known(key, &t) ||
             (str_starts(key, "consent") && !str_eq(key, "consentwording") &&
              form_target_consent(name, sink->mem, &t)))
        form_target_put(sink, &t, f->value, f->value_len);
}

void form_put_constants(struct form_sink *sink, const struct form_spec *spec)
{
    struct facts *facts = &sink->d->facts;

    for (size_t i = 0; i < spec->n_constants; i++) {
        const struct form_constant *k = &spec->constants[i];

        if (k->minor < 0) {
            form_target_put(sink, &k->target, k->text, strlen(k->text));
            continue;
        }
        facts->given |= k->target.fact | FACT_CURRENCY;
        if (!facts->currency[0])
            memcpy(facts->currency, spec->currency, sizeof(facts->currency));
        if (k->target.fact == FACT_PRICE)
            facts->price = k->minor;
        else
            facts->budget = k->minor;
    }
}

/* consent_wording names the version of the text all consents stand under. */
static void put_wording(struct draft *d, const struct form_fields *fields,
                        struct arena *mem)
{
    const struct form_field *f = form_fields_get(fields, "consent_wording");
    char *text;

    if (!f || !f->value_len)
        return;
    text = text_clean(f->value, f->value_len, TEXT_LINE, mem);
    text[text_cut(text, strlen(text), LIMIT_WORD)] = '\0';
    for (size_t i = 0; i < d->n_consent; i++)
        d->consent[i].wording = text;
}

static void add_event(const struct form_sink *sink, enum event_type type)
{
    struct draft *d = sink->d;

    d->events[d->n_events++] = (struct event){.type = type,
                                              .occurred_ms = sink->now_ms,
                                              .visitor = sink->visitor,
                                              .channel = d->touch.channel,
                                              .detail = d->touch.page_url};
}

static void put_events(const struct form_sink *sink,
                       const struct form_spec *spec)
{
    struct draft *d = sink->d;
    uint32_t rest = sink->events;

    d->events = arena_array(sink->mem, EVENT_TYPE_N + 1, sizeof(*d->events));
    if (spec->has_form_event) {
        add_event(sink, spec->form_event);
        rest &= ~(UINT32_C(1) << spec->form_event);
    }
    for (unsigned i = 0; i < EVENT_TYPE_N; i++)
        if (rest & UINT32_C(1) << i)
            add_event(sink, (enum event_type)i);
}

static bool touch_given(const struct touch *t)
{
    static const struct touch NONE;

    return memcmp(t, &NONE, sizeof(NONE)) != 0;
}

enum err intake_form_fields(const struct form_fields *fields,
                            const struct form_spec *spec, int64_t now_ms,
                            struct arena *mem, struct draft *out_draft,
                            struct field_errs *errs)
{
    struct form_sink sink = {.d = out_draft, .mem = mem, .now_ms = now_ms};
    struct php_field php = {.id_n = 0};

    memset(out_draft, 0, sizeof(*out_draft));
    out_draft->fact_source = FACT_SELF_DECLARED;
    spec = spec ? spec : form_spec_default();
    sink.currency = spec->currency;
    form_put_constants(&sink, spec);
    for (size_t i = 0; i < fields->n; i++) {
        const char *name = php_name(&php, &fields->items[i], mem);

        if (name)
            put_field(&sink, spec, name, &fields->items[i]);
    }
    put_wording(out_draft, fields, mem);
    out_draft->has_touch = touch_given(&out_draft->touch);
    put_events(&sink, spec);
    if (out_draft->contact.phone || out_draft->contact.email ||
        out_draft->quarantine)
        return ERR_OK;
    field_errs_add(errs, "", ERR_NO_IDENTIFIER,
                   "a phone number or an e-mail address is needed");
    return ERR_NO_IDENTIFIER;
}

static bool is_type(const char *content_type, const char *type)
{
    size_t n = strlen(type);

    return strncasecmp(content_type, type, n) == 0 &&
           (!content_type[n] || content_type[n] == ';' ||
            is_blank(content_type[n]));
}

static bool is_json_type(const char *content_type)
{
    size_t n = strcspn(content_type, "; \t");

    return is_type(content_type, "application/json") ||
           (n > 5 && strncasecmp(content_type + n - 5, "+json", 5) == 0);
}

static bool looks_like_json(const char *s, size_t n)
{
    while (n && is_blank(*s)) {
        s++;
        n--;
    }
    return n && *s == '{';
}

/* Some landing-page services put the answers into one field, as JSON. */
static void open_data_json(struct form_fields *fields)
{
    const struct form_field *f = form_fields_get(fields, "data.json");
    struct field_errs unheard = {.mem = fields->mem};
    size_t before = fields->n;

    if (f && looks_like_json(f->value, f->value_len) &&
        form_json(f->value, f->value_len, fields, &unheard) != ERR_OK)
        fields->n = before; /* not JSON after all: a text like any other */
}

static enum err decode(const char *content_type, const void *body, size_t n,
                       struct form_fields *fields, struct field_errs *errs)
{
    enum err e;

    if (content_type && is_json_type(content_type))
        return form_json(body, n, fields, errs);
    if (!content_type || is_type(content_type, "text/plain"))
        return looks_like_json(body, n) ? form_json(body, n, fields, errs)
                                        : ERR_MEDIA_TYPE;
    if (is_type(content_type, "multipart/form-data"))
        return form_multipart(content_type, body, n, fields);
    if (!is_type(content_type, "application/x-www-form-urlencoded"))
        return ERR_MEDIA_TYPE;
    e = form_urlencoded(body, n, fields);
    if (e == ERR_OK)
        open_data_json(fields);
    return e;
}

enum err intake_form(const char *content_type, const void *body, size_t n,
                     const struct form_spec *spec, int64_t now_ms,
                     struct arena *mem, struct draft *out_draft,
                     struct field_errs *errs)
{
    struct form_fields fields = {.mem = mem};
    enum err e = decode(content_type, body, n, &fields, errs);

    return e == ERR_OK
               ? intake_form_fields(&fields, spec, now_ms, mem, out_draft, errs)
               : e;
}
