/* camera/plugins.h - the parts of GStreamer that a camera may need, and no others
 *
 * Thread: load() before others are started, make() any. */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* What passes H.264 and G.711 on; it has to be there. */
bool cam_plugins_load(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A floating element; decoders and encoders of pictures are loaded when the first is wanted. NULL: it is not installed. */
GstElement *cam_plugins_make(const char *factory);
bool cam_plugins_has(const char *factory);

G_END_DECLS
