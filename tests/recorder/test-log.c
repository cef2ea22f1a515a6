#include "recorder/evidence/log.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "tests/recorder/test-folder.h"

typedef struct {
    TestFolder *folder;
    char *dir, *keys_dir;
    RecKeys *keys;
    RecLog *log;
} Fixture;

static RecLog *
open_log(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    RecLog *log = rec_log_open(f->dir, &error);

    g_assert_no_error(error);
    return log;
}

static void
reopen(Fixture *f)
{
    g_clear_pointer(&f->log, rec_log_free);
    f->log = open_log(f);
}

static void
set_up(Fixture *f, const void *data)
{
    (void)data;
    f->folder = test_folder_new();
    f->dir = test_folder_get(f->folder, "log");
    f->keys_dir = test_folder_get(f->folder, "keys");
    f->keys = rec_keys_open(f->keys_dir, "node", true, NULL);
    f->log = open_log(f);
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    g_clear_pointer(&f->log, rec_log_free);
    rec_keys_unref(f->keys);
    g_free(f->dir);
    g_free(f->keys_dir);
    test_folder_free(f->folder);
}

static GBytes *
make_entry(uint64_t index)
{
    char *text = g_strdup_printf("{\"type\":\"test\",\"n\":%" G_GUINT64_FORMAT "}", index);

    return g_bytes_new_take(text, strlen(text));
}

/* In groups of up to 100, as a busy service does. */
static void
append(Fixture *f, uint64_t n)
{
    while (n > 0) {
        unsigned group = (unsigned)MIN(n, 100);
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_autoptr(GError) error = NULL;
        uint64_t size = rec_log_get_size(f->log), first = 0;

        for (unsigned i = 0; i < group; i++)
            g_ptr_array_add(entries, make_entry(size + i));
        g_assert_true(rec_log_append(f->log, (GBytes *const *)entries->pdata, group, &first, &error));
        g_assert_cmpuint(first, ==, size);
        n -= group;
    }
}

static void
publish(Fixture *f)
{
    const RecLogSigning signing = { f->keys, "yuanjian/node", 1795315200000 };
    g_autoptr(GError) error = NULL;

    g_assert_true(rec_log_publish(f->log, &signing, NULL, &error));
    g_assert_no_error(error);
}

static void
assert_root(const Fixture *f, uint64_t size)
{
    uint8_t expected[REC_HASH_SIZE], root[REC_HASH_SIZE];
    RecMerkle tree;

    rec_merkle_init(&tree, REC_HASH_SHA256);
    for (uint64_t i = 0; i < size; i++) {
        g_autoptr(GBytes) entry = make_entry(i);
        rec_merkle_add(&tree, g_bytes_get_data(entry, NULL), g_bytes_get_size(entry));
    }
    rec_merkle_get_root(&tree, expected);
    rec_log_get_root(f->log, root);
    g_assert_cmpuint(rec_log_get_size(f->log), ==, size);
    g_assert_cmpmem(root, REC_HASH_SIZE, expected, REC_HASH_SIZE);
}

static RecLogReader *
read_log(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    RecLogReader *reader = rec_log_reader_new(f->dir, &error);

    g_assert_no_error(error);
    return reader;
}

static void
grows_and_is_the_same_after_a_restart(Fixture *f, const void *data)
{
    static const unsigned steps[] = { 1, 3, 251, 1, 1, 255, 256, 257, 700 };
    uint64_t size = 0;

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        append(f, steps[i]);
        size += steps[i];
        assert_root(f, size);
        reopen(f);
        assert_root(f, size);
        publish(f);
        reopen(f);
        assert_root(f, size);
    }
}

/* More than 65,536 entries: tiles of the third level have begun. */
static void
tiles_of_all_levels_are_right(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    uint64_t size = 256 * 256 + 300;

    (void)data;
    for (uint64_t n = 0; n < size; n += 256) {
        g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        uint64_t first = 0;

        for (uint64_t i = n; i < MIN(n + 256, size); i++)
            g_ptr_array_add(entries, make_entry(i));
        g_assert_true(rec_log_append(f->log, (GBytes *const *)entries->pdata, entries->len, &first, NULL));
    }
    publish(f);
    reopen(f);
    assert_root(f, size);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_assert_true(rec_log_reader_verify(reader, NULL, NULL, &error));
    g_assert_no_error(error);
    g_autofree char *path = g_build_filename(f->dir, "tile/2/000.p/1", NULL);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
}

