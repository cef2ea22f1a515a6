/* gateway/cameras/feed.h - one camera while somebody looks: its session, its process, and trying again
 *
 * The session is of kind "camera", named "camera-ID", with the party "camera"; it is not recorded. It stays while processes come
 * and go, so that whoever watches needs to do nothing when the camera comes back.
 * Ownership: the cameras. Thread: main. Re-entry: from the loop alone. */
#pragma once

#include "camera/lines.h"
#include "gateway/sessions/sessions.h"

G_BEGIN_DECLS

typedef struct GwCameraFeed GwCameraFeed;

typedef enum {
    GW_FEED_IDLE, /* nobody looks */
    GW_FEED_CONNECTING,
    GW_FEED_PLAYING,
    GW_FEED_FAULT, /* it is tried again by itself */
} GwFeedState;

const char *gw_feed_state_to_string(GwFeedState state);

typedef struct {
    const char *program;
    const char *camera, *unit;
    /* With the login, for each process anew; the caller clears it. */
    bool (*get_order)(const char *camera, CamOrder *ret_order, void *user_data, GError **error);
    void *user_data;
} GwCameraFeedConfig;

/* NULL when the session cannot be made. */
GwCameraFeed *gw_camera_feed_new(GwSessions *sessions, const GwCameraFeedConfig *config,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_camera_feed_free(GwCameraFeed *self); /* its session ends */

/* What was found, by a feed or by a test. */
typedef struct {
    CamFault fault;
    bool has_video, has_audio;
    CamReport video, audio;
    unsigned keyframes_ms; /* 0: not known */
} GwCameraFindings;

void gw_camera_findings_take(GwCameraFindings *self, const CamReport *report);

GwFeedState gw_camera_feed_get_state(const GwCameraFeed *self);
const GwCameraFindings *gw_camera_feed_get_findings(const GwCameraFeed *self);
GwSession *gw_camera_feed_get_session(const GwCameraFeed *self);
int64_t gw_camera_feed_get_since_ms(const GwCameraFeed *self); /* in this state */

/* How long until the next try: quick at first, then every three seconds or so; with a refused login, which cameras answer by
 * locking the account, a minute. random: 0 ... 1. */
int64_t gw_camera_feed_get_wait_ms(CamFault fault, unsigned n_tries, int64_t tried_ms, double random);

#define GW_CAMERA_PARTY "camera"
char *gw_camera_feed_make_slug(const char *camera);

G_END_DECLS
