#define G_LOG_DOMAIN "gateway.archive"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gateway/archive/derivatives.h"
#include "gateway/archive/export-time.h"
#include "gateway/archive/export.h"
#include "gateway/evidence/index.h"
#include "gateway/evidence/kept.h"
#include "recorder/evidence/keys.h"
#include "recorder/evidence/log.h"
#include "recorder/evidence/package.h"

/* A package, put together once: a checkpoint over all that is in the log, the entries about the session with their proofs, the
 * small files of the recording, a signed receipt. What is frozen of it lies in the recording's folder, encrypted as the rest,
 * and goes with it. */

enum { MAX_ENTRIES = 50000, MAX_SMALL = 64 * 1024 * 1024 };

static const char exports_folder[] = "exports";
static const char derivatives_prefix[] = GW_DERIVATIVES_DIR "/"; /* in the package as in the folder */
typedef struct {
    RecVault *vault;
    char *name;
} Opened;

typedef struct {
    char *id, *session, *by, *approved_by, *reason, *watermark, *person;
    struct {
        char *id;
        bool is_redacted;
    } derived; /* id NULL: none goes with it */
    int64_t at_ms;
    char *folder, *log_dir, *tsa_ca;
    const RecKeyring *keyring; /* borrowed */
    RecKeys *keys;             /* a reference */
    GArray *indices;           /* uint64_t, rising */
    struct {
        int64_t opened, manifest;
    } leaves;    /* of indices; -1: none */
    Opened open; /* the media file that is being read */
    char *manifest_sha256;
    uint64_t bytes;
    GwExportCopy *copy; /* borrowed; NULL: it is kept */
} Making;

static void
making_free(void *data)
{
    Making *self = data;

    g_free(self->id);
    g_free(self->session);
    g_free(self->by);
    g_free(self->approved_by);
    g_free(self->reason);
    g_free(self->watermark);
    g_free(self->person);
    g_free(self->derived.id);
    g_free(self->folder);
    g_free(self->log_dir);
    g_free(self->tsa_ca);
    g_clear_pointer(&self->keys, rec_keys_unref);
    g_clear_pointer(&self->indices, g_array_unref);
    g_clear_pointer(&self->open.vault, rec_vault_free);
    g_free(self->open.name);
    g_free(self->manifest_sha256);
    g_free(self);
}

/* Parts. On another thread. */

static bool
add_text(RecPackageDraft *draft, const char *name, const char *text, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

    return rec_package_draft_add(draft, name, bytes, error);
}

static bool
add_folder_file(const Making *self, RecPackageDraft *draft, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(self->folder, name, NULL);
    g_autofree char *text = NULL;
    size_t size = 0;

    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    if (size > MAX_SMALL) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is too large", name);
        return false;
    }
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&text), size);
    return rec_package_draft_add(draft, name, bytes, error);
}

/* Recordings of before have no lines of chunks, and no manifest that names them: nothing of them could be verified. */
static bool
is_of_before(const Making *self)
{
    g_autofree char *path = g_build_filename(self->folder, REC_LEAVES_JSONL, NULL);
    g_autoptr(RecRecording) recording = rec_recording_load(self->folder, NULL);
    int chunks = 0;

    for (guint i = 0; recording != NULL && i < recording->files->len; i++)
        chunks += ((const RecFile *)recording->files->pdata[i])->chunks > 0;
    return recording != NULL && chunks == 0 && !g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool
add_small_files(Making *self, RecPackageDraft *draft, GError **error)
{
    static const char *const names[] = { "manifest.json", "manifest.ed25519", "manifest.sm2", "recording.json",
                                         "leaves.jsonl" };
    g_autofree char *path = g_build_filename(self->folder, names[0], NULL);
    RecHashes hashes;

    if (is_of_before(self)) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID,
                            "it was sealed before there were packages: give it out by yuanjian archive extract");
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!add_folder_file(self, draft, names[i], error))
            return false;
    }
    for (unsigned i = 0; i < rec_keys_get_n(self->keys); i++) {
        const RecCertificate *certificate = rec_keys_get(self->keys, i);
        g_autofree char *name = g_strconcat("keys/", certificate->name, NULL);
        if (!add_text(draft, name, certificate->pem, error))
            return false;
    }
    if (!rec_hash_file(path, &hashes, error))
        return false;
    self->manifest_sha256 = rec_hash_to_hex(hashes.sha256);
    return true;
}

