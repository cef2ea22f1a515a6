#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/verify.h"

#include <unistd.h>

#include "recorder/evidence/manifest.h"

/* Each writes a copy of the recording. */
enum { MAX_VERIFYING = 2, MAX_S = 1800 };

static GwVerifying *
verifying_new(GwAsk *ask)
{
    GwArchive *archive = ask->archive;
    GwEvidence *evidence = archive->gateway->evidence;
    GwVerifying *self = g_new0(GwVerifying, 1);
    g_autofree char *job = g_strdup_printf("job-%" G_GINT64_FORMAT, ++archive->jobs.given);

    self->copy.fd = -1;
    self->copy.dir = g_strdup(archive->gateway->config->data_dir);
    self->ask = ask;
    self->session = g_strdup(ask->entry->session);
    self->folder = gw_archive_get_folder(archive, ask->entry->session);
    self->person = g_strdup(ask->asker.id);
    self->program = g_strdup(archive->gateway->config->recorder.verifier_program);
    self->keys_dir = g_build_filename(archive->gateway->config->data_dir, "keys", NULL);
    self->tsa_ca = g_strdup(archive->gateway->config->evidence.tsa_ca);
    self->keyring = archive->keyring;
    self->keys = evidence != NULL ? gw_evidence_get_keys(evidence) : NULL;
    self->of_page = gw_ask_is_of_page(ask);
    self->until_us = g_get_monotonic_time() + (int64_t)MAX_S * G_USEC_PER_SEC;
    self->gone = g_object_ref(archive->gone);
    self->job = gw_object_with_text("job", job);
    json_object_set_string_member(self->job, "session", self->session);
    json_object_set_string_member(self->job, "what", "verify");
    archive->jobs.verifying++;
    return self;
}

void
gw_verifying_free(GwVerifying *self)
{
    if (self->timer != 0)
        g_source_remove(self->timer);
    if (self->copy.fd >= 0)
        close(self->copy.fd);
    g_free(self->copy.dir);
    g_free(self->session);
    g_free(self->folder);
    g_free(self->person);
    g_free(self->program);
    g_free(self->keys_dir);
    g_free(self->tsa_ca);
    g_free(self->copy.witness);
    g_free(self->copy.consistency);
    g_clear_pointer(&self->keys, rec_keys_unref);
    for (unsigned i = 0; i < G_N_ELEMENTS(self->wrong); i++)
        g_free(self->wrong[i]);
    g_clear_object(&self->process);
    g_object_unref(self->gone);
    json_object_unref(self->job);
    g_free(self);
}

static void
tell(GwVerifying *self, const char *state, double progress)
{
    json_object_set_string_member(self->job, "state", state);
    json_object_set_double_member(self->job, "progress", progress);
    gw_archive_tell_person(self->ask->archive, self->person, "archive.job", json_object_ref(self->job));
}

/* The ends. */

JsonObject *
gw_verifying_make_check(const char *name, const char *verdict, const char *detail)
{
    JsonObject *row = gw_object_with_text("check", name);

    json_object_set_string_member(row, "verdict", verdict);
    gw_object_set_text(row, "detail", detail);
    return row;
}

void
gw_verifying_finish(GwVerifying *self, const char *verdict, JsonArray *checks)
{
    GwAsk *ask = self->ask;
    JsonObject *result = gw_object_with_text("verdict", verdict);

    json_object_set_array_member(result, "checks", checks);
    json_object_set_object_member(self->job, "result", json_object_ref(result));
    tell(self, "done", 1);
    gw_ask_note(ask, "archive.verified", NULL, gw_object_with_text("verdict", verdict));
    json_object_set_object_member(ask->result, "result", result);
    ask->archive->jobs.verifying--;
    gw_verifying_free(self);
    gw_ask_reply(ask);
}

void
gw_verifying_fail(GwVerifying *self, const char *message)
{
    GwAsk *ask = self->ask;

    gw_object_set_text(self->job, "message", message);
    tell(self, "failed", 1);
    ask->archive->jobs.verifying--;
    gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "It could not be verified: %s", message);
    gw_verifying_free(self);
}

/* Each second: progress, and whether anybody still waits for it. */

typedef struct {
    const char *person;
    bool found;
} Looking;

static void
look(SigClient *client, const GwIdentity *identity, void *user_data)
{
    Looking *looking = user_data;

    (void)client;
    looking->found |= identity->seat == GW_SEAT_CONSOLE && g_strcmp0(identity->id, looking->person) == 0;
}

