/* recorder/seal/raw.h - packets that cannot be made playable, kept as they came: a pcapng file
 *
 * Thread: one. */
#pragma once

#include "recorder/seal/run.h"

G_BEGIN_DECLS

#define SEAL_RAW_CONTENT_TYPE "application/x-pcapng"

/* Offers each packet as a cut. */
bool seal_raw_write(const SealRun *run, const SealSession *session, const char *path, GArray *cuts,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
