#include "http/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const uint8_t ip[ADDR_BYTES])
{
    return !memcmp(ip, v4_prefix, sizeof(v4_prefix));
}

static void set_text(struct http_addr *a)
{
    if (is_v4(a->ip))
        inet_ntop(AF_INET, a->ip + 12, a->text, sizeof(a->text));
    else
        inet_ntop(AF_INET6, a->ip, a->text, sizeof(a->text));
}

void addr_from_sockaddr(const struct sockaddr *sa, struct http_addr *out)
{
    memset(out, 0, sizeof(*out));
    if (sa && sa->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, sa, sizeof(in));
        memcpy(out->ip, v4_prefix, sizeof(v4_prefix));
        memcpy(out->ip + 12, &in.sin_addr, 4);
    } else if (sa && sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, sa, sizeof(in6));
        memcpy(out->ip, &in6.sin6_addr, ADDR_BYTES);
    }
    set_text(out);
}

/* Cut "[...]:port" and "a.b.c.d:port" down to the address. */
static void bare(const char **s, size_t *n)
{
    const char *colon = memchr(*s, ':', *n);
    const char *end;

    if (*n && **s == '[' && (end = memchr(*s, ']', *n))) {
        (*s)++;
        *n = (size_t)(end - *s);
    } else if (colon && !memchr(colon + 1, ':', *n - (size_t)(colon + 1 - *s)))
        *n = (size_t)(colon - *s);
}

bool addr_parse(const char *s, size_t n, struct http_addr *out)
{
    char text[ADDR_TEXT_BYTES];
    struct http_addr a = {.text = ""};

    bare(&s, &n);
    if (!n || n >= sizeof(text))
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, a.ip + 12) == 1)
        memcpy(a.ip, v4_prefix, sizeof(v4_prefix));
    else if (inet_pton(AF_INET6, text, a.ip) != 1)
        return false;
    set_text(&a);
    *out = a;
    return true;
}

bool net_parse(const char *s, struct http_net *out)
{
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t)(slash - s) : strlen(s);
    struct http_addr a;
    int64_t bits, most;

    if (!addr_parse(s, n, &a))
        return false;
    most = is_v4(a.ip) && memchr(s, '.', n) ? 32 : 128;
    bits = most;
    if (slash && (!str_to_i64(slash + 1, &bits) || bits < 0 || bits > most))
        return false;
    memcpy(out->ip, a.ip, ADDR_BYTES);
    out->bits = (unsigned)(bits + 128 - most);
    return true;
}

static bool in_net(const struct http_net *net, const uint8_t ip[ADDR_BYTES])
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->ip, ip, whole) != 0)
        return false;
    return !rest || ((net->ip[whole] ^ ip[whole]) >> (8 - rest)) == 0;
}

bool net_has(const struct http_net *nets, size_t n,
             const uint8_t ip[ADDR_BYTES])
{
    for (size_t i = 0; i < n; i++)
        if (in_net(&nets[i], ip))
            return true;
    return false;
}

void addr_bucket(const struct http_addr *a, uint8_t out[ADDR_BYTES])
{
    memcpy(out, a->ip, ADDR_BYTES);
    if (!is_v4(a->ip))
        memset(out + 8, 0, 8);
}

/* The last element of a comma list of *n bytes; cuts it off. */
static const char *last_element(const char *list, size_t *n, size_t *out_len)
{
    size_t end = *n, start;

    while (end && is_blank(list[end - 1]))
        end--;
    start = end;
    while (start && list[start - 1] != ',')
        start--;
    *n = start ? start - 1 : 0;
    while (start < end && is_blank(list[start]))
        start++;
    *out_len = end - start;
    return list + start;
}

void addr_client(const char *forwarded, const struct http_addr *peer,
                 const struct http_net *nets, size_t n_nets,
                 struct http_addr *out)
{
    size_t n = forwarded ? strlen(forwarded) : 0, len;

    *out = *peer;
    while (n && net_has(nets, n_nets, out->ip)) {
        const char *e = last_element(forwarded, &n, &len);

        if (!addr_parse(e, len, out))
            return; /* nonsense: the last hop we know stands */
    }
}
