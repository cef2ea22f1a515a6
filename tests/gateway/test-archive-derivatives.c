#include "archive-stage.h"
#include "gateway/archive/derivative-index.h"
#include "gateway/archive/derivatives.h"

/* What the gateway does around the program that makes derivatives. In its place stands a script: beside the recording it finds
 * "wait" (until that is gone it goes on for ever) or "fail", and it leaves the order there. */
static const char script[] =
    "#!/bin/sh\n"
    "while [ $# -gt 0 ]; do case $1 in --compose) folder=$2;; --out) out=$2;; --name) name=$2;; esac; shift; done\n"
    "mkdir -p \"$out\"; cat > \"$folder/order.json\"; echo '{\"progress\":0.25}'\n"
    "n=0; while [ -e \"$folder/wait\" ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done\n"
    "if [ -e \"$folder/fail\" ]; then echo 'yuanjian-seal: it does not work'; exit 70; fi\n"
    "printf made > \"$out/$name\"\n"
    "sum=$(printf made | sha256sum | cut -c1-64)\n"
    "echo \"{\\\"bytes\\\":4,\\\"sha256\\\":\\\"$sum\\\",\\\"sm3\\\":\\\"$sum\\\",\\\"duration_us\\\":3600000000,"
    "\\\"width\\\":1280,\\\"height\\\":416}\"\n";

typedef struct {
    ArchiveStage stage;
    char *program;
} Fixture;

static void
begin_with(Fixture *f, bool with_log)
{
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("derive-XXXXXX", &f->program, &error);

    g_assert_no_error(error);
    g_assert_cmpint(write(fd, script, strlen(script)), ==, strlen(script));
    g_assert_cmpint(fchmod(fd, 0700), ==, 0);
    close(fd);
    f->stage = (ArchiveStage){ .program = f->program, .with_log = with_log };
    archive_stage_open(&f->stage);
    archive_stage_furnish(&f->stage);
    archive_stage_add(&f->stage, "s", "u", BEGAN_MS);
}

static void
begin(Fixture *f)
{
    begin_with(f, false);
}

static void
end(Fixture *f)
{
    archive_stage_clear(&f->stage);
    g_unlink(f->program);
    g_free(f->program);
}

static char *
get_path(Fixture *f, const char *name)
{
    g_autofree char *folder = gw_archive_get_folder(f->stage.archive, "s");

    return g_build_filename(folder, name, NULL);
}

static void
put(Fixture *f, const char *name, const char *text)
{
    g_autofree char *path = get_path(f, name);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *
get_text(Fixture *f, const char *name)
{
    g_autofree char *path = get_path(f, name);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static bool
is_there(Fixture *f, const char *id, const char *suffix)
{
    g_autofree char *name = g_strconcat(GW_DERIVATIVES_DIR "/", id, suffix, NULL);
    g_autofree char *path = get_path(f, name);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* As archive.derivatives shows it. Borrowed. */
static JsonObject *
look(Fixture *f, const char *id)
{
    archive_stage_ask(&f->stage, "officer", "archive.derivatives", "{\"session\":\"s\"}");
    JsonArray *all = json_object_get_array_member(f->stage.result, "derivatives");
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *one = json_array_get_object_element(all, i);
        if (strcmp(json_object_get_string_member(one, "id"), id) == 0)
            return one;
    }
    g_assert_not_reached();
}

/* Until it is so; the test's own time is over before this is. */
static JsonObject *
wait_for(Fixture *f, const char *id, const char *state)
{
    JsonObject *seen = look(f, id);

    while (strcmp(json_object_get_string_member(seen, "state"), state) != 0) {
        g_main_context_iteration(NULL, TRUE);
        seen = look(f, id);
    }
    return seen;
}

static char *
ask_composite(Fixture *f, const char *person, const char *layout)
{
    g_autofree char *params = g_strdup_printf("{\"session\":\"s\",\"layout\":\"%s\"}", layout);

    archive_stage_ask(&f->stage, person, "archive.composite", params);
    return archive_stage_id(&f->stage, "derivative");
}

/* Until it is there. */
static char *
make_composite(Fixture *f, const char *layout)
{
    char *id = ask_composite(f, "officer", layout);

    wait_for(f, id, "ready");
    return id;
}

#define REDACT                                                                                                         \
    "{\"session\":\"s\",\"layout\":\"speaker\",\"reason\":\"a third person\",\"edits\":[{\"what\":\"black\","          \
    "\"party\":\"family\",\"from_ms\":1000,\"to_ms\":2000,\"area\":{\"x\":0,\"y\":0,\"width\":500,\"height\":500}}]}"

/* Its id; ret_decide: the parameters for who approves or refuses it. */
static char *
ask_redaction(Fixture *f, char **ret_decide)
{
    archive_stage_ask(&f->stage, "officer", "archive.redact", REDACT);
    g_autofree char *request = archive_stage_id(&f->stage, "request");
    char *id = archive_stage_id(&f->stage, "derivative");
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&f->stage, "request"), "derivative"), ==, id);
    *ret_decide = g_strdup_printf("{\"request\":\"%s\"}", request);
    return id;
}

