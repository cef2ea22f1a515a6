#include "gateway/evidence/evidence.h"

#include <string.h>

#include "gateway/evidence/leaf.h"
#include "gateway/evidence/verify-log.h"
#include "gateway/people/people-priv.h"
#include "recorder/evidence/checkpoint.h"
#include "scratch.h"
#include "tests/recorder/folder.h"

typedef struct {
    char *dir;
    Scratch scratch;
    GwEvidence *evidence;
    GString *seen; /* "INDEX " or "refused " of each answer */
} Fixture;

static void
begin(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    f->scratch.path = g_build_filename(f->dir, "index.db", NULL);
    scratch_open(&f->scratch);
    const GwEvidenceConfig config = { .data_dir = f->dir, .node = "test", .store = f->scratch.store };
    f->evidence = gw_evidence_new(&config, &error);
    g_assert_no_error(error);
    gw_audit_set_evidence(f->scratch.audit, f->evidence);
}

static void
end(Fixture *f)
{
    g_clear_pointer(&f->evidence, gw_evidence_free);
    scratch_close(&f->scratch);
    g_clear_pointer(&f->scratch.path, g_free);
}

static void
set_up(Fixture *f, const void *data)
{
    (void)data;
    f->dir = folder_new();
    f->scratch.dir = f->dir;
    f->seen = g_string_new(NULL);
    begin(f);
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    end(f);
    folder_free(f->dir);
    g_string_free(f->seen, TRUE);
}

static void
settle(Fixture *f)
{
    gw_evidence_flush(f->evidence);
    gw_store_flush(f->scratch.store);
}

static void
on_appended(uint64_t index, const GError *error, void *user_data)
{
    if (error != NULL)
        g_string_append(user_data, "refused ");
    else
        g_string_append_printf(user_data, "%" G_GUINT64_FORMAT " ", index);
}

static void
on_audited(const GError *error, void *user_data)
{
    g_string_append(user_data, error != NULL ? "refused " : "done ");
}

static void
append(Fixture *f, const char *type, bool must)
{
    gw_evidence_append(f->evidence, &(GwEvidenceEntry){ .type = type, .must = must }, NULL, on_appended, f->seen);
}

static void
audit(Fixture *f, const char *action)
{
    const GwAuditEntry entry = {
        .who = "person:p-1", .action = action, .object = "session:s-1", .address = "192.0.2.1"
    };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "cause", "a \"quoted\" one");
    gw_audit_add(f->scratch.audit, &entry, detail);
}

static RecLogReader *
read_log(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    gw_evidence_publish(f->evidence, NULL, NULL);
    settle(f);
    RecLogReader *reader = rec_log_reader_new(gw_evidence_get_log_dir(f->evidence), &error);
    g_assert_no_error(error);
    return reader;
}

static char *
read_entry(Fixture *f, uint64_t index)
{
    g_autoptr(RecLogReader) reader = read_log(f);
    g_autoptr(GBytes) entry = rec_log_reader_get_entry(reader, index, NULL);

    return g_strndup(g_bytes_get_data(entry, NULL), g_bytes_get_size(entry));
}

static int64_t
count(Fixture *f, const char *sql)
{
    return scratch_count(&f->scratch, sql);
}

static void
run(Fixture *f, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(f->scratch.store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    g_assert_nonnull(rows);
}

static void
a_log_begins_with_its_start_and_its_keys(Fixture *f, const void *data)
{
    g_autofree char *start = read_entry(f, 0);
    g_autofree char *key = read_entry(f, 1);

    (void)data;
    g_assert_true(g_str_has_prefix(start, "{\"type\":\"start\",\"at_us\":"));
    g_assert_true(g_str_has_prefix(key, "{\"type\":\"key\",\"at_us\":"));
    g_assert_cmpstr(gw_evidence_get_origin(f->evidence), ==, "yuanjian/test");
    end(f);
    begin(f);
    settle(f);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf WHERE type = 'key'"), ==, 1);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf WHERE type = 'start'"), ==, 2);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf WHERE type = 'stop'"), ==, 1);
}

static void
entries_are_answered_in_order_when_they_are_synced(Fixture *f, const void *data)
{
    (void)data;
    append(f, "one", true);
    append(f, "two", false);
    append(f, "three", true);
    settle(f);
    g_assert_cmpstr(f->seen->str, ==, "2 3 4 ");
    g_autofree char *path = g_build_filename(f->dir, "log/pending", NULL);
    g_autofree char *pending = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &pending, &size, NULL));
    g_assert_nonnull(g_strstr_len(pending + 24, (gssize)size - 24, "start"));
    g_assert_nonnull(memmem(pending, size, "\"three\"", 7));
}

