#include "archive-stage.h"
#include "gateway/evidence/evidence.h"

static void
add_gap(GArray *gaps, int64_t from_s, int64_t to_s, const char *cause)
{
    const RecGap gap = { from_s * G_USEC_PER_SEC, to_s * G_USEC_PER_SEC, g_strdup(cause), g_strdup("video-1") };

    g_array_append_val(gaps, gap);
}

static void
add_party(RecRecording *recording, const char *name)
{
    RecParty *party = rec_recording_add_party(recording);

    party->party = g_strdup(name);
    party->expected_us = INT64_C(3600) * G_USEC_PER_SEC;
    party->missing_us = INT64_C(40) * G_USEC_PER_SEC;
    add_gap(party->gaps, 10, 30, "network");
    add_gap(party->gaps, 20, 35, "node"); /* overlaps */
    add_gap(party->gaps, 100, 115, "muted");
}

static RecRecording *
make_counted(const char *session)
{
    RecRecording *recording = rec_recording_new(session);

    recording->began_us = BEGAN_MS * 1000;
    recording->duration_us = INT64_C(3600) * G_USEC_PER_SEC;
    add_party(recording, "family");
    return recording;
}

static void
test_missing_is_what_the_sealer_found(void)
{
    g_autoptr(GwEntry) entry = gw_entry_new("s");
    g_autoptr(RecRecording) recording = make_counted("s");
    RecFile *file = rec_recording_add_file(recording);

    /* Of the file nobody asks when there are parties. */
    add_gap(file->gaps, 0, 3000, "network");
    gw_entry_set_recording(entry, recording);
    g_assert_cmpint(entry->missing_ms, ==, 25000);
}

static void
test_missing_of_old_recordings_is_of_their_files(void)
{
    g_autoptr(GwEntry) entry = gw_entry_new("s");
    g_autoptr(RecRecording) recording = rec_recording_new("s");
    RecFile *file = rec_recording_add_file(recording);

    add_gap(file->gaps, 0, 7, "network");
    add_gap(file->gaps, 10, 20, "paused");
    gw_entry_set_recording(entry, recording);
    g_assert_cmpint(entry->missing_ms, ==, 7000);
}

/* With a node's log. */

typedef struct {
    ArchiveStage stage;
    GwEvidence *evidence;
} Fixture;

static void
write_file(Fixture *f, const char *name, const void *data, size_t size)
{
    g_autofree char *folder = gw_archive_get_folder(f->stage.archive, "s");
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, data, (gssize)size, &error));
    g_assert_no_error(error);
}

static void
set_up(Fixture *f, const void *data)
{
    g_autoptr(RecRecording) recording = make_counted("s");
    g_autofree char *text = rec_recording_to_json(recording);
    g_autoptr(GError) error = NULL;

    (void)data;
    archive_stage_open(&f->stage);
    archive_stage_furnish(&f->stage);
    archive_stage_add(&f->stage, "s", "u", BEGAN_MS);
    write_file(f, REC_RECORDING_JSON, text, strlen(text));
    const GwEvidenceConfig config = { .data_dir = f->stage.scratch.dir,
                                      .node = "test",
                                      .store = f->stage.scratch.store };
    f->evidence = gw_evidence_new(&config, &error);
    g_assert_no_error(error);
    f->stage.gateway.evidence = f->evidence;
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    f->stage.gateway.evidence = NULL;
    gw_evidence_flush(f->evidence);
    gw_evidence_free(f->evidence);
    archive_stage_clear(&f->stage);
}

static void
settle(Fixture *f)
{
    gw_evidence_flush(f->evidence);
    gw_store_flush(f->stage.scratch.store);
}

static void
append(Fixture *f, const char *type)
{
    gw_evidence_append(f->evidence, &(GwEvidenceEntry){ .type = type, .session = "s" }, NULL, NULL, NULL);
    settle(f);
}

static void
sign_manifest(Fixture *f)
{
    g_autoptr(RecKeys) keys = gw_evidence_get_keys(f->evidence);
    g_autofree char *manifest = g_strdup_printf("{\"made_us\":5000000,\"keys\":{\"ed25519\":\"%s\",\"sm2\":\"%s\"}}",
                                                rec_keys_get_current(keys, REC_KEY_ED25519)->sha256,
                                                rec_keys_get_current(keys, REC_KEY_SM2)->sha256);
    g_autoptr(GError) error = NULL;
    RecSignatures signatures;

    g_assert_true(rec_keys_sign(keys, manifest, strlen(manifest), &signatures, &error));
    write_file(f, "manifest.json", manifest, strlen(manifest));
    write_file(f, "manifest.ed25519", signatures.ed25519, sizeof(signatures.ed25519));
    write_file(f, "manifest.sm2", signatures.sm2, signatures.sm2_size);
}

static JsonObject *
get_chain(Fixture *f)
{
    archive_stage_ask(&f->stage, "officer", "archive.get", "{\"session\":\"s\"}");
    return archive_stage_get(&f->stage, "chain");
}

