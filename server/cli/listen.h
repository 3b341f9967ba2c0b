/**
 * @file listen.h
 * The port, taken first and opened last: a used port ends the start before
 * anything else is touched, and nobody connects before we can answer.
 */
#ifndef LEADD_LISTEN_H
#define LEADD_LISTEN_H

#include "base/err.h"

/**
 * Bind, without listening yet.
 *
 * @param host numeric address, or "*" for every one
 * @return the socket; -1 with errno set
 */
int listen_bind(const char *host, uint16_t port);

/** Listen. @return false with errno set */
bool listen_open(int fd);

#endif
