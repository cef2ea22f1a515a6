/* recorder/seal/plugins.h - GStreamer with the plugins that are named, and no others
 *
 * Thread: main, before anything else. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "recorder/error.h"

G_BEGIN_DECLS

/* Without a scan of all that is installed: only what is loaded by name is ever there. */
bool seal_plugins_init(GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool seal_plugins_load(const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
