/* gateway/cameras/cameras-priv.h - what cameras.c, methods.c, commands.c and test.c share */
#pragma once

#include "gateway/cameras/cameras.h"
#include "gateway/cameras/onvif-discover.h"

G_BEGIN_DECLS

struct GwCameras {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    GHashTable *by_id;      /* owns GwCamera */
    unsigned n_feeds;
    GPtrArray *tests; /* GwCameraTest, owned */
    guint tick;
    struct {
        GwOnvifDiscovery *discovery; /* NULL: nobody looks for cameras */
        SigRequest *asker;           /* of it */
        GCancellable *gone;          /* cancelled when the cameras are freed */
        unsigned n_asked;
    } onvif;
};

/* What is to be; NULL: as it is (change), or none (add). */
typedef struct {
    const char *name, *unit, *url, *user, *password, *transport, *onvif, *profile;
} GwCameraInput;

GwCamera *gw_cameras_add(GwCameras *self, const GwCameraInput *input, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is pulled begins anew with it. */
bool gw_cameras_change(GwCameras *self, GwCamera *camera, const GwCameraInput *input,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_cameras_remove(GwCameras *self, GwCamera *camera);
GwCamera *gw_cameras_find_by_name(GwCameras *self, const char *id_or_name); /* the only one of its name */
bool gw_cameras_get_order(const char *id, CamOrder *ret_order, void *cameras, GError **error);
void gw_cameras_tick(GwCameras *self); /* once a second by itself */

/* {id, name, unit, state ...} as protocol.md has it; more: what only those see who keep it. */
JsonObject *gw_camera_to_json(GwCameras *self, const GwCamera *camera, bool more);
void gw_camera_findings_to_json(const GwCameraFindings *findings, JsonObject *object);
const char *gw_camera_explain(CamFault fault); /* what to do */

/* A look at a camera that shows nothing to anybody. */
typedef struct GwCameraTest GwCameraTest;
typedef void (*GwCameraTested)(const GwCameraFindings *findings, void *user_data);
bool gw_cameras_test(GwCameras *self, const GwCamera *camera, GwCameraTested done, void *user_data,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_camera_test_free(void *test); /* done is not called any more */

/* Takes the job; done is not called any more after the cameras are gone. False: too many are being asked; it is not called. */
bool gw_cameras_ask_onvif(GwCameras *self, GwOnvifJob *job, GwOnvifDone done,
                          void *user_data) G_GNUC_WARN_UNUSED_RESULT;
/* On record: what who asks does; camera NULL: to none in particular. */
void gw_camera_note(GwCameras *self, SigRequest *request, const char *action, const GwCamera *camera);

extern const SigMethod *const gw_camera_methods[], *const gw_camera_onvif_methods[], *const gw_camera_steer_methods[];
extern const SigRoute gw_camera_routes[];

G_END_DECLS
