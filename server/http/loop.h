/**
 * @file loop.h
 * What the parts of http/ know of each other: server, loop thread,
 * connection, request.  Private to http/.
 *
 * Everything of a loop belongs to its thread, but for the waker and the
 * fields marked atomic.
 */
#ifndef LEADD_LOOP_H
#define LEADD_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/daemon.h"
#include "http/guard.h"
#include "http/peers.h"
#include "http/mhd.h"
#include "http/wheel.h"

#define SPARE_ARENAS 32

struct park;
struct lingerer;

/** How other threads reach a loop; outlives it while answers are due. */
struct waker {
    atomic_int refs;
    int fd; /* eventfd */
    _Atomic(struct park *) head;
};

enum drain { DRAIN_NOT, DRAIN_QUIET, DRAIN_FINAL };

struct http {
    struct http_opts opts;
    struct router *router;
    struct peers *peers;
    unsigned *route_slots; /* metric slot of each route */
    struct loop *loops;
    unsigned n_loops;
    int listen_fd; /* closed by the last loop to quiesce */
    uint16_t port;
    atomic_uint n_quiet; /* loops that have quiesced */
    atomic_int drain;    /* enum drain */
    atomic_size_t n_conns, n_parked;
};

struct loop {
    struct http *http;
    struct MHD_Daemon *mhd;
    struct waker *waker;
    struct wheel wheel;
    struct conn *conns;       /* list */
    struct park *parks;       /* list */
    struct lingerer *lingers; /* list */
    size_t n_lingers;
    struct arena *spare[SPARE_ARENAS];
    size_t n_spare;
    int64_t now_ms;            /* monotonic, once a turn */
    _Atomic int64_t turned_ms; /* the same, for other threads */
    int epoll_fd;
    enum drain drain; /* the stage this loop has reached */
    pthread_t thread;
};

enum phase {
    PHASE_IDLE, /* no byte of the next request yet */
    PHASE_HEADER,
    PHASE_BODY,
    PHASE_WORK, /* handler or parked: no deadline of the connection's */
    PHASE_WRITE
};

/** One connection, from accept to close. */
struct conn {
    struct timer timer; /* first: the wheel hands it back */
    struct loop *loop;
    struct MHD_Connection *mhd;
    struct conn *prev, *next;
    struct http_req *rq; /* the request being read or served */
    struct guard guard;
    struct http_addr peer;
    int64_t deadline_ms;
    enum phase phase;
    int fd;
    bool cut;
    bool unread;  /* answered before all of its body was read */
    bool refused; /* answered past MHD, which reads no more and closes */
};

struct reply_field {
    const char *name, *value;
    struct reply_field *next;
};

/** The part of a request that handlers do not see. */
struct http_priv {
    struct conn *conn;
    struct MHD_Connection *mhd;
    struct park *park; /* while suspended */
    struct buf body;
    struct reply_field *fields;
    uint64_t body_seen;
    int64_t body_start_ms, retry_after;
    bool called, begun, early, replied, failed, close, self_answer, head;
};

/* wire.c: the bytes of watched sockets pass conn_received first */
enum err wire_init(void) MUST_CHECK;
void wire_watch(int fd, struct conn *c); /* NULL ends it */

/* conn.c */
void conn_notify(void *cls, struct MHD_Connection *mhd, void **ctx,
                 enum MHD_ConnectionNotificationCode code);
enum MHD_Result conn_accept(void *cls, const struct sockaddr *sa,
                            socklen_t len);
/** @return n; -1 with errno when the bytes are refused and MHD must close */
ssize_t conn_received(struct conn *c, const char *p, ssize_t n);
void conn_phase(struct conn *c, enum phase phase, int64_t deadline_ms);
void conn_close_idle(struct loop *l);
/** Answer past MHD, which can not at this point; its next recv() fails, and it
 *  closes.
 *  @param request_id NULL makes one */
void conn_refuse(struct conn *c, enum err e, const char *request_id);

/* request.c */
void *request_new(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result request_step(void *cls, struct MHD_Connection *mhd,
                             const char *url, const char *method,
                             const char *version, const char *data,
                             size_t *data_bytes, void **ctx);
void request_over(void *cls, struct MHD_Connection *mhd, void **ctx,
                  enum MHD_RequestTerminationCode why);
void request_free(struct http_req *rq);
/** In the midst of a body MHD takes no answer, so this one goes past it. */
void request_refuse(struct http_req *rq, enum err e);
/** The body may go on after @a paused_ms, or @a e refuses it. */
void body_resume(struct http_req *rq, enum err e, int64_t paused_ms);

/* header.c */
/** @return HTTP_GO_ON, or HTTP_DONE after refusing */
enum http_next header_in(struct http_req *rq);

/* park.c */
struct waker *waker_new(void);
void waker_drop(struct waker *w);
void waker_kick(struct waker *w);
/** Resume whom other threads have answered. */
void parks_collect(struct loop *l);
/** Wake with @a e those that wait for news, or all. */
void parks_wake(struct loop *l, enum err e, bool all);

/* reply.c */
/** Headers and all; takes @a r, NULL is out of memory. */
enum http_next reply_send(struct http_req *rq, int status, const char *type,
                          struct MHD_Response *r);
/** A whole raw answer; best effort. @param request_id NULL makes one */
void reply_raw(int fd, enum err e, const char *request_id);

#endif
