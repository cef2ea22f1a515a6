/* tests/gateway/archive-stage.h - an archive with persons and sealed recordings, asked without pages, at a time that stands still
 *
 * Header only: each test is one program. */
#pragma once

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/purge.h"
#include "gateway/archive/search.h"
#include "gateway/people/people-priv.h"
#include "scratch.h"

#define DAY_MS   (INT64_C(24) * 3600 * 1000)
#define BEGAN_MS (INT64_C(1790000000) * 1000) /* 2026 */

typedef struct {
    Scratch scratch;
    GwConfig *config;
    Gateway gateway;
    RecJournal *journal;
    RecKeyring *keyring;
    GwSessions *sessions;
    GwArchive *archive;
    int64_t now_ms;
    bool with_log;      /* set before it opens: with keys and the node's log */
    const char *program; /* of the sealer; NULL: one that always fails */
    char *tsa, *tsa_ca; /* of a time-stamp server; NULL: none */
    /* Of the last question. */
    JsonObject *result;
    GError *error;
    bool answered;
} ArchiveStage;

static ArchiveStage *archive_stage; /* for the steady clock, which goes with the other unless a test sets it apart */
static int64_t archive_stage_apart_ms;

static inline int64_t
archive_stage_now(void *self)
{
    return ((ArchiveStage *)self)->now_ms;
}

static inline int64_t
archive_stage_steady(void)
{
    return (archive_stage->now_ms - archive_stage_apart_ms) * 1000;
}

static inline void
archive_stage_add_person(ArchiveStage *self, const char *id, const char *unit, const char *role)
{
    const GwNewPerson person = { .id = id, .name = id, .display = id, .unit = unit, .role = role };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_person(self->gateway.people->directory, &person, &error));
    g_assert_no_error(error);
}

static inline void
archive_stage_furnish(ArchiveStage *self)
{
    const GwNewUnit units[] = {
        { .id = "top", .name = "Province", .tier = "province" },
        { .id = "u", .name = "Prison", .tier = "prison", .parent = "top" },
        { .id = "o", .name = "Another", .tier = "prison", .parent = "top" },
    };
    static const char *const roles[] = { "officer", "administrator", "security", "auditor", "procurator" };
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &units[i], &error));
    for (unsigned i = 0; i < G_N_ELEMENTS(roles); i++)
        archive_stage_add_person(self, roles[i], "u", roles[i]);
    archive_stage_add_person(self, "second", "u", "officer");
    archive_stage_add_person(self, "stranger", "o", "officer");
    archive_stage_add_person(self, "chief", "top", "officer");
}

static inline void
archive_stage_open_log(ArchiveStage *self)
{
    const GwEvidenceConfig config = { .data_dir = self->scratch.dir, .node = "test", .store = self->scratch.store };
    g_autoptr(GError) error = NULL;

    self->gateway.evidence = gw_evidence_new(&config, &error);
    g_assert_no_error(error);
    gw_audit_set_evidence(self->scratch.audit, self->gateway.evidence);
    if (self->tsa == NULL)
        return;
    self->config->evidence.tsa = g_strsplit(self->tsa, " ", -1);
    self->config->evidence.tsa_ca = g_strdup(self->tsa_ca);
}

static inline void
archive_stage_open(ArchiveStage *self)
{
    g_autoptr(GError) error = NULL;

    archive_stage = self;
    archive_stage_apart_ms = 0;
    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    if (self->now_ms == 0)
        self->now_ms = BEGAN_MS + DAY_MS;
    self->config = gw_config_load(NULL, &error);
    self->gateway = (Gateway){ .config = self->config,
                               .store = self->scratch.store,
                               .audit = self->scratch.audit,
                               .people = self->scratch.people };
    if (self->with_log)
        archive_stage_open_log(self);
    self->sessions = gw_sessions_new(&self->gateway);
    gw_sessions_set_clock(self->sessions, archive_stage_now, self);
    g_autofree char *journal_dir = g_build_filename(self->scratch.dir, "journal", NULL);
    g_autofree char *archive_dir = g_build_filename(self->scratch.dir, "archive", NULL);
    g_autofree char *keys_dir = g_build_filename(self->scratch.dir, "keys", NULL);
    const RecJournalConfig journal = { .dir = journal_dir, .n_workers = 1 };
    g_mkdir(journal_dir, 0700);
    g_mkdir(archive_dir, 0700);
    self->journal = rec_journal_new(&journal, gw_sessions_get_journal_events(), self->sessions, &error);
    g_assert_no_error(error);
    self->keyring = rec_keyring_new(keys_dir, &error);
    g_assert_no_error(error);
    const RecSealerConfig sealer = {
        .program = self->program != NULL ? self->program : "/bin/false", .journal_dir = journal_dir, .archive_dir = archive_dir, .keyring = self->keyring
    };
    self->gateway.keyring = self->keyring;
    self->archive = gw_archive_new(&self->gateway, self->sessions, self->journal, &sealer);
    self->archive->steady_us = archive_stage_steady;
    gw_archive_recover(self->archive);
}

static inline void
archive_stage_close(ArchiveStage *self)
{
    g_clear_pointer(&self->result, json_object_unref);
    g_clear_error(&self->error);
    if (self->gateway.evidence != NULL)
        gw_evidence_flush(self->gateway.evidence);
    gw_store_flush(self->scratch.store);
    gw_archive_free(self->archive);
    g_clear_pointer(&self->gateway.evidence, gw_evidence_free);
    gw_sessions_free(self->sessions);
    rec_journal_free(self->journal);
    rec_keyring_free(self->keyring);
    gw_config_free(self->config);
    scratch_close(&self->scratch);
}

