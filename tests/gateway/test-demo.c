#include "gateway/demo/demo.h"

#define START  INT64_C(1700000000000)
#define MINUTE INT64_C(60000)

static unsigned
count_units(JsonArray *units, const char *tier)
{
    unsigned n = 0;

    for (unsigned i = 0; i < json_array_get_length(units); i++)
        n += g_str_equal(json_object_get_string_member(json_array_get_object_element(units, i), "tier"), tier);
    return n;
}

/* Ids are new, names are new among equals, and what a row points to came before it. */
static void
check_rows(JsonArray *rows, const char *points_to, GHashTable *ids)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        const char *target = json_object_get_string_member_with_default(row, points_to, NULL);

        g_assert_true(g_str_has_prefix(json_object_get_string_member(row, "id"), "demo-"));
        if (target != NULL)
            g_assert_true(g_hash_table_contains(ids, target));
        g_assert_true(g_hash_table_add(ids, (char *)json_object_get_string_member(row, "id")));
        g_assert_true(g_hash_table_add(names, (char *)json_object_get_string_member(row, "name")));
    }
}

static void
test_units_and_people(void)
{
    g_autoptr(JsonObject) people = gw_demo_make_people();
    g_autoptr(JsonObject) subjects = gw_demo_make_subjects();
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    JsonArray *units = json_object_get_array_member(people, "units");

    check_rows(units, "parent", ids);
    check_rows(json_object_get_array_member(people, "people"), "unit", ids);
    check_rows(json_object_get_array_member(people, "terminals"), "unit", ids);
    check_rows(json_object_get_array_member(subjects, "subjects"), "unit", ids);
    check_rows(json_object_get_array_member(subjects, "visitors"), "subject", ids);
    g_assert_cmpuint(count_units(units, "county"), ==, 10);
    g_assert_cmpuint(count_units(units, "office"), ==, 96);
    g_assert_cmpuint(count_units(units, "prison"), ==, 1);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(people, "terminals")), ==, 4);
}

/* As visits/ would answer what was imported: terminal as an object, a state. */
static void
import(JsonArray *known, JsonArray *visits, const char *state)
{
    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);
        JsonObject *copy = json_object_new(), *terminal = json_object_new();

        json_object_set_string_member(terminal, "id", json_object_get_string_member(visit, "terminal"));
        json_object_set_string_member(copy, "id", json_object_get_string_member(visit, "id"));
        json_object_set_object_member(copy, "terminal", terminal);
        json_object_set_int_member(copy, "starts_ms", json_object_get_int_member(visit, "starts_ms"));
        json_object_set_int_member(copy, "minutes", json_object_get_int_member(visit, "minutes"));
        json_object_set_string_member(copy, "state", json_object_has_member(visit, "ended") ? "ended" : state);
        json_array_add_object_element(known, copy);
    }
}

static bool
overlap(JsonObject *a, JsonObject *b)
{
    const char *room_a = json_object_get_string_member(json_object_get_object_member(a, "terminal"), "id");
    const char *room_b = json_object_get_string_member(json_object_get_object_member(b, "terminal"), "id");
    int64_t from_a = json_object_get_int_member(a, "starts_ms"), from_b = json_object_get_int_member(b, "starts_ms");
    int64_t to_a = from_a + json_object_get_int_member(a, "minutes") * MINUTE;
    int64_t to_b = from_b + json_object_get_int_member(b, "minutes") * MINUTE;
    bool over = g_str_equal(json_object_get_string_member(a, "state"), "ended") ||
                g_str_equal(json_object_get_string_member(b, "state"), "ended");

    return !over && g_str_equal(room_a, room_b) && from_a < to_b && from_b < to_a;
}

static void
check_no_overlap(JsonArray *visits)
{
    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        for (unsigned k = 0; k < i; k++)
            g_assert_false(overlap(json_array_get_object_element(visits, i), json_array_get_object_element(visits, k)));
    }
}

static void
test_a_visit_can_always_be_joined(void)
{
    g_autoptr(JsonArray) known = json_array_new();

    /* A day of refreshing at odd times; nobody ends a visit. */
    for (int64_t now_ms = START; now_ms < START + 24 * 60 * MINUTE; now_ms += 7 * MINUTE) {
        g_autoptr(JsonArray) visits = gw_demo_make_visits(known, now_ms);

        import(known, visits, "scheduled");
        check_no_overlap(known);
        g_assert_nonnull(gw_demo_find_joinable(known, now_ms));
    }
}

static void
test_loaded_twice_adds_nothing(void)
{
    g_autoptr(JsonArray) known = json_array_new();
    g_autoptr(JsonArray) first = gw_demo_make_visits(known, START);

    import(known, first, "scheduled");
    g_autoptr(JsonArray) second = gw_demo_make_visits(known, START + 1000);
    g_assert_cmpuint(json_array_get_length(first), >=, 8);
    g_assert_cmpuint(json_array_get_length(second), ==, 0);
}

static void
test_the_day_has_one_of_each(void)
{
    g_autoptr(JsonArray) known = json_array_new();
    g_autoptr(JsonArray) visits = gw_demo_make_visits(known, START);
    unsigned n_privileged = 0, n_ended = 0, n_later = 0;

    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);
        bool privileged = g_str_equal(json_object_get_string_member(visit, "recording_class"), "privileged");

        n_privileged += privileged;
        n_ended += json_object_has_member(visit, "ended");
        n_later += json_object_get_int_member(visit, "starts_ms") > START;
        g_assert_true(privileged == json_object_has_member(visit, "privileged_reason"));
    }
    g_assert_cmpuint(n_privileged, ==, 1);
    g_assert_cmpuint(n_ended, >=, 2);
    g_assert_cmpuint(n_later, >=, 4);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/demo/units-and-people", test_units_and_people);
    g_test_add_func("/gateway/demo/a-visit-can-always-be-joined", test_a_visit_can_always_be_joined);
    g_test_add_func("/gateway/demo/loaded-twice-adds-nothing", test_loaded_twice_adds_nothing);
    g_test_add_func("/gateway/demo/the-day-has-one-of-each", test_the_day_has_one_of_each);
    return g_test_run();
}