static char *
of(const char *id)
{
    return g_strdup_printf("{\"derivative\":\"%s\",\"reason\":\"why\"}", id);
}

static int64_t
count(Fixture *f, const char *action)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM audit WHERE action = '%s'", action);

    gw_store_flush(f->stage.scratch.store);
    return scratch_count(&f->stage.scratch, sql);
}

static void
a_composite_is_made_beside_the_original(void)
{
    Fixture f;

    begin(&f);
    put(&f, "manifest.json", "{}");
    g_autofree char *id = ask_composite(&f, "procurator", "side-by-side");
    JsonObject *made = wait_for(&f, id, "ready");
    g_assert_cmpint(json_object_get_int_member(made, "bytes"), ==, 4);
    g_assert_cmpint(json_object_get_int_member(made, "duration_ms"), ==, 3600 * 1000);
    g_autofree char *parent = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "{}", -1);
    g_assert_cmpstr(json_object_get_string_member(made, "parent"), ==, parent);
    g_assert_false(json_object_get_boolean_member(made, "mine"));
    g_assert_true(json_object_get_boolean_member(made, "may_remove"));
    /* What lies beside it says the same. */
    g_autofree char *name = g_strconcat(GW_DERIVATIVES_DIR "/", id, ".json", NULL);
    g_autofree char *text = get_text(&f, name);
    g_autoptr(JsonNode) record = json_from_string(text, NULL);
    JsonObject *object = json_node_get_object(record);
    g_assert_cmpstr(json_object_get_string_member(object, "format"), ==, "yuanjian-derivative/1");
    g_assert_false(json_object_get_boolean_member(object, "original"));
    g_assert_cmpstr(json_object_get_string_member(json_object_get_object_member(object, "parent"), "manifest_sha256"),
                    ==, parent);
    g_assert_cmpint(count(&f, "archive.composite"), ==, 1);
    g_assert_cmpint(count(&f, "archive.derivative-made"), ==, 1);
    /* Names are of the card; nobody makes the same twice. */
    g_autofree char *order = get_text(&f, "order.json");
    g_assert_nonnull(strstr(order, "\"terminal\":\"Subject s\""));
    g_assert_nonnull(strstr(order, "\"family\":\"Visitor s\""));
    g_autofree char *same = ask_composite(&f, "officer", "side-by-side");
    g_assert_cmpstr(same, ==, id);
    archive_stage_ask(&f.stage, "officer", "archive.get", "{\"session\":\"s\"}");
    end(&f);
}

