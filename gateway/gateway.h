/* gateway/gateway.h - what the subjects share: built once by service.c, handed down as one const struct, no globals
 *
 * Thread: main. */
#pragma once

#include "gateway/audit/audit.h"
#include "gateway/config.h"
#include "gateway/people/people.h"
#include "gateway/store/store.h"
#include "media/node.h"
#include "recorder/keyring.h"
#include "signaling/server.h"

typedef struct {
    const GwConfig *config;
    GwStore *store;
    GwEvidence *evidence; /* NULL: no log (tests) */
    GwAudit *audit;
    GwPeople *people;
    SigServer *server;
    MediaNode *media;
    RecKeyring *keyring; /* of sealed recordings */
} Gateway;
