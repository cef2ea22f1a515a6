/* signaling/origin.h - whether a page of this origin may use the service (RFC 6454; against cross-site WebSockets)
 *
 * Thread: any. */
#pragma once

#include <stdbool.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *host; /* the Host header */
    bool tls;
    const char *const *more; /* "https://console.example"; NULL-terminated, may be NULL */
} SigOrigins;

/* Own: host and port as in Host, https if we speak TLS (a proxy may speak it for us, so plain takes both schemes). */
bool sig_origin_is_allowed(const SigOrigins *origins, const char *origin);

/* Of a WebSocket upgrade. Browsers always send Origin; what sends cookies without it is refused, what authenticates
 * itself by token is not a browser and may leave it out. */
bool sig_origin_may_upgrade(const SigOrigins *origins, const char *origin, bool has_cookie);

/* Of a request that changes something: a foreign page may not use the visitor's cookies. */
bool sig_origin_may_change(const SigOrigins *origins, const char *origin, bool has_cookie);

G_END_DECLS
