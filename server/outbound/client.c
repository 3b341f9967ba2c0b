#include "outbound/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "outbound/public_addr.h"

#define URL_MAX   4096
#define USAGE_MAX 4096

struct client {
    struct client_rules rules;
    CURL *curl;
    /* of the call in hand */
    const struct client_call *call;
    struct client_reply *reply;
    bool refused; /* an address was */
};

void client_global_init(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        abort();
}

struct client *client_new(const struct client_rules *rules)
{
    struct client *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->rules = *rules;
    c->curl = curl_easy_init();
    if (c->curl)
        return c;
    free(c);
    return NULL;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    free(c);
}

void client_reply_release(struct client_reply *r)
{
    buf_release(&r->body);
    free(r->usage);
    r->usage = NULL;
}

/* ---- where to ---- */

/* @return the port; 0 when the address is malformed or not http(s) */
static long url_port(const char *url, bool *out_https)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *port = NULL, *user = NULL;
    int64_t n = 0;

    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
            CURLUE_OK &&
        curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK &&
        (str_eq(scheme, "https") || str_eq(scheme, "http")) &&
        str_to_i64(port, &n)) {
        *out_https = str_eq(scheme, "https");
    }
    curl_free(scheme);
    curl_free(port);
    curl_free(user);
    curl_url_cleanup(u);
    return (long)n;
}

bool client_base_ok(const char *base)
{
    bool https;

    return url_port(base, &https) != 0 && !strpbrk(base, "?#");
}

/* The host is the base's whatever the path holds: the path begins with '/'. */
static enum err make_url(const struct client_call *call, char *out, size_t size)
{
    const char *base = call->base ? call->base : "";
    size_t n = strlen(base);
    bool https = false;
    long port;

    if (call->base && call->path[0] != '/')
        return ERR_OUTBOUND_REFUSED;
    while (n && base[n - 1] == '/')
        n--;
    if (n + strlen(call->path) >= size)
        return ERR_OUTBOUND_REFUSED;
    memcpy(out, base, n);
    memcpy(out + n, call->path, strlen(call->path) + 1);
    port = url_port(out, &https);
    if (!port || (!call->base && (!https || port != 443)))
        return ERR_OUTBOUND_REFUSED;
    return ERR_OK;
}

/* curl asks for a socket once it knows the address. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
                                 struct curl_sockaddr *to)
{
    struct client *c = ctx;
    uint8_t ip[PUBLIC_ADDR_BYTES];

    (void)purpose;
    if (!addr_bytes(&to->addr, ip) ||
        (!addr_is_public(ip, to->family == AF_INET) &&
         !(c->rules.allowed && c->rules.allowed(c->rules.ctx, ip)))) {
        c->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c,
                    curl_off_t d)
{
    const struct client *client = ctx;

    (void)a, (void)b, (void)c, (void)d;
    return __atomic_load_n(client->rules.cancel, __ATOMIC_RELAXED);
}

/* ---- what comes back ---- */

static size_t take_body(char *piece, size_t size, size_t n, void *ctx)
{
    struct client *c = ctx;

    return buf_add(&c->reply->body, piece, size * n) == ERR_OK ? size * n : 0;
}

/* @return the value of "Name: value\r\n", cut to @a size; or NULL */
static const char *field(const char *line, size_t n, const char *name,
                         char *out, size_t size)
{
    size_t at = strlen(name);

    if (n <= at || strncasecmp(line, name, at) != 0)
        return NULL;
    n = MIN(n - at, size - 1);
    memcpy(out, line + at, n);
    out[n] = '\0';
    return str_trim(out);
}

static size_t take_field(char *line, size_t size, size_t n, void *ctx)
{
    struct client *c = ctx;
    char value[USAGE_MAX];
    const char *v = field(line, size * n, "Retry-After:", value, sizeof(value));
    int64_t seconds;

    if (v && str_to_i64(v, &seconds) && seconds > 0 && seconds <= 86400)
        c->reply->retry_ms = seconds * SECOND_MS;
    v = field(line, size * n, "X-Business-Use-Case-Usage:", value,
              sizeof(value));
    if (v) {
        free(c->reply->usage);
        c->reply->usage = strdup(v);
    }
    return size * n;
}

/* ---- the call ---- */

static struct curl_slist *fields_of(const struct client_call *call)
{
    struct curl_slist *list =
        curl_slist_append(NULL, "Accept: application/json");
    char type[128];

    for (size_t i = 0; list && i < ARRAY_LEN(call->fields) && call->fields[i];
         i++)
        list = curl_slist_append(list, call->fields[i]);
    if (list && call->body) {
        snprintf(type, sizeof(type), "Content-Type: %s", call->content_type);
        list = curl_slist_append(list, type);
    }
    return list;
}

static void set_rules(struct client *c, const char *url)
{
    curl_easy_reset(c->curl); /* keeps the connection */
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, take_field);
    curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "leadd");
    curl_easy_setopt(c->curl, CURLOPT_MAXAGE_CONN, 30L);
    if (c->rules.cancel) {
        curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, progress);
        curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
    }
}

static void set_call(struct client *c, struct curl_slist *fields)
{
    int64_t total =
        c->call->total_ms ? c->call->total_ms : (int64_t)CLIENT_TOTAL_MS;

    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)total);
    curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)MIN(total, (int64_t)CLIENT_CONNECT_MS));
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, fields);
    if (c->call->bearer) {
        curl_easy_setopt(c->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(c->curl, CURLOPT_XOAUTH2_BEARER, c->call->bearer);
    }
    if (c->call->body) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE,
                         (long)strlen(c->call->body));
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, c->call->body);
    }
}

static enum err outcome(struct client *c, CURLcode code)
{
    long status = 0;

    c->reply->problem = curl_easy_strerror(code);
    if (code == CURLE_OK) {
        curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
        c->reply->status = (int)status;
        c->reply->problem = NULL;
        return ERR_OK;
    }
    if (c->refused)
        return ERR_OUTBOUND_REFUSED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ERR_DEADLINE;
    if (code == CURLE_OUT_OF_MEMORY)
        return ERR_NO_MEMORY;
    return c->reply->body.failed ? ERR_TOO_LARGE : ERR_IO;
}

enum err client_call(struct client *c, const struct client_call *call,
                     struct client_reply *out)
{
    struct curl_slist *fields;
    char url[URL_MAX];
    enum err e;

    *out = (struct client_reply){.status = 0};
    out->body.max = call->reply_max ? call->reply_max : CLIENT_REPLY_MAX;
    e = make_url(call, url, sizeof(url));
    if (e != ERR_OK) {
        out->problem = "not an address to call";
        return e;
    }
    fields = fields_of(call);
    if (!fields)
        return ERR_NO_MEMORY;
    c->call = call;
    c->reply = out;
    c->refused = false;
    set_rules(c, url);
    set_call(c, fields);
    e = outcome(c, curl_easy_perform(c->curl));
    curl_slist_free_all(fields);
    return e;
}
