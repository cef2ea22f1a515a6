#include "archive-stage.h"
#include "gateway/archive/folder.h"
#include "gateway/evidence/leaf.h"
#include "recorder/evidence/hash.h"
#include "recorder/evidence/log.h"
#include "recorder/evidence/package.h"
#include "tests/recorder/tsa.h"

#define MEDIA "what was said"

enum { PATIENCE_US = 20 * G_USEC_PER_SEC };

static void
begin(ArchiveStage *stage)
{
    stage->now_ms = g_get_real_time() / 1000;
    stage->with_log = true;
    archive_stage_open(stage);
    archive_stage_furnish(stage);
}

static void
on_done(uint64_t index, const GError *error, void *user_data)
{
    (void)index;
    g_assert_no_error(error);
    *(bool *)user_data = true;
}

static void
wait_for(const bool *done)
{
    while (!*done)
        g_main_context_iteration(NULL, TRUE);
}

/* The line of the one chunk. */
static char *
make_leaf(const RecRecording *recording)
{
    const RecFile *file = recording->files->pdata[0];
    int64_t from_us = recording->began_us;
    static const char previous[] = "0000000000000000000000000000000000000000000000000000000000000000";

    return g_strdup_printf(
        "{\"session\":\"%s\",\"file\":\"%s\",\"track\":\"%s\",\"chunk\":0,\"offset\":0,\"bytes\":%zu,"
        "\"pts_from_us\":0,\"pts_to_us\":500000,\"wall_from_us\":%" G_GINT64_FORMAT ",\"wall_to_us\":%" G_GINT64_FORMAT
        ",\"clock\":\"steady\",\"rtp_from\":1,\"rtp_to\":9,"
        "\"packets\":9,\"lost\":0,\"late\":0,\"sha256\":\"%s\",\"sm3\":\"%s\",\"previous\":\"%s\"}\n",
        recording->session, file->file, file->track, strlen(MEDIA), from_us, from_us + 500000, file->sha256, file->sm3,
        previous);
}

static RecRecording *
make_recording(const char *session)
{
    RecRecording *recording = rec_recording_new(session);
    RecFile *file = rec_recording_add_file(recording);
    RecHashes hashes;

    rec_hash_bytes(MEDIA, strlen(MEDIA), &hashes);
    recording->began_us = g_get_real_time();
    recording->duration_us = 500000;
    file->track = g_strdup("family-1-audio-1");
    file->party = g_strdup("family");
    file->kind = MEDIA_KIND_AUDIO;
    file->codec = MEDIA_CODEC_OPUS;
    file->file = g_strdup("family-1-audio-1.webm");
    file->content_type = g_strdup("audio/webm");
    file->sha256 = rec_hash_to_hex(hashes.sha256);
    file->sm3 = rec_hash_to_hex(hashes.sm3);
    file->duration_us = 500000;
    file->bytes = strlen(MEDIA);
    file->packets = 9;
    file->chunks = 1;
    return recording;
}

static void
write_recording(ArchiveStage *stage, const RecRecording *recording)
{
    const RecFile *file = recording->files->pdata[0];
    g_autofree char *folder = gw_archive_get_folder(stage->archive, recording->session),
                    *text = rec_recording_to_json(recording), *leaf = make_leaf(recording);
    const char *const files[][2] = {
        { file->file, MEDIA },
        { REC_RECORDING_JSON, text },
        { REC_LEAVES_JSONL, leaf },
    };

    g_mkdir(folder, 0700);
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i][0], NULL);
        g_assert_true(g_file_set_contents(path, files[i][1], -1, NULL));
    }
}

static void
on_manifest(const char *session, const GError *error, void *user_data)
{
    (void)session;
    g_assert_no_error(error);
    *(bool *)user_data = true;
}

/* It opens, half a second is said, it ends and is sealed, all between two checkpoints of the log. */
static void
hold_session(ArchiveStage *stage, const char *session)
{
    const GwAnnouncement announcement = {
        .session = session,
        .kind = "visit",
        .recording_class = "recorded",
        .authority = "rule:visit",
    };
    bool announced = false, made = false;
    RecKey key;

    gw_evidence_announce(stage->gateway.evidence, &announcement, on_done, &announced);
    wait_for(&announced);
    g_autoptr(RecRecording) recording = make_recording(session);
    g_assert_true(rec_keyring_ensure(stage->keyring, session, &key, NULL));
    write_recording(stage, recording);
    archive_stage_index(stage, session, "u", recording->began_us / 1000);
    gw_manifests_make(stage->archive->manifests, recording, on_manifest, &made);
    wait_for(&made);
}

static void
test_short_session_has_its_authority(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    hold_session(&stage, "s-1");
    g_autofree char *folder = gw_archive_get_folder(stage.archive, "s-1");
    g_autofree char *path = g_build_filename(folder, "manifest.json", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "\"authority\":\"rule:visit\""));
    archive_stage_clear(&stage);
}

/* Packages. */

static bool
read_part(const char *name, uint64_t offset, void *buffer, size_t size, gpointer user_data, GError **error)
{
    (void)error;
    (void)user_data;
    g_assert_cmpstr(name, ==, "media/family-1-audio-1.webm");
    memcpy(buffer, &MEDIA[offset], size);
    return true;
}

