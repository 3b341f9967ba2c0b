#include "intake/form_target.h"

#include <stdlib.h>

#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/form_facts.h"
#include "intake/full_name.h"
#include "intake/limits.h"
#include "intake/page_query.h"

static const struct {
    const char *name;
    size_t offset, max;
    enum text_shape shape;
} TEXTS[] = {
#define TEXT(id, name, member, max, shape)                                     \
    {name, offsetof(struct draft, member), max, shape},
#include "intake/form_targets.def"
#undef TEXT
};

/* Pieces of a name. */
static const struct {
    const char *name;
    enum target_text text;
    size_t offset; /* in the sink */
} PARTS[] = {
    {"contact.first_name", TARGET_TEXT_FIRST_NAME,
     offsetof(struct form_sink, first_name)},
    {"contact.last_name", TARGET_TEXT_LAST_NAME,
     offsetof(struct form_sink, last_name)},
    {"contact.middle_name", TARGET_TEXT_MIDDLE_NAME,
     offsetof(struct form_sink, middle_name)},
    {"contact.family_name", TARGET_TEXT_FAMILY_NAME,
     offsetof(struct form_sink, family_name)},
};

static const struct known_name {
    const char *folded;
    enum target_text text;
} NAMES[] = {
#define NAME(folded, target) {folded, TARGET_TEXT_##target},
#include "intake/form_names.def"
#undef NAME
};

void form_key(const char *name, char out[FORM_KEY_BYTES])
{
    size_t n = fold_into(name, strlen(name), out, FORM_KEY_BYTES), w = 0;

    for (size_t i = 0; i < n; i++)
        if (is_digit(out[i]) || (out[i] >= 'a' && out[i] <= 'z') ||
            (unsigned char)out[i] >= 0x80)
            out[w++] = out[i];
    out[w] = '\0';
}

bool form_says_yes(const char *value)
{
    static const char *const YES[] = {"1", "on", "yes",    "true",
                                      "y", "co", "dongy",  "checked",
                                      "x", "ok", "granted"};
    char key[FORM_KEY_BYTES];

    form_key(value, key);
    for (size_t i = 0; i < ARRAY_LEN(YES); i++)
        if (str_eq(YES[i], key))
            return true;
    return false;
}

static bool is_among(const char *value, const char *const words[], size_t n)
{
    char key[FORM_KEY_BYTES];

    form_key(value, key);
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i], key))
            return true;
    return false;
}

/* What scripts and hidden fields send for a box that is not ticked. */
static bool is_unticked(const char *value)
{
    static const char *const WORDS[] = {"", "0", "off", "false", "unchecked"};

    return is_among(value, WORDS, ARRAY_LEN(WORDS));
}

static bool refuses(const char *value)
{
    static const char *const WORDS[] = {
        "no",       "n",          "khong",  "denied",   "deny",
        "decline",  "declined",   "refuse", "refused",  "rejected",
        "disagree", "khongdongy", "tuchoi", "withdrawn"};

    return is_among(value, WORDS, ARRAY_LEN(WORDS));
}

static int by_name(const void *folded, const void *name)
{
    return strcmp(folded, ((const struct known_name *)name)->folded);
}

bool form_target_known(const char *folded, struct form_target *out)
{
    const struct known_name *name =
        bsearch(folded, NAMES, ARRAY_LEN(NAMES), sizeof(*NAMES), by_name);

    if (!name)
        return false;
    *out = (struct form_target){.kind = TARGET_TEXT, .text = name->text};
    if (out->text == TARGET_TEXT_VISITOR)
        out->kind = TARGET_VISITOR;
    else if (out->text > TARGET_TEXT_VISITOR)
        out->kind = TARGET_PART;
    return true;
}

static bool is_channel(const char *word)
{
    static const char *const CHANNELS[] = {"email", "sms",       "call",
                                           "phone", "zalo",      "whatsapp",
                                           "post",  "messenger", "chat"};

    for (size_t i = 0; i < ARRAY_LEN(CHANNELS); i++)
        if (str_eq(CHANNELS[i], word))
            return true;
    return false;
}

/* purpose, or purpose + sep + channel; a purpose may itself hold a '_' */
static bool split_consent(char *text, char sep, struct form_target *out)
{
    char *last = strrchr(text, sep);

    *out = (struct form_target){.kind = TARGET_CONSENT, .purpose = text};
    if (last && is_channel(last + 1)) {
        *last = '\0';
        out->channel = last + 1;
    }
    return *text && strlen(text) <= LIMIT_WORD &&
           utf8_valid(text, strlen(text));
}

