/* Units from a table: judged as a whole, applied as a whole; and tables of text as such. */
#include <string.h>

#include "gateway/people/csv.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/unit-import.h"
#include "gateway/people/unit-table.h"
#include "scratch.h"

typedef struct {
    Scratch scratch;
    GwDirectory *directory;
    const char *reach; /* the asker's unit */
} Fixture;

static void
open_people(Fixture *fixture)
{
    scratch_open(&fixture->scratch);
    scratch_open_people(&fixture->scratch);
    fixture->directory = fixture->scratch.people->directory;
}

static void
setup(Fixture *fixture, const void *data)
{
    static const GwNewUnit units[] = {
        { "top", "部", NULL, "ministry", NULL, NULL }, { "city", "市", "City", "city", "top", NULL },
        { "a", "甲县", NULL, "county", "city", NULL }, { "b", "乙县", NULL, "county", "city", NULL },
        { "a1", "甲一所", NULL, "office", "a", NULL }, { "far", "远县", NULL, "county", "top", NULL },
    };
    (void)data;

    open_people(fixture);
    fixture->reach = "top";
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        g_assert_nonnull(gw_directory_add_unit(fixture->directory, &units[i], NULL));
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;

    scratch_clear(&fixture->scratch);
}

static bool
is_allowed(const char *unit, void *user_data)
{
    const Fixture *fixture = user_data;

    return gw_directory_covers(fixture->directory, fixture->reach, unit);
}

static GwUnitImport *
judge(Fixture *fixture, const char *text)
{
    g_autoptr(GError) error = NULL;
    GwUnitImport *import = gw_unit_import_new(fixture->directory, text, strlen(text), false, &error);

    g_assert_no_error(error);
    gw_unit_import_check(import, is_allowed, fixture);
    return import;
}

static const char *
faults_of(GwUnitImport *import, GString *text)
{
    g_autoptr(JsonObject) judged = gw_unit_import_to_json(import);
    JsonArray *faults = json_object_get_array_member(judged, "faults");

    g_string_truncate(text, 0);
    for (unsigned i = 0; i < json_array_get_length(faults); i++) {
        JsonObject *fault = json_array_get_object_element(faults, i);
        g_string_append_printf(text, "%" G_GINT64_FORMAT " %s;", json_object_get_int_member(fault, "line"),
                               json_object_get_string_member(fault, "fault"));
    }
    return text->str;
}

static unsigned
count(GwUnitImport *import, const char *what)
{
    g_autoptr(JsonObject) judged = gw_unit_import_to_json(import);

    return json_array_get_length(json_object_get_array_member(judged, what));
}

static void
test_every_fault_is_named_by_its_line(Fixture *fixture, const void *data)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        { "name,tier,parent\nx,office,a\n", "" },
        { "名称,层级,上级\r\nx,司法所,甲县\r\n", "" },
        { "id,name,tier,parent\nn1,x,office,n2\nn2,y,office,n1\n", "2 loop;3 loop;" },
        { "id,name,parent\ncity,市,a1\n", "2 loop;" },
        { "id,name,tier,parent\ncity,市,,a1\nn,x,office,b\n", "2 loop;" }, /* below it: the loop is told, not this */
        { "id,name,parent\ncity,市,city\n", "2 loop;" },
        { "id,name,tier,parent\nn,x,office,a\n\nn,y,office,a\n", "4 double-id;" },
        { "id,name\na,甲县\n,甲县\n", "3 double-id;" },
        { "name,tier,parent\nx,office,a\nx,office,a\n", "3 double-name;" },
        { "name,tier,parent\nx,office,a\nx,office,b\n", "" },
        { "id,name,tier,parent\nn,甲县,county,city\n", "2 double-name;" },
        { "name,tier,parent\nx,office,nowhere\n", "2 no-such-parent;" },
        { "name,tier\nx,office\n", "2 no-parent;" },
        { "name,parent\nx,a\n", "2 no-tier;" },
        { "name,tier,parent\n,office,a\n", "2 no-name;" },
        { "id,name,tier,parent\nn/1,x,office,a\n", "2 bad-id;" },
        { "name,tier,parent\n\"x\ny\",office,a\n", "2 too-long;" },
        { "name,tier,parent\nx,office,a\n\"\n\",office,a\nz,office,nowhere\n", "3 no-name;5 no-such-parent;" },
    };
    g_autoptr(GString) text = g_string_new(NULL);
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GwUnitImport) import = judge(fixture, cases[i].text);
        if (strcmp(faults_of(import, text), cases[i].faults) != 0)
            g_error("%s: \"%s\", not \"%s\"", cases[i].text, text->str, cases[i].faults);
    }
    g_assert_cmpuint(gw_directory_list_units(fixture->directory)->len, ==, 6);
}

