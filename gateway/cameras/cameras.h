/* gateway/cameras/cameras.h - the RTSP cameras of this node: which there are, and what they show while somebody looks
 *
 * A camera is pulled by a process of its own from the moment somebody wants to see it until some seconds after the last one
 * stopped; at all other times it is left alone. Administrators keep the list and test; they never see a picture.
 * Ownership: main. Thread: main. Gateway.server may be NULL (tests): then no rows are added. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/cameras/feed.h"
#include "gateway/cameras/onvif.h"
#include "gateway/gateway.h"

G_BEGIN_DECLS

typedef struct GwCameras GwCameras;

enum {
    GW_CAMERAS_MAX = 5000,
    GW_CAMERAS_MAX_FEEDS = 200, /* processes */
    GW_CAMERAS_MAX_TESTS = 4,   /* at the same time */
    GW_CAMERAS_MAX_ASKED = 16,  /* by ONVIF at the same time: a thread each */
};

/* Loads; blocks, for start-up. program: path of yuanjian-camera. */
GwCameras *gw_cameras_new(const Gateway *gateway, GwSessions *sessions, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_cameras_free(GwCameras *self); /* before the sessions */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCameras, gw_cameras_free)

/* camera.add, .list, .remove, .test. */
void gw_cameras_add_commands(GwCameras *self, GwAdmin *admin);

/* Who moves it, and what is known of how. */
typedef struct {
    char *by, *display; /* owned; a person, until then */
    int64_t until_us;   /* monotonic */
    bool busy;          /* it is being asked */
    GwOnvifDevice device;
} GwSteering;

typedef struct {
    char *id, *name, *unit, *url;
    char *onvif, *profile; /* address of its device service, token; NULL: none, the first */
    GwSteering steering;
    bool udp;
    char *login; /* closed, see login.h; NULL: it asks for none */
    GwCameraFeed *feed;
    bool wanted;           /* somebody holds it, beside those who watch its session */
    int64_t idle_since_us; /* monotonic; 0: it is looked at */
} GwCamera;

const GwCamera *gw_cameras_find(GwCameras *self, const char *id); /* borrowed; NULL: none */
void gw_cameras_foreach(GwCameras *self, void (*func)(const GwCamera *camera, void *data), void *data);

/* Somebody wants to see it, or nobody any more; again is fine. False: it cannot be looked at now. */
bool gw_cameras_want(GwCameras *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_cameras_unwant(GwCameras *self, const char *id);

G_END_DECLS