static void
strangers_make_and_see_nothing(void)
{
    Fixture f;

    begin(&f);
    archive_stage_refuse(&f.stage, "stranger", "archive.composite", "{\"session\":\"s\",\"layout\":\"speaker\"}",
                         SIG_ERROR_NOT_FOUND);
    g_autofree char *id = make_composite(&f, "speaker");
    archive_stage_ask(&f.stage, "stranger", "archive.derivatives", "{}");
    g_assert_cmpuint(archive_stage_count(&f.stage, "derivatives"), ==, 0);
    g_autofree char *params = of(id);
    archive_stage_refuse(&f.stage, "stranger", "archive.derivative-remove", params, SIG_ERROR_NOT_FOUND);
    end(&f);
}

static void
who_asked_for_it_can_give_it_up(void)
{
    Fixture f;

    begin(&f);
    put(&f, "wait", "");
    g_autofree char *id = ask_composite(&f, "officer", "speaker");
    g_autofree char *next = ask_composite(&f, "second", "side-by-side");
    g_autofree char *params = of(id);
    wait_for(&f, id, "making");
    g_assert_cmpstr(json_object_get_string_member(look(&f, next), "state"), ==, "waiting"); /* one at a time */
    archive_stage_refuse(&f.stage, "second", "archive.derivative-cancel", params, SIG_ERROR_NOT_FOUND);
    archive_stage_ask(&f.stage, "officer", "archive.derivative-cancel", params);
    g_assert_cmpstr(json_object_get_string_member(look(&f, id), "state"), ==, "cancelled");
    archive_stage_refuse(&f.stage, "officer", "archive.derivative-cancel", params, SIG_ERROR_STATE);
    g_autofree char *path = get_path(&f, "wait");
    g_unlink(path);
    wait_for(&f, next, "ready");
    g_assert_false(is_there(&f, id, ".webm"));
    g_assert_cmpint(count(&f, "archive.derivative-made"), ==, 1);
    end(&f);
}

static void
a_failure_is_told_and_on_record(void)
{
    Fixture f;

    begin(&f);
    put(&f, "fail", "");
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING, "*it does not work*");
    g_autofree char *id = ask_composite(&f, "officer", "speaker");
    JsonObject *failed = wait_for(&f, id, "failed");
    g_assert_nonnull(strstr(json_object_get_string_member(failed, "message"), "it does not work"));
    g_test_assert_expected_messages();
    g_assert_cmpint(count(&f, "archive.derivative-failed"), ==, 1);
    g_assert_false(is_there(&f, id, ".webm"));
    end(&f);
}

static void
a_redaction_needs_a_second_person(void)
{
    Fixture f;

    begin(&f);
    g_autofree char *decide = NULL, *id = ask_redaction(&f, &decide);
    g_assert_cmpstr(json_object_get_string_member(look(&f, id), "state"), ==, "asked");
    archive_stage_refuse(&f.stage, "officer", "archive.approve", decide, SIG_ERROR_FORBIDDEN);
    g_assert_cmpstr(json_object_get_string_member(look(&f, id), "state"), ==, "asked");
    archive_stage_ask(&f.stage, "second", "archive.approve", decide);
    JsonObject *made = wait_for(&f, id, "ready");
    g_assert_cmpstr(json_object_get_string_member(made, "approved_by"), ==, "second");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(made, "edits")), ==, 1);
    g_assert_true(json_object_get_boolean_member(made, "mine"));
    g_assert_false(json_object_get_boolean_member(made, "may_remove"));
    g_autofree char *order = get_text(&f, "order.json");
    g_assert_nonnull(strstr(order,
                            "\"edits\":[{\"what\":\"black\",\"party\":\"family\",\"from_ms\":1000,\"to_ms\":2000,"
                            "\"area\":{\"x\":0,\"y\":0,\"width\":500,\"height\":500}}]"));
    g_autofree char *params = of(id);
    archive_stage_refuse(&f.stage, "officer", "archive.derivative-remove", params, SIG_ERROR_STATE);
    end(&f);
}

