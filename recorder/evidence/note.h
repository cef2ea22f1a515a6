/* recorder/evidence/note.h - signed notes (C2SP signed-note): text, and lines that say who signed it
 *
 * A note knows no algorithm: who makes signatures and who checks them looks at names and key hashes. Thread: any. */
#pragma once

#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

enum {
    REC_NOTE_MAX_BYTES = 64 * 1024,
    REC_NOTE_MAX_SIGNATURES = 32,
    REC_NOTE_MAX_SIGNATURE_BYTES = 1024,
    REC_NOTE_KEY_HASH = 4,
};

typedef struct {
    char *name;
    uint8_t key_hash[REC_NOTE_KEY_HASH];
    uint8_t bytes[REC_NOTE_MAX_SIGNATURE_BYTES];
    size_t size;
} RecNoteSignature;

typedef struct {
    char *text; /* ends with a newline; what is signed */
    GPtrArray *signatures;
} RecNote;

/* Strict: UTF-8, no control characters, every line as it must be. INVALID otherwise. */
RecNote *rec_note_parse(const char *bytes, size_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_note_free(RecNote *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecNote, rec_note_free)

RecNote *rec_note_new(const char *text); /* without signatures */
void rec_note_sign(RecNote *self, const RecNoteSignature *signature);
char *rec_note_to_string(const RecNote *self);

bool rec_note_name_is_valid(const char *name);
/* kind: 0x01 for Ed25519 and its 32 bytes; 0xff and what names the algorithm, for others. */
void rec_note_hash_key(const char *name, uint8_t kind, const RecSlice *key, uint8_t ret_hash[REC_NOTE_KEY_HASH]);
void rec_note_hash_sm2_key(const char *name, const RecSlice *spki, uint8_t ret_hash[REC_NOTE_KEY_HASH]);

G_END_DECLS
