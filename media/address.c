#include "media/address.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool
media_address_from_sockaddr(const struct sockaddr_storage *from, MediaAddress *ret_address)
{
    MediaAddress address = { .port = 0 };

    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;

        memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
        memcpy(address.ip + 12, &in->sin_addr, 4);
        address.port = ntohs(in->sin_port);
        *ret_address = address;
        return true;
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

        memcpy(address.ip, &in6->sin6_addr, 16);
        address.port = ntohs(in6->sin6_port);
        if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
            address.scope_id = in6->sin6_scope_id;
        *ret_address = address;
        return true;
    }
    return false;
}

bool
media_address_parse(const char *ip, uint16_t port, MediaAddress *ret_address)
{
    MediaAddress address = { .port = port };

    if (inet_pton(AF_INET6, ip, address.ip) == 1) {
        *ret_address = address;
        return true;
    }
    memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
    if (inet_pton(AF_INET, ip, address.ip + 12) != 1)
        return false;
    *ret_address = address;
    return true;
}

bool
media_address_is_ipv4(const MediaAddress *self)
{
    return memcmp(self->ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

socklen_t
media_address_to_sockaddr(const MediaAddress *self, int family, struct sockaddr_storage *ret_sockaddr)
{
    memset(ret_sockaddr, 0, sizeof(*ret_sockaddr));
    if (family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)ret_sockaddr;

        in->sin_family = AF_INET;
        in->sin_port = htons(self->port);
        memcpy(&in->sin_addr, self->ip + 12, 4);
        return sizeof(*in);
    }

    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_sockaddr;

    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(self->port);
    in6->sin6_scope_id = self->scope_id;
    memcpy(&in6->sin6_addr, self->ip, 16);
    return sizeof(*in6);
}

bool
media_address_equal(const MediaAddress *a, const MediaAddress *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

gboolean
media_address_equal_func(gconstpointer a, gconstpointer b)
{
    return media_address_equal(a, b);
}

guint
media_address_hash(gconstpointer address)
{
    static uint64_t seed;
    uint64_t words[3];
    uint64_t hash;

    if (g_once_init_enter(&seed))
        g_once_init_leave(&seed, ((uint64_t)g_random_int() << 32 | g_random_int()) | 1);
    G_STATIC_ASSERT(sizeof(MediaAddress) == sizeof(words));
    memcpy(words, address, sizeof(words));
    hash = seed;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        hash ^= words[i];
        hash *= UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return (guint)hash;
}

void
media_address_format(const MediaAddress *self, char *text, size_t size)
{
    char ip[INET6_ADDRSTRLEN];

    if (media_address_is_ipv4(self)) {
        inet_ntop(AF_INET, self->ip + 12, ip, sizeof(ip));
        g_snprintf(text, size, "%s:%u", ip, self->port);
        return;
    }
    inet_ntop(AF_INET6, self->ip, ip, sizeof(ip));
    g_snprintf(text, size, "[%s]:%u", ip, self->port);
}
