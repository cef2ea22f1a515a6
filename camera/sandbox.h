/* camera/sandbox.h - takes away what hostile media could make use of, but the network, which the camera is reached by
 *
 * No programs, no other processes, no writing to any file, nothing of the machine; bounded memory, no core file.
 * Thread: before others are started. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

bool cam_sandbox_enter(GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
