/* gateway/cameras/onvif-discover.h - which ONVIF cameras answer nearby: WS-Discovery over UDP
 *
 * Asks the networks that this machine has (multicast), or one host, and listens for some seconds. Anybody may answer: what is
 * heard is only shown.
 * Ownership: the caller. Thread: main. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct GwOnvifDiscovery GwOnvifDiscovery;

enum { GW_ONVIF_MAX_DEVICES = 200 };

/* devices: of GwOnvifHeard; borrowed. */
typedef struct {
    char *address;         /* of its device service */
    char *name, *hardware; /* as it calls itself; NULL: it does not say */
} GwOnvifHeard;
typedef void (*GwOnvifDiscovered)(const GPtrArray *devices, void *user_data);

/* to NULL: everybody (239.255.255.250, port 3702). After listen_ms done is called once, and the discovery is gone; freed before,
 * it is never called. */
GwOnvifDiscovery *gw_onvif_discover(GSocketAddress *to, unsigned listen_ms, GwOnvifDiscovered done, void *user_data,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_onvif_discovery_free(GwOnvifDiscovery *self);

G_END_DECLS
