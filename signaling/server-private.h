/* signaling/server-private.h - what clients, requests and HTTP requests see of their server. Main thread. */
#pragma once

#include "signaling/listener.h"
#include "signaling/methods.h"
#include "signaling/server.h"

/* Kept alive by requests that are not answered yet. */
struct SigServer {
    unsigned refs;
    SigServerEvents events;
    void *user_data;
    SigMethods *methods;
    SigRouter *router;
    SigListener *listener; /* NULL once the server was freed by its owner */
    SigCrossing *to_main;
    GSource *source;     /* runs to_main */
    GHashTable *clients; /* id -> SigClient */
    uint64_t n_requests;
};

SigServer *sig_server_ref(SigServer *self);
void sig_server_unref(SigServer *self);

struct SigClient {
    SigServer *server;
    SigUpgrade *upgrade;
    uint32_t access;
    void *data;
    bool closing;       /* nothing is sent any more */
    unsigned n_pending; /* calls not answered yet */
};

void sig_client_free(SigClient *self);

/* Takes call. */
void sig_request_begin(SigServer *server, SigClient *client, SigCall *call);
/* Takes http. */
void sig_http_begin(SigServer *server, SigHttp *http);
