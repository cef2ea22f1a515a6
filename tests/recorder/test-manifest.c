#include "recorder/evidence/manifest.h"

#include <string.h>

#include "tests/recorder/test-folder.h"

/* A recording of two files: "a.webm" of three chunks, "b.webm" of one. */
static const char a_media[] = "first chunk|second chunk|third";
static const char b_media[] = "the other file";

typedef struct {
    TestFolder *folder;
    RecKeys *keys;
    JsonObject *facts;
    GString *leaves;
    char *opened;
    RecManifest made;
} Fixture;

static bool
open_media(const char *file, uint64_t *ret_bytes, void *user_data, GError **error)
{
    Fixture *f = user_data;
    g_autofree char *path = test_folder_get(f->folder, file);
    gsize size = 0;

    g_clear_pointer(&f->opened, g_free);
    if (!g_file_get_contents(path, &f->opened, &size, error))
        return false;
    *ret_bytes = size;
    return true;
}

static bool
read_media(uint64_t offset, void *buffer, size_t size, void *user_data, GError **error)
{
    (void)error;
    memcpy(buffer, ((Fixture *)user_data)->opened + offset, size);
    return true;
}

static void
add_chunk(Fixture *f, const char *file, unsigned number, const RecSlice *bytes, uint64_t offset)
{
    RecHashes hashes;

    rec_hash_bytes(bytes->data, bytes->size, &hashes);
    g_autofree char *sha256 = rec_hash_to_hex(hashes.sha256);
    g_autofree char *sm3 = rec_hash_to_hex(hashes.sm3);
    g_string_append_printf(
        f->leaves,
        "{\"session\":\"s-1\",\"file\":\"%s\",\"track\":\"t\",\"chunk\":%u,\"offset\":%u,\"bytes\":%u,"
        "\"sha256\":\"%s\",\"sm3\":\"%s\"}\n",
        file, number, (unsigned)offset, (unsigned)bytes->size, sha256, sm3);
}

static void
write_leaves(Fixture *f)
{
    test_folder_write(f->folder, "leaves.jsonl", f->leaves->str, f->leaves->len);
}

static void
write_recording(Fixture *f)
{
    RecHashes a, b;

    rec_hash_bytes(a_media, strlen(a_media), &a);
    rec_hash_bytes(b_media, strlen(b_media), &b);
    g_autofree char *a_hex = rec_hash_to_hex(a.sha256);
    g_autofree char *b_hex = rec_hash_to_hex(b.sha256);
    g_autofree char *text = g_strdup_printf(
        "{\"version\":1,\"session\":\"s-1\",\"began_us\":1000000,\"duration_us\":30000000,\"recovered\":true,\"files\":"
        "["
        "{\"track\":\"family-1-audio-1\",\"party\":\"family\",\"kind\":\"audio\",\"codec\":\"opus\",\"file\":\"a."
        "webm\","
        "\"content_type\":\"audio/webm\",\"sha256\":\"%s\",\"start_us\":2000000,\"duration_us\":28000000,\"bytes\":%zu,"
        "\"gaps\":[{\"from_us\":5000000,\"to_us\":7000000,\"cause\":\"network\"}]},"
        "{\"track\":\"family-1-video-1\",\"party\":\"family\",\"kind\":\"video\",\"codec\":\"VP8\",\"file\":\"b.webm\","
        "\"content_type\":\"video/webm\",\"sha256\":\"%s\",\"start_us\":2500000,\"duration_us\":27000000,\"bytes\":%zu,"
        "\"gaps\":[{\"from_us\":6000000,\"to_us\":9000000,\"cause\":\"paused\"}]}],\"events\":[]}",
        a_hex, strlen(a_media), b_hex, strlen(b_media));

    test_folder_write(f->folder, "recording.json", text, strlen(text));
}

static void
set_up(Fixture *f, const void *data)
{
    f->folder = test_folder_new();
    g_autofree char *keys_dir = test_folder_get(f->folder, "keys");

    (void)data;
    f->keys = rec_keys_open(keys_dir, "node", true, NULL);
    f->leaves = g_string_new(NULL);
    add_chunk(f, "a.webm", 0, &(RecSlice){ a_media, 12 }, 0);
    add_chunk(f, "a.webm", 1, &(RecSlice){ a_media + 12, 13 }, 12);
    add_chunk(f, "a.webm", 2, &(RecSlice){ a_media + 25, 5 }, 25);
    add_chunk(f, "b.webm", 0, &(RecSlice){ b_media, strlen(b_media) }, 0);
    write_leaves(f);
    write_recording(f);
    test_folder_write(f->folder, "a.webm", a_media, strlen(a_media));
    test_folder_write(f->folder, "b.webm", b_media, strlen(b_media));
    g_autoptr(JsonNode) facts = json_from_string(
        "{\"session\":{\"id\":\"s-1\"},\"node\":{\"name\":\"n\"},\"parties\":[],\"notices\":[],\"notes\":[],"
        "\"log\":{\"origin\":\"yuanjian/n\",\"opened\":2}}",
        NULL);
    f->facts = json_node_dup_object(facts);
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    rec_keys_unref(f->keys);
    json_object_unref(f->facts);
    g_string_free(f->leaves, TRUE);
    g_free(f->opened);
    test_folder_free(f->folder);
}