static void
a_refused_redaction_is_never_made(void)
{
    Fixture f;

    begin(&f);
    g_autofree char *decide = NULL, *id = ask_redaction(&f, &decide);
    archive_stage_ask(&f.stage, "second", "archive.refuse", decide);
    g_assert_cmpstr(json_object_get_string_member(look(&f, id), "state"), ==, "refused");
    archive_stage_refuse(&f.stage, "second", "archive.approve", decide, SIG_ERROR_STATE);
    g_assert_cmpint(count(&f, "archive.redact-refused"), ==, 1);
    end(&f);
}

static void
edits_that_are_none_are_refused(void)
{
    Fixture f;

    begin(&f);
    archive_stage_refuse(&f.stage, "officer", "archive.redact",
                         "{\"session\":\"s\",\"layout\":\"speaker\",\"reason\":\"r\",\"edits\":[]}",
                         SIG_ERROR_BAD_PARAMS);
    archive_stage_refuse(&f.stage, "officer", "archive.redact",
                         "{\"session\":\"s\",\"layout\":\"speaker\",\"reason\":\"r\",\"edits\":[{\"what\":\"mute\","
                         "\"from_ms\":5,\"to_ms\":4}]}",
                         SIG_ERROR_BAD_PARAMS);
    end(&f);
}

static void
a_composite_can_be_removed_and_made_anew(void)
{
    Fixture f;

    begin(&f);
    g_autofree char *id = make_composite(&f, "speaker");
    g_autofree char *params = of(id);
    g_assert_true(is_there(&f, id, ".webm"));
    archive_stage_ask(&f.stage, "second", "archive.derivative-remove", params);
    g_assert_false(is_there(&f, id, ".webm"));
    g_assert_false(is_there(&f, id, ".json"));
    g_autofree char *again = make_composite(&f, "speaker");
    g_assert_cmpstr(again, !=, id);
    end(&f);
}

static void
what_was_being_made_goes_on_after_a_restart(void)
{
    Fixture f;

    begin(&f);
    put(&f, "wait", "");
    g_autofree char *id = ask_composite(&f, "officer", "speaker");
    wait_for(&f, id, "making");
    archive_stage_close(&f.stage);
    g_autofree char *wait = g_build_filename(f.stage.scratch.dir, "archive", "s", "wait", NULL);
    g_unlink(wait);
    archive_stage_open(&f.stage);
    wait_for(&f, id, "ready");
    end(&f);
}

static void
they_go_with_the_recording(void)
{
    Fixture f;

    begin(&f);
    for (int i = 0; i < 100; i++) {
        g_autofree char *session = g_strdup_printf("other-%d", i);
        archive_stage_index(&f.stage, session, "u", BEGAN_MS + 1100 * DAY_MS);
    }
    g_autofree char *id = make_composite(&f, "speaker");
    put(&f, "wait", "");
    g_autofree char *running = ask_composite(&f, "officer", "side-by-side");
    wait_for(&f, running, "making");
    f.stage.now_ms = BEGAN_MS + 1101 * DAY_MS;
    f.stage.archive->clock = (GwClock){ 0 };
    archive_stage_ask(&f.stage, "officer", "archive.purge-plan", "{\"reason\":\"over\"}");
    g_autofree char *purge = archive_stage_id(&f.stage, "purge");
    g_autofree char *decide = g_strdup_printf("{\"purge\":\"%s\",\"reason\":\"why\"}", purge);
    archive_stage_ask(&f.stage, "second", "archive.purge-approve", decide);
    f.stage.now_ms += 8 * DAY_MS;
    archive_stage_tick(&f.stage);
    g_autofree char *folder = gw_archive_get_folder(f.stage.archive, "s");
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    g_assert_cmpstr(json_object_get_string_member(look(&f, id), "state"), ==, "removed");
    g_assert_cmpstr(json_object_get_string_member(look(&f, running), "state"), ==, "cancelled");
    end(&f);
}