static bool
add_leaf(RecLogReader *log, RecPackageDraft *draft, const char *name, int64_t index, GError **error)
{
    g_autofree char *leaf_name = g_strdup_printf("log/%s.json", name);
    g_autofree char *proof_name = g_strdup_printf("log/%s.tlog-proof", name);
    g_autoptr(GBytes) leaf = NULL;
    g_autofree char *proof = NULL;

    if (index < 0)
        return true;
    leaf = rec_log_reader_get_entry(log, (uint64_t)index, error);
    proof = leaf != NULL ? rec_log_reader_make_proof(log, (uint64_t)index, error) : NULL;
    return proof != NULL && rec_package_draft_add(draft, leaf_name, leaf, error) &&
           add_text(draft, proof_name, proof, error);
}

static bool
add_audit_line(RecLogReader *log, uint64_t index, GString *lines, GError **error)
{
    g_autoptr(GBytes) leaf = rec_log_reader_get_entry(log, index, error);
    g_autoptr(GByteArray) proof =
        leaf != NULL ? rec_log_reader_prove(log, index, rec_log_reader_get_size(log), error) : NULL;
    g_autoptr(JsonObject) line = json_object_new();
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL, *written = NULL;
    JsonArray *hashes = NULL;
    size_t size = 0;

    if (proof == NULL)
        return false;
    text = g_strndup(g_bytes_get_data(leaf, &size), g_bytes_get_size(leaf));
    hashes = json_array_new();
    for (guint at = 0; at + REC_HASH_SIZE <= proof->len; at += REC_HASH_SIZE) {
        g_autofree char *hash = g_base64_encode(proof->data + at, REC_HASH_SIZE);
        json_array_add_string_element(hashes, hash);
    }
    json_object_set_int_member(line, "index", (int64_t)index);
    json_object_set_string_member(line, "leaf", text);
    json_object_set_array_member(line, "proof", hashes);
    node = json_node_init_object(json_node_alloc(), line);
    written = json_to_string(node, FALSE);
    g_string_append_printf(lines, "%s\n", written);
    return true;
}

/* What the node signed some days ago must be the beginning of what it shows now. */
static bool
find_witness(GwExportCopy *copy, const char *log_dir, RecLogReader *log, GError **error)
{
    uint64_t size = 0;
    g_autofree char *note = gw_kept_find(log_dir, rec_log_reader_get_size(log), &size);

    if (note == NULL)
        return true;
    copy->consistency = rec_log_reader_print_consistency(log, size, rec_log_reader_get_size(log), error);
    if (copy->consistency == NULL)
        return false;
    copy->witness = g_steal_pointer(&note);
    return true;
}

static bool
add_log(const Making *self, RecPackageDraft *draft, GError **error)
{
    g_autoptr(RecLogReader) log = rec_log_reader_new(self->log_dir, error);
    g_autoptr(GString) lines = g_string_new(NULL);
    const GwExportTime stamp = { self->folder, self->log_dir, self->tsa_ca, log, self->leaves.manifest };

    if (log == NULL || !add_leaf(log, draft, "open", self->leaves.opened, error) ||
        !add_leaf(log, draft, "manifest", self->leaves.manifest, error))
        return false;
    for (guint i = 0; i < self->indices->len; i++) {
        uint64_t index = g_array_index(self->indices, uint64_t, i);
        /* What came after the checkpoint is for another export. */
        if (index < rec_log_reader_get_size(log) && !add_audit_line(log, index, lines, error))
            return false;
    }
    if (self->copy != NULL && !find_witness(self->copy, self->log_dir, log, error))
        return false;
    return gw_export_time_add(&stamp, draft, error) && add_text(draft, "log/audit.jsonl", lines->str, error) &&
           add_text(draft, "log/checkpoint", rec_log_reader_get_note(log), error);
}

/* Media. */