static void
test_completeness_is_shown_by_party(Fixture *f, const void *data)
{
    (void)data;
    archive_stage_ask(&f->stage, "officer", "archive.get", "{\"session\":\"s\"}");
    JsonObject *party = archive_stage_get(&f->stage, "completeness");
    JsonObject *gap = json_array_get_object_element(json_object_get_array_member(party, "gaps"), 2);
    g_assert_cmpstr(json_object_get_string_member(party, "party"), ==, "family");
    g_assert_cmpint(json_object_get_int_member(party, "expected_ms"), ==, 3600000);
    g_assert_cmpint(json_object_get_int_member(party, "missing_ms"), ==, 40000);
    g_assert_cmpint(json_object_get_int_member(gap, "from_ms"), ==, 100000);
    g_assert_cmpint(json_object_get_int_member(gap, "to_ms"), ==, 115000);
    g_assert_cmpstr(json_object_get_string_member(gap, "cause"), ==, "muted");
    g_assert_cmpstr(json_object_get_string_member(gap, "track"), ==, "video-1");
}

static void
test_completeness_is_not_guessed(Fixture *f, const void *data)
{
    (void)data;
    archive_stage_add(&f->stage, "old", "u", BEGAN_MS);
    archive_stage_ask(&f->stage, "officer", "archive.get", "{\"session\":\"old\"}");
    g_assert_false(json_object_has_member(f->stage.result, "completeness"));
    g_assert_cmpuint(json_object_get_size(archive_stage_get(&f->stage, "chain")), ==, 0);
}

static void
test_chain_grows_with_the_log(Fixture *f, const void *data)
{
    (void)data;
    append(f, "session.open");
    JsonObject *chain = get_chain(f);
    int64_t opened = json_object_get_int_member(chain, "opened");
    g_assert_cmpint(opened, >, 0);
    g_assert_cmpint(json_object_get_int_member(chain, "opened_ms"), >, 0);
    g_assert_false(json_object_has_member(chain, "logged"));
    g_assert_false(json_object_has_member(chain, "sha256"));

    sign_manifest(f);
    append(f, "manifest");
    chain = get_chain(f);
    int64_t logged = json_object_get_int_member(chain, "logged");
    g_assert_cmpint(logged, ==, opened + 1);
    g_assert_false(json_object_has_member(chain, "checkpoint"));
    g_assert_cmpstr(json_object_get_string_member(chain, "time"), ==, "none");
    g_assert_cmpint(json_object_get_int_member(chain, "made_ms"), ==, 5000);
    g_assert_true(json_object_get_boolean_member(chain, "ed25519"));
    g_assert_true(json_object_get_boolean_member(chain, "sm2"));

    gw_evidence_publish(f->evidence, NULL, NULL);
    settle(f);
    g_assert_cmpint(json_object_get_int_member(get_chain(f), "checkpoint"), >, logged);
}

static void
test_signature_that_is_wrong_is_none(Fixture *f, const void *data)
{
    static const char nothing[64];

    (void)data;
    sign_manifest(f);
    write_file(f, "manifest.ed25519", nothing, sizeof(nothing));
    JsonObject *chain = get_chain(f);
    g_assert_false(json_object_get_boolean_member(chain, "ed25519"));
    g_assert_true(json_object_get_boolean_member(chain, "sm2"));

    /* Whatever lies there. */
    write_file(f, "manifest.json", "{\"keys\":[1],\"made_us\":\"x\"}", 26);
    chain = get_chain(f);
    g_assert_false(json_object_get_boolean_member(chain, "sm2"));
    g_assert_true(json_object_has_member(chain, "sha256"));
    g_assert_false(json_object_has_member(chain, "made_ms"));
    write_file(f, "manifest.json", "", 0);
    g_assert_false(json_object_has_member(get_chain(f), "sha256"));
}

static void
run(Fixture *f, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(f->stage.scratch.store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    g_assert_nonnull(rows);
}

static void
test_time_is_of_a_checkpoint_that_covers_it(Fixture *f, const void *data)
{
    (void)data;
    append(f, "manifest");
    int64_t logged = json_object_get_int_member(get_chain(f), "logged");
    run(f, "INSERT INTO evidence_time (size, at_ms, state) VALUES (1, 7, 'good')"); /* before it */
    g_assert_cmpstr(json_object_get_string_member(get_chain(f), "time"), ==, "none");
    g_assert_cmpint(logged, >=, 1);
    run(f, "INSERT INTO evidence_time (size, at_ms, state) VALUES (1000, 8, 'pending')");
    g_assert_cmpstr(json_object_get_string_member(get_chain(f), "time"), ==, "pending");
    run(f, "INSERT INTO evidence_time (size, at_ms, state) VALUES (1001, 9, 'good')");
    JsonObject *chain = get_chain(f);
    g_assert_cmpstr(json_object_get_string_member(chain, "time"), ==, "done");
    g_assert_cmpint(json_object_get_int_member(chain, "time_ms"), ==, 9);
    g_assert_cmpint(json_object_get_int_member(chain, "checkpoint"), ==, 1001);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/shown/missing-is-what-the-sealer-found", test_missing_is_what_the_sealer_found);
    g_test_add_func("/gateway/shown/missing-of-old-recordings-is-of-their-files",
                    test_missing_of_old_recordings_is_of_their_files);
#define ADD(name, func) g_test_add("/gateway/shown/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("completeness-is-shown-by-party", test_completeness_is_shown_by_party);
    ADD("completeness-is-not-guessed", test_completeness_is_not_guessed);
    ADD("chain-grows-with-the-log", test_chain_grows_with_the_log);
    ADD("signature-that-is-wrong-is-none", test_signature_that_is_wrong_is_none);
    ADD("time-is-of-a-checkpoint-that-covers-it", test_time_is_of_a_checkpoint_that_covers_it);
#undef ADD
    return g_test_run();
}