static void
audit_entries_become_leaves_and_rows_of_them(Fixture *f, const void *data)
{
    (void)data;
    audit(f, "one");
    audit(f, "two");
    settle(f);
    g_assert_cmpint(count(f, "SELECT count(*) FROM audit WHERE leaf = id + 1 AND who = 'person:p-1'"
                             " AND detail = '{\"cause\":\"a \\\"quoted\\\" one\"}' AND address = '192.0.2.1'"),
                    ==, 2);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf WHERE session = 's-1' AND type = 'audit'"), ==, 2);
    g_autofree char *leaf = read_entry(f, 3);
    g_assert_nonnull(
        strstr(leaf, "\"action\":\"two\",\"object\":\"session:s-1\",\"address\":\"192.0.2.1\",\"detail\":{"));
}

static void
rows_that_the_store_lost_come_back_at_start(Fixture *f, const void *data)
{
    (void)data;
    audit(f, "one");
    audit(f, "two");
    settle(f);
    run(f, "DROP TRIGGER audit_no_delete");
    run(f, "DELETE FROM audit");
    run(f, "DELETE FROM evidence_leaf WHERE type = 'audit'");
    end(f);
    begin(f);
    g_assert_cmpint(count(f, "SELECT count(*) FROM audit"), ==, 2);
    g_assert_cmpint(count(f, "SELECT max(idx) + 1 - count(*) FROM evidence_leaf"), ==, 0);
}

typedef struct {
    bool done;
    uint64_t entries;
    char *message; /* NULL: all is well */
} Verified;

static void
on_verified(uint64_t entries, const GError *error, void *user_data)
{
    Verified *verified = user_data;

    *verified = (Verified){ true, entries, error != NULL ? g_strdup(error->message) : NULL };
}

/* What is wrong; NULL: nothing. */
static char *
verify(Fixture *f)
{
    const Gateway gateway = { .store = f->scratch.store, .evidence = f->evidence };
    Verified verified = { 0 };

    gw_verify_log(&gateway, on_verified, &verified);
    while (!verified.done)
        g_main_context_iteration(NULL, TRUE);
    if (verified.message == NULL)
        g_assert_cmpuint(verified.entries, >=, 2);
    return verified.message;
}

static void
an_audit_row_that_is_altered_or_gone_is_noticed(Fixture *f, const void *data)
{
    static const char *const changes[] = {
        "UPDATE audit SET who = 'x'",
        "UPDATE audit SET who = 'person:p-1', at_ms = at_ms + 1",
        "UPDATE audit SET at_ms = at_ms - 1, detail = NULL",
        "UPDATE audit SET detail = '{\"cause\":\"a \\\"quoted\\\" one\"}', address = '::1'",
        "UPDATE audit SET address = '192.0.2.1', action = 'y'",
        "UPDATE audit SET action = 'one', object = NULL",
    };

    (void)data;
    audit(f, "one");
    settle(f);
    run(f, "DROP TRIGGER audit_no_update");
    run(f, "DROP TRIGGER audit_no_delete");
    g_autofree char *before = verify(f);
    g_assert_cmpstr(before, ==, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        run(f, changes[i]);
        g_autofree char *altered = verify(f);
        g_assert_cmpstr(altered, ==, "the audit table's row of entry 2 is not what the log says");
    }
    run(f, "UPDATE audit SET object = 'session:s-1'");
    g_autofree char *repaired = verify(f);
    g_assert_cmpstr(repaired, ==, NULL);
    run(f, "UPDATE audit SET leaf = 1");
    g_autofree char *moved = verify(f);
    g_assert_cmpstr(moved, ==, "the audit table has a row of entry 1, which is no audit entry");
    run(f, "DELETE FROM audit");
    g_autofree char *gone = verify(f);
    g_assert_cmpstr(gone, ==, "the audit entry 2 of the log is missing in the audit table");
}

static void
an_altered_log_is_noticed(Fixture *f, const void *data)
{
    g_autofree char *path = g_build_filename(f->dir, "log/tile/entries/000.p/3", NULL);
    g_autofree char *bytes = NULL;
    gsize size = 0;

    (void)data;
    audit(f, "one");
    g_autofree char *before = verify(f);
    g_assert_cmpstr(before, ==, NULL);
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    bytes[size - 10] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    g_autofree char *after = verify(f);
    g_assert_cmpstr(after, ==, "the log is altered: entry 2 is not what was signed");
}