static void
names_of_tiles_are_those_of_the_specification(void)
{
    g_autofree char *large = rec_tiles_get_path(0, 1234067, REC_LOG_TILE);
    g_autofree char *partial = rec_tiles_get_path(1, 999, 17);
    g_autofree char *entries = rec_tiles_get_path(REC_TILES_ENTRIES, 1000, REC_LOG_TILE);

    g_assert_cmpstr(large, ==, "tile/0/x001/x234/067");
    g_assert_cmpstr(partial, ==, "tile/1/999.p/17");
    g_assert_cmpstr(entries, ==, "tile/entries/x001/000");
}

static void
entries_and_proofs_are_read_back(Fixture *f, const void *data)
{
    static const uint64_t asked[] = { 0, 1, 255, 256, 511, 512, 599 };
    uint8_t root[REC_HASH_SIZE], leaf[REC_HASH_SIZE];

    (void)data;
    append(f, 600);
    publish(f);
    append(f, 100); /* not published: the reader does not know them */
    g_autoptr(RecLogReader) reader = read_log(f);
    g_auto(RecCheckpoint) checkpoint = { 0 };
    const char *note = rec_log_reader_get_note(reader);
    g_assert_true(rec_checkpoint_parse(note, strlen(note), &checkpoint, NULL));
    g_assert_cmpuint(checkpoint.size, ==, 600);
    memcpy(root, checkpoint.root, sizeof root);
    for (unsigned i = 0; i < G_N_ELEMENTS(asked); i++) {
        g_autoptr(GBytes) entry = rec_log_reader_get_entry(reader, asked[i], NULL);
        g_autoptr(GBytes) expected = make_entry(asked[i]);
        g_autoptr(GByteArray) hashes = rec_log_reader_prove(reader, asked[i], 600, NULL);
        RecMerkleProof proof = { REC_HASH_SHA256, hashes->data, hashes->len / REC_HASH_SIZE };

        g_assert_true(g_bytes_equal(entry, expected));
        rec_merkle_hash_leaf(REC_HASH_SHA256, g_bytes_get_data(entry, NULL), g_bytes_get_size(entry), leaf);
        g_assert_true(rec_merkle_check_inclusion(&proof, asked[i], 600, leaf, root));
        g_autofree char *text = rec_log_reader_make_proof(reader, asked[i], NULL);
        g_assert_true(g_str_has_prefix(text, "c2sp.org/tlog-proof@v1\nindex "));
        g_assert_true(g_str_has_suffix(text, note));
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(rec_log_reader_get_entry(reader, 600, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT);
    g_assert_null(rec_log_reader_get_entry(reader, G_MAXUINT64, NULL));
    g_assert_null(rec_log_reader_prove(reader, 3, 601, NULL));
}

static void
checkpoints_are_consistent_with_each_other(Fixture *f, const void *data)
{
    uint8_t older[REC_HASH_SIZE], newer[REC_HASH_SIZE];

    (void)data;
    append(f, 300);
    rec_log_get_root(f->log, older);
    append(f, 400);
    rec_log_get_root(f->log, newer);
    publish(f);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_autoptr(GByteArray) hashes = rec_log_reader_prove_consistency(reader, 300, 700, NULL);
    RecMerkleProof proof = { REC_HASH_SHA256, hashes->data, hashes->len / REC_HASH_SIZE };
    g_assert_true(rec_merkle_check_consistency(&proof, 300, 700, older, newer));
}

static void
partial_tiles_of_older_checkpoints_go(Fixture *f, const void *data)
{
    g_autofree char *old = g_build_filename(f->dir, "tile/0/000.p/5", NULL);
    g_autofree char *newer = g_build_filename(f->dir, "tile/entries/000.p/9", NULL);
    g_autofree char *folder = g_build_filename(f->dir, "tile/0/000.p", NULL);

    (void)data;
    append(f, 5);
    publish(f);
    g_assert_true(g_file_test(old, G_FILE_TEST_EXISTS));
    append(f, 4);
    publish(f);
    g_assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(newer, G_FILE_TEST_EXISTS));
    append(f, 247);
    publish(f);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

/* Cut at every byte of what was being written: the entries that were whole stay, nothing else does. */
static void
a_torn_tail_is_cut(Fixture *f, const void *data)
{
    gsize size = 0, whole = 0;

    (void)data;
    append(f, 3);
    g_free(test_folder_read(f->folder, "log/pending", &whole));
    append(f, 1);
    g_autofree char *bytes = test_folder_read(f->folder, "log/pending", &size);
    for (gsize cut = whole; cut < size; cut++) {
        g_clear_pointer(&f->log, rec_log_free);
        test_folder_write(f->folder, "log/pending", bytes, cut);
        f->log = open_log(f);
        assert_root(f, 3);
        g_assert_cmpuint(rec_log_get_cut(f->log), ==, cut - whole);
    }
    append(f, 2);
    reopen(f);
    assert_root(f, 5);
}

/* A crash after the tiles were written and before pending let go of their entries. */
static void
tiles_that_are_written_twice_are_the_same(Fixture *f, const void *data)
{
    gsize size = 0;

    (void)data;
    append(f, 250);
    g_autofree char *bytes = test_folder_read(f->folder, "log/pending", &size);
    append(f, 20);
    publish(f);
    g_clear_pointer(&f->log, rec_log_free);
    g_autoptr(RecPending) tail = NULL;
    g_autofree char *path = g_build_filename(f->dir, "pending", NULL);
    test_folder_write(f->folder, "log/pending", bytes, size);
    tail = rec_pending_open(path, NULL);
    for (uint64_t i = 250; i < 270; i++) {
        g_autoptr(GBytes) entry = make_entry(i);
        g_assert_true(rec_pending_append(tail, &entry, 1, NULL));
    }
    reopen(f);
    assert_root(f, 270);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_assert_true(rec_log_reader_verify(reader, NULL, NULL, NULL));
}

static void
assert_refused(Fixture *f, const char *named)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&f->log, rec_log_free);
    f->log = rec_log_open(f->dir, &error);
    g_assert_null(f->log);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, named));
}

