#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

#define PROGRESS_STEP 0.1 /* people are told in tenths */

/* What the sealer says. */

static void
on_progress(const char *session, double fraction, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = gw_archive_find(self, session);

    if (entry == NULL || fraction - entry->progress < PROGRESS_STEP)
        return;
    entry->progress = fraction;
    gw_sessions_set_sealing(self->sessions, session, GW_RECORDING_SEALING, fraction);
    gw_archive_tell(self, entry);
}

typedef struct {
    GwArchive *archive;
    char *session;
} Sealed;

static void
free_sealed(void *data)
{
    Sealed *sealed = data;

    g_free(sealed->session);
    g_free(sealed);
}

static void
on_failed(const char *session, const GError *error, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = gw_archive_find(self, session);

    g_critical("session %s: sealing has failed: %s", session, error->message);
    JsonObject *fields = json_object_new();
    json_object_set_string_member(fields, "message", error->message);
    gw_evidence_append(self->gateway->evidence, &(GwEvidenceEntry){ .type = "recording.failed", .session = session },
                       fields, NULL, NULL);
    gw_sessions_set_sealing(self->sessions, session, GW_RECORDING_FAILED, 0);
    if (entry == NULL)
        return;
    entry->state = GW_ENTRY_FAILED;
    gw_archive_write_and_tell(self, entry);
}

/* Signed, read back and in the log: only now may the journal let go of it. */
static void
on_signed_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    const Sealed *sealed = user_data;
    GwArchive *self = sealed->archive;
    GwEntry *entry = gw_archive_find(self, sealed->session);

    if (recording == NULL) {
        g_warning("session %s: its sealed recording cannot be read: %s", sealed->session, error->message);
        return;
    }
    rec_journal_set_sealed(self->journal, sealed->session);
    if (entry == NULL)
        return;
    gw_entry_set_recording(entry, recording);
    gw_archive_write_and_tell(self, entry);
    gw_sessions_set_sealing(self->sessions, sealed->session, GW_RECORDING_SEALED, 1);
    g_hash_table_remove(self->entries, sealed->session);
}

void
gw_archive_on_covered(const char *session, uint64_t size, void *user_data)
{
    GwArchive *self = user_data;

    gw_time_stamps_add(self->stamps, session, size);
}

static void
on_manifest(const char *session, const GError *error, void *user_data)
{
    Sealed *sealed = NULL;

    if (error != NULL) {
        on_failed(session, error, user_data);
        return;
    }
    sealed = g_new(Sealed, 1);
    *sealed = (Sealed){ user_data, g_strdup(session) };
    gw_archive_load(user_data, session, on_signed_loaded, sealed, free_sealed);
}

static void
on_sealed_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    const Sealed *sealed = user_data;
    GwArchive *self = sealed->archive;

    if (recording == NULL) {
        g_warning("session %s: its sealed recording cannot be read: %s", sealed->session, error->message);
        return;
    }
    gw_manifests_make(self->manifests, recording, on_manifest, self);
}

static void
on_sealed(const char *session, const char *path, void *user_data)
{
    Sealed *sealed = g_new(Sealed, 1);

    (void)path;
    *sealed = (Sealed){ user_data, g_strdup(session) };
    gw_archive_load(user_data, session, on_sealed_loaded, sealed, free_sealed);
}

const RecSealerEvents gw_archive_sealer_events = { .progress = on_progress, .sealed = on_sealed, .failed = on_failed };
