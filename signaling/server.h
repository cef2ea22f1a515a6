/* signaling/server.h - HTTP/1.1 (and HTTPS), WebSocket and JSON-RPC 2.0 on one address
 *
 * Knows connections, rows of methods and rows of routes; knows no person and no visit.
 * Ownership: main owns the server; methods and routes must outlive it.
 * Thread:    new, free, add_* and every callback on main; the sockets live on a thread of their own (libwebsockets on
 *            libuv), which hands whole requests over and takes replies back. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/client.h"
#include "signaling/method.h"
#include "signaling/route.h"

G_BEGIN_DECLS

typedef struct SigServer SigServer;

/* Where the files of static_root appear. The longest prefix that matches, at a segment's border, counts. */
typedef struct {
    const char *prefix; /* "/visit"; "/" matches every address */
    const char
        *folder; /* of static_root, in which the rest of the address is looked for; "" or NULL: static_root itself */
    const char *index; /* file of static_root for the prefix itself and, except under "/", for every address below it
                           whose last segment has no '.'; NULL: none, 404 */
} SigStaticPage;

typedef struct {
    const char *address;                     /* numeric, or "localhost" (both families) */
    uint16_t port;                           /* 0: any, see sig_server_get_port() */
    const char *certificate_path, *key_path; /* both NULL: plain HTTP */
    const char *static_root;                 /* folder of the built pages; NULL: none */
    const SigStaticPage *static_pages;       /* ends with { NULL }; NULL: files as they lie, "index.html" at "/" */
    const char *websocket_path;              /* "/api/ws" */
    const char *const *origins;              /* more allowed origins; the server's own is always allowed; may be NULL */
    const char *const *trusted_proxies;      /* exact addresses or CIDR whose X-Forwarded-For counts; may be NULL */
    unsigned max_clients;                    /* connections in all; 0: 10,000 */
    unsigned max_per_address;                /* connections from one address (not from trusted_proxies); 0: 256 */
} SigServerConfig;

typedef struct {
    /* A WebSocket is open. Look at its cookie and query, then set its access, or close it. */
    void (*client_opened)(SigClient *client, void *user_data);
    void (*client_closed)(SigClient *client, void *user_data); /* the client is gone after this */
    /* Which access bits this HTTP request has (by cookie or bearer token); asked for every route, also open ones. May
     * set_data. Routes with access != 0 answer 401 (no bits at all) or 403 (other bits) by themselves. */
    uint32_t (*http_access)(SigHttp *http, void *user_data);
} SigServerEvents;

/* Fails with a message that names address and port, or the certificate. */
SigServer *sig_server_new(const SigServerConfig *config, const SigServerEvents *events, void *user_data,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void sig_server_free(SigServer *self); /* closes all connections (1001) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigServer, sig_server_free)

uint16_t sig_server_get_port(const SigServer *self);

/* Before sig_server_start(). Tables end with an entry whose name / verb is NULL. user_data goes to the handlers. */
void sig_server_add_methods(SigServer *self, const SigMethod *const *methods, void *user_data); /* NULL-terminated */
void sig_server_add_events(SigServer *self, const SigEvent *events);
void sig_server_add_routes(SigServer *self, const SigRoute *routes, void *user_data);
void sig_server_start(SigServer *self); /* begins to accept */

/* All rows as an OpenRPC 1.x document. */
JsonNode *sig_server_get_openrpc(SigServer *self, const char *title, const char *version);

/* For tests and the rights table: calls func for each row. */
void sig_server_foreach_method(SigServer *self, void (*func)(const SigMethod *method, void *data), void *data);
void sig_server_foreach_route(SigServer *self, void (*func)(const SigRoute *route, void *data), void *data);

typedef struct {
    unsigned clients;
    uint64_t requests, refused, dropped_slow;
} SigServerStats;

void sig_server_get_stats(SigServer *self, SigServerStats *ret_stats);

G_END_DECLS
