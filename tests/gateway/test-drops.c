#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/cases/drop-folder.h"
#include "gateway/cases/drop-table.h"
#include "gateway/cases/drop.h"
#include "gateway/people/people-priv.h"
#include "scratch.h"

#define NOW_MS          INT64_C(1774774800000) /* 2026-03-29T09:00:00Z */
#define HEAD            "alarm_id,person_ref,unit_code,kind,occurred_at,lat,lon,datum\n"
#define ROW(id, person) id "," person ",office,lost,2026-03-29T08:59:00Z,30.5,117.5,GCJ02\n"

/* The table. */

static GPtrArray *
read_table(const char *text)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = gw_drop_table_read(text, strlen(text), &error);

    g_assert_no_error(error);
    return rows;
}

static const GwDropRow *
get_row(const GPtrArray *rows, guint i)
{
    g_assert_cmpuint(i, <, rows->len);
    return rows->pdata[i];
}

static void
test_what_a_spreadsheet_writes_is_read(void)
{
    g_autoptr(GPtrArray) rows =
        read_table("\xef\xbb\xbf Kind ,\"alarm_id\",person_ref,unit_code,occurred_at,lon,lat,datum,accuracy,device\r\n"
                   "\r\n"
                   "越界,a-1,p-1,office,2026-03-29T17:00:00+08:00,'-117.5,30.5,WGS84,,\"bracelet \"\"7\"\"\"\r\n"
                   "关机,a-2,p-1,office,2026-03-29T17:00:00+08:00");
    const GwDropRow *first = get_row(rows, 0), *second = get_row(rows, 1);

    g_assert_cmpuint(rows->len, ==, 2);
    g_assert_null(first->fault);
    g_assert_cmpuint(first->line, ==, 3);
    g_assert_cmpstr(first->alarm.kind, ==, "left-area");
    g_assert_cmpstr(first->alarm.device, ==, "bracelet \"7\"");
    g_assert_cmpfloat(first->alarm.sent.lon, ==, -117.5);
    g_assert_cmpfloat(first->alarm.accuracy_m, <, 0);
    g_assert_null(second->fault);
    g_assert_false(second->alarm.has_position);
}

static void
test_what_is_wrong_with_a_line_costs_that_line(void)
{
    static const struct {
        const char *line, *fault;
    } bad[] = {
        { "a-1,\"p-1,office,lost,2026-03-29T08:59:00Z", "quote" },
        { "a-1,p-1,office,lost,2026-03-29T08:59:00Z,30.5,117.5,GCJ02,more", "more fields" },
        { "a-1,p-1,office,lost,2026-03-29 08:59:00", "occurred_at" },
        { "a-1,p-1,office,gone,2026-03-29T08:59:00Z", "kind" },
        { ",p-1,office,lost,2026-03-29T08:59:00Z", "alarm_id" },
        { "a-1,p-1,office,lost,2026-03-29T08:59:00Z,30.5x,117.5,GCJ02", "lat is not a number" },
        { "a-1,p-1,office,lost,2026-03-29T08:59:00Z,nan,117.5,GCJ02", "lat is not a number" },
        { "a-1,p-1,office,lost,2026-03-29T08:59:00Z,1e999,117.5,GCJ02", "lat is not a number" },
        { "a-1,p-1,office,lost,2026-03-29T08:59:00Z,91,117.5,GCJ02", "lat is from" },
        { "a-1,p-1,office,\xd4\xbd\xbd\xe7,2026-03-29T08:59:00Z", "UTF-8" }, /* GBK */
        { "a-1;p-1;office;lost;2026-03-29T08:59:00Z", "person_ref" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strconcat(HEAD, ROW("b-1", "p-1"), bad[i].line, "\n", ROW("b-2", "p-2"), NULL);
        g_autoptr(GPtrArray) rows = read_table(text);
        g_assert_cmpuint(rows->len, ==, 3);
        g_assert_null(get_row(rows, 0)->fault);
        g_assert_null(get_row(rows, 2)->fault);
        g_assert_cmpuint(get_row(rows, 1)->line, ==, 3);
        if (get_row(rows, 1)->fault == NULL || strstr(get_row(rows, 1)->fault, bad[i].fault) == NULL ||
            strstr(get_row(rows, 1)->fault, "line 1") != NULL)
            g_error("%s: %s", bad[i].line, get_row(rows, 1)->fault);
    }
}

static void
test_columns_that_are_not_clear_refuse_the_file(void)
{
    static const char *const bad[] = {
        "",
        "\n\r\n",
        "\xef\xbb\xbf",
        "alarm_id;person_ref;unit_code;kind;occurred_at\n",
        "alarm_id,person_ref,unit_code,kind\n",
        "alarm_id,person_ref,unit_code,kind,occurred_at,color\n",
        "alarm_id,person_ref,unit_code,kind,occurred_at,kind\n",
        "alarm_id,person_ref,unit_code,\"kind,occurred_at\n",
        "\xd4\xbd\xbd\xe7,person_ref\n",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gw_drop_table_read(bad[i], strlen(bad[i]), &error));
        g_assert_nonnull(error);
    }
}