/* The log's folder is replaced by a file: nothing can be written there until it is put back. */
static void
break_log(Fixture *f, bool broken)
{
    g_autofree char *pending = g_build_filename(f->dir, "log/pending", NULL);
    g_autofree char *away = g_build_filename(f->dir, "log/pending.away", NULL);

    if (broken) {
        g_assert_cmpint(g_rename(pending, away), ==, 0);
        g_assert_cmpint(g_mkdir(pending, 0700), ==, 0);
        return;
    }
    g_rmdir(pending);
    g_rename(away, pending);
}

static void
audit_that_must_be_on_record_is(Fixture *f, const void *data)
{
    const GwAuditEntry entry = { .who = "owner", .action = "archive.export" };

    (void)data;
    gw_audit_add_then(f->scratch.audit, &entry, NULL, on_audited, f->seen);
    g_assert_cmpstr(f->seen->str, ==, "");
    settle(f);
    g_assert_cmpstr(f->seen->str, ==, "done ");
    g_assert_cmpint(count(f, "SELECT count(*) FROM audit WHERE action = 'archive.export'"), ==, 1);
}

/* 255 entries are there; the next ones fill a bundle, and pending cannot be written anew. 1,024 wait there before an append
 * fails. */
static void
fill_until_it_fails(Fixture *f)
{
    for (unsigned i = 0; i < REC_PENDING_MAX; i++)
        append(f, "filler", false);
    gw_evidence_flush(f->evidence);
}

static void
a_log_that_fails_refuses_what_must_be_there_and_keeps_the_rest(Fixture *f, const void *data)
{
    const GwAuditEntry entry = { .who = "owner", .action = "archive.export" };
    GwEvidenceStatus status;

    (void)data;
    settle(f);
    break_log(f, true);
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_CRITICAL, "the log cannot be written*");
    fill_until_it_fails(f);
    g_test_assert_expected_messages();
    g_string_truncate(f->seen, 0);
    append(f, "must", true);
    gw_audit_add_then(f->scratch.audit, &entry, NULL, on_audited, f->seen);
    gw_evidence_flush(f->evidence);
    g_assert_cmpstr(f->seen->str, ==, "refused refused ");
    gw_evidence_get_status(f->evidence, &status);
    g_assert_true(status.failed);
    g_assert_cmpuint(status.spooled, >, 0);

    break_log(f, false);
    g_string_truncate(f->seen, 0);
    append(f, "must", true);
    settle(f);
    gw_evidence_get_status(f->evidence, &status);
    g_assert_false(status.failed);
    g_assert_cmpuint(status.spooled, ==, 0);
    g_assert_cmpuint(status.size, ==, 2 + REC_PENDING_MAX + 1);
    g_assert_true(g_str_has_suffix(f->seen->str, " 1026 "));
    g_autoptr(RecLogReader) reader = read_log(f);
    g_assert_true(rec_log_reader_verify(reader, NULL, NULL, NULL));
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf"), ==, 2 + REC_PENDING_MAX + 1);
}

static void
on_token(JsonNode *result, const GError *error, void *user_data)
{
    (void)result;
    g_string_append(user_data, error != NULL ? error->message : "granted");
}

/* What the owner's command "token" answers. */
static void
ask_for_token(Fixture *f, GwAdmin *admin)
{
    g_autoptr(JsonObject) params = json_object_new();

    json_object_set_string_member(params, "session", "s-1");
    json_object_set_string_member(params, "party", "camera");
    json_object_set_string_member(params, "may", "publish");
    g_string_truncate(f->seen, 0);
    gw_admin_call(admin, "media.token", params, on_token, f->seen);
    gw_evidence_flush(f->evidence);
}

static void
grants_are_refused_while_the_log_fails(Fixture *f, const void *data)
{
    g_autofree char *socket = g_build_filename(f->dir, "admin.sock", NULL);
    g_autoptr(GwAdmin) admin = gw_admin_new(socket, NULL);

    (void)data;
    scratch_open_people(&f->scratch);
    gw_admin_add_commands(admin, gw_people_commands, f->scratch.people);
    ask_for_token(f, admin);
    g_assert_cmpstr(f->seen->str, ==, "granted");
    break_log(f, true);
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_CRITICAL, "the log cannot be written*");
    fill_until_it_fails(f);
    g_test_assert_expected_messages();
    ask_for_token(f, admin);
    g_assert_true(g_str_has_prefix(f->seen->str, "This could not be put on record, so nothing was granted"));
    break_log(f, false);
    ask_for_token(f, admin);
    g_assert_true(g_str_has_suffix(f->seen->str, " granted")); /* after the entries that waited */
}

