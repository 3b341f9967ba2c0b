#include "outbound/public_addr.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct net {
    uint8_t ip[PUBLIC_ADDR_BYTES];
    unsigned bits;
};

/* The IANA special-purpose registry, all that is not globally reachable. */
static const struct net V4[] = {
    {{0}, 8},                /* this network */
    {{10}, 8},               /* private */
    {{100, 64}, 10},         /* shared (CGNAT) */
    {{127}, 8},              /* loopback */
    {{169, 254}, 16},        /* link-local, and cloud metadata */
    {{172, 16}, 12},         /* private */
    {{192, 0, 0}, 24},       /* IETF protocols */
    {{192, 0, 2}, 24},       /* documentation */
    {{192, 88, 99}, 24},     /* 6to4 relays */
    {{192, 168}, 16},        /* private */
    {{198, 18}, 15},         /* benchmarking */
    {{198, 51, 100}, 24},    /* documentation */
    {{203, 0, 113}, 24},     /* documentation */
    {{224}, 4},              /* multicast */
    {{240}, 4},              /* reserved, and broadcast */
    {{168, 63, 129, 16}, 32} /* Azure's host, though it looks public */
};

/* Inside 2000::/3; nothing outside it is ever public. */
static const struct net V6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* IETF protocols, Teredo, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xfe}, 16},             /* what was the 6bone */
    {{0x3f, 0xff, 0x00}, 20},       /* documentation */
};

static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};

bool addr_bytes(const struct sockaddr *sa, uint8_t out[PUBLIC_ADDR_BYTES])
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, sa, sizeof(in));
        memcpy(out, MAPPED, sizeof(MAPPED));
        memcpy(out + 12, &in.sin_addr, 4);
        return true;
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, sa, sizeof(in6));
        memcpy(out, &in6.sin6_addr, PUBLIC_ADDR_BYTES);
        return true;
    }
    return false;
}

static bool inside(const struct net *net, const uint8_t *ip)
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->ip, ip, whole) != 0)
        return false;
    return !rest || ((net->ip[whole] ^ ip[whole]) >> (8 - rest)) == 0;
}

static bool in_any(const struct net *nets, size_t n, const uint8_t *ip)
{
    for (size_t i = 0; i < n; i++)
        if (inside(&nets[i], ip))
            return true;
    return false;
}

bool addr_is_public(const uint8_t ip[PUBLIC_ADDR_BYTES], bool is_v4)
{
    if (is_v4)
        return !in_any(V4, ARRAY_LEN(V4), ip + 12);
    /* unspecified, loopback, mapped, NAT64, ULA, link-local, multicast ... */
    if ((ip[0] & 0xe0) != 0x20)
        return false;
    return !in_any(V6, ARRAY_LEN(V6), ip);
}
