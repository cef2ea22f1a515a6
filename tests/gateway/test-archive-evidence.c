#include "archive-stage.h"
#include "gateway/archive/folder.h"
#include "gateway/evidence/leaf.h"
#include "recorder/evidence/hash.h"
#include "recorder/evidence/log.h"
#include "recorder/evidence/package.h"
#include "recorder/evidence/pending.h"
#include "tests/recorder/tsa.h"

#define MEDIA "what was said"

enum { PATIENCE_US = 20 * G_USEC_PER_SEC, N_RECORDINGS = 200, N_OLD = 2 };

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

/* Of before there were lines of chunks: it cannot be verified, so no package pretends that it could. */
static void
test_recording_of_before_is_not_packed(void)
{
    ArchiveStage stage = { 0 };
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;

    begin(&stage);
    archive_stage_add(&stage, "s-1", "u", BEGAN_MS);
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING,
                          "export *: it was sealed before there were packages*");
    archive_stage_ask(&stage, "officer", "archive.export",
                      "{\"session\":\"s-1\",\"reason\":\"request 12\",\"recipient\":\"Court 3\"}");
    while (scratch_count(&stage.scratch, "SELECT count(*) FROM export WHERE state = 'failed'") == 0) {
        g_assert_cmpint(g_get_monotonic_time(), <, until_us);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
    g_test_assert_expected_messages();
    archive_stage_clear(&stage);
}

/* A bit of the manifest flips, and it is no JSON any more: that is damage, and not that it could not be told. */
static void
break_quote(ArchiveStage *stage, const char *session)
{
    g_autofree char *folder = gw_archive_get_folder(stage->archive, session);
    g_autofree char *path = g_build_filename(folder, "manifest.json", NULL), *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    *strrchr(text, '"') ^= 1;
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
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
    /* With a stamp, and by what the node signed before, nothing is left that would not be covered. */
    g_free(stage.config->data_dir);
    stage.config->data_dir = g_strdup(stage.scratch.dir);
    g_free(stage.config->recorder.verifier_program);
    stage.config->recorder.verifier_program = g_strdup(YUANJIAN_VERIFY);
    archive_stage_ask(&stage, "officer", "archive.verify", "{\"session\":\"s-1\"}");
    JsonObject *judged = archive_stage_get(&stage, "result");
    g_assert_cmpstr(json_object_get_string_member(judged, "verdict"), ==, "pass");
    break_quote(&stage, "s-1");
    archive_stage_ask(&stage, "officer", "archive.verify", "{\"session\":\"s-1\"}");
    judged = archive_stage_get(&stage, "result");
    g_assert_cmpstr(json_object_get_string_member(judged, "verdict"), ==, "fail");
    archive_stage_clear(&stage);
    tsa_free(tsa);
    g_free(stage.tsa_ca);
    test_folder_free(authority);
}

/* Purges. */

static const char export_old[] = "{\"session\":\"s-000\",\"reason\":\"why\",\"recipient\":\"Court 3\"}";

/* Two of two hundred are past their time; somebody planned their end, a second person agreed, the week is over. */
static void
begin_due_purge(ArchiveStage *stage)
{
    stage->now_ms = BEGAN_MS + 1100 * DAY_MS;
    stage->with_log = true;
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    for (int i = 0; i < N_RECORDINGS; i++) {
        g_autofree char *session = g_strdup_printf("s-%03d", i);
        if (i < N_OLD)
            archive_stage_add(stage, session, "u", BEGAN_MS);
        else
            archive_stage_index(stage, session, "u", stage->now_ms - 2 * DAY_MS);
    }
    archive_stage_ask(stage, "officer", "archive.purge-plan", "{\"reason\":\"over\"}");
    g_autofree char *purge = archive_stage_id(stage, "purge");
    g_autofree char *approve = g_strdup_printf("{\"purge\":\"%s\",\"reason\":\"why\"}", purge);
    archive_stage_ask(stage, "second", "archive.purge-approve", approve);
    stage->now_ms += 7 * DAY_MS;
}

/* The purges of a tick alone: reviews that are drawn then log, too. */
static void
run_purges(ArchiveStage *stage)
{
    gw_purges_tick(stage->archive);
    while (stage->archive->purging)
        g_main_context_iteration(NULL, TRUE);
    gw_store_flush(stage->scratch.store);
}

static bool
is_there(ArchiveStage *stage, const char *session)
{
    g_autofree char *folder = gw_archive_get_folder(stage->archive, session);

    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR) == rec_keyring_has(stage->keyring, session));
    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

