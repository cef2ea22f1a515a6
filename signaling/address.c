#include "signaling/address.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>

char *
sig_address_from_sockaddr(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof text);
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(six))
            inet_ntop(AF_INET, &six->s6_addr[12], text, sizeof text);
        else
            inet_ntop(AF_INET6, six, text, sizeof text);
    }
    return g_strdup(text);
}

bool
sig_network_is_valid(const char *network)
{
    g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(network, NULL);

    return mask != NULL;
}

bool
sig_address_is_in(const char *address, const char *const *networks)
{
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(address);

    for (unsigned i = 0; inet != NULL && networks != NULL && networks[i] != NULL; i++) {
        g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(networks[i], NULL);

        if (mask != NULL && g_inet_address_mask_matches(mask, inet))
            return true;
    }
    return false;
}

char *
sig_address_from_forwarded(const char *peer, const char *forwarded_for, const char *const *trusted)
{
    g_autofree char *client = g_strdup(peer);
    g_auto(GStrv) hops = NULL;

    if (forwarded_for == NULL || !sig_address_is_in(peer, trusted))
        return g_steal_pointer(&client);
    hops = g_strsplit(forwarded_for, ",", 32);
    for (unsigned i = g_strv_length(hops); i-- > 0;) {
        g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(g_strstrip(hops[i]));

        if (inet == NULL)
            break;
        g_free(client);
        client = g_inet_address_to_string(inet);
        if (!sig_address_is_in(client, trusted))
            break;
    }
    return g_steal_pointer(&client);
}
