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

static const char *joined(const char *a, const char *b, struct arena *mem)
{
    if (!a || !*a)
        return b && *b ? b : NULL;
    return b && *b ? arena_printf(mem, "%s %s", a, b) : a;
}

const char *full_name(const struct name_parts *p, struct arena *mem)
{
    const char *family = p->family && *p->family ? p->family : p->last;

    if (family && (family == p->family || is_family_name(family)))
        return joined(joined(family, p->middle, mem), p->first, mem);
    return joined(joined(p->first, p->middle, mem), family, mem);
}
