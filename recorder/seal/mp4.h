/* recorder/seal/mp4.h - the times of making in an MP4 file, which its muxer takes from the wall clock
 *
 * Thread: any. Any file is safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

/* Sets creation and modification time in mvhd, tkhd and mdhd (ISO/IEC 14496-12 8.2.2, 8.3.2, 8.4.2). */
bool seal_mp4_set_times(const char *path, int64_t unix_us, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
