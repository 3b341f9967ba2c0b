#include "intake/form_map.h"

#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "intake/charset.h"
#include "intake/form_builder.h"
#include "intake/form_nested.h"
#include "intake/form_php.h"
#include "intake/form_token.h"
#include "intake/limits.h"

#define WORDING_FIELD   "consent_wording"
#define TURNSTILE_FIELD "cf-turnstile-response"
#define HCAPTCHA_FIELD  "h-captcha-response"

/* What a field fills, if anything.  @return its kind; out_target and out_rule
 * (NULL: no mapping needed) are set for FORM_FIELD_USED */
static enum form_use choose(const struct form_spec *spec, const char *name,
                            const struct form_field *f, struct arena *mem,
                            struct form_target *out_target,
                            const struct form_rule **out_rule)
{
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    if (f->is_file || !f->value_len)
        return FORM_FIELD_EMPTY;
    *out_rule = f->pointer ? form_spec_rule(spec, f->pointer) : NULL;
    if (!*out_rule)
        *out_rule = form_spec_rule(spec, key);
    if (spec->honeypot && str_eq(key, spec->honeypot))
        return FORM_FIELD_HONEYPOT;
    if (*out_rule)
        *out_target = (*out_rule)->target;
    else if (!form_target_known(key, out_target) &&
             !(str_starts(key, "consent") && !str_eq(key, "consentwording") &&
               form_target_consent(name, mem, out_target)))
        return FORM_FIELD_UNKNOWN;
    return out_target->kind == TARGET_IGNORE ? FORM_FIELD_IGNORED
                                             : FORM_FIELD_USED;
}

/* Read beside the others: no mapping names what they fill. */
static bool is_read_apart(const char *name)
{
    static const char *const NAMES[] = {WORDING_FIELD, FORM_TOKEN_FIELD,
                                        TURNSTILE_FIELD, HCAPTCHA_FIELD};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq(NAMES[i], name))
            return true;
    return false;
}

static void put_field(struct form_sink *sink, const struct form_spec *spec,
                      const char *name, const struct form_field *f)
{
    const struct form_rule *rule = NULL;
    const char *value = f->value;
    size_t n = f->value_len;
    struct form_target t;

    switch (choose(spec, name, f, sink->mem, &t, &rule)) {
    case FORM_FIELD_HONEYPOT:
        sink->d->quarantine = "honeypot";
        break;
    case FORM_FIELD_USED:
        if (rule)
            value = form_rule_value(rule, value, &n, sink->mem);
        sink->wording = f->wording;
        if (value)
            form_target_put(sink, &t, value, n);
        sink->wording = NULL;
        break;
    default:
        break;
    }
}

static bool is_key(const struct form_field *f, const char *name,
                   const char *key)
{
    char folded[FORM_KEY_BYTES];

    if (*key == '/')
        return str_eq(f->pointer, key);
    form_key(name, folded);
    return str_eq(folded, key);
}

/* The fields of one post, as joins ask for them. */
struct asked {
    const struct form_fields *fields;
    struct arena *mem;
};

/* First value of that field, cleaned later. */
static const char *asked_value(const void *ctx, const char *key)
{
    const struct asked *a = ctx;
    struct php_field php = {.id_n = 0};

    for (size_t i = 0; i < a->fields->n; i++) {
        const struct form_field *f = &a->fields->items[i];
        const char *name = form_php_name(&php, f, a->mem);

        if (name && !f->is_file && f->value_len && is_key(f, name, key))
            return f->value;
    }
    return NULL;
}

void form_put_joins(struct form_sink *sink, const struct form_spec *spec,
                    const char *(*value_of)(const void *ctx, const char *key),
                    const void *ctx)
{
    for (size_t i = 0; i < spec->n_joins; i++) {
        const struct form_join *j = &spec->joins[i];
        const char *text = NULL;

        for (size_t k = 0; k < j->n; k++) {
            const char *value = value_of(ctx, j->key[k]);

            if (value)
                text = arena_printf(sink->mem, "%s%s%s", text ? text : "",
                                    text ? j->with : "", value);
        }
        if (text)
            form_target_put(sink, &j->target, text, strlen(text));
    }
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
    const struct form_field *f = form_fields_get(fields, WORDING_FIELD);
    char *text;

    if (!f || !f->value_len)
        return;
    text = text_clean(f->value, f->value_len, TEXT_LINE, mem);
    text[text_cut(text, strlen(text), LIMIT_WORD)] = '\0';
    for (size_t i = 0; i < d->n_consent; i++)
        d->consent[i].wording = text;
}

static void add_event(const struct form_sink *sink, enum event_type type,
                      const char *ext_id)
{
    struct draft *d = sink->d;

    d->events[d->n_events++] = (struct event){.type = type,
                                              .ext_id = ext_id,
                                              .occurred_ms = sink->now_ms,
                                              .visitor = sink->visitor,
                                              .channel = d->touch.channel,
                                              .detail = d->touch.page_url};
}

/* The same entry sent again is the same event. */
static void put_events(const struct form_sink *sink,
                       const struct form_spec *spec,
                       const struct form_fields *fields)
{
    const char *entry = form_entry_id(fields, sink->mem);
    struct draft *d = sink->d;
    uint32_t rest = sink->events;

    d->events = arena_array(sink->mem, EVENT_TYPE_N + 1, sizeof(*d->events));
    if (spec->has_form_event) {
        add_event(sink, spec->form_event, entry);
        rest &= ~(UINT32_C(1) << spec->form_event);
    }
    for (unsigned i = 0; i < EVENT_TYPE_N; i++)
        if (rest & UINT32_C(1) << i)
            add_event(sink, (enum event_type)i,
                      entry ? arena_printf(sink->mem, "%s:%u", entry, i)
                            : NULL);
}

