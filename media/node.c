#define G_LOG_DOMAIN "media.node"

#include "media/node.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "media/error.h"
#include "media/node-priv.h"
#include "media/room-sound.h"
#include "media/sdp.h"
#include "media/srtp-in.h"
#include "media/srtp-out.h"

enum {
    MAX_WORKERS = 64,
    MAX_ADDRESSES = 8, /* each is two candidates in every description */
    PORT_MAX = 65535,
    LOAD_SAMPLE_US = 900 * 1000,
};

/* NULL for what nobody else could use: link-local, multicast, unspecified. Owned. */
static char *
address_to_string(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        if ((ntohl(in->sin_addr.s_addr) >> 16) == 0xa9fe) /* 169.254.0.0/16 */
            return NULL;
        return g_strdup(inet_ntop(AF_INET, &in->sin_addr, text, sizeof text));
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
            return NULL;
        return g_strdup(inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text));
    }
    return NULL;
}

static void
collect(GPtrArray *addresses, const struct ifaddrs *interfaces, bool loopback, int family)
{
    for (const struct ifaddrs *i = interfaces; i != NULL && addresses->len < MAX_ADDRESSES; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != family || (i->ifa_flags & IFF_UP) == 0 ||
            ((i->ifa_flags & IFF_LOOPBACK) != 0) != loopback)
            continue;
        char *text = address_to_string(i->ifa_addr);
        if (text != NULL)
            g_ptr_array_add(addresses, text);
    }
}

/* The machine's own addresses, IPv4 first, loopback last. */
static char **
own_addresses(bool ipv6)
{
    struct ifaddrs *interfaces = NULL;
    GPtrArray *addresses = g_ptr_array_new();

    if (getifaddrs(&interfaces) == 0) {
        for (int loopback = 0; loopback < 2; loopback++) {
            collect(addresses, interfaces, loopback == 1, AF_INET);
            if (ipv6)
                collect(addresses, interfaces, loopback == 1, AF_INET6);
        }
        freeifaddrs(interfaces);
    }
    if (addresses->len == 0)
        g_ptr_array_add(addresses, g_strdup("127.0.0.1"));
    g_ptr_array_add(addresses, NULL);
    return (char **)g_ptr_array_free(addresses, FALSE);
}

static char **
choose_addresses(const MediaNodeConfig *config)
{
    if (config->addresses != NULL && config->addresses[0] != NULL)
        return g_strdupv((char **)config->addresses);

    struct in6_addr ignored;
    bool ipv6 = inet_pton(AF_INET6, config->bind_address, &ignored) == 1;
    bool any = g_str_equal(config->bind_address, "::") || g_str_equal(config->bind_address, "0.0.0.0");
    if (any)
        return own_addresses(ipv6);
    const char *const one[] = { config->bind_address, NULL };
    return g_strdupv((char **)one);
}

static bool
start_workers(MediaNode *self, const MediaNodeConfig *config, unsigned n_workers, GError **error)
{
    self->workers = g_new0(MediaWorker *, n_workers);
    self->loads = g_new0(unsigned, n_workers);
    self->totals = g_new0(MediaTotals *, n_workers);
    self->samples = g_new0(MediaLoadSample, n_workers);
    for (unsigned i = 0; i < n_workers; i++) {
        MediaWorkerConfig worker = {
            .index = i,
            .bind_address = config->bind_address,
            .port = config->port == 0 ? 0 : (uint16_t)(config->port + i),
        };
        self->workers[i] = media_worker_new(&worker, error);
        if (self->workers[i] == NULL)
            return false;
        self->totals[i] = media_totals_new();
        self->n_workers++;
    }
    return true;
}

/* What libraries do at their first use (ciphers that are loaded, tables that are filled) is done before somebody waits
 * for it. */
static void
warm_up(void)
{
    const MediaSrtpMaster master = { .profile = MEDIA_SRTP_AEAD_AES_128_GCM };
    g_autoptr(MediaSrtpIn) in = media_srtp_in_new(&master, NULL);
    g_autoptr(MediaSrtpOut) out = media_srtp_out_new(&master, NULL);
    uint8_t packet[64] = { 0x80, 96 };
    size_t size = sizeof packet;
    MediaSdpSection section;

    (void)out;
    if (in != NULL)
        media_srtp_in_unprotect_rtp(in, packet, &size);
    media_sdp_section_init_offer(&section, MEDIA_KIND_VIDEO, "0");
    const MediaIceCredentials ice = { "warm", "warmwarmwarmwarmwarmwarm" };
    const char *const addresses[] = { "127.0.0.1", NULL };
    const MediaSdpLocal local = { .ice = &ice, .fingerprint = "sha-256 00", .cname = "", .addresses = addresses };
    g_autofree char *text = media_sdp_write(&local, &section, 1);
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, NULL);
    (void)sdp;
}

