/* What was believed of a lead at a moment that is past. */
#include "lead/bundle.h"

bool bundle_facts_are_newer(const struct bundle *b, int64_t at_ms)
{
    for (unsigned i = 0; i < FACTS_N; i++)
        if (b->facts.given & 1u << i && b->fact_origin[i].at_ms > at_ms)
            return true;
    return false;
}

/* As apply.c lets a fact yield: to a source at least as strong. */
static void take(const struct stated *s, struct facts *past,
                 uint8_t source[FACTS_N])
{
    struct facts allowed = s->facts;

    allowed.given = 0;
    for (unsigned i = 0; i < FACTS_N; i++) {
        if (!(s->facts.given & 1u << i) || source[i] > s->source)
            continue;
        allowed.given |= 1u << i;
        source[i] = s->source;
    }
    facts_merge(past, &allowed);
}

void bundle_facts_at(struct bundle *b, const struct stated *list, size_t n,
                     int64_t at_ms)
{
    uint8_t source[FACTS_N] = {0};
    struct facts past = {0}, still = b->facts;

    for (size_t i = 0; i < n; i++)
        if (list[i].at_ms <= at_ms)
            take(&list[i], &past, source);
    for (unsigned i = 0; i < FACTS_N; i++)
        if (b->fact_origin[i].at_ms > at_ms)
            still.given &= ~(1u << i);
    facts_merge(&past, &still);
    b->facts = past;
}
