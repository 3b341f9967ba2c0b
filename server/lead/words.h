/**
 * @file words.h
 * The vocabulary of domain.md as enums with their texts (words.def).
 * Pure; any thread.
 */
#ifndef LEADD_WORDS_H
#define LEADD_WORDS_H

#include "base/base.h"

enum stage {
#define STAGE(name, text) STAGE_##name,
#include "lead/words.def"
#undef STAGE
    STAGE_N,
    STAGE_NEW = STAGE_N /**< "from" of the very first hop only */
};

enum temperature {
#define TEMPERATURE(name, text) TEMPERATURE_##name,
#include "lead/words.def"
#undef TEMPERATURE
    TEMPERATURE_N
};

enum quality {
#define QUALITY(name, text) QUALITY_##name,
#include "lead/words.def"
#undef QUALITY
    QUALITY_N
};

enum origin {
#define ORIGIN(name, text) ORIGIN_##name,
#include "lead/words.def"
#undef ORIGIN
    ORIGIN_N
};

enum role {
#define ROLE(name, text) ROLE_##name,
#include "lead/words.def"
#undef ROLE
    ROLE_N
};

enum need {
#define NEED(name, text) NEED_##name,
#include "lead/words.def"
#undef NEED
    NEED_N
};

enum challenge {
#define CHALLENGE(name, text) CHALLENGE_##name,
#include "lead/words.def"
#undef CHALLENGE
    CHALLENGE_N
};

enum event_type {
#define EVENT_TYPE(name, text) EVENT_##name,
#include "lead/words.def"
#undef EVENT_TYPE
    EVENT_TYPE_N
};

/** @return the word; "new" for STAGE_NEW */
const char *stage_text(enum stage v);
const char *temperature_text(enum temperature v);
const char *quality_text(enum quality v);
const char *origin_text(enum origin v);
const char *role_text(enum role v);
const char *need_text(enum need v);
const char *challenge_text(enum challenge v);
const char *event_type_text(enum event_type v);

/** Exact match. @return false when @a s is no such word (or NULL) */
bool stage_parse(const char *s, enum stage *out);
bool temperature_parse(const char *s, enum temperature *out);
bool quality_parse(const char *s, enum quality *out);
bool origin_parse(const char *s, enum origin *out);
bool role_parse(const char *s, enum role *out);
bool need_parse(const char *s, enum need *out);
bool challenge_parse(const char *s, enum challenge *out);
bool event_type_parse(const char *s, enum event_type *out);

/** Is it a grade, A1 to C3? */
bool grade_is_word(const char *s);

#endif
