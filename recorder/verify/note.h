/* recorder/verify/note.h - signed notes, checkpoints and proofs of a log (C2SP signed-note, tlog-checkpoint, tlog-proof)
 *
 * Values of fixed size; pointers go into the bytes that were read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/hash.h"

enum { VER_NOTE_MAX_BYTES = 64 * 1024, VER_NOTE_MAX_SIGNATURES = 16, VER_SIGNATURE_MAX = 256, VER_ORIGIN_MAX = 256 };

typedef struct {
    char name[VER_ORIGIN_MAX];
    uint8_t key[4];
    uint8_t bytes[VER_SIGNATURE_MAX];
    size_t size;
} VerNoteSignature;

typedef struct {
    const char *text; /* what is signed; borrowed */
    size_t size;
    VerNoteSignature signatures[VER_NOTE_MAX_SIGNATURES];
    size_t n_signatures;
} VerNote;

typedef struct {
    VerNote note;
    char origin[VER_ORIGIN_MAX];
    VerTreeHead head;
    int64_t at_ms; /* -1: it does not say */
} VerCheckpoint;

bool ver_note_parse(const char *data, size_t size, VerNote *ret_note);
bool ver_checkpoint_parse(const char *data, size_t size, VerCheckpoint *ret_checkpoint);

typedef struct {
    uint64_t index;
    VerProof proof;
    const char *checkpoint; /* borrowed: the rest of the file */
    size_t checkpoint_size;
} VerLogProof;

bool ver_log_proof_parse(const char *data, size_t size, VerLogProof *ret_proof);
/* Base64 hashes, one a line. */
bool ver_proof_parse(const char *data, size_t size, VerProof *ret_proof);
