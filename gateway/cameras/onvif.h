/* gateway/cameras/onvif.h - what a camera can do beside sending its picture: say which streams it has, move, remember places, give a
 * still
 *
 * Each act is some questions one after the other on a thread of its own, over within fifteen seconds.
 * Ownership: as said. Thread: main. */
#pragma once

#include <gio/gio.h>

#include "camera/lines.h"
#include "gateway/cameras/onvif-reply.h"

G_BEGIN_DECLS

typedef enum {
    GW_ONVIF_DESCRIBE, /* its profiles, with the addresses of their streams */
    GW_ONVIF_MOVE,     /* as long as it is said again: after a second it stops by itself */
    GW_ONVIF_STOP,
    GW_ONVIF_PRESETS,
    GW_ONVIF_GO,      /* to a preset */
    GW_ONVIF_SAVE,    /* where it looks now; preset: its name */
    GW_ONVIF_FORGET,  /* a preset */
    GW_ONVIF_PICTURE, /* a still */
} GwOnvifAct;

/* What has been learnt of a device; zeroed: nothing. */
typedef struct {
    bool known;
    int64_t ahead_s;
    char media[GW_ONVIF_MAX_ADDRESS + 1], ptz[GW_ONVIF_MAX_ADDRESS + 1]; /* ptz "": it cannot move */
} GwOnvifDevice;

typedef struct {
    GwOnvifAct act;
    char *address, *profile, *preset; /* owned; profile NULL: the first */
    CamOrder login;                   /* user and password of it */
    double pan, tilt, zoom;           /* -1 ... 1 */
    GwOnvifDevice device;
} GwOnvifJob;

GwOnvifJob *gw_onvif_job_new(GwOnvifAct act, const char *address);
void gw_onvif_job_free(void *job);

typedef struct {
    GwOnvifReply reply;                                     /* of DESCRIBE, PRESETS, SAVE */
    char uris[GW_ONVIF_MAX_PROFILES][GW_ONVIF_MAX_URI + 1]; /* of its profiles; "": none */
    GwOnvifDevice device;
    GBytes *picture;
} GwOnvifFound;

/* found NULL: error says why. Both borrowed. Called in any case. */
typedef void (*GwOnvifDone)(const GwOnvifFound *found, const GError *error, void *user_data);

/* Takes the job. cancel: nothing is done any more then, and release is called in the place of done. */
void gw_onvif_run(GwOnvifJob *job, GCancellable *cancel, GwOnvifDone done, void *user_data, GDestroyNotify release);

G_END_DECLS
