#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

/* archive.verify: reads all of a recording again and says what was found. */

typedef struct {
    char *job, *session, *folder, *person;
    const RecKeyring *keyring; /* borrowed */
} Checking;

static void
checking_free(void *data)
{
    Checking *checking = data;

    g_free(checking->job);
    g_free(checking->session);
    g_free(checking->folder);
    g_free(checking->person);
    g_free(checking);
}

static bool
check(void *data, GError **error)
{
    const Checking *checking = data;
    const RecKeyring *keyring = checking->keyring;
    g_autoptr(RecRecording) recording = rec_recording_load(checking->folder, error);
    bool has_key = keyring != NULL && rec_keyring_has(keyring, checking->session), fine = false;
    RecKey key = { 0 };

    if (recording == NULL || (has_key && !rec_keyring_get(keyring, checking->session, &key, error)))
        return false;
    fine = rec_recording_verify(recording, checking->folder, has_key ? &key : NULL, error);
    rec_key_clear(&key);
    return fine;
}

static JsonObject *
make_event(const Checking *checking, const char *state, double progress)
{
    JsonObject *params = gw_object_with_text("job", checking->job);

    json_object_set_string_member(params, "session", checking->session);
    json_object_set_string_member(params, "what", "verify");
    json_object_set_string_member(params, "state", state);
    json_object_set_double_member(params, "progress", progress);
    return params;
}

static JsonObject *
make_check(const char *name, const char *verdict, const char *detail)
{
    JsonObject *row = gw_object_with_text("check", name);

    json_object_set_string_member(row, "verdict", verdict);
    gw_object_set_text(row, "detail", detail);
    return row;
}

static void
on_checked(GwAsk *ask, void *data, const GError *error)
{
    const Checking *checking = data;
    JsonObject *params = make_event(checking, "done", 1), *result = json_object_new(), *detail = NULL;
    JsonArray *checks = json_array_new();
    const char *verdict = error == NULL ? "partial" : "fail";

    json_array_add_object_element(
        checks, make_check("media", error == NULL ? "pass" : "fail", error != NULL ? error->message : NULL));
    json_array_add_object_element(checks, make_check("signatures", "not-covered", NULL));
    json_array_add_object_element(checks, make_check("log", "not-covered", NULL));
    json_object_set_string_member(result, "verdict", verdict);
    json_object_set_array_member(result, "checks", checks);
    json_object_set_object_member(params, "result", result);
    detail = gw_object_with_text("verdict", verdict);
    gw_object_set_text(detail, "failed", error != NULL ? error->message : NULL);
    gw_ask_note(ask, "archive.verified", NULL, detail);
    gw_archive_tell_person(ask->archive, checking->person, "archive.job", json_object_ref(params));
    json_object_set_object_member(ask->result, "result", json_object_ref(result));
    json_object_unref(params);
    gw_ask_reply(ask);
}

static void
verify_found(GwAsk *ask)
{
    Checking *checking = NULL;

    if (ask->entry->state != GW_ENTRY_SEALED) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Only a sealed recording can be verified.");
        return;
    }
    checking = g_new0(Checking, 1);
    checking->keyring = ask->archive->keyring;
    checking->job = g_strdup_printf("job-%" G_GINT64_FORMAT, ++ask->archive->jobs);
    checking->session = g_strdup(ask->entry->session);
    checking->folder = gw_archive_get_folder(ask->archive, ask->entry->session);
    checking->person = g_strdup(ask->asker.id);
    json_object_set_string_member(ask->result, "job", checking->job);
    gw_archive_tell_person(ask->archive, checking->person, "archive.job", make_event(checking, "running", 0));
    gw_ask_answer_early(ask);
    gw_work_run(ask, check, checking, checking_free, on_checked);
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
        .summary = "Reads all of a recording again; archive.job tells what was found.",
        .result = "{job}",
        .handle = gw_ask_on_request },
      verify },
    { { NULL }, NULL },
};
