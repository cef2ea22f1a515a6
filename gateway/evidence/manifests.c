#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/manifests.h"

#include "gateway/evidence/facts.h"
#include "gateway/evidence/leaf.h"
#include "gateway/task.h"
#include "recorder/evidence/manifest.h"

enum { RETRY_S = 10 };

struct GwManifests {
    const Gateway *gateway; /* borrowed */
    char *archive_dir;
    GCancellable *gone; /* cancelled when this is freed */
    int running;        /* tasks on other threads; atomic */
    GwManifestCovered covered;
    void *covered_data;
};

/* One manifest on its way. Owned by whatever it waits for. */
typedef struct {
    GwManifests *manifests; /* not touched after it has gone */
    GCancellable *gone;     /* a reference */
    char *session, *folder, *log_dir;
    RecRecording *recording; /* times alone */
    GwManifestDone done;
    void *user_data;
    JsonObject *facts;
    int64_t opened;      /* index of the log's "session.open"; -1: there is none */
    bool logged;         /* the log has its leaf already */
    RecKeyring *keyring; /* borrowed; outlives the task */
    RecKeys *keys;
    RecVault *vault; /* the file that is being read */
    RecManifest made;
} Making;

static void
making_free(void *data)
{
    Making *making = data;

    g_clear_object(&making->gone);
    g_clear_pointer(&making->facts, json_object_unref);
    g_clear_pointer(&making->recording, rec_recording_free);
    g_clear_pointer(&making->keys, rec_keys_unref);
    g_clear_pointer(&making->vault, rec_vault_free);
    g_free(making->session);
    g_free(making->folder);
    g_free(making->log_dir);
    g_free(making);
}

static void begin(Making *making);

static bool
is_gone(const Making *making)
{
    return g_cancellable_is_cancelled(making->gone);
}

static gboolean
on_retry(void *data)
{
    Making *making = data;

    if (is_gone(making))
        making_free(making);
    else
        begin(making);
    return G_SOURCE_REMOVE;
}

static void
retry(Making *making, const GError *error)
{
    g_warning("session %s: its manifest waits: %s", making->session, error->message);
    g_timeout_add_seconds(RETRY_S, on_retry, making);
}

/* False: nobody wants it any more, or it is tried again later. */
static bool
goes_on(Making *making, const GError *error)
{
    if (is_gone(making))
        making_free(making);
    else if (error != NULL)
        retry(making, error);
    else
        return true;
    return false;
}

static void
finish(Making *making, const GError *error)
{
    if (!is_gone(making))
        making->done(making->session, error, making->user_data);
    making_free(making);
}

/* Main: after the task, the entry in the log, the checkpoint over it. */

static void
on_published(uint64_t size, const GError *error, void *user_data)
{
    Making *making = user_data;

    if (!goes_on(making, error))
        return;
    if (making->manifests->covered != NULL)
        making->manifests->covered(making->session, size, making->manifests->covered_data);
    finish(making, NULL);
}

static void
on_logged(uint64_t index, const GError *error, void *user_data)
{
    Making *making = user_data;

    (void)index;
    if (!goes_on(making, error))
        return;
    gw_evidence_publish(making->manifests->gateway->evidence, on_published, making);
}

static void
log_manifest(Making *making)
{
    const GwEvidenceEntry entry = { .type = "manifest", .session = making->session, .must = true };
    JsonObject *fields = json_object_new();

    json_object_set_string_member(fields, "sha256", making->made.sha256);
    json_object_set_string_member(fields, "sm3", making->made.sm3);
    json_object_set_boolean_member(fields, "recovered", making->made.recovered);
    if (!rec_keys_are_valid_at(making->keys, g_get_real_time() / G_USEC_PER_SEC))
        json_object_set_boolean_member(fields, "keys_expired", TRUE);
    gw_evidence_append(making->manifests->gateway->evidence, &entry, fields, on_logged, making);
}

/* A task's thread. */

static bool
open_media(const char *file, uint64_t *ret_bytes, void *user_data, GError **error)
{
    Making *making = user_data;

    g_clear_pointer(&making->vault, rec_vault_free);
    making->vault = rec_keyring_open_file(making->keyring, making->session, making->folder, file, error);
    if (making->vault == NULL)
        return false;
    *ret_bytes = rec_vault_get_size(making->vault);
    return true;
}

