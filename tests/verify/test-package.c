/* The writer of packages: its layout by itself, read back by the verifier's reader of ZIP. */
#include "recorder/evidence/package.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "recorder/evidence/zip.h"
#include "recorder/verify/zip.h"

enum { FILE_SIZE = 700001 };

typedef struct {
    uint8_t changed; /* what the media's bytes differ by */
    uint64_t most;   /* that was asked for at once */
} Media;

static void
fill(uint64_t offset, uint8_t *buffer, size_t size, uint8_t changed)
{
    for (size_t i = 0; i < size; i++)
        buffer[i] = (uint8_t)((offset + i) * 31 + ((offset + i) >> 8) + changed);
}

static bool
read_media(const char *name, uint64_t offset, void *buffer, size_t size, gpointer user_data, GError **error)
{
    Media *media = user_data;

    g_assert_cmpstr(name, ==, "media/a.webm");
    g_assert_cmpuint(offset + size, <=, FILE_SIZE);
    media->most = MAX(media->most, size);
    fill(offset, buffer, size, media->changed);
    (void)error;
    return true;
}

static void
add_text(RecPackageDraft *draft, const char *name, const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GError) error = NULL;

    g_assert_true(rec_package_draft_add(draft, name, bytes, &error));
    g_assert_no_error(error);
}

static RecPackageDraft *
new_draft(void)
{
    static const char *const others[] = { "manifest.ed25519", "manifest.sm2",      "recording.json",
                                          "leaves.jsonl",     "log/manifest.json", "log/manifest.tlog-proof",
                                          "log/checkpoint" };
    RecPackageDraft *draft = rec_package_draft_new("S-1");
    g_autofree uint8_t *media = g_malloc(FILE_SIZE);
    g_autoptr(GError) error = NULL;

    fill(0, media, FILE_SIZE, 0);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, media, FILE_SIZE);
    g_autofree char *manifest =
        g_strdup_printf("{\"session\":{\"name\":\"<script>\"},\"files\":[{\"file\":\"a.webm\",\"bytes\":%d,"
                        "\"sha256\":\"%s\"}]}",
                        FILE_SIZE, sum);
    add_text(draft, "manifest.json", manifest);
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++)
        add_text(draft, others[i], others[i]);
    g_assert_true(rec_package_draft_add_file(draft, "media/a.webm", FILE_SIZE, &error));
    return draft;
}

static RecPackage *
new_package(Media *media)
{
    g_autoptr(RecPackageDraft) draft = new_draft();
    const RecPackageReader reader = { read_media, media };
    const RecPackageExport facts = { .id = "E-1", .at_us = 1, .by = "u", .reason = "r" };
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) receipt = rec_package_draft_seal(draft, &facts, &reader, &error);
    g_autoptr(GBytes) signature = g_bytes_new_static("signature", 9);

    g_assert_no_error(error);
    g_assert_nonnull(receipt);
    return rec_package_new(draft, signature, signature);
}

static uint8_t *
read_all(const RecPackage *package, Media *media)
{
    const RecPackageReader reader = { read_media, media };
    uint8_t *all = g_malloc(rec_package_get_size(package));
    g_autoptr(GError) error = NULL;

    g_assert_true(rec_package_read(package, 0, all, rec_package_get_size(package), &reader, &error));
    g_assert_no_error(error);
    return all;
}

static void
test_any_range_gives_the_same_bytes(void)
{
    Media media = { 0 };
    const RecPackageReader reader = { read_media, &media };
    g_autoptr(RecPackage) package = new_package(&media);
    g_autofree uint8_t *all = read_all(package, &media);
    uint64_t size = rec_package_get_size(package);
    uint8_t part[5000];
    g_autoptr(GError) error = NULL;

    for (uint64_t at = 0; at < size; at += 997) {
        size_t n = MIN(1 + at * 7 % sizeof part, size - at);
        g_assert_true(rec_package_read(package, at, part, n, &reader, &error));
        g_assert_cmpmem(part, n, all + at, n);
    }
    g_assert_true(rec_package_read(package, size, part, 0, &reader, &error));
}

static void
test_frozen_package_comes_out_the_same(void)
{
    Media media = { 0 };
    g_autoptr(RecPackage) package = new_package(&media), again = new_package(&media);
    g_autoptr(GBytes) frozen = rec_package_freeze(package), frozen_again = rec_package_freeze(again);
    g_autoptr(GError) error = NULL;
    g_autoptr(RecPackage) thawed = rec_package_thaw(frozen, &error);

    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(frozen, frozen_again));
    g_assert_cmpstr(rec_package_get_tag(package), ==, rec_package_get_tag(thawed));
    g_assert_cmpuint(rec_package_get_size(package), ==, rec_package_get_size(thawed));
    g_autofree uint8_t *first = read_all(package, &media), *second = read_all(thawed, &media);
    g_assert_cmpmem(first, rec_package_get_size(package), second, rec_package_get_size(thawed));
}

