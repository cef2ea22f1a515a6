#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/commands.h"

#include <string.h>

#include "gateway/evidence/verify-log.h"
#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"
#include "recorder/evidence/log.h"

static const char *const kinds[] = { [REC_KEY_ED25519] = "ed25519", [REC_KEY_SM2] = "sm2" };

JsonObject *
gw_evidence_keys_to_json(const GwEvidence *evidence)
{
    g_autoptr(RecKeys) keys = gw_evidence_get_keys(evidence);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < rec_keys_get_n(keys); i++) {
        const RecCertificate *certificate = rec_keys_get(keys, i);
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "file", certificate->name);
        json_object_set_string_member(object, "kind", kinds[certificate->kind]);
        json_object_set_int_member(object, "generation", certificate->generation);
        json_object_set_boolean_member(object, "current", certificate->current);
        json_object_set_string_member(object, "sha256", certificate->sha256);
        json_object_set_int_member(object, "from_ms", certificate->not_before_s * 1000);
        json_object_set_int_member(object, "to_ms", certificate->not_after_s * 1000);
        json_object_set_string_member(object, "pem", certificate->pem);
        json_array_add_object_element(list, object);
    }
    json_object_set_array_member(answer, "keys", list);
    return answer;
}

static void
handle_keys_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const Gateway *gateway = user_data;

    (void)params;
    gw_admin_reply_object(request, gw_evidence_keys_to_json(gateway->evidence));
}

/* A few small files of the owner's, by the owner's own command: it may wait for the disk that long. */
static void
handle_keys_export(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const Gateway *gateway = user_data;
    const char *dir = json_object_get_string_member(params, "dir");
    g_autoptr(RecKeys) keys = gw_evidence_get_keys(gateway->evidence);
    JsonObject *answer = NULL;
    JsonArray *files = NULL;

    if (!g_path_is_absolute(dir) || !g_file_test(dir, G_FILE_TEST_IS_DIR)) {
        gw_admin_fail(request, SIG_ERROR_BAD_PARAMS, "'%s' must be a folder that is there, with its whole path", dir);
        return;
    }
    files = json_array_new();
    answer = json_object_new();
    json_object_set_array_member(answer, "files", files);
    for (unsigned i = 0; i < rec_keys_get_n(keys); i++) {
        const RecCertificate *certificate = rec_keys_get(keys, i);
        g_autofree char *path = g_build_filename(dir, certificate->name, NULL);
        g_autoptr(GError) error = NULL;

        if (!rec_disk_replace(path, certificate->pem, strlen(certificate->pem), 0644, &error)) {
            json_object_unref(answer);
            gw_admin_fail(request, SIG_ERROR_UNAVAILABLE, "%s", error->message);
            return;
        }
        json_array_add_string_element(files, path);
    }
    gw_admin_reply_object(request, answer);
}

typedef struct {
    const Gateway *gateway;
    GwAdminRequest *request;
    int64_t from, to; /* of log.consistency; to 0: the newest */
} Asked;

static Asked *
asked_new(const Gateway *gateway, GwAdminRequest *request)
{
    Asked *asked = g_new(Asked, 1);

    *asked = (Asked){ .gateway = gateway, .request = request };
    return asked;
}

static void
on_rotated(uint64_t index, const GError *error, void *user_data)
{
    g_autofree Asked *asked = user_data;

    (void)index;
    if (error != NULL)
        gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "%s", error->message);
    else
        gw_admin_reply_object(asked->request, gw_evidence_keys_to_json(asked->gateway->evidence));
}

static void
on_rotation_noted(const GError *error, void *user_data)
{
    Asked *asked = user_data;

    if (error == NULL) {
        gw_evidence_rotate_keys(asked->gateway->evidence, on_rotated, asked);
        return;
    }
    gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "The log cannot be written, so nothing was done: %s",
                  error->message);
    g_free(asked);
}

static void
handle_keys_rotate(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const Gateway *gateway = user_data;
    const GwAuditEntry entry = { .who = "owner", .action = "keys.rotate" };

    (void)params;
    gw_audit_add_then(gateway->audit, &entry, NULL, on_rotation_noted, asked_new(gateway, request));
}

static void
on_checkpoint(uint64_t size, const GError *error, void *user_data)
{
    g_autofree Asked *asked = user_data;
    g_autofree char *path = g_build_filename(gw_evidence_get_log_dir(asked->gateway->evidence), "checkpoint", NULL);
    g_autoptr(GError) read_error = NULL;
    size_t bytes = 0;

    (void)size;
    if (error != NULL) {
        gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "%s", error->message);
        return;
    }
    g_autofree char *note = rec_disk_read(path, REC_NOTE_MAX_BYTES, &bytes, &read_error);
    if (note == NULL) {
        gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "%s", read_error->message);
        return;
    }
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "checkpoint", note);
    gw_admin_reply_object(asked->request, answer);
}

