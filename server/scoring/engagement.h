/**
 * @file engagement.h
 * Inside the room: what one event is worth, in 32nds of a point.  score.c
 * adds the weights up and explain.c writes them down, so that both always
 * tell the same.  Pure; any thread.
 */
#ifndef LEADD_ENGAGEMENT_H
#define LEADD_ENGAGEMENT_H

#include "scoring/model.h"
#include "scoring/score.h"

/** Why an event gives what it gives. */
enum verdict {
    VERDICT_COUNTED,
    VERDICT_NO_POINTS, /**< its type gives none */
    VERDICT_MACHINE,
    VERDICT_FUTURE,
    VERDICT_OTHER_PERSON,
    VERDICT_TOO_SHORT,
    VERDICT_DAILY_CAP,
    VERDICT_TOO_OLD,
    VERDICT_N
};

const char *verdict_text(enum verdict v);

/** Walks a timeline, oldest first. */
struct weighing {
    const struct model *model;
    const struct score_in *in;
    /* Local days pass in order but for a clock set back at midnight, which
     * may return to the day before: so two days are kept, by parity. */
    struct day_use {
        int64_t day;
        int32_t n;
    } used[EVENT_TYPE_N][2];
};

struct weight {
    enum verdict verdict;
    int64_t age_days;   /**< whole days; negative for the future */
    int32_t points;     /**< of the type, before decay; 0 unless counted */
    int32_t decayed_32; /**< 32nds */
    int64_t until_ms;   /**< next decay step; FOREVER_MS when none */
};

void weighing_init(struct weighing *w, const struct model *m,
                   const struct score_in *in);

/** Weigh the next event of the timeline. */
struct weight weigh(struct weighing *w, const struct event *e);

/** Age in whole days, rounded down; negative for the future. */
int64_t age_in_days(const struct score_in *in, const struct event *e);

/** 32nds to whole points, half up. @param n32 not negative */
int32_t round_32nds(int64_t n32);

#endif
