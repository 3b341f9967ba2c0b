/* Which addresses an outgoing call may reach. */
#include <arpa/inet.h>
#include <string.h>

#include "outbound/public_addr.h"
#include "unit.h"

static const struct {
    const char *text;
    bool is_public;
} ADDRS[] = {
    {"8.8.8.8", true},
    {"1.1.1.1", true},
    {"157.240.7.35", true},
    {"9.255.255.255", true},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.128.0.0", true},
    {"172.15.255.255", true},
    {"172.32.0.0", true},
    {"192.167.255.255", true},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.20.0.0", true},
    {"223.255.255.255", true},
    {"2a03:2880:f10c:83:face:b00c:0:25de", true},
    {"2606:4700:4700::1111", true},
    {"2001:4860:4860::8888", true},
    {"2400:cb00::1", true},
    /* this network, loopback */
    {"0.0.0.0", false},
    {"0.1.2.3", false},
    {"127.0.0.1", false},
    {"127.255.255.254", false},
    {"::", false},
    {"::1", false},
    /* private, shared, unique local, site-local */
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"172.16.0.1", false},
    {"172.31.255.255", false},
    {"192.168.0.1", false},
    {"192.168.255.255", false},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"fc00::1", false},
    {"fdff:ffff::1", false},
    {"fec0::1", false},
    /* link-local, metadata of clouds */
    {"169.254.0.1", false},
    {"169.254.169.254", false},
    {"168.63.129.16", false},
    {"fe80::1", false},
    {"febf::1", false},
    {"fd00:ec2::254", false},
    /* multicast, reserved, broadcast */
    {"224.0.0.1", false},
    {"239.255.255.255", false},
    {"240.0.0.1", false},
    {"255.255.255.255", false},
    {"ff02::1", false},
    {"ff0e::1", false},
    /* documentation, benchmarking, protocols */
    {"192.0.2.1", false},
    {"198.51.100.7", false},
    {"203.0.113.9", false},
    {"198.18.0.1", false},
    {"198.19.255.255", false},
    {"192.0.0.8", false},
    {"2001:db8::1", false},
    {"3fff::1", false},
    {"100::1", false},
    {"4000::1", false},
    /* IPv4 in IPv6 clothes: mapped, compatible, NAT64, 6to4, Teredo */
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.0.0.1", false},
    {"::ffff:8.8.8.8", false},
    {"::127.0.0.1", false},
    {"::8.8.8.8", false},
    {"64:ff9b::7f00:1", false},
    {"64:ff9b::808:808", false},
    {"64:ff9b:1::1", false},
    {"2002:7f00:1::1", false},
    {"2002:808:808::1", false},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
    {"192.88.99.1", false},
};

START_TEST(only_the_public_internet_is_called)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    bool is_v4 = !strchr(ADDRS[_i].text, ':');
    uint8_t ip[PUBLIC_ADDR_BYTES];
    struct sockaddr_storage sa = {0};

    if (is_v4) {
        ck_assert(inet_pton(AF_INET, ADDRS[_i].text, &in.sin_addr) == 1);
        memcpy(&sa, &in, sizeof(in));
    } else {
        ck_assert(inet_pton(AF_INET6, ADDRS[_i].text, &in6.sin6_addr) == 1);
        memcpy(&sa, &in6, sizeof(in6));
    }
    ck_assert(addr_bytes((struct sockaddr *)&sa, ip));
    ck_assert_msg(addr_is_public(ip, is_v4) == ADDRS[_i].is_public, "%s",
                  ADDRS[_i].text);
}
END_TEST

START_TEST(other_families_are_no_addresses)
{
    struct sockaddr sa = {.sa_family = AF_UNIX};
    uint8_t ip[PUBLIC_ADDR_BYTES];

    ck_assert(!addr_bytes(&sa, ip));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("public_addr");

    tcase_add_loop_test(tc, only_the_public_internet_is_called, 0,
                        ARRAY_LEN(ADDRS));
    tcase_add_test(tc, other_families_are_no_addresses);
    return unit_run(tc, "public_addr");
}
