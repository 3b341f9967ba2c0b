/**
 * @file notify.h
 * systemd's notification protocol: one datagram per message to the socket in
 * NOTIFY_SOCKET.  Without that variable nothing happens.  Thread: main.
 */
#ifndef LEADD_NOTIFY_H
#define LEADD_NOTIFY_H

#include "base/base.h"

/** @param state such as "READY=1" */
void notify(const char *state);

/** How often systemd wants WATCHDOG=1: half of WATCHDOG_USEC.
 *  @return milliseconds; 0 when it wants none */
int64_t notify_watchdog_ms(void);

/** The listening socket systemd hands over, @return -1 when there is none */
int notify_listen_fd(void);

#endif
