/**
 * @file mail_check.h
 * Joins the mail checker to the settings.
 */
#ifndef LEADD_CLI_MAIL_CHECK_H
#define LEADD_CLI_MAIL_CHECK_H

#include "options/options.h"
#include "outbound/mail_checker.h"

/**
 * @param o borrowed until mail_checker_stop
 * @return given; NULL when turned off, or when it cannot be started (logged)
 */
struct mail_checker *mail_check_start(const struct options *o);

#endif