/* Sealing reads all, and writing reads all once more. */
static bool
count_copied(GwExportCopy *copy, uint64_t size, GError **error)
{
    if (g_atomic_int_get(&copy->cancelled)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "It was given up.");
        return false;
    }
    copy->read += size;
    if (copy->size > 0)
        g_atomic_int_set(&copy->percent, (gint)MIN(copy->read * 50 / copy->size, 100));
    return true;
}

static bool
read_media(const char *name, uint64_t offset, void *buffer, size_t size, gpointer user_data, GError **error)
{
    Making *self = user_data;
    const char *file = g_str_has_prefix(name, "media/") ? name + strlen("media/") : name;
    bool is_derived = g_str_has_prefix(name, derivatives_prefix);
    g_autofree char *dir =
        is_derived ? g_build_filename(self->folder, GW_DERIVATIVES_DIR, NULL) : g_strdup(self->folder);

    if (is_derived)
        file = name + strlen(derivatives_prefix);
    if (self->copy != NULL && !count_copied(self->copy, size, error))
        return false;
    if (g_strcmp0(file, self->open.name) != 0) {
        g_clear_pointer(&self->open.vault, rec_vault_free);
        g_free(self->open.name);
        self->open.name = g_strdup(file);
        self->open.vault = rec_keyring_open_file(self->keyring, self->session, dir, file, error);
    }
    if (self->open.vault == NULL) {
        g_clear_pointer(&self->open.name, g_free);
        if (error != NULL && *error == NULL)
            g_set_error(error, REC_ERROR, REC_ERROR_IO, "%s cannot be read", name);
        return false;
    }
    ssize_t n = rec_vault_pread(self->open.vault, buffer, size, offset, error);
    if (n == (ssize_t)size)
        return true;
    if (n >= 0)
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "%s is shorter than it was", name);
    return false;
}

static bool
add_media(const Making *self, RecPackageDraft *draft, GError **error)
{
    g_autoptr(RecRecording) recording = rec_recording_load(self->folder, error);

    for (guint i = 0; recording != NULL && i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        g_autofree char *name = g_strconcat("media/", file->file, NULL);
        if (!rec_package_draft_add_file(draft, name, file->bytes, error))
            return false;
        if (self->copy != NULL)
            self->copy->size += file->bytes;
    }
    return recording != NULL;
}

/* Sealed and frozen. */

static RecPackage *
seal(Making *self, RecPackageDraft *draft, GError **error)
{
    const RecPackageReader reader = { read_media, self };
    const RecPackageExport facts = {
        .id = self->id,
        .at_us = self->at_ms * 1000,
        .by = self->by,
        .approved_by = self->approved_by,
        .reason = self->reason,
        .watermark = self->watermark,
        .is_redacted = self->derived.is_redacted,
    };
    g_autoptr(GBytes) receipt = rec_package_draft_seal(draft, &facts, &reader, error);
    RecSignatures signatures;

    if (receipt == NULL ||
        !rec_keys_sign(self->keys, g_bytes_get_data(receipt, NULL), g_bytes_get_size(receipt), &signatures, error))
        return NULL;
    g_autoptr(GBytes) ed25519 = g_bytes_new(signatures.ed25519, sizeof(signatures.ed25519));
    g_autoptr(GBytes) sm2 = g_bytes_new(signatures.sm2, signatures.sm2_size);
    return rec_package_new(draft, ed25519, sm2);
}

static bool
keep(const Making *self, const RecPackage *package, GError **error)
{
    GwFolder folder = {
        .session = self->session,
        .path = self->folder,
        .keyring = self->keyring,
        .name = self->id,
        .dir = (char *)exports_folder,
    };
    bool kept = false;

    folder.bytes = rec_package_freeze(package);
    kept = gw_folder_add_file(&folder, error);
    g_bytes_unref(folder.bytes);
    return kept;
}

static bool
write_copy(Making *self, const RecPackage *package, GError **error)
{
    const RecPackageReader reader = { read_media, self };
    g_autofree char *path = g_build_filename(self->copy->dir, ".verify-XXXXXX", NULL);

    /* Without its name nothing stays of it, whatever happens. */
    self->copy->fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (self->copy->fd < 0 || unlink(path) != 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "%s cannot be made: %s", path, g_strerror(errno));
        return false;
    }
    return rec_package_write(package, self->copy->fd, 0, &reader, error);
}

