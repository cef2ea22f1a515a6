/* signaling/listener.h - the thread with the sockets, as main sees it
 *
 * Connections are known here by their id. What is said to one that has gone is dropped.
 * Ownership: the server.
 * Thread:    main. Events are delivered on main, from the crossing. */
#pragma once

#include "signaling/crossing.h"
#include "signaling/http-private.h"
#include "signaling/rpc.h"

G_BEGIN_DECLS

typedef struct SigListener SigListener;

/* Of a WebSocket's upgrade request. */
typedef struct {
    uint64_t id;
    char *address;
    SigPairs *query, *cookies;
} SigUpgrade;

void sig_upgrade_free(SigUpgrade *self);

typedef struct {
    void (*on_upgrade)(SigUpgrade *upgrade, void *user_data);     /* takes upgrade */
    void (*on_call)(uint64_t id, SigCall *call, void *user_data); /* takes call */
    void (*on_closed)(uint64_t id, void *user_data);
    void (*on_http)(SigHttp *http, void *user_data); /* takes http */
} SigListenerEvents;

/* Opens the sockets. to_main and router are borrowed. */
SigListener *sig_listener_new(const SigServerConfig *config, const SigRouter *router, SigCrossing *to_main,
                              const SigListenerEvents *events, void *user_data,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Says 1001 to everybody, waits at most a second for it to go out, and joins the thread. */
void sig_listener_free(SigListener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigListener, sig_listener_free)

void sig_listener_start(SigListener *self);
uint16_t sig_listener_get_port(const SigListener *self);
void sig_listener_get_counts(SigListener *self, uint64_t *ret_refused, uint64_t *ret_dropped_slow);

void sig_listener_send(SigListener *self, uint64_t id, char *text); /* takes text */
void sig_listener_close(SigListener *self, uint64_t id, uint16_t code, const char *reason);
void sig_listener_reply(SigListener *self, uint64_t id, SigReply *reply); /* takes reply */

G_END_DECLS
