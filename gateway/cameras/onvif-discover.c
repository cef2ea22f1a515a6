#define G_LOG_DOMAIN "gateway.onvif"

#include "gateway/cameras/onvif-discover.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/cameras/onvif-reply.h"

enum {
    PORT = 3702,
    MAX_DATAGRAM = 64 * 1024,
    MAX_HEARD = 1000, /* datagrams, of whatever kind */
    MAX_INTERFACES = 32,
};
static const char group[] = "239.255.255.250";

struct GwOnvifDiscovery {
    GSocket *socket;
    GSource *source;
    guint timer;
    unsigned n_heard;
    GPtrArray *devices;
    GwOnvifDiscovered done;
    void *user_data;
};

static void
heard_free(void *data)
{
    GwOnvifHeard *heard = data;

    g_free(heard->address);
    g_free(heard->name);
    g_free(heard->hardware);
    g_free(heard);
}

void
gw_onvif_discovery_free(GwOnvifDiscovery *self)
{
    if (self == NULL)
        return;
    if (self->timer != 0)
        g_source_remove(self->timer);
    if (self->source != NULL) {
        g_source_destroy(self->source);
        g_source_unref(self->source);
    }
    g_clear_object(&self->socket);
    g_ptr_array_unref(self->devices);
    g_free(self);
}

static gboolean
on_end(void *data)
{
    GwOnvifDiscovery *self = data;
    g_autoptr(GPtrArray) devices = g_ptr_array_ref(self->devices);
    GwOnvifDiscovered done = self->done;
    void *user_data = self->user_data;

    self->timer = 0;
    gw_onvif_discovery_free(self);
    done(devices, user_data);
    return G_SOURCE_REMOVE;
}

static bool
is_known(const GwOnvifDiscovery *self, const char *address)
{
    for (guint i = 0; i < self->devices->len; i++) {
        if (strcmp(((GwOnvifHeard *)self->devices->pdata[i])->address, address) == 0)
            return true;
    }
    return false;
}

/* A device names an address for each of its networks: the one from where it answers. */
static char *
choose_address(const char *addresses, const char *host)
{
    g_auto(GStrv) all = g_strsplit_set(addresses, " \t\r\n", GW_ONVIF_MAX_PROFILES);
    g_autofree char *here = g_strdup_printf("http://%s/", host);

    for (char **one = all; *one != NULL; one++) {
        if (gw_onvif_is_same_host(*one, here))
            return g_strdup(*one);
    }
    return NULL;
}

static void
take(GwOnvifDiscovery *self, const char *datagram, size_t size, const char *host)
{
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);

    if (!gw_onvif_reply_read(datagram, size, reply))
        return;
    g_autofree char *address = choose_address(reply->addresses, host);
    if (address == NULL || is_known(self, address) || self->devices->len >= GW_ONVIF_MAX_DEVICES)
        return;
    GwOnvifHeard *heard = g_new0(GwOnvifHeard, 1);
    heard->address = g_steal_pointer(&address);
    heard->name = gw_onvif_get_scope(reply->scopes, "name");
    heard->hardware = gw_onvif_get_scope(reply->scopes, "hardware");
    g_ptr_array_add(self->devices, heard);
}

static gboolean
on_readable(GSocket *socket, GIOCondition condition, void *data)
{
    GwOnvifDiscovery *self = data;
    g_autofree char *datagram = g_malloc(MAX_DATAGRAM);
    g_autoptr(GSocketAddress) from = NULL;
    gssize n = g_socket_receive_from(socket, &from, datagram, MAX_DATAGRAM, NULL, NULL);

    (void)condition;
    if (n > 0 && G_IS_INET_SOCKET_ADDRESS(from)) {
        g_autofree char *host =
            g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(from)));
        take(self, datagram, (size_t)n, host);
    }
    if (++self->n_heard < MAX_HEARD)
        return G_SOURCE_CONTINUE;
    g_clear_pointer(&self->source, g_source_unref);
    return G_SOURCE_REMOVE;
}

static bool
send_probe(GwOnvifDiscovery *self, GSocketAddress *to, GError **error)
{
    g_autofree char *id = g_uuid_string_random();
    g_autofree char *text = g_strdup_printf(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
        "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "
        "xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\"><s:Header>"
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>uuid:%s</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe>"
        "<d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>",
        id);

    return g_socket_send_to(self->socket, to, text, strlen(text), NULL, error) > 0;
}

/* Out of every interface that can; one that cannot is passed over. */
static bool
send_everywhere(GwOnvifDiscovery *self, GError **error)
{
    g_autoptr(GSocketAddress) to = g_inet_socket_address_new_from_string(group, PORT);
    struct ifaddrs *all = NULL;
    unsigned n_sent = 0, n = 0;

    if (getifaddrs(&all) != 0)
        all = NULL;
    for (struct ifaddrs *one = all; one != NULL && n < MAX_INTERFACES; one = one->ifa_next) {
        if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET || !(one->ifa_flags & IFF_MULTICAST) ||
            !(one->ifa_flags & IFF_UP))
            continue;
        n++;
        struct in_addr from = ((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr;
        if (setsockopt(g_socket_get_fd(self->socket), IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from) == 0 &&
            send_probe(self, to, NULL))
            n_sent++;
    }
    if (all != NULL)
        freeifaddrs(all);
    if (n_sent > 0)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE, "no network can be asked");
    return false;
}

GwOnvifDiscovery *
gw_onvif_discover(GSocketAddress *to, unsigned listen_ms, GwOnvifDiscovered done, void *user_data, GError **error)
{
    GwOnvifDiscovery *self = g_new0(GwOnvifDiscovery, 1);

    self->devices = g_ptr_array_new_with_free_func(heard_free);
    self->done = done;
    self->user_data = user_data;
    self->socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
    if (self->socket != NULL)
        g_socket_set_blocking(self->socket, FALSE);
    if (self->socket == NULL || !(to != NULL ? send_probe(self, to, error) : send_everywhere(self, error))) {
        gw_onvif_discovery_free(self);
        return NULL;
    }
    self->source = g_socket_create_source(self->socket, G_IO_IN, NULL);
    g_source_set_callback(self->source, G_SOURCE_FUNC(on_readable), self, NULL);
    g_source_attach(self->source, NULL);
    self->timer = g_timeout_add(listen_ms, on_end, self);
    return self;
}
