#include "recorder/evidence/note.h"

#include <string.h>

#define DASH "\xe2\x80\x94 " /* an em dash and a space */

static void
free_signature(void *data)
{
    RecNoteSignature *signature = data;

    g_free(signature->name);
    g_free(signature);
}

RecNote *
rec_note_new(const char *text)
{
    RecNote *self = g_new0(RecNote, 1);

    self->text = g_strdup(text);
    self->signatures = g_ptr_array_new_with_free_func(free_signature);
    return self;
}

void
rec_note_free(RecNote *self)
{
    if (self == NULL)
        return;
    g_free(self->text);
    g_ptr_array_unref(self->signatures);
    g_free(self);
}

void
rec_note_sign(RecNote *self, const RecNoteSignature *signature)
{
    RecNoteSignature *copy = g_memdup2(signature, sizeof *signature);

    g_assert(signature->size <= REC_NOTE_MAX_SIGNATURE_BYTES);
    copy->name = g_strdup(signature->name);
    g_ptr_array_add(self->signatures, copy);
}

char *
rec_note_to_string(const RecNote *self)
{
    GString *note = g_string_new(self->text);

    g_string_append_c(note, '\n');
    for (guint i = 0; i < self->signatures->len; i++) {
        const RecNoteSignature *signature = self->signatures->pdata[i];
        uint8_t bytes[REC_NOTE_KEY_HASH + REC_NOTE_MAX_SIGNATURE_BYTES];

        memcpy(bytes, signature->key_hash, REC_NOTE_KEY_HASH);
        memcpy(bytes + REC_NOTE_KEY_HASH, signature->bytes, signature->size);
        g_autofree char *text = g_base64_encode(bytes, REC_NOTE_KEY_HASH + signature->size);
        g_string_append_printf(note, DASH "%s %s\n", signature->name, text);
    }
    return g_string_free(note, FALSE);
}

bool
rec_note_name_is_valid(const char *name)
{
    if (*name == '\0' || !g_utf8_validate(name, -1, NULL))
        return false;
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isspace(c) || g_unichar_iscntrl(c) || c == '+')
            return false;
    }
    return true;
}

static RecNote *
refuse(GError **error, const char *what)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "this is not a signed note: %s", what);
    return NULL;
}

/* The strict form alone: decoded and encoded again it is the same text. */
static bool
read_signature(const char *line, RecNoteSignature *ret_signature)
{
    const char *space = g_str_has_prefix(line, DASH) ? strchr(line + strlen(DASH), ' ') : NULL;
    gsize size = 0;

    if (space == NULL)
        return false;
    g_autofree char *name = g_strndup(line + strlen(DASH), (gsize)(space - line) - strlen(DASH));
    g_autofree guchar *bytes = g_base64_decode(space + 1, &size);
    g_autofree char *again = g_base64_encode(bytes, size);
    if (!rec_note_name_is_valid(name) || size <= REC_NOTE_KEY_HASH ||
        size - REC_NOTE_KEY_HASH > REC_NOTE_MAX_SIGNATURE_BYTES || !g_str_equal(again, space + 1))
        return false;
    ret_signature->name = g_steal_pointer(&name);
    ret_signature->size = size - REC_NOTE_KEY_HASH;
    memcpy(ret_signature->key_hash, bytes, REC_NOTE_KEY_HASH);
    memcpy(ret_signature->bytes, bytes + REC_NOTE_KEY_HASH, ret_signature->size);
    return true;
}

static bool
is_clean(const char *bytes, size_t size)
{
    if (size == 0 || size > REC_NOTE_MAX_BYTES || bytes[size - 1] != '\n' ||
        !g_utf8_validate(bytes, (gssize)size, NULL))
        return false;
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)bytes[i] < 0x20 && bytes[i] != '\n')
            return false;
    }
    return true;
}

RecNote *
rec_note_parse(const char *bytes, size_t size, GError **error)
{
    if (!is_clean(bytes, size))
        return refuse(error, "it is no clean text, or too long");

    g_autofree char *all = g_strndup(bytes, size);
    char *blank = g_strrstr(all, "\n\n");
    if (blank == NULL || blank[2] == '\0')
        return refuse(error, "it has no signatures");
    blank[1] = '\0';
    g_autoptr(RecNote) self = rec_note_new(all);
    g_auto(GStrv) lines = g_strsplit(blank + 2, "\n", REC_NOTE_MAX_SIGNATURES + 2);
    for (unsigned i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        RecNoteSignature signature = { 0 };

        if (i == REC_NOTE_MAX_SIGNATURES)
            return refuse(error, "it has too many signatures");
        if (!read_signature(lines[i], &signature))
            return refuse(error, "a line is no signature");
        rec_note_sign(self, &signature);
        g_free(signature.name);
    }
    return g_steal_pointer(&self);
}

void
rec_note_hash_key(const char *name, uint8_t kind, const RecSlice *key, uint8_t ret_hash[REC_NOTE_KEY_HASH])
{
    const uint8_t head[] = { '\n', kind };
    const RecSlice slices[] = { { name, strlen(name) }, { head, sizeof head }, *key };
    uint8_t hash[REC_HASH_SIZE];

    rec_hash_slices(REC_HASH_SHA256, slices, G_N_ELEMENTS(slices), hash);
    memcpy(ret_hash, hash, REC_NOTE_KEY_HASH);
}

void
rec_note_hash_sm2_key(const char *name, const RecSlice *spki, uint8_t ret_hash[REC_NOTE_KEY_HASH])
{
    g_autoptr(GByteArray) key = g_byte_array_new();
    RecSlice slice;

    g_byte_array_append(key, (const uint8_t *)"sm2", 3);
    g_byte_array_append(key, spki->data, (guint)spki->size);
    slice = (RecSlice){ key->data, key->len };
    rec_note_hash_key(name, 0xff, &slice, ret_hash);
}