static inline void
archive_stage_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            archive_stage_remove(inner);
        else
            g_remove(inner);
    }
    g_rmdir(path);
}

static inline void
archive_stage_clear(ArchiveStage *self)
{
    archive_stage_close(self);
    archive_stage_remove(self->scratch.dir);
    g_free(self->scratch.path);
    g_free(self->scratch.dir);
}

static inline void
archive_stage_on_answer(JsonObject *result, const GError *error, void *user_data)
{
    ArchiveStage *self = user_data;

    self->answered = true;
    g_clear_pointer(&self->result, json_object_unref);
    g_clear_error(&self->error);
    self->result = result != NULL ? json_object_ref(result) : NULL;
    self->error = error != NULL ? g_error_copy(error) : NULL;
}

/* params: JSON. As this person; NULL: the owner. */
static inline bool
archive_stage_try(ArchiveStage *self, const char *person, const char *method, const char *params)
{
    const GwArchiveMethod *row = gw_archive_find_method(method);
    GwAsker asker =
        person != NULL ? gw_asker_of_person(gw_people_get_person(self->gateway.people, person)) : gw_asker_owner();
    g_autoptr(JsonNode) node = json_from_string(params, NULL);

    g_assert_nonnull(row);
    const GwAskRow ask = { .archive = self->archive, .run = row->run };
    self->answered = false;
    gw_ask_run(&ask, &asker, json_node_get_object(node), archive_stage_on_answer, self);
    while (!self->answered)
        g_main_context_iteration(NULL, TRUE);
    gw_asker_clear(&asker);
    return self->error == NULL;
}

static inline void
archive_stage_ask(ArchiveStage *self, const char *person, const char *method, const char *params)
{
    if (!archive_stage_try(self, person, method, params))
        g_error("%s of %s failed: %s", method, person, self->error->message);
}

static inline void
archive_stage_refuse(ArchiveStage *self, const char *person, const char *method, const char *params, SigError code)
{
    g_assert_false(archive_stage_try(self, person, method, params));
    g_assert_error(self->error, SIG_ERROR, (int)code);
}

/* One row of a member that is an object or the first of a list. Borrowed. */
static inline JsonObject *
archive_stage_get(ArchiveStage *self, const char *member)
{
    JsonNode *node = json_object_get_member(self->result, member);

    g_assert_nonnull(node);
    return JSON_NODE_HOLDS_ARRAY(node) ? json_array_get_object_element(json_node_get_array(node), 0)
                                       : json_node_get_object(node);
}

static inline char *
archive_stage_id(ArchiveStage *self, const char *member)
{
    return g_strdup(json_object_get_string_member(archive_stage_get(self, member), "id"));
}

static inline unsigned
archive_stage_count(ArchiveStage *self, const char *member)
{
    return json_array_get_length(json_object_get_array_member(self->result, member));
}

/* A sealed recording of an hour, in the index only. */
static inline void
archive_stage_index(ArchiveStage *self, const char *session, const char *unit, int64_t began_ms)
{
    g_autoptr(GwEntry) entry = gw_entry_new(session);
    g_autofree char *card =
        g_strdup_printf("{\"subject\":{\"id\":\"s-%s\",\"name\":\"Subject %s\",\"number\":\"N-%s\"},"
                        "\"visitors\":[{\"id\":\"v-%s\",\"name\":\"Visitor %s\"}]}",
                        session, session, session, session, session);
    g_autoptr(JsonNode) node = json_from_string(card, NULL);

    entry->unit = g_strdup(unit);
    entry->state = GW_ENTRY_SEALED;
    entry->recording_class = GW_CLASS_RECORDED;
    entry->began_ms = began_ms;
    entry->duration_ms = 3600 * 1000;
    entry->bytes = 1000;
    gw_entry_set_card(entry, json_node_get_object(node));
    gw_archive_write_entry(self->archive, entry);
}

/* And with a folder and a key. */
static inline void
archive_stage_add(ArchiveStage *self, const char *session, const char *unit, int64_t began_ms)
{
    g_autofree char *folder = gw_archive_get_folder(self->archive, session);
    g_autofree char *file = g_build_filename(folder, "family-1-audio-1.webm", NULL);
    g_autofree char *path = g_build_filename(folder, REC_RECORDING_JSON, NULL);
    g_autoptr(RecRecording) recording = rec_recording_new(session);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    RecKey key;

    archive_stage_index(self, session, unit, began_ms);
    recording->began_us = began_ms * 1000;
    recording->duration_us = INT64_C(3600) * G_USEC_PER_SEC;
    text = rec_recording_to_json(recording);
    g_mkdir(folder, 0700);
    g_assert_true(g_file_set_contents(file, "media", -1, &error));
    g_assert_true(g_file_set_contents(path, text, -1, &error));
    g_assert_true(rec_keyring_ensure(self->keyring, session, &key, &error));
}

static inline void
archive_stage_tick(ArchiveStage *self)
{
    gw_archive_tick(self->archive);
    while (self->archive->purging)
        g_main_context_iteration(NULL, TRUE);
    gw_store_flush(self->scratch.store);
}