static void
test_no_table_is_said_so(Fixture *fixture, const void *data)
{
    static const char *const texts[] = { "", "\n", "tier,parent\nx,y\n", "name\n\"x", "name\nx\"y\n", "name\n\xff\n" };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gw_unit_import_new(fixture->directory, texts[i], strlen(texts[i]), true, &error));
        g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    }
}

static void
test_a_table_is_applied_as_a_whole(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    /* Children before parents, a swap of above and below, a new name. */
    g_autoptr(GwUnitImport) import = judge(fixture, "id,name,tier,parent,areas\n"
                                                    "n2,新所,office,n1,东乡;西乡\n"
                                                    "n1,新县,county,city,\n"
                                                    "city,市,,a,\n"
                                                    "a,甲市,city,top,\n"
                                                    "b,乙县,,,\n");
    (void)data;

    g_assert_cmpuint(gw_unit_import_get_n_faults(import), ==, 0);
    g_assert_cmpuint(count(import, "add"), ==, 2);
    g_assert_cmpuint(count(import, "change"), ==, 1);
    g_assert_cmpuint(count(import, "move"), ==, 2);
    g_assert_true(gw_unit_import_apply(import, 1000, &error));
    g_assert_no_error(error);
    for (int round = 0; round < 2; round++) {
        g_autofree char *now = gw_people_unit_path_at(fixture->scratch.people, "n2", 2000);
        g_autofree char *before = gw_people_unit_path_at(fixture->scratch.people, "a1", 0);
        g_assert_cmpstr(now, ==, "部 / 甲市 / 市 / 新县 / 新所");
        g_assert_cmpstr(before, ==, "部 / 市 / 甲县 / 甲一所");
        g_assert_cmpuint(g_strv_length(gw_directory_get_unit(fixture->directory, "n2")->areas), ==, 2);
        scratch_close(&fixture->scratch);
        open_people(fixture);
    }
}

static void
test_nobody_imports_beyond_his_reach(Fixture *fixture, const void *data)
{
    static const struct {
        const char *text, *faults;
    } cases[] = {
        { "name,tier,parent\nx,office,city\n", "" },
        { "name,tier,parent\nx,office,far\n", "2 not-yours;" },
        { "id,name\nfar,别名\n", "2 not-yours;" },
        { "id,name,parent\nfar,远县,city\n", "2 not-yours;" },
        { "id,name,parent\nb,乙县,far\n", "2 not-yours;" },
        { "id,name,parent\ncity,市,far\n", "2 not-yours;" },
        { "id,name\nfar,远县\n", "" }, /* changes nothing */
        { "id,name\nb,别名\n", "" },
    };
    g_autoptr(GString) text = g_string_new(NULL);
    (void)data;

    fixture->reach = "city";
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GwUnitImport) import = judge(fixture, cases[i].text);
        if (strcmp(faults_of(import, text), cases[i].faults) != 0)
            g_error("%s: \"%s\", not \"%s\"", cases[i].text, text->str, cases[i].faults);
    }
}

static void
test_an_export_imports_as_it_was(Fixture *fixture, const void *data)
{
    const GwNewUnit odd = { NULL, "=1+1,\"所\"", NULL, "office", "a", "东,乡;西乡" };
    (void)data;

    g_assert_nonnull(gw_directory_add_unit(fixture->directory, &odd, NULL));
    g_autofree char *zh = gw_units_to_csv(fixture->directory, gw_directory_list_units(fixture->directory), "zh");
    g_autofree char *en = gw_units_to_csv(fixture->directory, gw_directory_list_units(fixture->directory), "en");
    g_assert_nonnull(strstr(zh, "\"'=1+1,\"\"所\"\"\""));
    g_assert_true(g_str_has_prefix(en, "\xef\xbb\xbfid,name,name_en,tier,parent,areas\r\n"));
    for (int i = 0; i < 2; i++) {
        g_autoptr(GwUnitImport) import = judge(fixture, i == 0 ? zh : en);
        g_assert_cmpuint(gw_unit_import_get_n_faults(import), ==, 0);
        g_assert_cmpuint(count(import, "add") + count(import, "change") + count(import, "move"), ==, 0);
    }
}

