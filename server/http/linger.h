/**
 * @file linger.h
 * Sockets that are closed while their client still sends.  Closing with bytes
 * unread resets the connection, and the client may lose the answer that says
 * why: so what comes is thrown away until the client has heard and closes,
 * for LINGER_MS at most.  Private to http/; the loop's thread only.
 */
#ifndef LEADD_LINGER_H
#define LEADD_LINGER_H

#include "http/loop.h"

/** Longest wait for one client. */
#define LINGER_MS 3000
/** Most at once in a loop; past it they are closed at once. */
#define LINGERS_MAX 128

/** Keep the socket of @a fd open beside it, for reading only. */
void linger_start(struct loop *l, int fd);
/** Let go of all. */
void lingers_end(struct loop *l);

#endif