static bool
make_package(void *data, GError **error)
{
    Making *self = data;
    const GwFolder derived = {
        .session = self->session, .path = self->folder, .keyring = self->keyring, .name = self->derived.id
    };
    g_autoptr(RecPackageDraft) draft = rec_package_draft_new(self->session);
    g_autoptr(RecPackage) package = NULL;

    if (!add_small_files(self, draft, error) || !add_log(self, draft, error) ||
        (!self->derived.is_redacted && !add_media(self, draft, error)) ||
        (self->derived.id != NULL && !gw_derivative_add_to_package(&derived, draft, error)))
        return false;
    package = seal(self, draft, error);
    if (package == NULL || !(self->copy != NULL ? write_copy(self, package, error) : keep(self, package, error)))
        return false;
    self->bytes = rec_package_get_size(package);
    return true;
}

/* Steps on main. */

static void
tell(GwArchive *archive, const Making *self, const char *state, const char *message)
{
    JsonObject *params = gw_object_with_text("job", self->id);

    json_object_set_string_member(params, "session", self->session);
    json_object_set_string_member(params, "what", "export");
    json_object_set_string_member(params, "state", state);
    json_object_set_double_member(params, "progress", strcmp(state, "running") == 0 ? 0 : 1);
    gw_object_set_text(params, "message", message);
    gw_archive_tell_person(archive, self->person, "archive.job", params);
}

static void
write_state(GwAsk *ask, const Making *self, const char *state)
{
    GwStatement *statement = gw_statement_new("UPDATE export SET state = ?2, bytes = ?3, sha256 = ?4"
                                              " WHERE id = ?1 AND state = 'preparing' RETURNING session");

    gw_statement_text(statement, self->id);
    gw_statement_text(statement, state);
    gw_statement_int(statement, (int64_t)self->bytes);
    gw_statement_text(statement, self->manifest_sha256);
    gw_ask_query(ask, statement, gw_export_on_state);
}

static void
on_packaged(GwAsk *ask, void *data, const GError *error)
{
    const Making *self = data;

    if (error != NULL)
        g_warning("export %s: %s", self->id, error->message);
    tell(ask->archive, self, error != NULL ? "failed" : "done", error != NULL ? error->message : NULL);
    write_state(ask, self, error != NULL ? "failed" : "ready");
}

static void
on_copied(GwAsk *ask, void *data, const GError *error)
{
    GwExportCopy *copy = ((const Making *)data)->copy;

    copy->done(ask, copy, error);
}

static void
on_entries(GwAsk *ask, const GwRows *rows)
{
    Making *self = ask->data;

    for (unsigned i = 0; i < gw_rows_get_count(rows) && i < MAX_ENTRIES; i++) {
        uint64_t index = (uint64_t)gw_rows_int(rows, i, 0);
        const char *type = gw_rows_text(rows, i, 2);
        g_array_append_val(self->indices, index);
        if (strcmp(type, "session.open") == 0 && self->leaves.opened < 0)
            self->leaves.opened = (int64_t)index;
        if (strcmp(type, "manifest") == 0)
            self->leaves.manifest = (int64_t)index;
    }
    gw_work_run(ask, make_package, self, making_free, self->copy != NULL ? on_copied : on_packaged);
}

static void
on_published(uint64_t size, const GError *error, void *user_data)
{
    GwAsk *ask = user_data;
    Making *self = ask->data;

    (void)size;
    if (error != NULL && self->copy != NULL) {
        on_copied(ask, self, error);
        making_free(self);
        return;
    }
    if (error != NULL) {
        tell(ask->archive, self, "failed", error->message);
        write_state(ask, self, "failed");
        making_free(self);
        return;
    }
    gw_ask_query(ask, gw_index_find_session(self->session), on_entries);
}

static void
publish(GwAsk *ask)
{
    tell(ask->archive, ask->data, "running", NULL);
    gw_evidence_publish(ask->archive->gateway->evidence, on_published, ask);
}

bool
gw_export_can_make(const GwArchive *self)
{
    return self->gateway->evidence != NULL && self->keyring != NULL;
}

