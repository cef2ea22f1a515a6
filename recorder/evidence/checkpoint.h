/* recorder/evidence/checkpoint.h - the signed head of a log: C2SP tlog-checkpoint, by Ed25519 and by SM2
 *
 * Text: origin, size, base64 of the root, "at UNIX_MS". Signature names: ORIGIN and ORIGIN/sm2. Thread: any. */
#pragma once

#include "recorder/evidence/keys.h"
#include "recorder/evidence/note.h"

G_BEGIN_DECLS

typedef struct {
    char *origin; /* owned */
    uint64_t size;
    uint8_t root[REC_HASH_SIZE];
    int64_t at_ms; /* 0: it does not say */
} RecCheckpoint;

void rec_checkpoint_clear(RecCheckpoint *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RecCheckpoint, rec_checkpoint_clear)

/* The note's bytes; owned. */
char *rec_checkpoint_sign(const RecCheckpoint *self, const RecKeys *keys, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads only. INVALID when it is no checkpoint. */
bool rec_checkpoint_parse(const char *note, size_t size, RecCheckpoint *ret_checkpoint,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Both signatures, by certificates of any generation. */
bool rec_checkpoint_verify(const char *note, size_t size, const RecKeys *keys,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