static gboolean
on_second(void *data)
{
    GwVerifying *self = data;
    bool gone = g_cancellable_is_cancelled(self->gone);
    Looking looking = { self->person, !self->of_page };

    if (!gone && self->of_page)
        gw_people_foreach_client(self->ask->archive->gateway->people, look, &looking);
    if (!gone && looking.found && g_get_monotonic_time() < self->until_us) {
        tell(self, "running", g_atomic_int_get(&self->copy.percent) * 0.009);
        return G_SOURCE_CONTINUE;
    }
    g_atomic_int_set(&self->copy.cancelled, 1);
    if (self->process != NULL)
        g_subprocess_force_exit(self->process);
    else if (!gone)
        return G_SOURCE_CONTINUE;
    self->timer = 0;
    return G_SOURCE_REMOVE;
}

/* Recordings of before, and nodes without a log: the media against recording.json, and that against the manifest. */

static bool
read_again(void *data, GError **error)
{
    GwVerifying *self = data;
    g_autoptr(GError) wrong = NULL, unsigned_ = NULL;
    g_autoptr(RecRecording) recording = rec_recording_load(self->folder, &wrong);
    bool has_key = self->keyring != NULL && rec_keyring_has(self->keyring, self->session);
    RecManifest manifest;
    RecKey key = { 0 };

    (void)error;
    self->has_manifest = self->keys != NULL && rec_manifest_is_there(self->folder);
    if (self->has_manifest && !rec_manifest_check(self->folder, self->keys, &manifest, &unsigned_))
        self->wrong[1] = g_strdup(unsigned_->message);
    if (recording != NULL && (!has_key || rec_keyring_get(self->keyring, self->session, &key, &wrong)) &&
        rec_recording_verify(recording, self->folder, has_key ? &key : NULL, &wrong)) {
        rec_key_clear(&key);
        return true;
    }
    rec_key_clear(&key);
    self->wrong[0] = g_strdup(wrong->message);
    return true;
}

static void
on_read_again(GwAsk *ask, void *data, const GError *error)
{
    GwVerifying *self = data;
    JsonArray *checks = json_array_new();
    const char *signed_as = self->wrong[1] != NULL ? "fail" : self->has_manifest ? "pass" : "not-covered";
    bool fine = self->wrong[0] == NULL && self->wrong[1] == NULL;

    (void)ask;
    (void)error;
    json_array_add_object_element(
        checks, gw_verifying_make_check("media", self->wrong[0] == NULL ? "pass" : "fail", self->wrong[0]));
    json_array_add_object_element(checks, gw_verifying_make_check("signatures", signed_as, self->wrong[1]));
    json_array_add_object_element(checks, gw_verifying_make_check("log", "not-covered", NULL));
    gw_verifying_finish(self, fine ? "partial" : "fail", checks);
}

/* The method. */

static bool
has_leaves(const RecRecording *recording)
{
    for (guint i = 0; recording != NULL && i < recording->files->len; i++) {
        if (((const RecFile *)recording->files->pdata[i])->chunks > 0)
            return true;
    }
    return false;
}

static void
on_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    GwVerifying *self = user_data;

    (void)error;
    if (gw_export_can_make(self->ask->archive) && has_leaves(recording))
        gw_verifying_run_package(self);
    else
        gw_work_run(self->ask, read_again, self, NULL, on_read_again);
}

static void
verify_found(GwAsk *ask)
{
    GwVerifying *self = NULL;

    if (ask->entry->state != GW_ENTRY_SEALED) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Only a sealed recording can be verified.");
        return;
    }
    if (ask->archive->jobs.verifying >= MAX_VERIFYING) {
        gw_ask_fail(ask, SIG_ERROR_LIMIT, "Other recordings are being verified: try again in a minute.");
        return;
    }
    self = verifying_new(ask);
    json_object_set_string_member(ask->result, "job", json_object_get_string_member(self->job, "job"));
    gw_ask_answer_early(ask);
    tell(self, "running", 0);
    self->timer = g_timeout_add_seconds(1, on_second, self);
    gw_archive_load(ask->archive, ask->entry->session, on_loaded, self, NULL);
}

static void
verify(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), verify_found);
}

const GwArchiveMethod gw_verify_methods[] = {
    { { .name = "archive.verify",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ GW_PARAM_ID("session"), { NULL } },
        .summary = "Verifies a recording as its package would be verified; archive.job tells what was found.",
        .result = "{job}",
        .handle = gw_ask_on_request },
      verify },
    { { NULL }, NULL },
};