bool form_target_consent(const char *name, struct arena *mem,
                         struct form_target *out)
{
    static const char PREFIX[] = "consent_";
    char *text;

    if (strlen(name) >= FORM_KEY_BYTES)
        return false;
    text = arena_strdup(mem, name);
    str_lower(text);
    for (char *p = text; *p; p++)
        if (*p == '-')
            *p = '_';
    return str_starts(text, PREFIX) &&
           split_consent(text + sizeof(PREFIX) - 1, '_', out);
}

bool form_target_parse(const char *text, struct arena *mem,
                       struct form_target *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        if (str_eq(TEXTS[i].name, text)) {
            out->kind = TARGET_TEXT;
            out->text = (enum target_text)i;
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++)
        if (str_eq(PARTS[i].name, text)) {
            out->kind = TARGET_PART;
            out->text = PARTS[i].text;
            return true;
        }
    if (str_eq(text, "visitor_id")) {
        out->kind = TARGET_VISITOR;
        return true;
    }
    if (str_starts(text, "fact.")) {
        out->kind = TARGET_FACT;
        out->fact = form_fact_bit(text + 5);
        return out->fact != 0;
    }
    if (str_starts(text, "event:")) {
        out->kind = TARGET_EVENT;
        return event_type_parse(text + 6, &out->event);
    }
    if (str_starts(text, "consent."))
        return split_consent(arena_strdup(mem, text + 8), '.', out);
    return str_eq(text, "ignore");
}

static const char *cleaned(const struct form_sink *sink, const char *value,
                           size_t n, size_t max, enum text_shape shape)
{
    char *text = text_clean(value, n, shape, sink->mem);

    text[text_cut(text, strlen(text), max)] = '\0';
    return text;
}

/* Forms ask for a private and for a work address, for a number and for that
   of Zalo. */
static void put_other(struct form_sink *sink, enum target_text at,
                      const char *value, size_t n)
{
    struct contact *c = &sink->d->contact;
    const char **slot = at == TARGET_TEXT_EMAIL   ? &c->other_email
                        : at == TARGET_TEXT_PHONE ? &c->other_phone
                                                  : NULL;

    if (slot && !*slot)
        *slot = cleaned(sink, value, n, TEXTS[at].max, TEXTS[at].shape);
}

static void put_text(struct form_sink *sink, enum target_text at,
                     const char *value, size_t n)
{
    char *slot = (char *)sink->d + TEXTS[at].offset;
    const char *text;

    memcpy(&text, slot, sizeof(text));
    if (text) {
        put_other(sink, at, value, n);
        return;
    }
    text = cleaned(sink, value, n, TEXTS[at].max, TEXTS[at].shape);
    if (*text)
        memcpy(slot, &text, sizeof(text));
}

static void put_visitor(struct form_sink *sink, const char *value, size_t n)
{
    struct draft *d = sink->d;
    const char *text = cleaned(sink, value, n, LIMIT_WORD, TEXT_LINE);

    if (sink->visitor || !*text || d->n_ids == IDS_MAX)
        return;
    sink->visitor = text;
    d->ids[d->n_ids++] = (struct identifier){
        .kind = ID_VISITOR, .value = text, .raw = text, .rule = "visitor"};
}

static void put_part(struct form_sink *sink, enum target_text at,
                     const char *value, size_t n)
{
    const char *text = cleaned(sink, value, n, LIMIT_NAME / 2, TEXT_LINE);

    for (size_t i = 0; *text && i < ARRAY_LEN(PARTS); i++) {
        char *slot = (char *)sink + PARTS[i].offset;
        const char *before;

        memcpy(&before, slot, sizeof(before));
        if (PARTS[i].text == at && !before)
            memcpy(slot, &text, sizeof(text));
    }
}

/* "Tên" is a whole name on most forms, and the last word beside "Họ". */
static void put_given(struct form_sink *sink, const char *value, size_t n)
{
    if (sink->d->contact.name)
        return;
    put_text(sink, TARGET_TEXT_NAME, value, n);
    sink->given_name = sink->d->contact.name;
}

/* @return the place for that consent, a new one if need be; NULL: full */
static struct consent *consent_at(struct form_sink *sink,
                                  const struct form_target *t)
{
    struct draft *d = sink->d;

    if (!d->consent)
        d->consent =
            arena_array(sink->mem, DRAFT_CONSENT_MAX, sizeof(*d->consent));
    for (size_t i = 0; i < d->n_consent; i++)
        if (str_eq(d->consent[i].purpose, t->purpose) &&
            str_eq(d->consent[i].channel, t->channel))
            return &d->consent[i];
    return d->n_consent < DRAFT_CONSENT_MAX ? &d->consent[d->n_consent++]
                                            : NULL;
}