MediaNode *
media_node_new(const MediaNodeConfig *config, GError **error)
{
    g_autoptr(MediaNode) self = g_new0(MediaNode, 1);
    unsigned n_workers = config->n_workers != 0 ? config->n_workers : g_get_num_processors();

    n_workers = MIN(n_workers, MAX_WORKERS);
    if (config->port != 0 && config->port + n_workers - 1 > PORT_MAX) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "%u workers do not fit above port %u", n_workers,
                    config->port);
        return NULL;
    }
    warm_up();
    self->main = media_worker_new_for_context(g_main_context_get_thread_default());
    self->addresses = choose_addresses(config);
    self->handshaker = media_handshaker_new(error);
    if (self->handshaker == NULL || !start_workers(self, config, n_workers, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
media_node_free(MediaNode *self)
{
    if (self == NULL)
        return;
    for (unsigned i = 0; i < self->n_workers; i++)
        media_worker_free(self->workers[i]);
    for (unsigned i = 0; i < self->n_workers; i++)
        media_totals_free(self->totals[i]);
    g_free(self->totals);
    g_free(self->samples);
    g_free(self->workers);
    g_free(self->loads);
    g_clear_pointer(&self->handshaker, media_handshaker_free);
    g_clear_pointer(&self->main, media_worker_free);
    g_strfreev(self->addresses);
    g_free(self);
}

unsigned
media_node_get_n_workers(const MediaNode *self)
{
    return self->n_workers;
}

static unsigned
find_least_loaded(const MediaNode *self)
{
    unsigned best = 0;

    for (unsigned i = 1; i < self->n_workers; i++) {
        if (self->loads[i] < self->loads[best])
            best = i;
    }
    return best;
}

MediaWorker *
media_room_choose_worker(const MediaRoom *self)
{
    const MediaNode *node = self->node;
    unsigned best = find_least_loaded(node);

    if (node->loads[media_worker_get_index(self->worker)] < node->loads[best] + MEDIA_ROOM_SPREAD)
        return self->worker;
    return node->workers[best];
}

MediaRoom *
media_room_new(MediaNode *node)
{
    MediaRoom *self = g_new0(MediaRoom, 1);
    unsigned best = find_least_loaded(node);

    self->node = node;
    self->worker = node->workers[best];
    self->sound = media_room_sound_new(self->worker, node->main);
    node->n_rooms++;
    node->loads[best]++; /* a room counts before its peers come, so that empty rooms spread too */
    return self;
}

void
media_room_free(MediaRoom *self)
{
    if (self == NULL)
        return;
    g_assert(self->n_users == 0);
    self->node->loads[media_worker_get_index(self->worker)]--;
    self->node->n_rooms--;
    media_room_sound_free(self->sound);
    g_free(self);
}

unsigned
media_room_get_worker_index(const MediaRoom *self)
{
    return media_worker_get_index(self->worker);
}

void
media_room_set_speaking_func(MediaRoom *self, MediaWorkerFunc func, void *data)
{
    media_room_sound_set_func(self->sound, func, data);
}

void
media_node_get_load(MediaNode *self, unsigned worker, MediaWorkerLoad *ret_load)
{
    MediaLoadSample *sample = &self->samples[worker];
    int64_t now_us = g_get_monotonic_time();
    int64_t cpu_us = media_worker_get_cpu_us(self->workers[worker]);

    if (now_us - sample->at_us >= LOAD_SAMPLE_US) {
        sample->busy = sample->at_us == 0 ? 0 : (double)(cpu_us - sample->cpu_us) / (double)(now_us - sample->at_us);
        sample->at_us = now_us;
        sample->cpu_us = cpu_us;
    }
    *ret_load = (MediaWorkerLoad){
        .cpu_us = cpu_us,
        .passes = media_worker_get_n_passes(self->workers[worker]),
        .busy = MIN(sample->busy, 1),
        .peers = self->loads[worker],
    };
}

unsigned
media_node_get_n_rooms(const MediaNode *self)
{
    return self->n_rooms;
}

void
media_node_get_totals(const MediaNode *self, MediaTotalsView *ret_view)
{
    *ret_view = (MediaTotalsView){ 0 };
    for (unsigned i = 0; i < self->n_workers; i++)
        media_totals_read(self->totals[i], ret_view);
}