static char *export(ArchiveStage *stage, const char *session)
{
    g_autofree char *params =
        g_strdup_printf("{\"session\":\"%s\",\"reason\":\"request 12\",\"recipient\":\"Court 3\"}", session);
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;

    archive_stage_ask(stage, "officer", "archive.export", params);
    char *id = archive_stage_id(stage, "export");
    while (scratch_count(&stage->scratch, "SELECT count(*) FROM export WHERE state = 'ready'") == 0) {
        g_assert_cmpint(g_get_monotonic_time(), <, until_us);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
    return id;
}

static char *
write_package(ArchiveStage *stage, const char *session, const char *id)
{
    const RecPackageReader reader = { read_part, NULL };
    g_autoptr(GError) error = NULL;
    GwFolder *folder = gw_folder_new(stage->archive, session);
    char *path = g_build_filename(stage->scratch.dir, "package.evp", NULL);

    folder->name = g_strdup(id);
    folder->dir = g_strdup("exports");
    g_assert_true(gw_folder_read_file(folder, &error));
    g_assert_no_error(error);
    g_autoptr(RecPackage) package = rec_package_thaw(folder->bytes, &error);
    g_assert_no_error(error);
    gw_folder_free(folder);
    FILE *file = fopen(path, "wb");
    g_assert_nonnull(file);
    g_assert_true(rec_package_write(package, fileno(file), 0, &reader, &error));
    fclose(file);
    return path;
}

/* "signature=PASS ..." of the verifier, with the node's own certificates. */
static JsonObject *
verify(ArchiveStage *stage, const char *package)
{
    g_autofree char *keys = g_build_filename(stage->scratch.dir, "keys", NULL);
    const char *const argv[] = { YUANJIAN_VERIFY, "--json", "--keys", keys, package, NULL, NULL, NULL };
    const char *const with_tsa[] = { YUANJIAN_VERIFY, "--json", "--keys", keys, "--tsa", stage->tsa_ca, package, NULL };
    g_autofree char *output = NULL;
    JsonObject *results = json_object_new();
    int status = 0;

    g_assert_true(g_spawn_sync(NULL, (char **)(stage->tsa_ca != NULL ? with_tsa : argv), NULL, G_SPAWN_DEFAULT, NULL,
                               NULL, &output, NULL, &status, NULL));
    g_test_message("%s", output);
    g_autoptr(JsonNode) report = json_from_string(output, NULL);
    g_assert_nonnull(report);
    JsonArray *checks = json_object_get_array_member(json_node_get_object(report), "checks");
    for (guint i = 0; i < json_array_get_length(checks); i++) {
        JsonObject *check = json_array_get_object_element(checks, i);
        json_object_set_string_member(results, json_object_get_string_member(check, "check"),
                                      json_object_get_string_member(check, "result"));
    }
    g_assert_cmpint(status, ==, 0);
    return results;
}

static void
assert_results(JsonObject *results, const char *const *names, const char *result)
{
    for (; *names != NULL; names++) {
        if (g_strcmp0(json_object_get_string_member_with_default(results, *names, "?"), result) != 0)
            g_error("%s is not %s", *names, result);
    }
}

static void
test_short_session_is_verified(void)
{
    static const char *const passed[] = { "log-opened", "log-manifest", NULL };
    static const char *const not_covered[] = { "time-stamp", "time-authority", NULL };
    ArchiveStage stage = { 0 };

    begin(&stage);
    hold_session(&stage, "s-1");
    g_autofree char *id = export(&stage, "s-1");
    g_autofree char *package = write_package(&stage, "s-1", id);
    g_autoptr(JsonObject) results = verify(&stage, package);
    assert_results(results, passed, "PASS");
    assert_results(results, not_covered, "NOT COVERED");
    archive_stage_clear(&stage);
}

/* The first token is over an older checkpoint than the package's: the export's own entry is between them. */
static void
test_time_stamp_goes_along(void)
{
    static const char *const passed[] = { "log-opened", "time-stamp", "time-authority", "time", NULL };
    ArchiveStage stage = { 0 };
    TestFolder *authority = test_folder_new();
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;

    tsa_make(authority);
    Tsa *tsa = tsa_start(authority);
    stage.tsa = tsa->url;
    stage.tsa_ca = test_folder_get(authority, "ca.pem");
    begin(&stage);
    hold_session(&stage, "s-1");
    while (scratch_count(&stage.scratch, "SELECT count(*) FROM evidence_time WHERE state = 'good'") == 0) {
        g_assert_cmpint(g_get_monotonic_time(), <, until_us);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
    g_autofree char *id = export(&stage, "s-1");
    g_autofree char *package = write_package(&stage, "s-1", id);
    g_autoptr(JsonObject) results = verify(&stage, package);
    assert_results(results, passed, "PASS");
    archive_stage_clear(&stage);
    tsa_free(tsa);
    g_free(stage.tsa_ca);
    test_folder_free(authority);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/archive-evidence/short-session-has-its-authority", test_short_session_has_its_authority);
    g_test_add_func("/gateway/archive-evidence/short-session-is-verified", test_short_session_is_verified);
    g_test_add_func("/gateway/archive-evidence/time-stamp-goes-along", test_time_stamp_goes_along);
    return g_test_run();
}