static GPtrArray *
read_records(Fixture *f)
{
    g_autofree char *folder = gw_archive_get_folder(f->stage.archive, "s");
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);

    gw_evidence_publish(f->stage.gateway.evidence, NULL, NULL);
    gw_evidence_flush(f->stage.gateway.evidence);
    g_autoptr(RecLogReader) log = rec_log_reader_new(gw_evidence_get_log_dir(f->stage.gateway.evidence), NULL);
    g_assert_nonnull(log);
    gw_derivative_index_read(records, folder, "s", log);
    return records;
}

static void
rows_are_made_again_from_the_records(void)
{
    Fixture f;

    begin_with(&f, true);
    g_autofree char *decide = NULL, *id = ask_redaction(&f, &decide);
    archive_stage_ask(&f.stage, "second", "archive.approve", decide);
    g_autofree char *sha256 = g_strdup(json_object_get_string_member(wait_for(&f, id, "ready"), "sha256"));
    put(&f, GW_DERIVATIVES_DIR "/strange.json", "{}");
    put(&f, GW_DERIVATIVES_DIR "/other.json",
        "{\"format\":\"yuanjian-derivative/1\",\"id\":\"other\",\"session\":\"s\",\"kind\":\"composite\",\"file\":"
        "{\"sha256\":\"0\"}}"); /* its file is not there */
    gw_store_run(f.stage.scratch.store, gw_statement_new("DELETE FROM derivative"), NULL, NULL);
    g_autoptr(GPtrArray) records = read_records(&f);
    g_assert_cmpuint(records->len, ==, 1);
    for (int i = 0; i < 2; i++) /* twice is once */
        gw_store_run(f.stage.scratch.store, gw_derivative_index_add_statement(records->pdata[0]), NULL, NULL);
    gw_store_flush(f.stage.scratch.store);
    JsonObject *again = look(&f, id);
    g_assert_cmpstr(json_object_get_string_member(again, "state"), ==, "ready");
    g_assert_cmpstr(json_object_get_string_member(again, "kind"), ==, "redaction");
    g_assert_cmpstr(json_object_get_string_member(again, "sha256"), ==, sha256);
    g_assert_cmpstr(json_object_get_string_member(again, "approved_by"), ==, "second");
    g_assert_true(json_object_get_boolean_member(again, "mine")); /* the log says whose it is */
    g_assert_cmpint(json_object_get_int_member(again, "bytes"), ==, 4);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(again, "edits")), ==, 1);
    g_assert_cmpint(scratch_count(&f.stage.scratch, "SELECT count(*) FROM derivative"), ==, 1);
    end(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/derivatives/a-composite-is-made-beside-the-original",
                    a_composite_is_made_beside_the_original);
    g_test_add_func("/gateway/derivatives/strangers-make-and-see-nothing", strangers_make_and_see_nothing);
    g_test_add_func("/gateway/derivatives/who-asked-for-it-can-give-it-up", who_asked_for_it_can_give_it_up);
    g_test_add_func("/gateway/derivatives/a-failure-is-told-and-on-record", a_failure_is_told_and_on_record);
    g_test_add_func("/gateway/derivatives/a-redaction-needs-a-second-person", a_redaction_needs_a_second_person);
    g_test_add_func("/gateway/derivatives/a-refused-redaction-is-never-made", a_refused_redaction_is_never_made);
    g_test_add_func("/gateway/derivatives/edits-that-are-none-are-refused", edits_that_are_none_are_refused);
    g_test_add_func("/gateway/derivatives/a-composite-can-be-removed-and-made-anew",
                    a_composite_can_be_removed_and_made_anew);
    g_test_add_func("/gateway/derivatives/what-was-being-made-goes-on-after-a-restart",
                    what_was_being_made_goes_on_after_a_restart);
    g_test_add_func("/gateway/derivatives/they-go-with-the-recording", they_go_with_the_recording);
    g_test_add_func("/gateway/derivatives/rows-are-made-again-from-the-records", rows_are_made_again_from_the_records);
    return g_test_run();
}