static bool
make(Fixture *f, GError **error)
{
    const RecMedia media = { open_media, read_media, f };
    const RecManifestInput input = {
        .folder = test_folder_get_path(f->folder),
        .session = "s-1",
        .facts = f->facts,
        .keys = f->keys,
        .media = &media,
        .made_us = 40000000,
    };

    return rec_manifest_make(&input, &f->made, error);
}

static bool
check(Fixture *f)
{
    RecManifest read;

    return rec_manifest_check(test_folder_get_path(f->folder), f->keys, &read, NULL);
}

static void
assert_not_made(Fixture *f, const char *named)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(make(f, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, named));
    g_assert_false(rec_manifest_is_there(test_folder_get_path(f->folder)));
}

static JsonObject *
read_manifest(Fixture *f, JsonNode **ret_root)
{
    gsize size = 0;
    g_autofree char *text = test_folder_read(f->folder, "manifest.json", &size);

    *ret_root = json_from_string(text, NULL);
    return json_node_get_object(*ret_root);
}

static void
says_what_is_there(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = NULL;
    uint8_t expected[REC_HASH_SIZE];
    RecMerkle tree;

    (void)data;
    g_assert_true(make(f, &error));
    g_assert_no_error(error);
    g_assert_true(f->made.recovered);
    JsonObject *manifest = read_manifest(f, &root);
    JsonObject *leaves = json_object_get_object_member(manifest, "leaves");
    rec_merkle_init(&tree, REC_HASH_SM3);
    g_auto(GStrv) lines = g_strsplit(f->leaves->str, "\n", -1);
    for (unsigned i = 0; i < 4; i++)
        rec_merkle_add(&tree, lines[i], strlen(lines[i]));
    rec_merkle_get_root(&tree, expected);
    g_autofree char *hex = rec_hash_to_hex(expected);
    g_assert_cmpstr(json_object_get_string_member(leaves, "sm3_root"), ==, hex);
    g_assert_cmpint(json_object_get_int_member(leaves, "count"), ==, 4);
    JsonObject *b = json_array_get_object_element(json_object_get_array_member(manifest, "files"), 1);
    g_assert_cmpint(json_object_get_int_member(b, "first_leaf"), ==, 3);
    g_assert_cmpint(json_object_get_int_member(b, "chunks"), ==, 1);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(manifest, "documents")), ==, 2);
    g_assert_true(rec_manifest_is_there(test_folder_get_path(f->folder)));
    g_assert_true(check(f));
}

/* Two tracks miss 5-7 s and 6-9 s: together four seconds. */
static void
what_is_missing_counts_once(Fixture *f, const void *data)
{
    g_autoptr(JsonNode) root = NULL;

    (void)data;
    g_assert_true(make(f, NULL));
    JsonObject *manifest = read_manifest(f, &root);
    JsonObject *party = json_array_get_object_element(json_object_get_array_member(manifest, "parties"), 0);
    JsonObject *completeness = json_object_get_object_member(party, "completeness");
    g_assert_cmpstr(json_object_get_string_member(party, "id"), ==, "family");
    g_assert_cmpint(json_object_get_int_member(completeness, "missing_us"), ==, 4000000);
    g_assert_cmpint(json_object_get_int_member(completeness, "expected_us"), ==, 28000000);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(completeness, "gaps")), ==, 2);
}

/* Nothing was sent from 10 s on, which no file shows; and of somebody nothing ever came. */
static void
what_the_sealer_counted_is_signed(Fixture *f, const void *data)
{
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *path = test_folder_get(f->folder, "recording.json"), *text = NULL;

    (void)data;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *events = strstr(text, "\"events\"");
    g_assert_nonnull(events);
    g_autofree char *counted = g_strdup_printf(
        "%.*s\"parties\":["
        "{\"party\":\"family\",\"expected_us\":29000000,\"missing_us\":20000000,\"gaps\":["
        "{\"from_us\":10000000,\"to_us\":30000000,\"cause\":\"network\",\"track\":\"family-1-video-1\"}]},"
        "{\"party\":\"nobody\",\"expected_us\":29000000,\"missing_us\":29000000,\"gaps\":["
        "{\"from_us\":1000000,\"to_us\":30000000,\"cause\":\"network\",\"track\":\"\"}]}],%s",
        (int)(events - text), text, events);
    test_folder_write(f->folder, "recording.json", counted, strlen(counted));
    g_assert_true(make(f, NULL));
    JsonObject *manifest = read_manifest(f, &root);
    JsonArray *parties = json_object_get_array_member(manifest, "parties");
    static const struct {
        const char *id;
        int64_t missing_us;
    } expected[] = { { "family", 20000000 }, { "nobody", 29000000 } };
    for (unsigned i = 0, n = json_array_get_length(parties); i < G_N_ELEMENTS(expected); i++) {
        JsonObject *party = json_array_get_object_element(parties, i == 0 ? 0 : n - 1);
        JsonObject *completeness = json_object_get_object_member(party, "completeness");
        g_assert_cmpstr(json_object_get_string_member(party, "id"), ==, expected[i].id);
        g_assert_cmpint(json_object_get_int_member(completeness, "missing_us"), ==, expected[i].missing_us);
        g_assert_cmpint(json_object_get_int_member(completeness, "expected_us"), ==, 29000000);
        g_assert_cmpuint(json_array_get_length(json_object_get_array_member(completeness, "gaps")), ==, 1);
    }
}