static void
settles_when_everything_before_is_on_disk(Fixture *f, const void *data)
{
    (void)data;
    audit(f, "one");
    gw_audit_settle(f->scratch.audit, on_audited, f->seen);
    g_assert_cmpstr(f->seen->str, ==, "");
    settle(f);
    g_assert_cmpstr(f->seen->str, ==, "done ");
    break_log(f, true);
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_CRITICAL, "the log cannot be written*");
    fill_until_it_fails(f);
    g_test_assert_expected_messages();
    g_string_truncate(f->seen, 0);
    audit(f, "two"); /* kept, as what takes something away is */
    gw_audit_settle(f->scratch.audit, on_audited, f->seen);
    gw_evidence_flush(f->evidence);
    g_assert_cmpstr(f->seen->str, ==, "refused ");
    break_log(f, false);
    g_string_truncate(f->seen, 0);
    gw_audit_settle(f->scratch.audit, on_audited, f->seen);
    settle(f);
    g_assert_true(g_str_has_suffix(f->seen->str, "done "));
    g_assert_cmpint(count(f, "SELECT count(*) FROM audit WHERE action = 'two'"), ==, 1);
}

/* What the owner's command answers: the first word of it, or the refusal. */
static void
call(Fixture *f, GwAdmin *admin, const char *method, const char *params)
{
    g_autoptr(JsonNode) node = json_from_string(params, NULL);

    g_string_truncate(f->seen, 0);
    gw_admin_call(admin, method, json_node_get_object(node), on_token, f->seen);
    settle(f);
}

/* What is given and what is changed of rights by the command line: the answer says whether it is on record. */
static void
owners_answers_wait_for_the_record(Fixture *f, const void *data)
{
    g_autofree char *socket = g_build_filename(f->dir, "admin.sock", NULL);
    g_autoptr(GwAdmin) admin = gw_admin_new(socket, NULL);

    (void)data;
    scratch_open_people(&f->scratch);
    gw_admin_add_commands(admin, gw_people_commands, f->scratch.people);
    call(f, admin, "unit.add", "{\"name\":\"A\",\"tier\":\"prison\"}");
    g_assert_cmpstr(f->seen->str, ==, "granted");
    break_log(f, true);
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_CRITICAL, "the log cannot be written*");
    fill_until_it_fails(f);
    g_test_assert_expected_messages();
    call(f, admin, "person.add", "{\"name\":\"ann\",\"role\":\"officer\",\"unit\":\"A\"}");
    g_assert_true(g_str_has_prefix(f->seen->str, "This could not be put on record, so nothing was granted"));
    call(f, admin, "unit.add", "{\"name\":\"B\",\"tier\":\"prison\"}");
    g_assert_true(g_str_has_prefix(f->seen->str, "It is done, but it could not be put on record yet"));
    break_log(f, false);
    call(f, admin, "unit.add", "{\"name\":\"C\",\"tier\":\"prison\"}");
    g_assert_true(g_str_has_suffix(f->seen->str, "granted"));
    settle(f);
    g_assert_cmpint(count(f, "SELECT count(*) FROM audit WHERE action = 'unit.add'"), ==, 3);
}

static void
a_session_is_announced_before_it_begins(Fixture *f, const void *data)
{
    static const char *const parties[] = { "family", "terminal", NULL };
    GwAnnouncement announcement = {
        .session = "s-1",
        .kind = "visit",
        .recording_class = "recorded",
        .authority = "rule:visit",
        .parties = parties,
    };

    (void)data;
    gw_evidence_announce(f->evidence, &announcement, on_appended, f->seen);
    announcement = (GwAnnouncement){
        .session = "s-2",
        .kind = "visit",
        .recording_class = "privileged",
        .authority = "person:p-1",
        .reason = "defence counsel",
    };
    gw_evidence_announce(f->evidence, &announcement, on_appended, f->seen);
    settle(f);
    g_assert_cmpstr(f->seen->str, ==, "2 3 ");
    g_autofree char *open = read_entry(f, 2);
    g_autofree char *not_recorded = read_entry(f, 3);
    g_assert_nonnull(strstr(open, "{\"type\":\"session.open\",\"at_us\":"));
    g_assert_nonnull(
        strstr(open, "\"session\":\"s-1\",\"kind\":\"visit\",\"class\":\"recorded\",\"authority\":\"rule:visit\","
                     "\"parties\":[\"family\",\"terminal\"],\"software\":\"yuanjian "));
    g_assert_nonnull(strstr(not_recorded, "{\"type\":\"session.not-recorded\""));
    g_assert_nonnull(strstr(not_recorded, "\"by\":\"person:p-1\",\"reason\":\"defence counsel\""));
}