static void
test_tables_are_bounded(void)
{
    g_autoptr(GString) text = g_string_new(HEAD);
    g_autofree char *large = g_strnfill(GW_DROP_MAX_BYTES + 1, 'a');
    g_autofree char *line = g_strnfill(GW_ALARM_MAX_BYTES + 1, 'a');
    g_autofree char *one = g_strconcat(HEAD, line, "\n", ROW("a-1", "p-1"), NULL);
    g_autoptr(GPtrArray) rows = read_table(one);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(strstr(get_row(rows, 0)->fault, "8192"));
    g_assert_null(get_row(rows, 1)->fault);
    g_assert_null(gw_drop_table_read(large, GW_DROP_MAX_BYTES + 1, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE);
    g_clear_error(&error);
    for (unsigned i = 0; i < GW_DROP_MAX_ROWS; i++)
        g_string_append(text, "x\n");
    g_autoptr(GPtrArray) full = read_table(text->str);
    g_assert_cmpuint(full->len, ==, GW_DROP_MAX_ROWS);
    g_string_append(text, "x\n");
    g_assert_null(gw_drop_table_read(text->str, text->len, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE);
}

/* A platform's folder. */

typedef struct {
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    GwCases *cases;
    int64_t now_ms;
    char *root, *folder, *done;
} Fixture;

static int64_t
now(void *data)
{
    return ((Fixture *)data)->now_ms;
}

static void
open_cases(Fixture *self)
{
    const GwCasesNeeds needs = { NULL };
    g_autoptr(GError) error = NULL;

    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    self->config = (GwConfig){ .data_dir = self->scratch.dir, .cases.drop_folder = self->root };
    self->gateway = (Gateway){ .config = &self->config,
                               .store = self->scratch.store,
                               .audit = self->scratch.audit,
                               .people = self->scratch.people };
    self->cases = gw_cases_new(&self->gateway, &needs, &error);
    g_assert_no_error(error);
    self->cases->now = now;
    self->cases->clock_data = self;
}

static GwPlatform *
get_platform(Fixture *self)
{
    return g_hash_table_lookup(self->cases->platforms, "pf");
}

static void
add_platform(Fixture *self)
{
    GwPlatform *platform = NULL;

    if (get_platform(self) != NULL)
        return;
    platform = g_new0(GwPlatform, 1);
    platform->id = g_strdup("pf");
    platform->name = g_strdup("Bracelets");
    platform->unit = g_strdup("county");
    platform->token = g_strdup("0");
    platform->may = GW_ACCESS_PLATFORM;
    g_hash_table_insert(self->cases->platforms, platform->id, platform);
}

static void
open_fixture(Fixture *self)
{
    const GwNewUnit units[] = { { .id = "county", .name = "County", .tier = "county" },
                                { .id = "office", .name = "Office", .tier = "office", .parent = "county" } };
    g_autoptr(GError) error = NULL;

    self->now_ms = NOW_MS;
    self->root = g_dir_make_tmp("drop-XXXXXX", &error);
    g_assert_no_error(error);
    self->folder = g_build_filename(self->root, "pf", NULL);
    self->done = g_build_filename(self->folder, GW_DROP_DONE, NULL);
    g_assert_cmpint(g_mkdir(self->folder, 0700), ==, 0);
    open_cases(self);
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &units[i], &error));
    add_platform(self);
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_remove(inner) != 0)
            remove_all(inner);
    }
    g_rmdir(path);
}

static void
restart(Fixture *self)
{
    gw_store_flush(self->scratch.store);
    gw_cases_free(self->cases);
    scratch_close(&self->scratch);
    open_cases(self);
    add_platform(self);
}

static void
close_fixture(Fixture *self)
{
    gw_store_flush(self->scratch.store);
    gw_cases_free(self->cases);
    scratch_clear(&self->scratch);
    remove_all(self->root);
    g_free(self->root);
    g_free(self->folder);
    g_free(self->done);
}