static void
altered_media_is_named(Fixture *f, const void *data)
{
    g_autofree char *altered = g_strdup(a_media);

    (void)data;
    altered[14] ^= 1;
    test_folder_write(f->folder, "a.webm", altered, strlen(altered));
    assert_not_made(f, "a.webm: chunk 1");
    test_folder_write(f->folder, "a.webm", a_media, strlen(a_media) - 1);
    assert_not_made(f, "a.webm has 29 bytes, its chunks 30");
}

static void
leaves_that_do_not_fit_are_refused(Fixture *f, const void *data)
{
    static const struct {
        const char *from, *to, *named;
    } cases[] = {
        { "\"chunk\":1", "\"chunk\":2", "line 2: it is not the next chunk" },
        { "\"offset\":12", "\"offset\":11", "line 2: it is not the next chunk" },
        { "\"session\":\"s-1\"", "\"session\":\"s-2\"", "line 1: it is of another session" },
        { "\"file\":\"b.webm\"", "\"file\":\"c.webm\"", "a file that recording.json does not name" },
        { "\"bytes\":12", "\"bytes\":-12", "line 1: a member is missing or wrong" },
        { "\"sm3\":\"", "\"sm3\":\"x", "line 1: a member is missing or wrong" },
        { "{", "[", "line 1: it is no JSON object" },
    };

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *at = strstr(f->leaves->str, cases[i].from);
        g_autofree char *before = g_strndup(f->leaves->str, (gsize)(at - f->leaves->str));
        g_autofree char *text = g_strconcat(before, cases[i].to, at + strlen(cases[i].from), NULL);

        test_folder_write(f->folder, "leaves.jsonl", text, strlen(text));
        assert_not_made(f, cases[i].named);
    }
    test_folder_write(f->folder, "leaves.jsonl", f->leaves->str, f->leaves->len - 1);
    assert_not_made(f, "line 4: it does not end");
}

static void
a_line_that_is_too_long_is_refused(Fixture *f, const void *data)
{
    g_autofree char *spaces = g_strnfill(REC_CHUNKS_MAX_LINE_BYTES, ' ');

    (void)data;
    g_string_insert(f->leaves, 1, spaces);
    write_leaves(f);
    assert_not_made(f, "too long");
}

static void
what_was_altered_later_is_noticed(Fixture *f, const void *data)
{
    static const char *const names[] = { "manifest.json", "manifest.ed25519", "manifest.sm2", "recording.json",
                                         "leaves.jsonl" };

    (void)data;
    g_assert_true(make(f, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize size = 0;
        g_autofree char *bytes = test_folder_read(f->folder, names[i], &size);

        bytes[size / 2] ^= 1;
        test_folder_write(f->folder, names[i], bytes, size);
        g_assert_false(check(f));
        bytes[size / 2] ^= 1;
        test_folder_write(f->folder, names[i], bytes, size);
        g_assert_true(check(f));
    }
}

static void
a_manifest_outlives_a_rotation(Fixture *f, const void *data)
{
    g_autofree char *keys_dir = test_folder_get(f->folder, "keys");

    (void)data;
    g_assert_true(make(f, NULL));
    g_assert_true(rec_keys_rotate(keys_dir, "node", NULL));
    rec_keys_unref(f->keys);
    f->keys = rec_keys_open(keys_dir, "node", false, NULL);
    g_assert_true(check(f));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/evidence/manifest/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("says-what-is-there", says_what_is_there);
    ADD("what-is-missing-counts-once", what_is_missing_counts_once);
    ADD("what-the-sealer-counted-is-signed", what_the_sealer_counted_is_signed);
    ADD("altered-media-is-named", altered_media_is_named);
    ADD("leaves-that-do-not-fit-are-refused", leaves_that_do_not_fit_are_refused);
    ADD("a-line-that-is-too-long-is-refused", a_line_that_is_too_long_is_refused);
    ADD("what-was-altered-later-is-noticed", what_was_altered_later_is_noticed);
    ADD("a-manifest-outlives-a-rotation", a_manifest_outlives_a_rotation);
    return g_test_run();
}
