/* gateway/evidence/manifests.h - a manifest for every sealed recording, in the archive and in the node's log
 *
 * Made on another thread (it reads all media again), then appended to the log, then covered by a checkpoint. Only when all of
 * that is done is it done: until then the journal keeps the session. A disk or store that fails is tried again every 10 s.
 * Ownership: main. Thread: main, also callbacks. */
#pragma once

#include "gateway/gateway.h"
#include "recorder/recording.h"

G_BEGIN_DECLS

typedef struct GwManifests GwManifests;

GwManifests *gw_manifests_new(const Gateway *gateway, const char *archive_dir);
/* What is under way is made again at the next start. */
void gw_manifests_free(GwManifests *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwManifests, gw_manifests_free)

/* error NULL: it is signed, read back, in the log and under a checkpoint. Otherwise the recording is not what it should be:
 * somebody must look. */
typedef void (*GwManifestDone)(const char *session, const GError *error, void *user_data);

/* One that is there already is checked and completed. Without a log (tests) done is called from the loop, and nothing made. */
void gw_manifests_make(GwManifests *self, const RecRecording *recording, GwManifestDone done, void *user_data);

/* Told of every manifest's checkpoint, for its time stamp; may be NULL. */
typedef void (*GwManifestCovered)(const char *session, uint64_t size, void *user_data);
void gw_manifests_set_covered_func(GwManifests *self, GwManifestCovered func, void *user_data);

G_END_DECLS