static void
handle_log_checkpoint(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const Gateway *gateway = user_data;

    (void)params;
    gw_evidence_publish(gateway->evidence, on_checkpoint, asked_new(gateway, request));
}

/* For whoever holds a checkpoint of before: its log is the beginning of a later one. Some small files: it may wait for them. */
static void
on_grown(uint64_t size, const GError *error, void *user_data)
{
    g_autofree Asked *asked = user_data;
    g_autoptr(GError) unproven = NULL;
    g_autoptr(RecLogReader) reader = NULL;
    g_autoptr(GByteArray) proof = NULL;
    uint64_t to = asked->to > 0 ? (uint64_t)asked->to : size;

    if (error != NULL) {
        gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "%s", error->message);
        return;
    }
    if ((uint64_t)asked->from > to || to > size) {
        gw_admin_fail(asked->request, SIG_ERROR_BAD_PARAMS,
                      "From %" G_GINT64_FORMAT " to %" G_GUINT64_FORMAT ": the log has %" G_GUINT64_FORMAT " entries.",
                      asked->from, to, size);
        return;
    }
    reader = rec_log_reader_new(gw_evidence_get_log_dir(asked->gateway->evidence), &unproven);
    proof = reader != NULL ? rec_log_reader_prove_consistency(reader, (uint64_t)asked->from, to, &unproven) : NULL;
    if (proof == NULL) {
        gw_admin_fail(asked->request, SIG_ERROR_UNAVAILABLE, "%s", unproven->message);
        return;
    }
    JsonObject *answer = json_object_new();
    JsonArray *hashes = json_array_new();
    for (guint at = 0; at + REC_HASH_SIZE <= proof->len; at += REC_HASH_SIZE) {
        g_autofree char *hash = g_base64_encode(proof->data + at, REC_HASH_SIZE);
        json_array_add_string_element(hashes, hash);
    }
    json_object_set_int_member(answer, "from", asked->from);
    json_object_set_int_member(answer, "to", (int64_t)to);
    json_object_set_array_member(answer, "proof", hashes);
    gw_admin_reply_object(asked->request, answer);
}

static void
handle_log_consistency(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const Gateway *gateway = user_data;
    Asked *asked = asked_new(gateway, request);

    asked->from = json_object_get_int_member(params, "from");
    asked->to = json_object_get_int_member_with_default(params, "to", 0);
    gw_evidence_publish(gateway->evidence, on_grown, asked);
}

static void
on_verified(uint64_t entries, const GError *error, void *user_data)
{
    g_autofree Asked *asked = user_data;
    JsonObject *answer = NULL;

    if (error != NULL) {
        g_critical("the log does not verify: %s", error->message);
        gw_admin_fail(asked->request, SIG_ERROR_STATE, "The log does not verify: %s.", error->message);
        return;
    }
    answer = json_object_new();
    json_object_set_string_member(answer, "origin", gw_evidence_get_origin(asked->gateway->evidence));
    json_object_set_int_member(answer, "entries", (gint64)entries);
    json_object_set_string_member(answer, "result", "entries, tree, checkpoint and audit table agree");
    gw_admin_reply_object(asked->request, answer);
}

static void
handle_log_verify(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    (void)params;
    gw_verify_log(user_data, on_verified, asked_new(user_data, request));
}

static const SigParam export_params[] = {
    { .name = "dir", .type = SIG_TYPE_STRING, .min = 1, .max = 1024 },
    { NULL },
};

static const SigParam consistency_params[] = {
    { .name = "from", .type = SIG_TYPE_INTEGER, .min = 1 },
    { .name = "to", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1 },
    { NULL },
};

static const GwAdminCommand commands[] = {
    { "keys.list", NULL, handle_keys_list },
    { "keys.export", export_params, handle_keys_export },
    { "keys.rotate", NULL, handle_keys_rotate },
    { "log.checkpoint", NULL, handle_log_checkpoint },
    { "log.verify", NULL, handle_log_verify },
    { "log.consistency", consistency_params, handle_log_consistency },
    { NULL },
};

void
gw_evidence_add_commands(const Gateway *gateway, GwAdmin *admin)
{
    gw_admin_add_commands(admin, commands, (void *)gateway);
}
