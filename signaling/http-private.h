/* signaling/http-private.h - a whole HTTP request between the sockets and its handler
 *
 * Made on the sockets' thread, then handed to main, where it lives until it is answered. */
#pragma once

#include "signaling/head.h"
#include "signaling/reply.h"
#include "signaling/router.h"
#include "signaling/server.h"

struct SigHttp {
    uint64_t connection_id;
    const SigRouterEntry *entry;
    SigHead *head;
    SigPairs *params, *query, *cookies;
    char *address;
    bool tls;
    GBytes *body;
    /* main only */
    SigServer *server; /* a reference */
    SigReply *reply;   /* collects headers */
    void *data;
    GDestroyNotify release;
};

void sig_http_free(SigHttp *self);
