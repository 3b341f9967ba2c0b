/**
 * @file api.h
 * The HTTP face: starts the server over a flow.
 */
#ifndef LEADD_API_H
#define LEADD_API_H

#include "flow/flow.h"
#include "http/daemon.h"

struct api_config {
    struct http_opts http;        /**< without routes, app and hooks */
    double key_rate, key_burst;   /**< requests per second per key; 0: none */
    double addr_rate, addr_burst; /**< per client address, public routes */
    size_t body_max;              /**< bytes of an ordinary body */
    size_t batch_body_max;        /**< bytes of a batch body */
    int park_ms;                  /**< how long a request may wait */
    const char *base_url;         /**< public address, for URLs we print */
};

struct api;

enum err api_start(const struct api_config *config, struct flow *flow,
                   struct api **out) MUST_CHECK;
uint16_t api_port(const struct api *a);
/** Stop accepting and answer what is in flight. */
void api_stop(struct api *a, int64_t grace_ms);

#endif
