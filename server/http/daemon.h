/**
 * @file daemon.h
 * The HTTP server: start, quiesce, stop.  Thread: main.
 *
 * Each loop thread drives its own libmicrohttpd daemon in external epoll
 * mode; all share one listening socket.  An own loop, because 0.9.75's own
 * threads stall when exactly 128 events are ready at once; one shared socket
 * rather than SO_REUSEPORT, because nothing waiting in the backlog is lost
 * when a loop ends, an idle loop takes what a busy one cannot, and the
 * socket can be handed in by whoever started us.
 */
#ifndef LEADD_DAEMON_H
#define LEADD_DAEMON_H

#include "http/request.h"

struct http_opts {
    const char *host; /**< numeric address; NULL is all, v6 and v4 */
    uint16_t port;    /**< 0 picks a free one, see http_port */
    int listen_fd;    /**< > 0: an open listening socket, taken; else 0 */
    unsigned threads; /**< 0 means 2 */
    size_t conns_max; /**< 0 means 10,000 */
    size_t conns_per_ip_max; /**< per address (IPv6 /64); 0: no limit */
    size_t parked_max;       /**< 0 means 20,000; beyond it 503 ERR_BUSY */
    int64_t header_ms;       /**< whole header; 0 means 10 s */
    int64_t body_ms;         /**< whole body; 0 means 30 s */
    int64_t body_rate;       /**< on_body routes get 1 s more for each so
                                  many bytes; 0 means 16,384 */
    int64_t write_ms;        /**< whole answer; 0 means 30 s */
    int64_t idle_ms;         /**< between requests; 0 means 15 s */
    const struct http_net *proxies; /**< trusted, borrowed; see net_parse */
    size_t n_proxies;
    const struct http_route *routes; /**< borrowed */
    size_t n_routes;
    struct app *app;
    /** Header is in, body is not: authorise, limit, look at the media type.
     *  HTTP_GO_ON, or HTTP_DONE after replying (which closes when a body was
     *  to follow).  Runs for matched routes only.  May be NULL. */
    enum http_next (*pre)(struct http_req *rq);
    /** An OPTIONS request without a route (rq->route NULL, rq->allow set).
     *  NULL answers 204 with Allow. */
    enum http_next (*options)(struct http_req *rq);
    /** The answer is sent or given up: access log, metrics.  May be NULL. */
    void (*after)(const struct http_req *rq, int64_t duration_us);
};

struct http;

/**
 * @param opts copied; what it points at is borrowed until http_stop
 * @return ERR_OK; ERR_CONFIG for a bad route table or address, ERR_IO when the
 *         port cannot be had, ERR_NO_MEMORY
 */
enum err http_start(const struct http_opts *opts, struct http **out) MUST_CHECK;

/** The port bound. */
uint16_t http_port(const struct http *h);

/** How long ago the thread that is most behind looked for work.  Each looks
 *  twice a second at least, so seconds mean that a handler holds it.  Any
 *  thread. */
int64_t http_stalled_ms(const struct http *h);

/** Stop accepting, close idle connections after their present request, wake
 *  all http_wait.  Returns at once. */
void http_quiesce(struct http *h);

/**
 * Quiesce, give what is in flight up to @a grace_ms to be answered, answer
 * the rest 503 ERR_DRAINING, end the threads, free.  NULL is fine.  Answers
 * given later are freed harmlessly.
 */
void http_stop(struct http *h, int64_t grace_ms);

#endif
