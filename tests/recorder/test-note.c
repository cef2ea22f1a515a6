#include "recorder/evidence/note.h"

#include <string.h>

#include "recorder/evidence/checkpoint.h"

#define DASH "\xe2\x80\x94 "

static RecNote *
parse(const char *text)
{
    return rec_note_parse(text, strlen(text), NULL);
}

static void
what_is_made_is_read_again(void)
{
    g_autoptr(RecNote) note = rec_note_new("first line\n\nthird line\n");
    RecNoteSignature signature = {
        .name = (char *)"example.org/log", .key_hash = { 1, 2, 3, 4 }, .bytes = "abc", .size = 3
    };

    rec_note_sign(note, &signature);
    rec_note_sign(note, &signature);
    g_autofree char *text = rec_note_to_string(note);
    g_assert_cmpstr(text, ==,
                    "first line\n\nthird line\n\n" DASH "example.org/log AQIDBGFiYw==\n" DASH
                    "example.org/log AQIDBGFiYw==\n");
    g_autoptr(RecNote) again = parse(text);
    g_autofree char *text_again = rec_note_to_string(again);
    g_assert_cmpstr(text, ==, text_again);
}

static void
what_is_no_note_is_refused(void)
{
    static const char *const cases[] = {
        "",
        "text\n",
        "text\n\n",
        "text\n\n" DASH "name AQIDBGFiYw==",               /* no newline at the end */
        "text\n\n" DASH "name AQIDBGFiYw=\n",              /* base64 that is not whole */
        "text\n\n" DASH "name AQIDBGFiYx==\n",             /* bits that do not count are set */
        "text\n\n" DASH "name AQIDBA==\n",                 /* a key hash alone */
        "text\n\n" DASH "na+me AQIDBGFiYw==\n",            /* plus in a name */
        "text\n\n" DASH "na\xe3\x80\x80me AQIDBGFiYw==\n", /* a wide space in a name */
        "text\n\n" DASH " AQIDBGFiYw==\n",                 /* no name */
        "text\n\n- name AQIDBGFiYw==\n",                   /* another dash */
        "text\n\n" DASH "name  AQIDBGFiYw==\n",            /* two spaces */
        "te\txt\n\n" DASH "name AQIDBGFiYw==\n",           /* control characters */
        "te\xffxt\n\n" DASH "name AQIDBGFiYw==\n",         /* not UTF-8 */
        "text\n\n" DASH "name AQIDBGFiYw==\nmore\n",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(RecNote) note = parse(cases[i]);
        g_assert_null(note);
    }
}

static void
limits_are_kept(void)
{
    for (unsigned n = REC_NOTE_MAX_SIGNATURES; n <= REC_NOTE_MAX_SIGNATURES + 1; n++) {
        g_autoptr(GString) text = g_string_new("text\n\n");

        for (unsigned i = 0; i < n; i++)
            g_string_append(text, DASH "name AQIDBGFiYw==\n");
        g_autoptr(RecNote) note = parse(text->str);
        g_assert_cmpint(note != NULL, ==, n == REC_NOTE_MAX_SIGNATURES);
    }
    g_autofree char *large = g_strnfill(REC_NOTE_MAX_BYTES, 'a');
    g_autofree char *note = g_strconcat(large, "\n\n" DASH "name AQIDBGFiYw==\n", NULL);
    g_assert_null(parse(note));
}

static void
checkpoints_are_strict(void)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nat 5\n", true },
        { "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true },
        { "log\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
        { "log\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
        { "log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF\n", false },
        { "log\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
        { "l og\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
        { "log\n7\n", false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *note = g_strconcat(cases[i].text, "\n" DASH "log AQIDBGFiYw==\n", NULL);
        g_auto(RecCheckpoint) checkpoint = { 0 };

        g_assert_cmpint(rec_checkpoint_parse(note, strlen(note), &checkpoint, NULL), ==, cases[i].good);
        g_assert_cmpint(checkpoint.origin != NULL, ==, cases[i].good);
    }
}

/* Name, newline, 1, key. */
static void
key_hashes_are_of_name_kind_and_key(void)
{
    static const uint8_t key[32] = { 0 };
    const RecSlice slice = { key, sizeof key };
    uint8_t hash[REC_NOTE_KEY_HASH], expected[REC_HASH_SIZE];
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const uint8_t *)"example.org/log\n\x01", 17);
    g_byte_array_append(bytes, key, sizeof key);
    rec_hash_slices(REC_HASH_SHA256, &(RecSlice){ bytes->data, bytes->len }, 1, expected);
    rec_note_hash_key("example.org/log", 0x01, &slice, hash);
    g_assert_cmpmem(hash, sizeof hash, expected, sizeof hash);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/note/what-is-made-is-read-again", what_is_made_is_read_again);
    g_test_add_func("/evidence/note/what-is-no-note-is-refused", what_is_no_note_is_refused);
    g_test_add_func("/evidence/note/limits-are-kept", limits_are_kept);
    g_test_add_func("/evidence/note/checkpoints-are-strict", checkpoints_are_strict);
    g_test_add_func("/evidence/note/key-hashes-are-of-name-kind-and-key", key_hashes_are_of_name_kind_and_key);
    return g_test_run();
}