static bool
read_media(uint64_t offset, void *buffer, size_t size, void *user_data, GError **error)
{
    Making *making = user_data;

    if (g_cancellable_set_error_if_cancelled(making->gone, error))
        return false;
    for (size_t at = 0; at < size;) {
        ssize_t n = rec_vault_pread(making->vault, (uint8_t *)buffer + at, size - at, offset + at, error);
        if (n == 0)
            g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "a file of session %s ends too early",
                        making->session);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* By whose decision it is recorded: as the log said when it began. */
static bool
add_authority(Making *making, GError **error)
{
    g_autoptr(RecLogReader) reader = NULL;
    g_autoptr(GBytes) entry = NULL;
    g_autoptr(JsonObject) leaf = NULL;
    const char *authority = NULL;

    if (making->opened < 0)
        return true;
    reader = rec_log_reader_new(making->log_dir, error);
    entry = reader != NULL ? rec_log_reader_get_entry(reader, (uint64_t)making->opened, error) : NULL;
    if (entry == NULL)
        return false;
    leaf = gw_leaf_parse(entry);
    authority = leaf != NULL ? gw_leaf_get(leaf, "authority") : NULL;
    if (authority != NULL)
        json_object_set_string_member(json_object_get_object_member(making->facts, "session"), "authority", authority);
    return true;
}

static bool
make_or_check(Making *making, GError **error)
{
    const RecMedia media = { open_media, read_media, making };
    const RecManifestInput input = {
        .folder = making->folder,
        .session = making->session,
        .facts = making->facts,
        .keys = making->keys,
        .media = &media,
        .made_us = g_get_real_time(),
    };

    if (rec_manifest_is_there(making->folder))
        return rec_manifest_check(making->folder, making->keys, &making->made, error);
    return add_authority(making, error) && rec_manifest_make(&input, &making->made, error);
}

static void
run_task(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Making *making = task_data;
    GError *error = NULL;
    bool good = make_or_check(making, &error);

    (void)source;
    (void)cancellable;
    g_clear_pointer(&making->vault, rec_vault_free);
    g_atomic_int_add(&making->manifests->running, -1); /* nothing of the service is touched after this */
    if (good)
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

static bool
may_be_tried_again(const GError *error)
{
    return g_error_matches(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_IO) ||
           g_error_matches(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE) ||
           g_error_matches(error, REC_ERROR, REC_ERROR_IO);
}

static void
on_task_done(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Making *making = data;
    g_autoptr(GError) error = NULL;
    bool good = g_task_propagate_boolean(G_TASK(result), &error);

    (void)source;
    if (is_gone(making))
        making_free(making);
    else if (!good && may_be_tried_again(error))
        retry(making, error);
    else if (!good)
        finish(making, error);
    else if (making->logged)
        on_logged(0, NULL, making);
    else
        log_manifest(making);
}

static void
add_node(Making *making)
{
    const Gateway *gateway = making->manifests->gateway;
    g_autofree char *config_sha256 = gw_config_hash(gateway->config);
    JsonObject *node = json_object_new(), *log = json_object_new();

    json_object_set_string_member(node, "name", gw_evidence_get_origin(gateway->evidence));
    json_object_set_string_member(node, "software", "yuanjian " YUANJIAN_VERSION);
    json_object_set_string_member(node, "config_sha256", config_sha256);
    json_object_set_object_member(making->facts, "node", node);
    json_object_set_string_member(log, "origin", gw_evidence_get_origin(gateway->evidence));
    json_object_set_int_member(log, "opened", making->opened);
    json_object_set_object_member(making->facts, "log", log);
}

/* The entry that opened the session is under a checkpoint now, however short the session was. */
static void
on_opened_published(uint64_t size, const GError *error, void *user_data)
{
    Making *making = user_data;
    g_autoptr(GTask) task = NULL;

    (void)size;
    if (!goes_on(making, error))
        return;
    task = g_task_new(NULL, NULL, on_task_done, making);
    g_task_set_task_data(task, making, NULL);
    g_atomic_int_inc(&making->manifests->running);
    gw_task_run(task, run_task);
}

static void
on_facts(GwRows *rows, const GError *error, void *user_data)
{
    Making *making = user_data;

    if (!goes_on(making, error))
        return;
    const Gateway *gateway = making->manifests->gateway;
    const char *unit = gw_facts_get_unit(rows);
    const GwUnit *found = unit != NULL && gateway->people != NULL ? gw_people_get_unit(gateway->people, unit) : NULL;
    const GwFactsInput input = { rows, making->recording, found != NULL ? found->name : NULL };
    g_clear_pointer(&making->facts, json_object_unref);
    making->facts = gw_facts_new(&input);
    making->opened = gw_facts_find_leaf(rows, "session.open");
    making->logged = gw_facts_find_leaf(rows, "manifest") >= 0;
    add_node(making);
    g_clear_pointer(&making->keys, rec_keys_unref);
    making->keys = gw_evidence_get_keys(gateway->evidence);
    gw_evidence_publish(gateway->evidence, on_opened_published, making);
}

static void
begin(Making *making)
{
    GwStatement *statement = gw_statement_new(GW_FACTS_SQL);

    gw_statement_text(statement, making->session);
    gw_store_run(making->manifests->gateway->store, statement, on_facts, making);
}

GwManifests *
gw_manifests_new(const Gateway *gateway, const char *archive_dir)
{
    GwManifests *self = g_new0(GwManifests, 1);

    self->gateway = gateway;
    self->archive_dir = g_strdup(archive_dir);
    self->gone = g_cancellable_new();
    return self;
}

void
gw_manifests_free(GwManifests *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel(self->gone);
    while (g_atomic_int_get(&self->running) > 0)
        g_usleep(1000); /* each stops at its next block of media */
    g_object_unref(self->gone);
    g_free(self->archive_dir);
    g_free(self);
}

static gboolean
on_nothing_to_do(void *data)
{
    finish(data, NULL);
    return G_SOURCE_REMOVE;
}

void
gw_manifests_make(GwManifests *self, const RecRecording *recording, GwManifestDone done, void *user_data)
{
    Making *making = g_new0(Making, 1);

    making->manifests = self;
    making->gone = g_object_ref(self->gone);
    making->session = g_strdup(recording->session);
    making->folder = g_build_filename(self->archive_dir, recording->session, NULL);
    making->recording = rec_recording_new(recording->session);
    making->recording->began_us = recording->began_us;
    making->recording->duration_us = recording->duration_us;
    making->keyring = self->gateway->keyring;
    making->done = done;
    making->user_data = user_data;
    if (self->gateway->evidence == NULL) {
        g_idle_add(on_nothing_to_do, making);
        return;
    }
    making->log_dir = g_strdup(gw_evidence_get_log_dir(self->gateway->evidence));
    begin(making);
}

void
gw_manifests_set_covered_func(GwManifests *self, GwManifestCovered func, void *user_data)
{
    self->covered = func;
    self->covered_data = user_data;
}
