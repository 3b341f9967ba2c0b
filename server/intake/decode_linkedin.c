#include "base/str.h"
#include "intake/decode_platform.h"
#include "intake/hook_lead.h"

static const json_t *by_id(const json_t *list, const char *member,
                           const json_t *id)
{
    for (size_t i = 0; id && i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (json_equal(json_object_get(one, member), id))
            return one;
    }
    return NULL;
}

/* The first language of a text in several. */
static const char *localized(const json_t *text, struct arena *mem)
{
    json_t *all = json_object_get(text, "localized");
    const char *language;
    json_t *v;

    json_object_foreach (all, language, v)
        return hook_scalar(v, mem);
    return NULL;
}

/* What an answer is called: as the mapping calls it; else the predefined
 * field, the question's name, its number. */
static const char *name_of(const struct hook_lead *l, const json_t *question,
                           const json_t *id)
{
    struct arena *mem = l->r->mem;
    const char *number = hook_scalar(id, mem);
    const char *field = hook_text(question, "predefinedField", mem);
    const char *const names[] = {
        field, hook_text(question, "name", mem),
        number ? arena_printf(mem, "question_%s", number) : NULL,
        localized(json_object_get(question, "question"), mem)};
    const char *named = hook_lead_named(l, names, ARRAY_LEN(names));

    for (size_t i = 0; !named && i < 3; i++)
        named = names[i];
    return named;
}

static const json_t *options_of(const json_t *question)
{
    const json_t *details = json_object_get(question, "questionDetails");

    return hook_inside(details, "multipleChoiceQuestionDetails", "options");
}

static void read_choices(struct hook_lead *l, const char *name,
                         const json_t *question, const json_t *chosen)
{
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const json_t *id = json_array_get(chosen, i);
        const json_t *option = by_id(options_of(question), "id", id);
        const char *text =
            localized(json_object_get(option, "text"), l->r->mem);

        hook_lead_answer(l, name, text ? text : hook_scalar(id, l->r->mem));
    }
}

static void read_answer(struct hook_lead *l, const json_t *questions,
                        const json_t *answer)
{
    const json_t *id = json_object_get(answer, "questionId");
    const json_t *details = json_object_get(answer, "answerDetails");
    const json_t *question = by_id(questions, "questionId", id);
    const char *name = name_of(l, question, id);

    if (!name)
        return;
    hook_lead_json(l, name,
                   hook_inside(details, "textQuestionAnswer", "answer"));
    read_choices(l, name, question,
                 hook_inside(details, "multipleChoiceAnswer", "options"));
}

static const char *either(const json_t *one, const char *name,
                          const char *upper, struct arena *mem)
{
    const char *text = hook_text(one, name, mem);

    return text ? text : hook_text(one, upper, mem);
}

/* What the form's owner put into it for himself: a list of names and values,
   or one object of them. */
static void read_hidden(struct hook_lead *l, const json_t *fields)
{
    json_t *all = (json_t *)(uintptr_t)fields; /* iterators want it writable */
    const char *name;
    json_t *v;

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *one = json_array_get(fields, i);

        hook_lead_answer(l, either(one, "name", "Name", l->r->mem),
                         either(one, "value", "Value", l->r->mem));
    }
    if (json_is_object(fields))
        json_object_foreach (all, name, v)
            hook_lead_json(l, name, v);
}

static void read_consent(struct hook_lead *l, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *id = hook_text(c, "consentId", l->r->mem);

        if (id)
            hook_lead_consent(l, arena_printf(l->r->mem, "consent_%s", id),
                              json_is_true(json_object_get(c, "accepted")));
    }
}

static const char *last_of_urn(const char *urn)
{
    const char *at = urn ? strrchr(urn, ':') : NULL;

    return at && at[1] ? at + 1 : urn;
}

enum err linkedin_lead_read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *response = json_object_get(j, "formResponse");
    const json_t *answers = json_object_get(response, "answers");
    const json_t *sponsored =
        hook_inside(j, "leadMetadata", "sponsoredLeadMetadata");
    const json_t *form = json_object_get(j, "leadForm");
    struct hook_lead l;

    if (e != ERR_OK)
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = last_of_urn(hook_text(j, "id", r->mem));
    if (!l.external_id)
        return ERR_BAD_REQUEST;
    for (size_t i = 0; i < json_array_size(answers); i++)
        read_answer(&l, hook_inside(form, "content", "questions"),
                    json_array_get(answers, i));
    read_hidden(&l, json_object_get(j, "hiddenFields"));
    read_hidden(&l, json_object_get(form, "hiddenFields"));
    read_hidden(&l, hook_inside(form, "content", "hiddenFields"));
    read_consent(&l, json_object_get(response, "consentResponses"));
    (void)hook_time(json_object_get(j, "submittedAt"), &l.at_ms);
    l.test = hook_says_yes(j, "testLead", r->mem);
    l.touch.medium = hook_text(j, "leadType", r->mem);
    l.touch.campaign = last_of_urn(hook_text(sponsored, "campaign", r->mem));
    l.touch.content = last_of_urn(hook_scalar(
        hook_inside(j, "associatedEntity", "sponsoredCreative"), r->mem));
    l.touch.term = hook_text(form, "name", r->mem);
    return hook_lead_end(&l, HOOK_LEAD);
}
