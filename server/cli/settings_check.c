#include "cli/settings_check.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include "base/str.h"

#define PEPPER_MIN   32
#define PORT_MAX     65535
#define SERVER_BYTES 64

/* What libpq finds wrong would quote the text, and so maybe a password. */
static bool is_conninfo(const char *s)
{
    PQconninfoOption *parts = PQconninfoParse(s, NULL);

    PQconninfoFree(parts);
    return parts != NULL;
}

static bool is_port(const char *s)
{
    int64_t port;

    return str_to_i64(s, &port) && port > 0 && port <= PORT_MAX;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53" */
static bool is_server(char *s)
{
    unsigned char bytes[16];
    char *end = s[0] == '[' ? strchr(s, ']') : strchr(s, ':');

    if (inet_pton(AF_INET6, s, bytes) == 1)
        return true;
    if (s[0] == '[') {
        if (!end)
            return false;
        *end++ = '\0';
        return inet_pton(AF_INET6, s + 1, bytes) == 1 &&
               (!*end || (*end == ':' && is_port(end + 1)));
    }
    if (end)
        *end++ = '\0';
    return inet_pton(AF_INET, s, bytes) == 1 && (!end || is_port(end));
}

static bool are_servers(const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        char one[SERVER_BYTES];

        if (n >= sizeof(one))
            return false;
        memcpy(one, list, n);
        one[n] = '\0';
        if (!is_server(one) || (list[n] == ',' && !list[n + 1]))
            return false;
        list += n + (list[n] == ',');
    }
    return true;
}

const char *settings_wrong(const struct options *o, const char **out_name)
{
    size_t pepper = strlen(o->key_pepper);

    if (!is_conninfo(o->database)) {
        *out_name = "database";
        return "is no connection string or URI that libpq can read";
    }
    if (!are_servers(o->dns_servers)) {
        *out_name = "dns_servers";
        return "must be addresses such as 192.0.2.1 or 192.0.2.2:5353, with"
               " commas and no blanks";
    }
    if (pepper && pepper < PEPPER_MIN) {
        *out_name = "key_pepper";
        return "must be empty or have at least 32 characters";
    }
    return NULL;
}
