#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/export-time.h"

#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"
#include "recorder/evidence/timestamp.h"

enum {
    MAX_AUTHORITY = 64 * 1024, /* of the PEM file; what the verifier reads */
};

static const char prefix[] = "checkpoint-", suffix[] = ".tsr";

/* Of "checkpoint-SIZE.tsr"; 0: it is another file. */
static uint64_t
parse_name(const char *name)
{
    g_autofree char *again = NULL;
    uint64_t size = 0;

    if (!g_str_has_prefix(name, prefix))
        return 0;
    size = g_ascii_strtoull(name + strlen(prefix), NULL, 10);
    again = g_strdup_printf("%s%" G_GUINT64_FORMAT "%s", prefix, size, suffix);
    return strcmp(again, name) == 0 ? size : 0;
}

/* The smallest that holds the leaf and that the reader can prove; 0: none. */
static uint64_t
find_first(const GwExportTime *self, const char *dir)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name = NULL;
    uint64_t first = 0;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        uint64_t size = parse_name(name);
        if (size > (uint64_t)self->manifest && size <= rec_log_reader_get_size(self->log) &&
            (first == 0 || size < first))
            first = size;
    }
    return first;
}

static bool
add_file(RecPackageDraft *draft, const char *dir, const char *name, size_t max, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL), *entry = g_strconcat("time/", name, NULL);
    g_autoptr(GBytes) bytes = NULL;
    size_t size = 0;
    char *text = rec_disk_read(path, max, &size, error);

    if (text == NULL)
        return false;
    bytes = g_bytes_new_take(text, size);
    return rec_package_draft_add(draft, entry, bytes, error);
}

/* Whom the node believes; a file that was moved since, or that no verifier reads, is no reason to refuse a package. */
static bool
add_authority(const GwExportTime *self, RecPackageDraft *draft, GError **error)
{
    g_autoptr(GError) unread = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GBytes) bytes = NULL;
    size_t size = 0;

    if (self->tsa_ca == NULL)
        return true;
    if (!g_file_get_contents(self->tsa_ca, &text, &size, &unread) || size > MAX_AUTHORITY) {
        g_warning("a package goes without the certificate of its time stamp's authority: %s",
                  unread != NULL ? unread->message : "the file is too large");
        return true;
    }
    bytes = g_bytes_new_take(g_steal_pointer(&text), size);
    return rec_package_draft_add(draft, "time/tsa.pem", bytes, error);
}

/* The log of then is the beginning of the log of now. */
static bool
add_consistency(const GwExportTime *self, RecPackageDraft *draft, uint64_t size, GError **error)
{
    g_autofree char *name = g_strdup_printf("time/consistency-%" G_GUINT64_FORMAT, size);
    g_autofree char *lines =
        rec_log_reader_print_consistency(self->log, size, rec_log_reader_get_size(self->log), error);
    g_autoptr(GBytes) bytes = lines != NULL ? g_bytes_new(lines, strlen(lines)) : NULL;

    return bytes != NULL && rec_package_draft_add(draft, name, bytes, error);
}

static bool
add_proof(const GwExportTime *self, RecPackageDraft *draft, const char *checkpoint_path, uint64_t size, GError **error)
{
    g_autofree char *name = g_strdup_printf("time/manifest-%" G_GUINT64_FORMAT ".tlog-proof", size);
    size_t note_size = 0, proof_size = 0;
    g_autofree char *note = rec_disk_read(checkpoint_path, REC_NOTE_MAX_BYTES, &note_size, error);
    g_autoptr(GBytes) bytes = NULL;
    char *proof = NULL;

    if (note == NULL)
        return false;
    if (strcmp(note, rec_log_reader_get_note(self->log)) == 0)
        return true; /* log/manifest.tlog-proof is of this one */
    proof = rec_log_reader_make_older_proof(self->log, (uint64_t)self->manifest, note, error);
    if (proof == NULL)
        return false;
    proof_size = strlen(proof);
    bytes = g_bytes_new_take(proof, proof_size);
    return rec_package_draft_add(draft, name, bytes, error) && add_consistency(self, draft, size, error);
}

bool
gw_export_time_add(const GwExportTime *self, RecPackageDraft *draft, GError **error)
{
    g_autofree char *own = g_build_filename(self->folder, "time", NULL),
                    *node = g_build_filename(self->log_dir, "time", NULL);
    uint64_t in_own = 0, in_node = 0, size = 0;

    if (self->manifest < 0)
        return true;
    in_own = find_first(self, own);
    in_node = find_first(self, node);
    if (in_own == 0 && in_node == 0)
        return true;
    size = in_own != 0 && (in_node == 0 || in_own <= in_node) ? in_own : in_node;
    const char *dir = size == in_own ? own : node;
    g_autofree char *name = g_strdup_printf("%s%" G_GUINT64_FORMAT, prefix, size);
    g_autofree char *token = g_strconcat(name, suffix, NULL), *path = g_build_filename(dir, name, NULL);
    return add_file(draft, dir, name, REC_NOTE_MAX_BYTES, error) &&
           add_file(draft, dir, token, REC_TIMESTAMP_MAX_BYTES, error) && add_authority(self, draft, error) &&
           add_proof(self, draft, path, size, error);
}
