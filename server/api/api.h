/**
 * @file api.h
 * The HTTP face: starts the server over a flow.
 */
#ifndef LEADD_API_H
#define LEADD_API_H

#include "flow/flow.h"
#include "http/daemon.h"

/** Did a visitor pass?  Texts are borrowed for the call. */
struct captcha_ask {
    enum captcha kind;
    const char *secret, *token, *address;
    struct done done; /**< ERR_OK: passed; ERR_FORBIDDEN: not; else: nobody
                           could say */
};

/** Who asks a captcha service, on threads of its own. */
struct captcha_service {
    void *ctx;
    int most_ms; /**< longest it takes */
    /** @return false: it is too busy; done never runs then */
    bool (*ask)(void *ctx, const struct captcha_ask *ask);
};

struct api_config {
    struct http_opts http;          /**< without routes, app and hooks */
    double key_rate, key_burst;     /**< requests per second per key; 0: none */
    double addr_rate, addr_burst;   /**< per client address, public routes */
    double form_rate, form_burst;   /**< posts per address and form; 0: none */
    double hook_rate, hook_burst;   /**< per source of a platform */
    struct captcha_service captcha; /**< ask NULL: there is none */
    size_t body_max;                /**< bytes of an ordinary body */
    size_t batch_body_max;          /**< bytes of a batch body */
    int park_ms;                    /**< how long a request may wait */
    const char *base_url;           /**< public address, for URLs we print */
};

struct api;

enum err api_start(const struct api_config *config, struct flow *flow,
                   struct api **out) MUST_CHECK;
uint16_t api_port(const struct api *a);
/** As http_stalled_ms. */
int64_t api_stalled_ms(const struct api *a);
/** Stop accepting and answer what is in flight. */
void api_stop(struct api *a, int64_t grace_ms);

#endif