static void
a_log_that_lost_what_was_signed_is_refused(Fixture *f, const void *data)
{
    gsize size = 0;

    (void)data;
    append(f, 3);
    g_autofree char *bytes = test_folder_read(f->folder, "log/pending", &size);
    append(f, 1);
    publish(f);
    test_folder_write(f->folder, "log/pending", bytes, size);
    assert_refused(f, "has lost entries that were signed for");
}

static void
a_log_that_is_another_one_is_refused(Fixture *f, const void *data)
{
    g_autofree char *path = g_build_filename(f->dir, "pending", NULL);
    g_autoptr(GBytes) entry = g_bytes_new_static("{}", 2);

    (void)data;
    append(f, 2);
    publish(f);
    g_clear_pointer(&f->log, rec_log_free);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_autoptr(RecPending) forged = rec_pending_open(path, NULL);
    g_assert_true(rec_pending_append(forged, &entry, 1, NULL));
    g_assert_true(rec_pending_append(forged, &entry, 1, NULL));
    assert_refused(f, "does not hold what was signed for");
}

static void
a_log_without_its_end_is_refused(Fixture *f, const void *data)
{
    g_autofree char *path = g_build_filename(f->dir, "pending", NULL);

    (void)data;
    append(f, 2);
    publish(f);
    g_assert_cmpint(g_unlink(path), ==, 0);
    assert_refused(f, "has lost its last entries");
    test_folder_write(f->folder, "log/pending", "what is this?", 13);
    assert_refused(f, "is not the end of a log");
}

static void
every_altered_entry_is_named(Fixture *f, const void *data)
{
    gsize size = 0;

    (void)data;
    append(f, 300);
    publish(f);
    g_autofree char *bytes = test_folder_read(f->folder, "log/tile/entries/000", &size);
    g_autoptr(GError) error = NULL;
    bytes[size - 5] ^= 1;
    test_folder_write(f->folder, "log/tile/entries/000", bytes, size);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_assert_false(rec_log_reader_verify(reader, NULL, NULL, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "entry 255"));
    g_clear_error(&error);
    test_folder_write(f->folder, "log/tile/entries/000", bytes, size - 3);
    g_clear_pointer(&reader, rec_log_reader_free);
    reader = read_log(f);
    g_assert_false(rec_log_reader_verify(reader, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "tile/entries/000"));
}