static int64_t
count(ArchiveStage *stage, const char *sql)
{
    gw_evidence_flush(stage->gateway.evidence);
    gw_store_flush(stage->scratch.store);
    return scratch_count(&stage->scratch, sql);
}

static JsonObject *
read_leaf(ArchiveStage *stage, uint64_t index)
{
    bool published = false;

    gw_evidence_publish(stage->gateway.evidence, on_done, &published);
    wait_for(&published);
    g_autoptr(RecLogReader) reader = rec_log_reader_new(gw_evidence_get_log_dir(stage->gateway.evidence), NULL);
    g_assert_nonnull(reader);
    g_autoptr(GBytes) entry = rec_log_reader_get_entry(reader, index, NULL);
    g_assert_nonnull(entry);
    return gw_leaf_parse(entry);
}

static void
assert_tombstones(ArchiveStage *stage)
{
    g_assert_cmpint(count(stage, "SELECT count(*) FROM evidence_leaf WHERE type = 'tombstone'"), ==, N_OLD);
    g_assert_cmpint(count(stage, "SELECT count(*) FROM purge_item i JOIN evidence_leaf l ON l.idx = i.leaf"
                                 " WHERE i.state = 'destroyed' AND l.type = 'tombstone' AND l.session = i.session"),
                    ==, N_OLD);
    g_autoptr(JsonObject) leaf =
        read_leaf(stage, (uint64_t)count(stage, "SELECT leaf FROM purge_item WHERE session = 's-000'"));
    JsonArray *approvers = json_object_get_array_member(leaf, "approvers");
    g_assert_cmpstr(gw_leaf_get(leaf, "type"), ==, "tombstone");
    g_assert_cmpstr(gw_leaf_get(leaf, "session"), ==, "s-000");
    g_assert_nonnull(gw_leaf_get(leaf, "rule"));
    g_assert_true(g_str_has_prefix(gw_leaf_get(leaf, "purge"), "purge-"));
    g_assert_cmpstr(json_array_get_string_element(approvers, 0), ==, "person:officer");
    g_assert_cmpstr(json_array_get_string_element(approvers, 1), ==, "person:second");
}

static void
test_tombstone_is_in_the_log(void)
{
    ArchiveStage stage = { 0 };

    begin_due_purge(&stage);
    run_purges(&stage);
    g_assert_false(is_there(&stage, "s-000"));
    g_assert_false(is_there(&stage, "s-001"));
    assert_tombstones(&stage);
    archive_stage_clear(&stage);
}

/* A folder where the log keeps what is not in a full tile: when that is full, nothing more can be written. */
static void
block_log(ArchiveStage *stage, bool blocked)
{
    g_autofree char *pending = g_build_filename(stage->scratch.dir, "log/pending", NULL);
    g_autofree char *away = g_strconcat(pending, ".away", NULL);

    gw_evidence_flush(stage->gateway.evidence);
    if (!blocked) {
        g_rmdir(pending);
        g_rename(away, pending);
        return;
    }
    g_assert_cmpint(g_rename(pending, away), ==, 0);
    g_assert_cmpint(g_mkdir(pending, 0700), ==, 0);
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_CRITICAL, "the log cannot be written*");
    for (unsigned i = 0; i < REC_PENDING_MAX; i++)
        gw_evidence_append(stage->gateway.evidence, &(GwEvidenceEntry){ .type = "filler" }, NULL, NULL, NULL);
    gw_evidence_flush(stage->gateway.evidence);
    g_test_assert_expected_messages();
}

static void
test_nothing_is_destroyed_while_the_log_fails(void)
{
    ArchiveStage stage = { 0 };

    begin_due_purge(&stage);
    block_log(&stage, true);
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING, "archive: *");
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING, "a purge will be gone on with later*");
    run_purges(&stage);
    g_test_assert_expected_messages();
    g_assert_true(is_there(&stage, "s-000"));
    g_assert_true(is_there(&stage, "s-001"));
    g_assert_cmpint(count(&stage, "SELECT count(*) FROM evidence_leaf WHERE type = 'tombstone'"), ==, 0);
    g_assert_cmpint(count(&stage, "SELECT count(*) FROM recording WHERE state = 'destroyed'"), ==, 0);
    block_log(&stage, false);
    run_purges(&stage);
    g_assert_false(is_there(&stage, "s-000"));
    g_assert_false(is_there(&stage, "s-001"));
    assert_tombstones(&stage);
    archive_stage_clear(&stage);
}