static void
test_a_thousand_units(Fixture *fixture, const void *data)
{
    g_autoptr(GString) table = g_string_new("编号,名称,层级,上级\n");
    (void)data;

    for (int i = 999; i >= 0; i--) /* the last first: parents come after their children */
        g_string_append_printf(table, "n%d,所 %d,所,%s%d\n", i, i, i < 10 ? "city" : "n", i < 10 ? 0 : i / 10);
    g_string_replace(table, "city0", "city", 0);
    for (int i = 1; i < 10; i++) {
        g_autofree char *from = g_strdup_printf(",city%d\n", i);
        g_string_replace(table, from, ",city\n", 0);
    }
    g_autoptr(GwUnitImport) import = judge(fixture, table->str);
    g_assert_cmpuint(gw_unit_import_get_n_faults(import), ==, 0);
    g_assert_true(gw_unit_import_apply(import, 1, NULL));
    g_assert_cmpuint(gw_directory_list_units(fixture->directory)->len, ==, 1006);
    g_assert_true(gw_directory_covers(fixture->directory, "city", "n999"));
}

static void
test_faults_are_told_up_to_a_number(Fixture *fixture, const void *data)
{
    g_autoptr(GString) table = g_string_new("name,tier,parent\n");
    (void)data;

    for (int i = 0; i < GW_UNIT_IMPORT_MAX_FAULTS + 100; i++)
        g_string_append_printf(table, "x%d,office,nowhere\n", i);
    g_autoptr(GwUnitImport) import = judge(fixture, table->str);
    g_assert_cmpuint(gw_unit_import_get_n_faults(import), ==, GW_UNIT_IMPORT_MAX_FAULTS + 100);
    g_assert_cmpuint(count(import, "faults"), ==, GW_UNIT_IMPORT_MAX_FAULTS);
}

static void
test_limits_of_a_table(Fixture *fixture, const void *data)
{
    g_autofree char *wide = g_strnfill(GW_CSV_MAX_COLUMNS, ',');
    g_autofree char *longest = g_strnfill(GW_CSV_MAX_FIELD + 1, 'x');
    g_autofree char *large = g_strnfill(GW_CSV_MAX_BYTES + 1, 'x');
    g_autofree char *quoted = g_strconcat("\"", longest, "\"", NULL);
    g_autoptr(GString) many = g_string_new(NULL);
    const char *texts[] = { wide, longest, large, quoted, NULL };
    (void)fixture;
    (void)data;

    for (int i = 0; i <= GW_CSV_MAX_ROWS; i++)
        g_string_append(many, "x\n");
    texts[4] = many->str;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gw_csv_new(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    }
    wide[GW_CSV_MAX_COLUMNS - 1] = '\0';
    longest[GW_CSV_MAX_FIELD] = '\0';
    many->str[many->len - 2] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] == large || texts[i] == quoted)
            continue;
        g_autoptr(GwCsv) csv = gw_csv_new(texts[i], strlen(texts[i]), NULL);
        g_assert_nonnull(csv);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/units/" name, Fixture, NULL, setup, func, teardown)
    TEST("every-fault-is-named-by-its-line", test_every_fault_is_named_by_its_line);
    TEST("no-table-is-said-so", test_no_table_is_said_so);
    TEST("a-table-is-applied-as-a-whole", test_a_table_is_applied_as_a_whole);
    TEST("nobody-imports-beyond-his-reach", test_nobody_imports_beyond_his_reach);
    TEST("an-export-imports-as-it-was", test_an_export_imports_as_it_was);
    TEST("a-thousand-units", test_a_thousand_units);
    TEST("faults-are-told-up-to-a-number", test_faults_are_told_up_to_a_number);
    TEST("limits-of-a-table", test_limits_of_a_table);
    return g_test_run();
}