static void
an_altered_tile_is_noticed(Fixture *f, const void *data)
{
    gsize size = 0;
    g_autoptr(GError) error = NULL;

    (void)data;
    append(f, 300);
    publish(f);
    g_autofree char *bytes = test_folder_read(f->folder, "log/tile/0/000", &size);
    bytes[77] ^= 1;
    test_folder_write(f->folder, "log/tile/0/000", bytes, size);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_assert_false(rec_log_reader_verify(reader, NULL, NULL, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID);
}

static void
limits_of_entries_are_kept(Fixture *f, const void *data)
{
    g_autoptr(GBytes) largest = g_bytes_new_take(g_malloc0(REC_LOG_MAX_ENTRY), REC_LOG_MAX_ENTRY);
    g_autoptr(GBytes) larger = g_bytes_new_take(g_malloc0(REC_LOG_MAX_ENTRY + 1), REC_LOG_MAX_ENTRY + 1);
    g_autoptr(GBytes) empty = g_bytes_new(NULL, 0);
    GBytes *many[REC_LOG_MAX_GROUP + 1];
    g_autoptr(GError) error = NULL;
    uint64_t first = 0;

    (void)data;
    g_assert_true(rec_log_append(f->log, &largest, 1, &first, NULL));
    g_assert_false(rec_log_append(f->log, &larger, 1, &first, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT);
    g_assert_false(rec_log_append(f->log, &empty, 1, &first, NULL));
    g_assert_false(rec_log_append(f->log, &empty, 0, &first, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = largest;
    g_assert_false(rec_log_append(f->log, many, G_N_ELEMENTS(many), &first, NULL));
    g_assert_true(rec_log_append(f->log, many, REC_LOG_MAX_GROUP, &first, NULL));
    g_assert_cmpuint(rec_log_get_size(f->log), ==, 1 + REC_LOG_MAX_GROUP);
    reopen(f);
    g_assert_cmpuint(rec_log_get_size(f->log), ==, 1 + REC_LOG_MAX_GROUP);
}

/* The folder of the tiles is taken away: entries go on being kept in pending, up to its limit, and nothing is lost. */
static void
entries_wait_when_tiles_cannot_be_written(Fixture *f, const void *data)
{
    g_autofree char *tiles = g_build_filename(f->dir, "tile", NULL);
    g_autoptr(GError) error = NULL;
    uint64_t first = 0, size = 0;

    (void)data;
    test_folder_write(f->folder, "log/tile", "", 0);
    for (;; size++) {
        g_autoptr(GBytes) entry = make_entry(size);
        if (!rec_log_append(f->log, &entry, 1, &first, &error))
            break;
    }
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_IO);
    g_assert_cmpuint(size, ==, REC_PENDING_MAX);
    g_assert_cmpint(g_unlink(tiles), ==, 0);
    append(f, 10);
    assert_root(f, size + 10);
    publish(f);
    reopen(f);
    assert_root(f, size + 10);
}

static void
checkpoints_carry_both_signatures(Fixture *f, const void *data)
{
    g_autofree char *other_dir = test_folder_get(f->folder, "other");
    g_autoptr(RecKeys) other = rec_keys_open(other_dir, "node", true, NULL);

    (void)data;
    append(f, 7);
    publish(f);
    g_autoptr(RecLogReader) reader = read_log(f);
    g_autofree char *note = g_strdup(rec_log_reader_get_note(reader));
    g_auto(RecCheckpoint) checkpoint = { 0 };
    g_assert_true(rec_checkpoint_verify(note, strlen(note), f->keys, NULL));
    g_assert_false(rec_checkpoint_verify(note, strlen(note), other, NULL));
    g_assert_true(rec_checkpoint_parse(note, strlen(note), &checkpoint, NULL));
    g_assert_cmpstr(checkpoint.origin, ==, "yuanjian/node");
    g_assert_cmpint(checkpoint.at_ms, ==, 1795315200000);
    g_assert_true(rec_keys_rotate(f->keys_dir, "node", NULL));
    g_autoptr(RecKeys) later = rec_keys_open(f->keys_dir, "node", false, NULL);
    g_assert_true(rec_checkpoint_verify(note, strlen(note), later, NULL));
    char *last = g_strrstr(note, "\n\xe2\x80\x94 ");
    last[1] = '\0';
    g_assert_false(rec_checkpoint_verify(note, strlen(note), f->keys, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/evidence/log/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("grows-and-is-the-same-after-a-restart", grows_and_is_the_same_after_a_restart);
    ADD("tiles-of-all-levels-are-right", tiles_of_all_levels_are_right);
    ADD("entries-and-proofs-are-read-back", entries_and_proofs_are_read_back);
    ADD("checkpoints-are-consistent-with-each-other", checkpoints_are_consistent_with_each_other);
    ADD("checkpoints-carry-both-signatures", checkpoints_carry_both_signatures);
    ADD("partial-tiles-of-older-checkpoints-go", partial_tiles_of_older_checkpoints_go);
    ADD("a-torn-tail-is-cut", a_torn_tail_is_cut);
    ADD("tiles-that-are-written-twice-are-the-same", tiles_that_are_written_twice_are_the_same);
    ADD("a-log-that-lost-what-was-signed-is-refused", a_log_that_lost_what_was_signed_is_refused);
    ADD("a-log-that-is-another-one-is-refused", a_log_that_is_another_one_is_refused);
    ADD("a-log-without-its-end-is-refused", a_log_without_its_end_is_refused);
    ADD("every-altered-entry-is-named", every_altered_entry_is_named);
    ADD("an-altered-tile-is-noticed", an_altered_tile_is_noticed);
    ADD("limits-of-entries-are-kept", limits_of_entries_are_kept);
    ADD("entries-wait-when-tiles-cannot-be-written", entries_wait_when_tiles_cannot_be_written);
    g_test_add_func("/evidence/log/names-of-tiles-are-those-of-the-specification",
                    names_of_tiles_are_those_of_the_specification);
    return g_test_run();
}
