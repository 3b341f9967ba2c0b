/**
 * @file settings_check.h
 * What a setting must be that only the libraries behind it, or two of our
 * rooms, can say.  Pure.
 */
#ifndef LEADD_SETTINGS_CHECK_H
#define LEADD_SETTINGS_CHECK_H

#include "options/options.h"

/**
 * @param out_name the setting that is wrong; untouched when none is
 * @return what is wrong with it, without its value (it may be a secret);
 *         NULL when all can be used
 */
const char *settings_wrong(const struct options *o, const char **out_name);

#endif
