/* signaling/listener-private.h - what connections see of their listener. Signaling thread. */
#pragma once

#include <libwebsockets.h>
#include <stdatomic.h>
#include <uv.h>

#include "signaling/listener.h"
#include "signaling/pages.h"
#include "signaling/quota.h"

typedef struct SigConnection SigConnection;
typedef struct SigAcceptor SigAcceptor;

enum { SIG_LISTENER_CHUNK = 64 * 1024 };

/* Copies, constant after new. */
typedef struct {
    bool tls;
    char *websocket_path;
    char **origins, **trusted_proxies;
    unsigned max_clients;
} SigListenerConfig;

typedef struct {
    _Atomic uint64_t refused, dropped_slow; /* any thread */
} SigListenerCounts;

struct SigListener {
    SigListenerConfig config;
    const SigRouter *router;          /* constant */
    SigCrossing *to_main, *from_main; /* constant */
    const SigListenerEvents *events;  /* constant */
    void *user_data;                  /* constant; for events, main only */
    SigPages *pages;
    SigQuota *quota;
    GThread *thread;
    SigAcceptor *acceptor;
    struct lws_context *context;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t ticker;
    GHashTable *connections; /* id -> SigConnection */
    uint64_t last_id;
    int64_t now_us; /* read once per event */
    bool stopping;
    uint8_t *write_buffer; /* LWS_PRE + SIG_LISTENER_CHUNK */
    SigListenerCounts counts;
};

/* To main; each takes its argument. */
void sig_listener_post_upgrade(SigListener *self, SigUpgrade *upgrade);
void sig_listener_post_call(SigListener *self, uint64_t id, SigCall *call);
void sig_listener_post_closed(SigListener *self, uint64_t id);
void sig_listener_post_http(SigListener *self, SigHttp *http);

/* A socket that was accepted; takes fd. */
void sig_listener_adopt(SigListener *self, int fd, const char *peer);
