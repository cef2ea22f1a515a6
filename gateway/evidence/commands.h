/* gateway/evidence/commands.h - the log and its keys, for the owner's command line and over HTTP
 *
 * Thread: main. */
#pragma once

#include "gateway/gateway.h"

G_BEGIN_DECLS

/* Rows "keys.list", "keys.export", "keys.rotate", "log.checkpoint", "log.verify". gateway outlives admin. */
void gw_evidence_add_commands(const Gateway *gateway, GwAdmin *admin);
/* GET /api/v1/keys, /api/v1/log/checkpoint, /api/v1/log/tile/... */
void gw_evidence_add_routes(const Gateway *gateway);

/* {keys: [{file, kind, generation, current, sha256, from_ms, to_ms, pem}]}; the caller's. */
JsonObject *gw_evidence_keys_to_json(const GwEvidence *evidence);

G_END_DECLS