/* Time goes on, and what is looked at then is done. */
static void
pass(Fixture *self, int64_t ms)
{
    self->now_ms += ms;
    gw_cases_tick(self->cases);
    while (gw_drops_is_busy(self->cases->drops))
        g_main_context_iteration(NULL, TRUE);
}

/* Seen, and then seen to be as it was. */
static void
pass_two_looks(Fixture *self)
{
    pass(self, GW_DROP_RETRY_MS);
    pass(self, GW_DROP_LOOK_MS);
}

static void
drop(Fixture *self, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(self->folder, name, NULL);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

static bool
is_there(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

static char *
read_result(Fixture *self, const char *name)
{
    g_autofree char *path = g_strconcat(self->done, "/", name, GW_DROP_RESULT, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static int64_t
count_alarms(Fixture *self)
{
    return scratch_count(&self->scratch, "SELECT count(*) FROM location_alarm");
}

static void
assert_result_has(Fixture *self, const char *name, const char *words)
{
    g_autofree char *result = read_result(self, name);

    if (strstr(result, words) == NULL)
        g_error("'%s' is not in: %s", words, result);
}

static void
test_rows_are_taken_and_the_file_goes_with_its_result(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "night.csv", HEAD ROW("a-1", "p-1") "a-2,p-1,office,gone,2026-03-29T08:59:00Z,,,\n" ROW("a-1", "p-1"));
    pass(&self, 0);
    g_assert_true(is_there(self.folder, "night.csv"));
    pass(&self, GW_DROP_LOOK_MS);
    g_assert_false(is_there(self.folder, "night.csv"));
    g_assert_true(is_there(self.done, "night.csv"));
    g_assert_cmpint(count_alarms(&self), ==, 1);
    const GwCase *one = gw_cases_find_open(self.cases, "pf", "p-1");
    g_autofree char *taken =
        g_strdup_printf("line,alarm_id,result,case_id,reason\r\n2,a-1,taken,%s,\r\n3,,refused,,\"kind", one->id);
    g_autofree char *known = g_strdup_printf("\r\n4,a-1,known,%s,\r\n", one->id);
    assert_result_has(&self, "night.csv", taken);
    assert_result_has(&self, "night.csv", known);
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    JsonObject *last = json_object_get_object_member(files, "last");
    g_assert_cmpint(json_object_get_int_member(last, "taken"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(last, "known"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(last, "refused"), ==, 1);
    g_assert_false(json_object_has_member(last, "message"));
    g_assert_cmpint(get_platform(&self)->heard_ms, ==, self.now_ms);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM audit WHERE action = 'platform.file'"), ==, 1);
    close_fixture(&self);
}

static void
test_the_same_file_again_changes_nothing(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    for (unsigned i = 0; i < 3; i++) {
        drop(&self, "alarms.csv", HEAD ROW("a-1", "p-1") ROW("a-2", "p-2"));
        pass_two_looks(&self);
    }
    g_assert_false(is_there(self.folder, "alarms.csv"));
    g_assert_cmpint(count_alarms(&self), ==, 2);
    g_assert_true(is_there(self.done, "alarms.csv"));
    g_assert_true(is_there(self.done, "alarms.20260329T090110.000Z.csv"));
    assert_result_has(&self, "alarms.20260329T090145.000Z.csv", "2,a-1,known,");
    close_fixture(&self);
}

static void
test_what_is_being_written_is_left(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "a.csv.part", HEAD ROW("a-1", "p-1"));
    drop(&self, ".b.csv", HEAD ROW("a-2", "p-1"));
    drop(&self, "c.csv", HEAD);
    pass_two_looks(&self);
    g_assert_true(is_there(self.done, "c.csv"));
    drop(&self, "grows.csv", HEAD ROW("a-3", "p-1"));
    pass(&self, GW_DROP_LOOK_MS);
    drop(&self, "grows.csv", HEAD ROW("a-3", "p-1") "a-4,p-1,off");
    pass(&self, GW_DROP_LOOK_MS);
    /* Its last line may be a piece of one. */
    pass(&self, GW_DROP_LOOK_MS);
    pass(&self, GW_DROP_LOOK_MS);
    g_assert_true(is_there(self.folder, "grows.csv"));
    g_assert_cmpint(count_alarms(&self), ==, 0);
    pass(&self, GW_DROP_UNENDED_MS);
    g_assert_cmpint(count_alarms(&self), ==, 1);
    assert_result_has(&self, "grows.csv", "\r\n3,,refused,");
    g_assert_true(is_there(self.folder, "a.csv.part"));
    g_assert_true(is_there(self.folder, ".b.csv"));
    close_fixture(&self);
}

static void
test_links_and_pipes_are_not_opened(void)
{
    static const char *const names[] = { "link.csv", "pipe.csv", "other-name.csv" };
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "secret", HEAD ROW("secret", "p-1"));
    g_autofree char *secret = g_build_filename(self.folder, "secret", NULL);
    g_autofree char *hard = g_build_filename(self.folder, names[2], NULL);
    g_autofree char *soft = g_build_filename(self.folder, names[0], NULL);
    g_autofree char *pipe = g_build_filename(self.folder, names[1], NULL);
    g_assert_cmpint(symlink(secret, soft), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(link(secret, hard), ==, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        pass_two_looks(&self);
    g_assert_cmpint(count_alarms(&self), ==, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_false(is_there(self.folder, names[i]));
        assert_result_has(&self, names[i], "only plain files");
    }
    close_fixture(&self);
}

static void
test_nothing_is_written_through_a_link(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    g_autofree char *elsewhere = g_build_filename(self.root, "elsewhere", NULL);
    g_assert_cmpint(g_mkdir(elsewhere, 0700), ==, 0);
    g_assert_cmpint(symlink(elsewhere, self.done), ==, 0);
    drop(&self, "a.csv", HEAD ROW("a-1", "p-1"));
    g_test_expect_message("gateway.drop", G_LOG_LEVEL_WARNING, "*done*");
    pass_two_looks(&self);
    g_test_assert_expected_messages();
    g_assert_true(is_there(self.folder, "a.csv"));
    g_assert_false(is_there(elsewhere, "a.csv"));
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    g_assert_nonnull(strstr(json_object_get_string_member(files, "problem"), "done"));
    close_fixture(&self);
}

static void
test_what_is_too_large_is_not_read(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "a.csv", "");
    g_autofree char *path = g_build_filename(self.folder, "a.csv", NULL);
    g_assert_cmpint(truncate(path, INT64_C(1) << 40), ==, 0);
    pass_two_looks(&self);
    assert_result_has(&self, "a.csv", ",,refused,,A file has at most 2048 kB");
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    JsonObject *last = json_object_get_object_member(files, "last");
    g_assert_nonnull(strstr(json_object_get_string_member(last, "message"), "split"));
    close_fixture(&self);
}

static void
test_names_that_are_no_text_are_not_repeated(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "\xff\x01.csv", HEAD ROW("a-1", "p-1"));
    pass_two_looks(&self);
    g_assert_true(is_there(self.done, "unnamed.csv"));
    assert_result_has(&self, "unnamed.csv", "2,a-1,taken,");
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    const char *name = json_object_get_string_member(json_object_get_object_member(files, "last"), "name");
    g_assert_true(g_utf8_validate(name, -1, NULL));
    close_fixture(&self);
}

static void
run_sql(Fixture *self, const char *sql)
{
    g_autoptr(GError) error = NULL;
    GwRows *rows = gw_store_query(self->scratch.store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    gw_rows_free(rows);
}

static void
test_what_the_store_does_not_take_is_taken_later(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    run_sql(&self, "CREATE TRIGGER full BEFORE INSERT ON location_alarm BEGIN SELECT raise(ABORT, 'full'); END");
    drop(&self, "a.csv", HEAD ROW("a-1", "p-1"));
    g_test_expect_message("gateway.cases", G_LOG_LEVEL_WARNING, "alarm:*");
    g_test_expect_message("gateway.drop", G_LOG_LEVEL_WARNING, "*send it again*");
    pass_two_looks(&self);
    g_test_assert_expected_messages();
    g_assert_true(is_there(self.folder, "a.csv"));
    run_sql(&self, "DROP TRIGGER full");
    pass(&self, GW_DROP_RETRY_MS);
    g_assert_true(is_there(self.done, "a.csv"));
    g_assert_cmpint(count_alarms(&self), ==, 1);
    close_fixture(&self);
}

static void
test_who_is_revoked_leaves_files_in_vain(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    get_platform(&self)->revoked_ms = NOW_MS;
    drop(&self, "a.csv", HEAD ROW("a-1", "p-1"));
    pass_two_looks(&self);
    g_assert_true(is_there(self.folder, "a.csv"));
    g_assert_null(gw_drops_to_json(self.cases->drops, get_platform(&self)));
    close_fixture(&self);
}

static void
test_the_last_file_is_known_after_a_restart(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    drop(&self, "a.csv", HEAD ROW("a-1", "p-1") "x\n");
    pass_two_looks(&self);
    restart(&self);
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    JsonObject *last = json_object_get_object_member(files, "last");
    g_assert_cmpstr(json_object_get_string_member(last, "name"), ==, "a.csv");
    g_assert_cmpint(json_object_get_int_member(last, "refused"), ==, 1);
    close_fixture(&self);
}

static void
test_a_folder_that_is_not_there_is_said(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    g_assert_cmpint(g_rmdir(self.folder), ==, 0);
    pass_two_looks(&self);
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    g_assert_false(json_object_get_boolean_member(files, "there"));
    g_assert_cmpstr(json_object_get_string_member(files, "folder"), ==, "pf");
    g_assert_cmpint(g_mkdir(self.folder, 0700), ==, 0);
    drop(&self, "a.csv", HEAD ROW("a-1", "p-1"));
    pass_two_looks(&self);
    g_assert_cmpint(count_alarms(&self), ==, 1);
    close_fixture(&self);
}

static void
test_many_files_and_many_rows_all_come_in(void)
{
    Fixture self = { 0 };
    g_autoptr(GString) text = g_string_new(HEAD);

    open_fixture(&self);
    for (unsigned i = 0; i < 300; i++)
        g_string_append_printf(text, "a-%u,p-%u,office,lost,2026-03-29T08:59:00Z,,,\n", i, i % 100);
    drop(&self, "many.csv", text->str);
    drop(&self, "few.csv", HEAD ROW("b-1", "p-1"));
    pass_two_looks(&self);
    pass(&self, 0);
    g_assert_cmpint(count_alarms(&self), ==, 301);
    g_assert_cmpuint(g_hash_table_size(self.cases->open), ==, 100);
    g_assert_true(is_there(self.done, "many.csv"));
    g_assert_true(is_there(self.done, "few.csv"));
    close_fixture(&self);
}

static void
test_a_crowded_folder_says_so(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    for (unsigned i = 0; i <= GW_DROP_MAX_LISTED; i++) {
        g_autofree char *name = g_strdup_printf("rubbish-%u", i);
        drop(&self, name, "");
    }
    pass(&self, 0);
    g_autoptr(JsonObject) files = gw_drops_to_json(self.cases->drops, get_platform(&self));
    g_assert_true(json_object_get_boolean_member(files, "more"));
    close_fixture(&self);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cases/drop-table/what-a-spreadsheet-writes-is-read", test_what_a_spreadsheet_writes_is_read);
    g_test_add_func("/cases/drop-table/what-is-wrong-with-a-line-costs-that-line",
                    test_what_is_wrong_with_a_line_costs_that_line);
    g_test_add_func("/cases/drop-table/columns-that-are-not-clear-refuse-the-file",
                    test_columns_that_are_not_clear_refuse_the_file);
    g_test_add_func("/cases/drop-table/tables-are-bounded", test_tables_are_bounded);
    g_test_add_func("/cases/drop/rows-are-taken-and-the-file-goes-with-its-result",
                    test_rows_are_taken_and_the_file_goes_with_its_result);
    g_test_add_func("/cases/drop/the-same-file-again-changes-nothing", test_the_same_file_again_changes_nothing);
    g_test_add_func("/cases/drop/what-is-being-written-is-left", test_what_is_being_written_is_left);
    g_test_add_func("/cases/drop/links-and-pipes-are-not-opened", test_links_and_pipes_are_not_opened);
    g_test_add_func("/cases/drop/nothing-is-written-through-a-link", test_nothing_is_written_through_a_link);
    g_test_add_func("/cases/drop/what-is-too-large-is-not-read", test_what_is_too_large_is_not_read);
    g_test_add_func("/cases/drop/names-that-are-no-text-are-not-repeated",
                    test_names_that_are_no_text_are_not_repeated);
    g_test_add_func("/cases/drop/what-the-store-does-not-take-is-taken-later",
                    test_what_the_store_does_not_take_is_taken_later);
    g_test_add_func("/cases/drop/who-is-revoked-leaves-files-in-vain", test_who_is_revoked_leaves_files_in_vain);
    g_test_add_func("/cases/drop/the-last-file-is-known-after-a-restart", test_the_last_file_is_known_after_a_restart);
    g_test_add_func("/cases/drop/a-folder-that-is-not-there-is-said", test_a_folder_that_is_not_there_is_said);
    g_test_add_func("/cases/drop/many-files-and-many-rows-all-come-in", test_many_files_and_many_rows_all_come_in);
    g_test_add_func("/cases/drop/a-crowded-folder-says-so", test_a_crowded_folder_says_so);
    return g_test_run();
}