static Making *
making_new(GwArchive *self, const GwExportFacts *facts)
{
    Making *making = g_new0(Making, 1);

    making->id = g_strdup(facts->id);
    making->session = g_strdup(facts->session);
    making->by = g_strdup(facts->by);
    making->approved_by = g_strdup(facts->approved_by);
    making->reason = g_strdup(facts->reason);
    making->watermark = gw_export_make_watermark(facts);
    making->derived.id = g_strdup(facts->derivative);
    making->derived.is_redacted = facts->is_redacted;
    making->at_ms = facts->at_ms;
    making->folder = gw_archive_get_folder(self, facts->session);
    making->log_dir = g_strdup(gw_evidence_get_log_dir(self->gateway->evidence));
    making->tsa_ca = g_strdup(self->gateway->config->evidence.tsa_ca);
    making->keyring = self->keyring;
    making->keys = gw_evidence_get_keys(self->gateway->evidence);
    making->indices = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    making->leaves.opened = making->leaves.manifest = -1;
    return making;
}

void
gw_export_copy(GwAsk *ask, const GwExportFacts *facts, GwExportCopy *copy)
{
    Making *making = making_new(ask->archive, facts);

    making->copy = copy;
    ask->data = making;
    gw_evidence_publish(ask->archive->gateway->evidence, on_published, ask);
}

void
gw_export_make(GwArchive *self, const GwExportFacts *facts, const char *person)
{
    static const GwAsker nobody = { .audit = (char *)"system", .display = (char *)"system", .is_owner = true };
    Making *making = making_new(self, facts);
    const GwAskRow row = { .archive = self, .run = publish, .data = making };

    making->person = g_strdup(person);
    gw_ask_run(&row, &nobody, NULL, NULL, NULL);
}

/* Its bytes: GET /api/v1/exports/{export}. */

typedef struct {
    Making *reading; /* for read_media() */
    char *id;
    RecPackage *package;
} Sending;

static bool
on_open(void *data, uint64_t *ret_size)
{
    Sending *self = data;
    g_autoptr(GError) error = NULL;
    GwFolder folder = {
        .session = self->reading->session,
        .path = self->reading->folder,
        .keyring = self->reading->keyring,
        .name = self->id,
        .dir = (char *)exports_folder,
    };

    if (gw_folder_read_file(&folder, &error)) {
        self->package = rec_package_thaw(folder.bytes, &error);
        g_bytes_unref(folder.bytes);
    }
    if (self->package == NULL) {
        g_warning("export %s: %s", self->id, error->message);
        return false;
    }
    *ret_size = rec_package_get_size(self->package);
    return true;
}

static ssize_t
on_read(void *data, uint64_t at, void *buffer, size_t size)
{
    Sending *self = data;
    const RecPackageReader reader = { read_media, self->reading };
    g_autoptr(GError) error = NULL;
    uint64_t total = rec_package_get_size(self->package);
    size_t n = (size_t)MIN((uint64_t)size, at < total ? total - at : 0);

    if (n > 0 && rec_package_read(self->package, at, buffer, n, &reader, &error))
        return (ssize_t)n;
    g_critical("export %s: %s", self->id, error != NULL ? error->message : "nothing is there");
    return -1;
}

static void
on_free(void *data)
{
    Sending *self = data;

    making_free(self->reading);
    g_clear_pointer(&self->package, rec_package_free);
    g_free(self->id);
    g_free(self);
}

static const SigContent content = { on_open, on_read, on_free };

void
gw_export_send(GwArchive *self, SigHttp *http, const char *session, const char *id)
{
    Sending *sending = g_new0(Sending, 1);
    g_autofree char *disposition = g_strdup_printf("attachment; filename=\"%s-%s.evp\"", session, id);

    sending->id = g_strdup(id);
    sending->reading = g_new0(Making, 1);
    sending->reading->session = g_strdup(session);
    sending->reading->folder = gw_archive_get_folder(self, session);
    sending->reading->keyring = self->keyring;
    sig_http_add_header(http, "Content-Disposition", disposition);
    sig_http_add_header(http, "Cache-Control", "private, no-store");
    /* An export never changes: its id is its validator. */
    sig_http_reply_content(http, &content, sending, id, REC_PACKAGE_CONTENT_TYPE);
}