/* @return the value of that very field; NULL when it is empty or not there */
static const char *value_of(const struct form_fields *fields, const char *name)
{
    const struct form_field *f = form_fields_get(fields, name);

    return f && !f->is_file && f->value_len ? f->value : NULL;
}

static void put_proofs(struct draft *d, const struct form_fields *fields)
{
    d->form_token = value_of(fields, FORM_TOKEN_FIELD);
    d->captcha_token = value_of(fields, TURNSTILE_FIELD);
    if (!d->captcha_token)
        d->captcha_token = value_of(fields, HCAPTCHA_FIELD);
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
    struct asked asked = {.fields = fields, .mem = mem};
    struct php_field php = {.id_n = 0};

    memset(out_draft, 0, sizeof(*out_draft));
    out_draft->fact_source = FACT_SELF_DECLARED;
    spec = spec ? spec : form_spec_default();
    sink.currency = spec->currency;
    form_put_constants(&sink, spec);
    form_put_joins(&sink, spec, asked_value, &asked);
    for (size_t i = 0; i < fields->n; i++) {
        const char *name = form_php_name(&php, &fields->items[i], mem);

        if (name)
            put_field(&sink, spec, name, &fields->items[i]);
    }
    form_target_end(&sink);
    put_wording(out_draft, fields, mem);
    put_proofs(out_draft, fields);
    out_draft->has_touch = touch_given(&out_draft->touch);
    put_events(&sink, spec, fields);
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

bool intake_is_json(const char *content_type)
{
    size_t n = strcspn(content_type, "; \t");

    return is_type(content_type, "application/json") ||
           (n > 5 && strncasecmp(content_type + n - 5, "+json", 5) == 0);
}

static bool looks_like_json(const char *s, size_t n)
{
    if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
        s += 3;
        n -= 3;
    }
    while (n && is_blank(*s)) {
        s++;
        n--;
    }
    return n && *s == '{';
}

static enum err decode(const char *content_type, const void *body, size_t n,
                       struct form_fields *fields, struct field_errs *errs)
{
    enum err e;

    if (content_type && intake_is_json(content_type)) {
        body = charset_body(content_type, body, &n, fields->mem);
        return form_json(body, n, fields, errs);
    }
    if (!content_type || is_type(content_type, "text/plain"))
        return looks_like_json(body, n) ? form_json(body, n, fields, errs)
                                        : ERR_MEDIA_TYPE;
    if (is_type(content_type, "multipart/form-data"))
        e = form_multipart(content_type, body, n, fields);
    else if (is_type(content_type, "application/x-www-form-urlencoded"))
        e = form_urlencoded(content_type, body, n, fields);
    else
        return ERR_MEDIA_TYPE;
    return e == ERR_OK ? form_nested_open(fields) : e;
}

enum err intake_form(const char *content_type, const void *body, size_t n,
                     const struct form_spec *spec, int64_t now_ms,
                     struct arena *mem, struct draft *out_draft,
                     struct field_errs *errs)
{
    struct form_fields fields = {.mem = mem,
                                 .pointers = spec && spec->has_pointers};
    enum err e = decode(content_type, body, n, &fields, errs);

    return e == ERR_OK
               ? intake_form_fields(&fields, spec, now_ms, mem, out_draft, errs)
               : e;
}

/* A field nobody knows, or a piece of a name, may be part of a join. */
static void look_at_joins(const struct form_spec *spec,
                          const struct form_field *f, struct arena *mem,
                          struct form_seen *seen)
{
    for (size_t i = 0; i < spec->n_joins; i++)
        for (size_t k = 0; k < spec->joins[i].n; k++)
            if (is_key(f, seen->name, spec->joins[i].key[k])) {
                seen->use = FORM_FIELD_USED;
                seen->target = form_target_name(&spec->joins[i].target, mem);
                return;
            }
}

enum err intake_form_look(const char *content_type, const void *body, size_t n,
                          const struct form_spec *spec, struct arena *mem,
                          struct form_seen **out, size_t *out_n)
{
    struct form_fields fields = {.mem = mem, .pointers = true};
    struct field_errs unheard = {.mem = mem};
    struct php_field php = {.id_n = 0};
    enum err e = decode(content_type, body, n, &fields, &unheard);

    spec = spec ? spec : form_spec_default();
    *out_n = 0;
    if (e != ERR_OK)
        return e;
    *out = arena_array(mem, fields.n + 1, sizeof(**out));
    for (size_t i = 0; i < fields.n; i++) {
        const struct form_field *f = &fields.items[i];
        const char *name = form_php_name(&php, f, mem);
        const struct form_rule *rule = NULL;
        struct form_seen *seen = &(*out)[*out_n];
        struct form_target t;

        if (!name)
            continue;
        *seen = (struct form_seen){.name = name, .pointer = f->pointer};
        seen->use = choose(spec, name, f, mem, &t, &rule);
        if (seen->use == FORM_FIELD_USED)
            seen->target = form_target_name(&t, mem);
        else if (seen->use == FORM_FIELD_UNKNOWN && is_read_apart(f->name))
            seen->use = FORM_FIELD_USED;
        if (seen->use == FORM_FIELD_UNKNOWN ||
            (seen->use == FORM_FIELD_USED && !rule && t.kind == TARGET_PART))
            look_at_joins(spec, f, mem, seen);
        (*out_n)++;
    }
    return ERR_OK;
}
