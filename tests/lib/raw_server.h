/**
 * @file raw_server.h
 * The http room alone, with routes that show what it does, and raw sockets to
 * talk to it: for what no client library would send.
 *
 * GET /a says "fine"; /big 16 MB; /hungry takes memory until there is none;
 * /wait?ms= waits for news; POST /echo tells what it was given (1,000 bytes
 * at most); /sink reads a body in pieces and pauses at a '?'; /park waits for
 * raw_give_all; /stream sends a piece and one more for each raw_give, until
 * "last"; /short parks for 50 ms; /instant is answered while it parks; /stuck
 * holds its thread until raw_let_go; /form is for the origin https://a.example.
 * Headers and bodies have 300 ms.
 */
#ifndef LEADD_TESTS_RAW_SERVER_H
#define LEADD_TESTS_RAW_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/daemon.h"

#define RAW_HEAR_MS 5000
#define RAW_REPLY   65536 /**< room for an answer */
#define RAW_HOST    "Host: x\r\n"

extern struct http *raw_server;
extern uint16_t raw_port;
/** Requests handled, told of behind their answer, cut, results freed. */
extern atomic_int raw_served, raw_afters, raw_cuts, raw_freed;
extern atomic_size_t raw_sunk; /**< bytes that /sink saw */
extern atomic_bool raw_let_go; /**< set: /stuck goes on */

/** @param per_ip 0: no limit by address, and loopback is a trusted proxy */
void raw_start_with(size_t parked_max, size_t per_ip);
void raw_start(void);
void raw_stop(void);
/** Answer the one that waits, as soon as it does. @param word copied */
void raw_give(enum err e, const char *word);
/** Answer all that wait with @a e. */
void raw_give_all(enum err e);
/** Wait until @a n requests wait. */
void raw_wait_held(size_t n);
/** Wait until @a what counts @a n, at most RAW_HEAR_MS. */
bool raw_comes_to(const atomic_int *what, int n);

/** A new connection, with a limit on reading. */
int raw_dial(void);
void raw_say(int fd, const char *p, size_t n);
void raw_says(int fd, const char *s);
/** All until the peer closes. @return false when it did not in time */
bool raw_hear_all(int fd, char out[RAW_REPLY]);
/** One answer with a body of known length. */
void raw_hear_one(int fd, char out[RAW_REPLY]);
/** One request on its own connection. @return the status */
int raw_ask(const char *request, char out[RAW_REPLY]);
int raw_status(const char *reply);
int raw_count(const char *reply, const char *what);

#endif
