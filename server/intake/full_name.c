#include "intake/full_name.h"

#include "base/fold.h"
#include "base/str.h"

/* Nine in ten Vietnamese bear one of these. */
static bool is_family_name(const char *last)
{
    static const char *const NAMES[] = {
        "bui",   "cao",    "chau", "chu",    "dam", "dang",  "dao",   "dinh",
        "do",    "doan",   "dong", "duong",  "ha",  "ho",    "hoang", "hua",
        "huynh", "kieu",   "la",   "lam",    "le",  "luong", "luu",   "ly",
        "mac",   "mai",    "ngo",  "nguyen", "ong", "pham",  "phan",  "phung",
        "quach", "ta",     "thai", "to",     "ton", "tong",  "tran",  "trieu",
        "trinh", "truong", "tu",   "van",    "vo",  "vu",    "vuong"};
    char word[64];

    fold_into(last, strlen(last), word, sizeof(word));
    word[strcspn(word, " ")] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq(NAMES[i], word))
            return true;
    return false;
}

const char *full_name(const char *first, const char *last, struct arena *mem)
{
    if (!first || !*first)
        return last && *last ? last : NULL;
    if (!last || !*last)
        return first;
    return is_family_name(last) ? arena_printf(mem, "%s %s", last, first)
                                : arena_printf(mem, "%s %s", first, last);
}
