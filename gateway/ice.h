/* gateway/ice.h - what clients are told of STUN and TURN servers, with credentials that expire
 *
 * The TURN REST scheme that coturn knows as use-auth-secret: the name is "EXPIRY:USER" (seconds since 1970) and the password
 * BASE64(HMAC-SHA1(secret, name)). So the TURN server needs no account, and a credential is worth nothing later.
 * Pure: any thread. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/config.h"

G_BEGIN_DECLS

/* The password of a name. Owned. */
char *gw_ice_make_credential(const char *secret, const char *name);

/* RTCIceServer objects: [{urls: [...]}, {urls: [...], username, credential}]; empty when none are configured. Owned. */
JsonArray *gw_ice_to_json(const GwIceConfig *config, const char *user, int64_t now_s);

/* Values of Link headers (RFC 9725 section 4.6), NULL-terminated, owned. */
char **gw_ice_list_links(const GwIceConfig *config, const char *user, int64_t now_s);

G_END_DECLS