static const char *wording_of(const struct form_sink *sink)
{
    const char *text = sink->wording;

    return text ? cleaned(sink, text, strlen(text), LIMIT_WORD, TEXT_LINE)
                : NULL;
}

/* An empty box says nothing, so that it never takes back a yes of before; the
   same word in a column of a list was written down as a no. */
static void put_consent(struct form_sink *sink, const struct form_target *t,
                        const char *value)
{
    bool yes = form_says_yes(value);
    bool no = refuses(value) || (sink->of_list && *value && is_unticked(value));
    struct consent *c = yes || no ? consent_at(sink, t) : NULL;

    if (c && (yes || !c->status))
        *c = (struct consent){.purpose = t->purpose,
                              .channel = t->channel,
                              .status = yes ? "granted" : "denied",
                              .wording = wording_of(sink),
                              .method = "form"};
}

#define FINEST "KWD" /* takes what any currency does */

/* Amounts wait for the currency, which may stand in a later field. */
static void put_fact(struct form_sink *sink, uint32_t bit, const char *text)
{
    struct facts scratch = {.given = 0};
    const char **amount = bit == FACT_BUDGET  ? &sink->budget
                          : bit == FACT_PRICE ? &sink->price
                                              : NULL;

    if (!amount)
        (void)form_fact_put(&sink->d->facts, bit, text, sink->currency,
                            sink->now_ms);
    else if (!*amount && form_fact_put(&scratch, bit, text, FINEST, 0))
        *amount = text;
}

void form_target_put(struct form_sink *sink, const struct form_target *t,
                     const char *value, size_t n)
{
    switch (t->kind) {
    case TARGET_IGNORE:
        break;
    case TARGET_TEXT:
        put_text(sink, t->text, value, n);
        break;
    case TARGET_VISITOR:
        put_visitor(sink, value, n);
        break;
    case TARGET_PART:
        if (t->text == TARGET_TEXT_GIVEN_NAME)
            put_given(sink, value, n);
        else
            put_part(sink, t->text, value, n);
        break;
    case TARGET_FACT:
        put_fact(sink, t->fact, cleaned(sink, value, n, LIMIT_WORD, TEXT_LINE));
        break;
    case TARGET_EVENT:
        if (!refuses(value) && !is_unticked(value))
            sink->events |= UINT32_C(1) << t->event;
        break;
    case TARGET_CONSENT:
        put_consent(sink, t, value);
        break;
    }
}

static void put_name(struct form_sink *sink)
{
    const char **name = &sink->d->contact.name;
    const char *given = *name ? *name : sink->first_name;

    if (*name && *name != sink->given_name)
        return;
    *name = full_name(&(struct name_parts){.first = given,
                                           .middle = sink->middle_name,
                                           .last = sink->last_name,
                                           .family = sink->family_name},
                      sink->mem);
    if (*name)
        *name = arena_strndup(sink->mem, *name,
                              text_cut(*name, strlen(*name), LIMIT_NAME));
}

void form_target_end(struct form_sink *sink)
{
    put_name(sink);
    page_query_fill(&sink->d->touch, sink->mem);
    form_fact_amounts(&sink->d->facts, sink->budget, sink->price,
                      sink->currency);
}

const char *form_target_name(const struct form_target *t, struct arena *mem)
{
    switch (t->kind) {
    case TARGET_TEXT:
        return TEXTS[t->text].name;
    case TARGET_VISITOR:
        return "visitor_id";
    case TARGET_PART:
        for (size_t i = 0; i < ARRAY_LEN(PARTS); i++)
            if (PARTS[i].text == t->text)
                return PARTS[i].name;
        return "contact.name";
    case TARGET_FACT:
        return arena_printf(mem, "fact.%s", form_fact_name(t->fact));
    case TARGET_EVENT:
        return arena_printf(mem, "event:%s", event_type_text(t->event));
    case TARGET_CONSENT:
        return arena_printf(mem, "consent.%s%s%s", t->purpose,
                            t->channel ? "." : "",
                            t->channel ? t->channel : "");
    case TARGET_IGNORE:
        break;
    }
    return "ignore";
}

bool form_target_takes(const struct form_target *t, const char *text,
                       const char *currency)
{
    struct facts scratch = {.given = 0};

    return t->kind != TARGET_FACT ||
           form_fact_put(&scratch, t->fact, text, currency, 0);
}
