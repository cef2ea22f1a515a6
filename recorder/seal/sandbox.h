/* recorder/seal/sandbox.h - takes away what hostile media could make use of: network, programs, other processes, much memory
 *
 * Thread: before others are started. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Lowest priority, bounded memory and CPU, no core file; then the system calls. */
bool seal_sandbox_enter(GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
