#include "lead/words.h"

#include "base/str.h"

static const char *const STAGES[] = {
#define STAGE(name, text) text,
#include "lead/words.def"
#undef STAGE
    "new",
};
static const char *const TEMPERATURES[] = {
#define TEMPERATURE(name, text) text,
#include "lead/words.def"
#undef TEMPERATURE
};
static const char *const QUALITIES[] = {
#define QUALITY(name, text) text,
#include "lead/words.def"
#undef QUALITY
};
static const char *const ORIGINS[] = {
#define ORIGIN(name, text) text,
#include "lead/words.def"
#undef ORIGIN
};
static const char *const ROLES[] = {
#define ROLE(name, text) text,
#include "lead/words.def"
#undef ROLE
};
static const char *const NEEDS[] = {
#define NEED(name, text) text,
#include "lead/words.def"
#undef NEED
};
static const char *const CHALLENGES[] = {
#define CHALLENGE(name, text) text,
#include "lead/words.def"
#undef CHALLENGE
};
static const char *const EVENT_TYPES[] = {
#define EVENT_TYPE(name, text) text,
#include "lead/words.def"
#undef EVENT_TYPE
};

/* @return index of s, -1 when it is not there */
static int find(const char *const *words, int n, const char *s)
{
    for (int i = 0; s && i < n; i++)
        if (str_eq(words[i], s))
            return i;
    return -1;
}

#define WORD_FUNCTIONS(type, prefix, words, count)                             \
    const char *prefix##_text(enum type v)                                     \
    {                                                                          \
        return (words)[v];                                                     \
    }                                                                          \
    bool prefix##_parse(const char *s, enum type *out)                         \
    {                                                                          \
        int i = find(words, count, s);                                         \
                                                                               \
        if (i >= 0)                                                            \
            *out = (enum type)i;                                               \
        return i >= 0;                                                         \
    }

WORD_FUNCTIONS(stage, stage, STAGES, STAGE_N)
WORD_FUNCTIONS(temperature, temperature, TEMPERATURES, TEMPERATURE_N)
WORD_FUNCTIONS(quality, quality, QUALITIES, QUALITY_N)
WORD_FUNCTIONS(origin, origin, ORIGINS, ORIGIN_N)
WORD_FUNCTIONS(role, role, ROLES, ROLE_N)
WORD_FUNCTIONS(need, need, NEEDS, NEED_N)
WORD_FUNCTIONS(challenge, challenge, CHALLENGES, CHALLENGE_N)
WORD_FUNCTIONS(event_type, event_type, EVENT_TYPES, EVENT_TYPE_N)

bool grade_is_word(const char *s)
{
    return s && s[0] >= 'A' && s[0] <= 'C' && s[1] >= '1' && s[1] <= '3' &&
           !s[2];
}