static void
a_rotation_is_signed_for_by_the_old_keys(Fixture *f, const void *data)
{
    g_autoptr(RecKeys) old = gw_evidence_get_keys(f->evidence);

    (void)data;
    gw_evidence_rotate_keys(f->evidence, on_appended, f->seen);
    gw_evidence_flush(f->evidence);
    g_assert_cmpstr(f->seen->str, ==, "2 ");
    /* The checkpoint over the entry is by the old keys. */
    g_autoptr(RecLogReader) reader = rec_log_reader_new(gw_evidence_get_log_dir(f->evidence), NULL);
    const char *note = rec_log_reader_get_note(reader);
    g_assert_cmpuint(rec_log_reader_get_size(reader), ==, 3);
    g_assert_true(rec_checkpoint_verify(note, strlen(note), old, NULL));
    append(f, "later", true);
    g_autoptr(RecLogReader) later = read_log(f);
    note = rec_log_reader_get_note(later);
    g_assert_false(rec_checkpoint_verify(note, strlen(note), old, NULL));
    g_autoptr(RecKeys) now = gw_evidence_get_keys(f->evidence);
    g_assert_true(rec_checkpoint_verify(note, strlen(note), now, NULL));
    g_assert_cmpuint(rec_keys_get_n(now), ==, 4);
    end(f);
    begin(f);
    settle(f);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_leaf WHERE type = 'key'"), ==, 2);
}

static void
leaves_stay_within_their_limit(void)
{
    const GwLeafHead head = { .type = "audit", .session = "s-1", .at_us = 5 };
    g_autoptr(JsonObject) fields = json_object_new();
    JsonObject *detail = json_object_new();
    g_autofree char *longest = g_strnfill(2 * REC_LOG_MAX_ENTRY, 'x');

    json_object_set_string_member(detail, "text", longest);
    json_object_set_string_member(fields, "who", "person:p-1");
    json_object_set_object_member(fields, "detail", detail);
    g_autoptr(GBytes) leaf = gw_leaf_new(&head, fields);
    g_autoptr(JsonObject) read = gw_leaf_parse(leaf);
    g_assert_cmpuint(g_bytes_get_size(leaf), <, 300);
    g_assert_cmpstr(gw_leaf_get(read, "who"), ==, "person:p-1");
    g_autofree char *text = gw_leaf_get_text(read, "detail");
    g_assert_true(g_str_has_prefix(text, "{\"omitted\":120011,\"sha256\":\""));

    json_object_set_string_member(fields, "who", longest);
    g_autoptr(GBytes) shorter = gw_leaf_new(&head, fields);
    g_autoptr(JsonObject) rest = gw_leaf_parse(shorter);
    g_assert_cmpuint(g_bytes_get_size(shorter), <, 300);
    g_assert_cmpstr(gw_leaf_get(rest, "session"), ==, "s-1");
    g_assert_cmpint(gw_leaf_get_number(rest, "at_us"), ==, 5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/gateway/evidence/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("a-log-begins-with-its-start-and-its-keys", a_log_begins_with_its_start_and_its_keys);
    ADD("entries-are-answered-in-order-when-they-are-synced", entries_are_answered_in_order_when_they_are_synced);
    ADD("audit-entries-become-leaves-and-rows-of-them", audit_entries_become_leaves_and_rows_of_them);
    ADD("rows-that-the-store-lost-come-back-at-start", rows_that_the_store_lost_come_back_at_start);
    ADD("an-audit-row-that-is-altered-or-gone-is-noticed", an_audit_row_that_is_altered_or_gone_is_noticed);
    ADD("an-altered-log-is-noticed", an_altered_log_is_noticed);
    ADD("audit-that-must-be-on-record-is", audit_that_must_be_on_record_is);
    ADD("a-log-that-fails-refuses-what-must-be-there-and-keeps-the-rest",
        a_log_that_fails_refuses_what_must_be_there_and_keeps_the_rest);
    ADD("grants-are-refused-while-the-log-fails", grants_are_refused_while_the_log_fails);
    ADD("settles-when-everything-before-is-on-disk", settles_when_everything_before_is_on_disk);
    ADD("owners-answers-wait-for-the-record", owners_answers_wait_for_the_record);
    ADD("a-session-is-announced-before-it-begins", a_session_is_announced_before_it_begins);
    ADD("a-rotation-is-signed-for-by-the-old-keys", a_rotation_is_signed_for_by_the_old_keys);
    g_test_add_func("/gateway/evidence/leaves-stay-within-their-limit", leaves_stay_within_their_limit);
    return g_test_run();
}
