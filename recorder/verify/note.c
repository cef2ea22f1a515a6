#include "recorder/verify/note.h"

#include <string.h>

#include "recorder/verify/bytes.h"

static const char PROOF_HEAD[] = "c2sp.org/tlog-proof@v1";
static const char DASH[] = "\xe2\x80\x94 "; /* U+2014 */

typedef struct {
    const char *at, *end;
} Lines;

/* The next line without its newline; a last line that has none is no line. */
static bool
next_line(Lines *lines, const char **ret_line, size_t *ret_size)
{
    const char *newline = lines->at < lines->end ? memchr(lines->at, '\n', (size_t)(lines->end - lines->at)) : NULL;

    if (!newline)
        return false;
    *ret_line = lines->at;
    *ret_size = (size_t)(newline - lines->at);
    lines->at = newline + 1;
    return true;
}

static bool
parse_signature(const char *line, size_t size, VerNoteSignature *ret_signature)
{
    uint8_t bytes[VER_SIGNATURE_MAX + 4];
    size_t n_dash = strlen(DASH), n;

    if (size <= n_dash || memcmp(line, DASH, n_dash) != 0)
        return false;
    line += n_dash;
    size -= n_dash;
    const char *space = memchr(line, ' ', size);
    size_t n_name = space ? (size_t)(space - line) : 0;
    if (n_name == 0 || n_name >= VER_ORIGIN_MAX || memchr(line, '\0', n_name))
        return false;
    if (!ver_base64(space + 1, size - n_name - 1, bytes, sizeof bytes, &n) || n <= 4)
        return false;
    memcpy(ret_signature->name, line, n_name);
    ret_signature->name[n_name] = '\0';
    memcpy(ret_signature->key, bytes, 4);
    memcpy(ret_signature->bytes, bytes + 4, n - 4);
    ret_signature->size = n - 4;
    return true;
}

bool
ver_note_parse(const char *data, size_t size, VerNote *ret_note)
{
    VerNote note = { .text = data };
    const char *line;

    if (size > VER_NOTE_MAX_BYTES || size < 3)
        return false;
    for (size_t i = 1; i < size && note.size == 0; i++) {
        if (data[i - 1] == '\n' && data[i] == '\n')
            note.size = i;
    }
    if (note.size == 0)
        return false;
    Lines lines = { data + note.size + 1, data + size };
    size_t n;
    while (next_line(&lines, &line, &n)) {
        if (note.n_signatures == VER_NOTE_MAX_SIGNATURES ||
            !parse_signature(line, n, &note.signatures[note.n_signatures++]))
            return false;
    }
    *ret_note = note;
    return lines.at == lines.end && note.n_signatures > 0;
}

static bool
parse_hash(const char *line, size_t size, uint8_t ret_hash[VER_HASH_BYTES])
{
    size_t n;

    return ver_base64(line, size, ret_hash, VER_HASH_BYTES, &n) && n == VER_HASH_BYTES;
}

bool
ver_checkpoint_parse(const char *data, size_t size, VerCheckpoint *ret_checkpoint)
{
    VerCheckpoint checkpoint = { .at_ms = -1 };
    const char *line;
    int64_t tree_size;
    size_t n;

    if (!ver_note_parse(data, size, &checkpoint.note))
        return false;
    Lines lines = { checkpoint.note.text, checkpoint.note.text + checkpoint.note.size };
    if (!next_line(&lines, &line, &n) || n == 0 || n >= VER_ORIGIN_MAX || memchr(line, '\0', n))
        return false;
    memcpy(checkpoint.origin, line, n);
    if (!next_line(&lines, &line, &n) || !ver_number(line, n, &tree_size))
        return false;
    checkpoint.head.size = (uint64_t)tree_size;
    if (!next_line(&lines, &line, &n) || !parse_hash(line, n, checkpoint.head.root))
        return false;
    while (next_line(&lines, &line, &n)) {
        if (n > 3 && memcmp(line, "at ", 3) == 0 &&
            (checkpoint.at_ms >= 0 || !ver_number(line + 3, n - 3, &checkpoint.at_ms)))
            return false;
    }
    *ret_checkpoint = checkpoint;
    return true;
}

bool
ver_proof_parse(const char *data, size_t size, VerProof *ret_proof)
{
    VerProof proof = { 0 };
    Lines lines = { data, data + size };
    const char *line;
    size_t n;

    while (next_line(&lines, &line, &n)) {
        if (proof.n == VER_PROOF_MAX || !parse_hash(line, n, proof.hashes[proof.n++]))
            return false;
    }
    *ret_proof = proof;
    return lines.at == lines.end;
}

bool
ver_log_proof_parse(const char *data, size_t size, VerLogProof *ret_proof)
{
    Lines lines = { data, data + size };
    const char *line;
    int64_t index;
    size_t n;

    if (size > VER_NOTE_MAX_BYTES || !next_line(&lines, &line, &n) || n != strlen(PROOF_HEAD) ||
        memcmp(line, PROOF_HEAD, n) != 0 || !next_line(&lines, &line, &n))
        return false;
    if (n > 6 && memcmp(line, "extra ", 6) == 0 && !next_line(&lines, &line, &n))
        return false;
    if (n <= 6 || memcmp(line, "index ", 6) != 0 || !ver_number(line + 6, n - 6, &index))
        return false;
    ret_proof->index = (uint64_t)index;
    const char *hashes = lines.at;
    do {
        if (!next_line(&lines, &line, &n))
            return false;
    } while (n > 0);
    ret_proof->checkpoint = lines.at;
    ret_proof->checkpoint_size = (size_t)(lines.end - lines.at);
    return ver_proof_parse(hashes, (size_t)(line - hashes), &ret_proof->proof);
}
