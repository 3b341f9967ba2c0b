/**
 * @file captcha.h
 * Joins the verifier to the HTTP face: which service, its address, the
 * question.
 */
#ifndef LEADD_CLI_CAPTCHA_H
#define LEADD_CLI_CAPTCHA_H

#include "api/api.h"
#include "options/options.h"

struct captcha_desk;

/**
 * @param o borrowed until captcha_stop
 * @param mem outlives it
 * @return given; NULL when out of memory
 */
struct captcha_desk *captcha_start(const struct options *o, struct arena *mem);
/** Between the HTTP face's stop and the flow's.  NULL is fine. */
void captcha_stop(struct captcha_desk *d);

/** What the HTTP face asks. */
struct captcha_service captcha_service_of(struct captcha_desk *d);

#endif