static void
test_damaged_frozen_form_is_refused(void)
{
    Media media = { 0 };
    g_autoptr(RecPackage) package = new_package(&media);
    g_autoptr(GBytes) frozen = rec_package_freeze(package);
    size_t size;
    const uint8_t *data = g_bytes_get_data(frozen, &size);

    for (size_t i = 0; i < size; i += 13) {
        g_autoptr(GBytes) cut = g_bytes_new(data, i);
        g_autofree uint8_t *copy = g_memdup2(data, size);
        copy[i] ^= 0x80;
        g_autoptr(GBytes) flipped = g_bytes_new(copy, size);
        g_autoptr(RecPackage) from_cut = rec_package_thaw(cut, NULL), from_flipped = rec_package_thaw(flipped, NULL);
        g_assert_null(from_cut);
        g_assert_null(from_flipped);
    }
}

static void
test_media_that_is_not_the_manifests_is_not_sealed(void)
{
    Media media = { .changed = 1 };
    g_autoptr(RecPackageDraft) draft = new_draft();
    const RecPackageReader reader = { read_media, &media };
    const RecPackageExport facts = { .id = "E-1" };
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) receipt = rec_package_draft_seal(draft, &facts, &reader, &error);

    g_assert_null(receipt);
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "media/a.webm"));
    g_assert_cmpuint(media.most, <=, 1 << 20);
}

static void
test_names_are_limited(void)
{
    static const char *const refused[] = { "../x",     "/x", "media/../x", "media/",       "keys/a/b",
                                           "media/.x", "x",  "log/other",  "manifest.json" };
    g_autoptr(RecPackageDraft) draft = new_draft();

    for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(rec_package_draft_add_file(draft, refused[i], 1, &error));
        g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    }
}

static bool
read_file(void *user_data, uint64_t offset, void *buffer, size_t size)
{
    return pread(*(int *)user_data, buffer, size, (off_t)offset) == (ssize_t)size;
}

/* Files of more than 4 GiB: headers only, in a file with holes. */
static void
test_more_than_four_gigabytes(void)
{
    static const uint64_t sizes[] = { 10, (uint64_t)5 << 30, 0xfffffffe, 0xffffffff, 0, 77 };
    g_autoptr(RecZip) zip = rec_zip_new();
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("yuanjian-zip-XXXXXX", &path, NULL);
    VerZip found = { 0 };
    char *refused = NULL;

    g_assert_cmpint(fd, >=, 0);
    unlink(path);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *name = g_strdup_printf("media/%u.webm", i);
        rec_zip_add(zip, name, sizes[i], 0x12345678 + i);
    }
    rec_zip_finish(zip);
    RecZipSpan span;
    for (uint64_t at = 0; (span = rec_zip_locate(zip, at)).size > 0; at += span.size) {
        if (span.bytes)
            g_assert_cmpint(pwrite(fd, span.bytes, span.size, (off_t)at), ==, (gssize)span.size);
    }
    VerZipFile file = { read_file, &fd, rec_zip_get_size(zip) };
    g_assert_cmpint(ver_zip_read(&file, &found, &refused), ==, VER_WORD_NONE);
    g_assert_cmpuint(found.n_entries, ==, G_N_ELEMENTS(sizes));
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_assert_cmpuint(found.entries[i].size, ==, sizes[i]);
        g_assert_cmpuint(found.entries[i].crc32, ==, 0x12345678 + i);
    }
    ver_zip_clear(&found);
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/package/any-range-gives-the-same-bytes", test_any_range_gives_the_same_bytes);
    g_test_add_func("/evidence/package/frozen-package-comes-out-the-same", test_frozen_package_comes_out_the_same);
    g_test_add_func("/evidence/package/damaged-frozen-form-is-refused", test_damaged_frozen_form_is_refused);
    g_test_add_func("/evidence/package/media-that-is-not-the-manifests-is-not-sealed",
                    test_media_that_is_not_the_manifests_is_not_sealed);
    g_test_add_func("/evidence/package/names-are-limited", test_names_are_limited);
    g_test_add_func("/evidence/zip/more-than-four-gigabytes", test_more_than_four_gigabytes);
    return g_test_run();
}