static void
test_export_is_refused_while_the_log_fails(void)
{
    ArchiveStage stage = { 0 };

    begin_due_purge(&stage);
    block_log(&stage, true);
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING, "archive: *");
    archive_stage_refuse(&stage, "officer", "archive.export", export_old, SIG_ERROR_UNAVAILABLE);
    g_test_assert_expected_messages();
    g_assert_cmpint(count(&stage, "SELECT count(*) FROM export"), ==, 0);
    block_log(&stage, false);
    archive_stage_ask(&stage, "officer", "archive.export", export_old);
    g_assert_cmpint(count(&stage, "SELECT count(*) FROM export"), ==, 1);
    archive_stage_clear(&stage);
}

typedef struct {
    bool done;
    char *message; /* NULL: it was answered */
} Extracted;

static void
on_extracted(JsonNode *result, const GError *error, void *user_data)
{
    (void)result;
    *(Extracted *)user_data = (Extracted){ true, error != NULL ? g_strdup(error->message) : NULL };
}

/* Why not; NULL: it was. */
static char *
extract(ArchiveStage *stage, GwAdmin *admin, const char *folder)
{
    g_autoptr(JsonObject) params = json_object_new();
    Extracted extracted = { 0 };

    json_object_set_string_member(params, "session", "s-1");
    json_object_set_string_member(params, "reason", "court order");
    json_object_set_string_member(params, "folder", folder);
    gw_admin_call(admin, "archive.extract", params, on_extracted, &extracted);
    wait_for(&extracted.done);
    gw_evidence_flush(stage->gateway.evidence);
    return extracted.message;
}

static void
test_nothing_is_extracted_while_the_log_fails(void)
{
    static const char entries[] = "SELECT count(*) FROM evidence_leaf l JOIN audit a ON a.leaf = l.idx"
                                  " WHERE a.action = 'archive.extract' AND l.session = 's-1'";
    static const SigParam params[] = { { .name = "session", .type = SIG_TYPE_STRING, .max = 64 },
                                       { .name = "folder", .type = SIG_TYPE_STRING, .max = 4000 },
                                       { .name = "reason", .type = SIG_TYPE_STRING, .max = 1000 },
                                       { NULL } };
    static const GwAdminCommand rows[] = {
        { .name = "archive.extract", .params = params, .handle = gw_archive_handle_extract },
        { NULL },
    };
    ArchiveStage stage = { 0 };

    begin(&stage);
    hold_session(&stage, "s-1");
    g_autofree char *socket = g_build_filename(stage.scratch.dir, "admin.sock", NULL);
    g_autofree char *folder = g_build_filename(stage.scratch.dir, "out", NULL);
    g_autofree char *media = g_build_filename(folder, "family-1-audio-1.webm", NULL);
    GwAdmin *admin = gw_admin_new(socket, NULL);
    gw_admin_add_commands(admin, rows, stage.archive);
    block_log(&stage, true);
    g_autofree char *refused = extract(&stage, admin, folder);
    g_assert_true(g_str_has_prefix(refused, "Nothing was extracted, because it cannot be put on record"));
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    g_assert_cmpint(count(&stage, entries), ==, 0);
    block_log(&stage, false);
    g_autofree char *extracted = extract(&stage, admin, folder);
    g_assert_cmpstr(extracted, ==, NULL);
    g_assert_true(g_file_test(media, G_FILE_TEST_IS_REGULAR));
    g_assert_cmpint(count(&stage, entries), ==, 1);
    gw_admin_free(admin);
    archive_stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/archive-evidence/short-session-has-its-authority", test_short_session_has_its_authority);
    g_test_add_func("/gateway/archive-evidence/short-session-is-verified", test_short_session_is_verified);
    g_test_add_func("/gateway/archive-evidence/recording-of-before-is-not-packed",
                    test_recording_of_before_is_not_packed);
    g_test_add_func("/gateway/archive-evidence/time-stamp-goes-along", test_time_stamp_goes_along);
    g_test_add_func("/gateway/archive-evidence/tombstone-is-in-the-log", test_tombstone_is_in_the_log);
    g_test_add_func("/gateway/archive-evidence/nothing-is-destroyed-while-the-log-fails",
                    test_nothing_is_destroyed_while_the_log_fails);
    g_test_add_func("/gateway/archive-evidence/export-is-refused-while-the-log-fails",
                    test_export_is_refused_while_the_log_fails);
    g_test_add_func("/gateway/archive-evidence/nothing-is-extracted-while-the-log-fails",
                    test_nothing_is_extracted_while_the_log_fails);
    return g_test_run();
}
