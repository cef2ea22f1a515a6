/* recorder/evidence/draft.h - what goes into a package (.evp), until its receipt is signed
 *
 * Who exports adds the parts by their names in the package, in any order:
 *   manifest.json manifest.ed25519 manifest.sm2 recording.json leaves.jsonl     as they stand in the archive
 *   keys/ed25519-N.crt keys/sm2-N.crt                                           PEM, all that signed anything in here
 *   log/manifest.json log/manifest.tlog-proof [log/open.json log/open.tlog-proof] the leaves' bytes (no newline), proofs
 *   log/audit.jsonl log/checkpoint                                              proofs and extract all of this checkpoint
 *   [time/checkpoint-SIZE time/checkpoint-SIZE.tsr time/tsa.pem]                the first token made after the manifest
 *   [time/manifest-SIZE.tlog-proof]                                             the manifest's leaf in that checkpoint
 *                                                                               (not when it is log/checkpoint itself)
 *   [derivatives/NAME ...] media/FILE ...                                       large: rec_package_draft_add_file()
 * then rec_package_draft_seal() reads all files once (checksums; media against the manifest), makes VERIFY.txt,
 * report.html and the receipt, whose exact bytes the node signs with both keys; rec_package_new() takes it from there.
 *
 * Ownership: the caller. Thread: one at a time; sealing reads all media, so not main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct RecPackageDraft RecPackageDraft;

/* Reads exactly size bytes of the plain text of an entry ("media/family-1-video-1.webm"). Any thread that reads a package. */
typedef bool (*RecPackageReadFunc)(const char *name, uint64_t offset, void *buffer, size_t size, gpointer user_data,
                                   GError **error);

typedef struct {
    RecPackageReadFunc read;
    gpointer user_data; /* borrowed */
} RecPackageReader;

/* The facts of the receipt. Borrowed strings; NULL: there is none. */
typedef struct {
    const char *id; /* [A-Za-z0-9-]{1,64} */
    int64_t at_us;  /* CLOCK_REALTIME us */
    const char *by, *approved_by, *reason, *watermark;
    bool is_redacted; /* there is no media, but a redaction under derivatives/ */
} RecPackageExport;

RecPackageDraft *rec_package_draft_new(const char *session);
void rec_package_draft_free(RecPackageDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecPackageDraft, rec_package_draft_free)

/* False: a name that no package has, is there already, or more than 4,000 entries. */
bool rec_package_draft_add(RecPackageDraft *self, const char *name, GBytes *bytes,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_package_draft_add_file(RecPackageDraft *self, const char *name, uint64_t bytes,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes of receipt.json, to be signed with Ed25519 and SM2. REC_ERROR_INVALID names a file that is not as the
 * manifest says, or a part that is missing. Once. */
GBytes *rec_package_draft_seal(RecPackageDraft *self, const RecPackageExport *facts, const RecPackageReader *reader,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
