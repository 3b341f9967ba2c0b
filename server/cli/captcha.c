#include "cli/captcha.h"

#include <stdlib.h>

#include "base/log.h"
#include "cli/cli.h"
#include "http/addr.h"
#include "outbound/verifier.h"

#define THREADS   4
#define QUEUE_MAX 256

struct captcha_desk {
    const struct options *options;
    struct verifier *verifier;
    struct http_net *allowed;
    size_t n_allowed;
};

static bool allowed(void *ctx, const uint8_t *ip)
{
    const struct captcha_desk *d = ctx;

    return net_has(d->allowed, d->n_allowed, ip);
}

static void add_field(struct buf *form, const char *name, const char *value)
{
    static const char HEX[] = "0123456789ABCDEF";

    (void)buf_printf(form, "%s%s=", form->len ? "&" : "", name);
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        char c = (char)*p;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';

        if (!plain) {
            (void)buf_putc(form, '%');
            (void)buf_putc(form, HEX[*p >> 4]);
        }
        (void)buf_putc(form, plain ? c : HEX[*p & 15]);
    }
}

static bool ask(void *ctx, const struct captcha_ask *a)
{
    struct captcha_desk *d = ctx;
    AUTO(buf_release) struct buf form = BUF_INIT;

    add_field(&form, "secret", a->secret);
    add_field(&form, "response", a->token);
    add_field(&form, "remoteip", a->address);
    return !form.failed &&
           verifier_ask(d->verifier,
                        a->kind == CAPTCHA_TURNSTILE ? d->options->turnstile_url
                                                     : d->options->hcaptcha_url,
                        form.ptr, a->done);
}

struct captcha_service captcha_service_of(struct captcha_desk *d)
{
    return (struct captcha_service){d, (int)d->options->captcha_ms, ask};
}

struct captcha_desk *captcha_start(const struct options *o, struct arena *mem)
{
    struct captcha_desk *d = calloc(1, sizeof(*d));
    struct verifier_config config = {.rules = {.allowed = allowed, .ctx = d},
                                     .threads = THREADS,
                                     .queue_max = QUEUE_MAX,
                                     .total_ms = o->captcha_ms};

    if (!d)
        return NULL;
    d->options = o;
    d->allowed = cli_nets(o->outbound_allow, mem, &d->n_allowed);
    if (!client_base_ok(o->turnstile_url) || !client_base_ok(o->hcaptcha_url))
        log_line(LOG_ERROR, "captcha_url_unusable", "s:turnstile_url",
                 o->turnstile_url, "s:hcaptcha_url", o->hcaptcha_url, NULL);
    client_global_init();
    d->verifier = verifier_start(&config);
    if (d->verifier)
        return d;
    captcha_stop(d);
    return NULL;
}

void captcha_stop(struct captcha_desk *d)
{
    if (!d)
        return;
    verifier_stop(d->verifier);
    free(d);
}
