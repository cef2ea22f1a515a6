#define G_LOG_DOMAIN "gateway.sources"

#include "gateway/supervision/camera-sources.h"

static const char prefix[] = "camera";

struct GwCameraSources {
    GwSources *sources; /* borrowed */
    GwCameras *cameras; /* borrowed */
    char *id;           /* of the camera that was described last */
};

static bool
describe(GwCameraSources *self, const GwCamera *camera, GwSourceInfo *ret_info)
{
    if (camera == NULL)
        return false;
    g_free(self->id);
    self->id = g_strdup_printf("%s:%s", prefix, camera->id);
    *ret_info = (GwSourceInfo){
        .id = self->id,
        .unit = camera->unit,
        .name = camera->name,
        /* one that nobody looks at is left alone: nothing is known of it */
        .online = camera->feed == NULL || gw_camera_feed_get_state(camera->feed) != GW_FEED_FAULT,
    };
    return true;
}

static bool
on_find(const char *id, GwSourceInfo *ret_info, void *user_data)
{
    GwCameraSources *self = user_data;

    return describe(self, gw_cameras_find(self->cameras, id), ret_info);
}

typedef struct {
    GwCameraSources *self;
    void (*func)(const GwSourceInfo *info, void *data);
    void *data;
} Walk;

static void
on_camera(const GwCamera *camera, void *data)
{
    const Walk *walk = data;
    GwSourceInfo info;

    if (describe(walk->self, camera, &info))
        walk->func(&info, walk->data);
}

static void
on_foreach(void (*func)(const GwSourceInfo *info, void *data), void *data, void *user_data)
{
    GwCameraSources *self = user_data;
    Walk walk = { .self = self, .func = func, .data = data };

    gw_cameras_foreach(self->cameras, on_camera, &walk);
}

static const char *
get_session(const GwCamera *camera)
{
    return camera != NULL && camera->feed != NULL ? gw_session_get_id(gw_camera_feed_get_session(camera->feed)) : NULL;
}

static void
on_begin(const char *id, const GwActor *actor, void *user_data)
{
    GwCameraSources *self = user_data;
    g_autofree char *source = g_strdup_printf("%s:%s", prefix, id);
    g_autoptr(GError) error = NULL;
    const char *session = NULL;

    (void)actor;
    if (!gw_cameras_want(self->cameras, id, &error)) {
        g_debug("%s: %s", source, error->message);
        return;
    }
    session = get_session(gw_cameras_find(self->cameras, id));
    if (session != NULL)
        gw_sources_provide(self->sources, source, session, GW_CAMERA_PARTY);
}

static void
on_let_go(const char *id, void *user_data)
{
    GwCameraSources *self = user_data;
    g_autofree char *source = g_strdup_printf("%s:%s", prefix, id);
    const char *session = get_session(gw_cameras_find(self->cameras, id));

    if (session != NULL)
        gw_sources_withdraw(self->sources, source, session, GW_CAMERA_PARTY);
    gw_cameras_unwant(self->cameras, id);
}

static const char *
on_why(const char *id, void *user_data)
{
    GwCameraSources *self = user_data;
    const GwCamera *camera = gw_cameras_find(self->cameras, id);

    if (camera == NULL || camera->feed == NULL)
        return NULL;
    return gw_camera_feed_get_state(camera->feed) == GW_FEED_FAULT ? "fault" : "connecting";
}

static const GwSourceKind camera_kind = {
    .prefix = prefix,
    .find = on_find,
    .foreach = on_foreach,
    .begin = on_begin,
    .end = on_let_go,
    .why = on_why,
};

GwCameraSources *
gw_camera_sources_new(GwSources *sources, GwCameras *cameras)
{
    GwCameraSources *self = g_new0(GwCameraSources, 1);

    self->sources = sources;
    self->cameras = cameras;
    gw_sources_add_kind(sources, &camera_kind, self);
    return self;
}

void
gw_camera_sources_free(GwCameraSources *self)
{
    if (self == NULL)
        return;
    g_free(self->id);
    g_free(self);
}
