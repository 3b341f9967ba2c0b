/**
 * @file model_read.h
 * Inside the room: reading the values of a model document.  Each reader
 * reports what is wrong at @a at and below, and goes on with the rest.
 */
#ifndef LEADD_MODEL_READ_H
#define LEADD_MODEL_READ_H

#include "scoring/model.h"

/** Bounds that a reader holds its numbers to. */
struct bounds {
    int64_t min, max;
};

/** Declare one reader.  @param v the value  @param at its JSON Pointer
 *  @param out the member of struct model it fills */
#define MODEL_READER(kind)                                                     \
    void model_read_##kind(const json_t *v, const char *at, struct bounds b,   \
                           void *out, struct field_errs *errs)
MODEL_READER(int);
MODEL_READER(version);
MODEL_READER(roles);
MODEL_READER(needs);
MODEL_READER(challenges);
MODEL_READER(events);
MODEL_READER(percents);
MODEL_READER(days);
MODEL_READER(order);
MODEL_READER(grades);
MODEL_READER(temperature);
MODEL_READER(quality);
MODEL_READER(recycle);
MODEL_READER(comment);

/** Report values that are good alone and wrong together. */
void model_check(const struct model *m, struct field_errs *errs);

#endif
