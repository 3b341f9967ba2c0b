#include "intake/form_hubspot.h"

#include "base/str.h"

/* @param name in the arena of @a out, or static */
static enum err add(struct form_fields *out, const char *name,
                    const json_t *value, const json_t *words)
{
    const char *text = json_is_true(value) ? "true" : "false";
    enum err e;

    if (!json_is_boolean(value))
        return ERR_OK;
    e = form_fields_add(out, name, text, strlen(text));
    if (e == ERR_OK)
        out->items[out->n - 1].wording =
            arena_strdup(out->mem, json_string_value(words));
    return e;
}

static enum err add_communication(struct form_fields *out, const json_t *one)
{
    const json_t *id = json_object_get(one, "subscriptionTypeId");
    const char *name = NULL;

    if (json_is_integer(id))
        name =
            arena_printf(out->mem, "consent_subscription_%" JSON_INTEGER_FORMAT,
                         json_integer_value(id));
    else if (json_is_string(id) && json_string_length(id) <= 40)
        name = arena_printf(out->mem, "consent_subscription_%s",
                            json_string_value(id));
    return name ? add(out, name, json_object_get(one, "value"),
                      json_object_get(one, "text"))
                : ERR_OK;
}

enum err form_hubspot_consent(const json_t *j, struct form_fields *out)
{
    const json_t *consent =
        json_object_get(json_object_get(j, "legalConsentOptions"), "consent");
    const json_t *list = json_object_get(consent, "communications");
    enum err e = add(out, "consent_processing",
                     json_object_get(consent, "consentToProcess"),
                     json_object_get(consent, "text"));

    for (size_t i = 0; e == ERR_OK && i < json_array_size(list); i++)
        e = add_communication(out, json_array_get(list, i));
    return e;
}
