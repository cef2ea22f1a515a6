/* gateway/cameras/onvif-reply.h - what a camera answers by ONVIF, read from its XML
 *
 * Bytes from outside: any are safe. A value of fixed size; what is longer or more than fits is cut or left out. Entities of
 * its own, document types and what lies elsewhere are not read.
 * Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum {
    GW_ONVIF_MAX_XML = 512 * 1024,
    GW_ONVIF_MAX_PROFILES = 16,
    GW_ONVIF_MAX_PRESETS = 128,
    GW_ONVIF_MAX_TOKEN = 64,
    GW_ONVIF_MAX_NAME = 64,
    GW_ONVIF_MAX_ADDRESS = 256,
    GW_ONVIF_MAX_URI = 1000,
    GW_ONVIF_MAX_FAULT = 200,
    GW_ONVIF_MAX_SCOPES = 2000,
};

typedef struct {
    char token[GW_ONVIF_MAX_TOKEN + 1], name[GW_ONVIF_MAX_NAME + 1], codec[17];
    unsigned width, height;
    bool moves; /* it has a PTZ configuration */
} GwOnvifProfile;

typedef struct {
    char token[GW_ONVIF_MAX_TOKEN + 1], name[GW_ONVIF_MAX_NAME + 1];
} GwOnvifPreset;

/* What is not in the answer is empty. */
typedef struct {
    GwOnvifProfile profiles[GW_ONVIF_MAX_PROFILES];
    GwOnvifPreset presets[GW_ONVIF_MAX_PRESETS];
    unsigned n_profiles, n_presets;
    char media[GW_ONVIF_MAX_ADDRESS + 1], ptz[GW_ONVIF_MAX_ADDRESS + 1];   /* addresses of these services */
    char uri[GW_ONVIF_MAX_URI + 1];                                        /* of a stream or a snapshot */
    char preset[GW_ONVIF_MAX_TOKEN + 1];                                   /* that was made */
    char addresses[GW_ONVIF_MAX_URI + 1], scopes[GW_ONVIF_MAX_SCOPES + 1]; /* of a device that was found */
    char fault[GW_ONVIF_MAX_FAULT + 1];
    bool refused; /* user or password */
    int date[6];  /* the camera's clock, UTC: year, month, day, hour, minute, second; year 0: not told */
} GwOnvifReply;

/* False: it is no XML, or no SOAP envelope. */
bool gw_onvif_reply_read(const char *text, size_t size, GwOnvifReply *ret_reply) G_GNUC_WARN_UNUSED_RESULT;

/* The value of a scope "onvif://www.onvif.org/NAME/VALUE", unescaped; owned; NULL: none. */
char *gw_onvif_get_scope(const char *scopes, const char *name);
/* Whether both addresses are http:// and of the same host. */
bool gw_onvif_is_same_host(const char *address, const char *other);
bool gw_onvif_is_address(const char *text); /* http://HOST[:PORT][/PATH], without user */

G_END_DECLS
