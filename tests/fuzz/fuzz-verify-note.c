/* Any bytes as a checkpoint, a log proof, hashes: what is taken lies within the bytes, and its amounts within their limits. */
#include <assert.h>
#include <string.h>

#include "recorder/verify/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    static VerCheckpoint checkpoint;
    VerLogProof proof;
    VerProof hashes;

    if (ver_checkpoint_parse(text, size, &checkpoint)) {
        const VerNote *note = &checkpoint.note;
        assert(note->text == text && note->size < size && text[note->size - 1] == '\n' && text[note->size] == '\n');
        assert(note->n_signatures >= 1 && note->n_signatures <= VER_NOTE_MAX_SIGNATURES);
        assert(strlen(checkpoint.origin) > 0 && strlen(checkpoint.origin) < VER_ORIGIN_MAX);
        for (size_t i = 0; i < note->n_signatures; i++)
            assert(note->signatures[i].size >= 1 && note->signatures[i].size <= VER_SIGNATURE_MAX);
    }
    if (ver_log_proof_parse(text, size, &proof))
        assert(proof.proof.n <= VER_PROOF_MAX && proof.checkpoint + proof.checkpoint_size == text + size);
    if (ver_proof_parse(text, size, &hashes))
        assert(hashes.n * 45 == size);
    return 0;
}
