/* recorder/evidence/manifest.h - what a sealed recording is, signed: manifest.json, manifest.ed25519, manifest.sm2
 *
 * Made once, of recording.json, leaves.jsonl and facts that the gateway knows; every byte of the media is read again for it.
 * It counts when it has been written, synced, read back and checked; docs/evidence.md has the format.
 * Ownership: the caller. Thread: any; blocks. */
#pragma once

#include <json-glib/json-glib.h>

#include "recorder/evidence/chunks.h"
#include "recorder/evidence/keys.h"

G_BEGIN_DECLS

enum { REC_MANIFEST_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct {
    const char *folder, *session;
    /* Members "session", "node", "parties", "notices", "notes", "log" as the manifest has them; of parties those without
     * completeness are given it. Borrowed. */
    JsonObject *facts;
    const RecKeys *keys;
    const RecMedia *media;
    int64_t made_us;
} RecManifestInput;

typedef struct {
    char sha256[2 * REC_HASH_SIZE + 1], sm3[2 * REC_HASH_SIZE + 1]; /* of manifest.json, hex */
    bool recovered;
} RecManifest;

/* INVALID: files, leaves and recording do not fit; names which. What lies there from an attempt that was cut off is replaced. */
bool rec_manifest_make(const RecManifestInput *input, RecManifest *ret_manifest,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One that was made before: its signatures, by certificates of any generation, and recording.json and leaves.jsonl against it.
 * Not the media. */
bool rec_manifest_check(const char *folder, const RecKeys *keys, RecManifest *ret_manifest,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_manifest_is_there(const char *folder); /* with both signatures */

G_END_DECLS
