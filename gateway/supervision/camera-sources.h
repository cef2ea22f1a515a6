/* gateway/supervision/camera-sources.h - the cameras of this node as sources of walls
 *
 * The "camera" kind of sources.h: a camera is pulled while somebody wants to see it.
 * Thread: main. */
#pragma once

#include "gateway/cameras/cameras.h"
#include "gateway/supervision/sources.h"

G_BEGIN_DECLS

typedef struct GwCameraSources GwCameraSources;

/* cameras and sources outlive it. */
GwCameraSources *gw_camera_sources_new(GwSources *sources, GwCameras *cameras);
void gw_camera_sources_free(GwCameraSources *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCameraSources, gw_camera_sources_free)

G_END_DECLS
