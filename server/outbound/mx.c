#include "outbound/mx.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define TRIES        2
#define CACHE_SLOTS  4096
#define DOMAIN_BYTES 256
#define TTL_MAX_S    86400
#define TTL_MIN_S    30
#define NEGATIVE_S   300 /* of an answer without a SOA */

struct entry {
    char domain[DOMAIN_BYTES];
    int64_t until_ms; /* monotonic; 0: free */
    enum mx mx;
};

struct mx_resolver {
    struct mx_config config;
    ares_channel channel;
    struct entry *cache; /* by hash; a newer name takes the slot */
};

/* What one question brought. */
struct answer {
    bool done;
    int status;
    size_t n;       /* records of the type asked for */
    bool null_mx;   /* the only one says that there is no mail */
    uint32_t ttl_s; /* the least */
};

const char *mx_text(enum mx v)
{
    static const char *const TEXTS[] = {"deliverable", "no_mx", "no_domain",
                                        "unknown"};

    return TEXTS[v];
}

/* ---- reading ---- */

/* "." as exchange is RFC 7505: this domain takes no mail. */
static bool is_null_mx(const ns_rr *rr)
{
    return ns_rr_rdlen(*rr) == 3 && ns_rr_rdata(*rr)[2] == 0;
}

static void read_records(ns_msg *msg, int type, struct answer *out)
{
    ns_rr rr;

    for (int i = 0; i < ns_msg_count(*msg, ns_s_an); i++) {
        if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
            return;
        out->ttl_s = MIN(out->ttl_s, (uint32_t)ns_rr_ttl(rr));
        if ((int)ns_rr_type(rr) != type)
            continue; /* an alias on the way */
        out->n++;
        out->null_mx = type == ns_t_mx && is_null_mx(&rr);
    }
}

/* RFC 2308: the lesser of the SOA's own TTL and its last number. */
static uint32_t negative_ttl(ns_msg *msg)
{
    ns_rr rr;

    for (int i = 0; i < ns_msg_count(*msg, ns_s_ns); i++)
        if (ns_parserr(msg, ns_s_ns, i, &rr) == 0 &&
            ns_rr_type(rr) == ns_t_soa && ns_rr_rdlen(rr) >= 22) {
            const uint8_t *p = ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4;
            uint32_t least = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                             (uint32_t)p[2] << 8 | p[3];

            return MIN((uint32_t)ns_rr_ttl(rr), least);
        }
    return NEGATIVE_S;
}

struct asking {
    struct answer *out;
    int type;
};

static void take(void *arg, int status, int timeouts, unsigned char *msg_bytes,
                 int n)
{
    struct asking *a = arg;
    ns_msg msg;

    (void)timeouts;
    a->out->done = true;
    a->out->status = status;
    if (!msg_bytes || ns_initparse(msg_bytes, n, &msg) != 0)
        return;
    if (status == ARES_SUCCESS)
        read_records(&msg, a->type, a->out);
    else
        a->out->ttl_s = negative_ttl(&msg);
}

/* ---- asking ---- */

/* Not select: a server has more descriptors than that takes. */
static void wait_some(struct mx_resolver *r)
{
    ares_socket_t socks[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    /* one bit each to read, then one each to write; its macros shift into
       the sign */
    unsigned mask =
        (unsigned)ares_getsock(r->channel, socks, ARES_GETSOCK_MAXNUM);
    nfds_t n = 0;

    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        short events = 0;

        if (mask >> i & 1)
            events |= POLLIN;
        if (mask >> (i + ARES_GETSOCK_MAXNUM) & 1)
            events |= POLLOUT;
        if (events)
            fds[n++] = (struct pollfd){socks[i], events, 0};
    }
    (void)poll(fds, n, 100);
    if (!n)
        ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (nfds_t i = 0; i < n; i++)
        ares_process_fd(r->channel,
                        fds[i].revents & (POLLIN | POLLERR | POLLHUP)
                            ? fds[i].fd
                            : ARES_SOCKET_BAD,
                        fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
}

static struct answer ask(struct mx_resolver *r, const char *domain, int type)
{
    struct answer out = {.ttl_s = TTL_MAX_S};
    struct asking a = {&out, type};

    ares_query(r->channel, domain, ns_c_in, type, take, &a);
    while (!out.done) {
        if (r->config.cancel &&
            __atomic_load_n(r->config.cancel, __ATOMIC_RELAXED))
            ares_cancel(r->channel);
        else
            wait_some(r);
    }
    return out;
}

/* Without a mail exchanger the name's own address takes the mail. */
static enum mx ask_addresses(struct mx_resolver *r, const char *domain,
                             uint32_t *ttl_s)
{
    static const int TYPES[] = {ns_t_a, ns_t_aaaa};

    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        struct answer a = ask(r, domain, TYPES[i]);

        *ttl_s = MIN(*ttl_s, a.ttl_s);
        if (a.status == ARES_SUCCESS && a.n)
            return MX_DELIVERABLE;
        if (a.status == ARES_ENOTFOUND)
            return MX_NO_DOMAIN;
        if (a.status != ARES_ENODATA && a.status != ARES_SUCCESS)
            return MX_UNKNOWN;
    }
    return MX_NONE;
}

static enum mx ask_dns(struct mx_resolver *r, const char *domain,
                       uint32_t *ttl_s)
{
    struct answer a = ask(r, domain, ns_t_mx);

    *ttl_s = a.ttl_s;
    if (a.status == ARES_ENOTFOUND)
        return MX_NO_DOMAIN;
    if (a.status != ARES_SUCCESS && a.status != ARES_ENODATA)
        return MX_UNKNOWN;
    if (a.n)
        return a.n == 1 && a.null_mx ? MX_NONE : MX_DELIVERABLE;
    return ask_addresses(r, domain, ttl_s);
}

enum mx mx_ask(struct mx_resolver *r, const char *domain)
{
    struct entry *e = &r->cache[str_hash(domain, strlen(domain)) % CACHE_SLOTS];
    uint32_t ttl_s = 0;

    if (strlen(domain) >= DOMAIN_BYTES)
        return MX_NO_DOMAIN;
    if (e->until_ms > clock_mono_ms() && str_eq(e->domain, domain))
        return e->mx;
    e->mx = ask_dns(r, domain, &ttl_s);
    memcpy(e->domain, domain, strlen(domain) + 1);
    ttl_s = MAX(MIN(ttl_s, (uint32_t)TTL_MAX_S), (uint32_t)TTL_MIN_S);
    e->until_ms =
        e->mx == MX_UNKNOWN ? 0 : clock_mono_ms() + (int64_t)ttl_s * SECOND_MS;
    return e->mx;
}

/* ---- life ---- */

bool mx_global_init(void)
{
    return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
}

struct mx_resolver *mx_new(const struct mx_config *config)
{
    struct mx_resolver *r = calloc(1, sizeof(*r));
    struct ares_options options = {.timeout = config->query_ms, .tries = TRIES};

    if (!r)
        return NULL;
    r->config = *config;
    r->cache = calloc(CACHE_SLOTS, sizeof(*r->cache));
    if (!r->cache || ares_init_options(&r->channel, &options,
                                       ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) !=
                         ARES_SUCCESS) {
        free(r->cache);
        free(r);
        return NULL;
    }
    if (*config->servers && ares_set_servers_ports_csv(
                                r->channel, config->servers) != ARES_SUCCESS) {
        mx_free(r);
        return NULL;
    }
    return r;
}

void mx_free(struct mx_resolver *r)
{
    if (!r)
        return;
    ares_destroy(r->channel);
    free(r->cache);
    free(r);
}
