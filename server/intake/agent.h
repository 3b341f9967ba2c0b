/**
 * @file agent.h
 * Does a client say by itself that it is a machine?  The texts come with the
 * program (config/data/bot_agents.txt): crawlers, scanners and monitors.
 * Plain HTTP libraries, automated browsers and services that carry forms are
 * not among them: real leads come through those.  Pure; any thread.
 */
#ifndef LEADD_AGENT_H
#define LEADD_AGENT_H

#include "base/base.h"

/** @param agent value of a User-Agent header; NULL is nobody's */
bool agent_is_bot(const char *agent);

#endif
