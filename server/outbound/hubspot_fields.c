#include "outbound/hubspot_fields.h"

#include <curl/curl.h>

#include "base/str.h"

#define USUAL  "email,firstname,lastname,phone,mobilephone,company,jobtitle"
#define INSIDE "/properties/"

/* @return the name of the property; NULL when it can be none */
static const char *property(const char *name)
{
    if (str_starts(name, INSIDE))
        name += sizeof(INSIDE) - 1;
    return *name && !strpbrk(name, "/~") && strlen(name) <= HUBSPOT_FIELD_MAX
               ? name
               : NULL;
}

static bool is_in(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = list; *p; p += *p == ',') {
        size_t len = strcspn(p, ",");

        if (len == n && memcmp(p, word, n) == 0)
            return true;
        p += len;
    }
    return false;
}

const char *hubspot_fields(const char *const names[], size_t n,
                           struct arena *mem)
{
    const char *list = USUAL;

    for (size_t i = 0, asked = 0; i < n && asked < HUBSPOT_FIELDS_MAX; i++) {
        const char *name = property(names[i]);
        char *word = name ? curl_easy_escape(NULL, name, 0) : NULL;

        if (word && !is_in(list, word) &&
            strlen(list) + strlen(word) < HUBSPOT_BYTES_MAX) {
            list = arena_printf(mem, "%s,%s", list, word);
            asked++;
        }
        curl_free(word);
    }
    return list;
}
