#include "scoring/score_json.h"

#include "base/clock.h"

json_t *time_to_json(int64_t ms)
{
    char text[TIME_TEXT_BYTES];

    if (ms < 0 || ms > TIME_MAX_MS)
        return json_null();
    return json_string(time_format(ms, text));
}

static json_t *criteria_to_json(const struct score *s)
{
    json_t *j = json_object();

    for (int i = 0; i < CRITERION_N; i++)
        json_object_set_new(j, criterion_text((enum criterion)i),
                            json_integer(s->criteria[i]));
    return j;
}

static json_t *bant_to_json(const struct score *s)
{
    json_t *j = json_object();

    for (int i = 0; i < BANT_N; i++)
        json_object_set_new(j, bant_text((enum bant)i),
                            json_integer(s->bant[i]));
    return j;
}

json_t *score_to_json(const struct model *m, const struct score *s,
                      int64_t as_of_ms, enum stage stage)
{
    return json_pack(
        "{s:i, s:i, s:o, s:i, s:i, s:s, s:o, s:i, s:i, s:s, s:s, s:b, s:s,"
        " s:i, s:s, s:o, s:s, s:o}",
        "score", s->score, "raw", s->raw, "criteria", criteria_to_json(s),
        "potential", s->potential, "known_fit_facts", s->known_fit_facts,
        "quality", quality_text(s->quality), "bant", bant_to_json(s),
        "behaviour", s->behaviour, "consideration", s->consideration,
        "temperature", temperature_text(s->temperature), "grade", s->grade,
        "hot_lead", s->hot_lead, "stage", stage_text(stage), "rank", s->rank,
        "quality_basis", quality_basis_text(s->basis), "valid_until",
        time_to_json(s->valid_until_ms), "model_version", m->version, "as_of",
        time_to_json(as_of_ms));
}
