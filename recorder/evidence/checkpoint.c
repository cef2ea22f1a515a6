#include "recorder/evidence/checkpoint.h"

#include <string.h>

enum { MAX_LINES = 16 };

void
rec_checkpoint_clear(RecCheckpoint *self)
{
    g_clear_pointer(&self->origin, g_free);
}

static RecNoteSignature
name_signature(const RecCertificate *certificate, char *name)
{
    RecNoteSignature signature = { .name = name };
    RecSlice key;

    if (certificate->kind == REC_KEY_ED25519) {
        key.data = g_bytes_get_data(certificate->raw, &key.size);
        rec_note_hash_key(name, 0x01, &key, signature.key_hash);
    } else {
        key.data = g_bytes_get_data(certificate->spki, &key.size);
        rec_note_hash_sm2_key(name, &key, signature.key_hash);
    }
    return signature;
}

static void
add_signature(RecNote *note, const RecCertificate *certificate, const char *origin, const RecSlice *bytes)
{
    g_autofree char *name = g_strconcat(origin, certificate->kind == REC_KEY_SM2 ? "/sm2" : "", NULL);
    RecNoteSignature signature = name_signature(certificate, name);

    memcpy(signature.bytes, bytes->data, bytes->size);
    signature.size = bytes->size;
    rec_note_sign(note, &signature);
}

char *
rec_checkpoint_sign(const RecCheckpoint *self, const RecKeys *keys, GError **error)
{
    g_autofree char *root = g_base64_encode(self->root, REC_HASH_SIZE);
    g_autofree char *text = g_strdup_printf("%s\n%" G_GUINT64_FORMAT "\n%s\nat %" G_GINT64_FORMAT "\n", self->origin,
                                            self->size, root, self->at_ms);
    g_autoptr(RecNote) note = rec_note_new(text);
    RecSignatures signatures;

    if (!rec_note_name_is_valid(self->origin)) {
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "'%s' cannot be the name of a log",
                    self->origin);
        return NULL;
    }
    if (!rec_keys_sign(keys, text, strlen(text), &signatures, error))
        return NULL;
    add_signature(note, rec_keys_get_current(keys, REC_KEY_ED25519), self->origin,
                  &(RecSlice){ signatures.ed25519, sizeof signatures.ed25519 });
    add_signature(note, rec_keys_get_current(keys, REC_KEY_SM2), self->origin,
                  &(RecSlice){ signatures.sm2, signatures.sm2_size });
    return rec_note_to_string(note);
}

static bool
refuse(GError **error, const char *what)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "this is not a checkpoint: %s", what);
    return false;
}

/* Decimal without a sign or zeros before it. */
static bool
read_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    guint64 number = 0;

    if ((text[0] == '0' && text[1] != '\0') || !g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL))
        return false;
    *ret_number = number;
    return true;
}

static bool
read_root(const char *text, uint8_t ret_root[REC_HASH_SIZE])
{
    gsize size = 0;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    g_autofree char *again = g_base64_encode(bytes, size);

    if (size != REC_HASH_SIZE || !g_str_equal(again, text))
        return false;
    memcpy(ret_root, bytes, REC_HASH_SIZE);
    return true;
}

static bool
read_text(const char *text, RecCheckpoint *ret_checkpoint, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_LINES);
    RecCheckpoint read = { 0 };
    uint64_t at_ms = 0;

    if (g_strv_length(lines) < 4 || !rec_note_name_is_valid(lines[0]))
        return refuse(error, "it has no origin, size and root");
    if (!read_number(lines[1], G_MAXINT64, &read.size) || !read_root(lines[2], read.root))
        return refuse(error, "its size or root cannot be read");
    if (g_str_has_prefix(lines[3], "at ") && read_number(lines[3] + 3, G_MAXINT64, &at_ms))
        read.at_ms = (int64_t)at_ms;
    read.origin = g_strdup(lines[0]);
    *ret_checkpoint = read;
    return true;
}

bool
rec_checkpoint_parse(const char *note, size_t size, RecCheckpoint *ret_checkpoint, GError **error)
{
    g_autoptr(RecNote) parsed = rec_note_parse(note, size, error);

    return parsed != NULL && read_text(parsed->text, ret_checkpoint, error);
}

/* By any generation of that kind. */
static bool
is_signed(const RecNote *note, const char *origin, const RecKeys *keys, RecKeyKind kind)
{
    const RecSlice text = { note->text, strlen(note->text) };
    g_autofree char *name = g_strconcat(origin, kind == REC_KEY_SM2 ? "/sm2" : "", NULL);

    for (guint i = 0; i < note->signatures->len; i++) {
        const RecNoteSignature *signature = note->signatures->pdata[i];
        const RecSlice bytes = { signature->bytes, signature->size };

        for (unsigned k = 0; g_str_equal(signature->name, name) && k < rec_keys_get_n(keys); k++) {
            const RecCertificate *certificate = rec_keys_get(keys, k);
            if (certificate->kind != kind)
                continue;
            RecNoteSignature expected = name_signature(certificate, name);
            if (memcmp(expected.key_hash, signature->key_hash, REC_NOTE_KEY_HASH) == 0 &&
                rec_keys_verify(keys, k, &text, &bytes))
                return true;
        }
    }
    return false;
}

bool
rec_checkpoint_verify(const char *note, size_t size, const RecKeys *keys, GError **error)
{
    g_autoptr(RecNote) parsed = rec_note_parse(note, size, error);
    g_auto(RecCheckpoint) checkpoint = { 0 };

    if (parsed == NULL || !read_text(parsed->text, &checkpoint, error))
        return false;
    if (!is_signed(parsed, checkpoint.origin, keys, REC_KEY_ED25519) ||
        !is_signed(parsed, checkpoint.origin, keys, REC_KEY_SM2))
        return refuse(error, "it does not carry both signatures of this node");
    return true;
}
