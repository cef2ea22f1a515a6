/* Posts and the tree of units: what somebody may do where, and what was where when. */
#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"
#include "gateway/people/tree.h"
#include "scratch.h"

typedef struct {
    Scratch scratch;
    GwPeople *people;
    GwDirectory *directory;
    GString *changed; /* whose rights, as listeners hear it */
} Fixture;

static void
on_rights_changed(const char *person, void *user_data)
{
    g_string_append_printf(((Fixture *)user_data)->changed, "%s ", person);
}

static const GwPeopleListener listener = { .rights_changed = on_rights_changed };

static void
open_people(Fixture *fixture)
{
    scratch_open(&fixture->scratch);
    scratch_open_people(&fixture->scratch);
    fixture->people = fixture->scratch.people;
    fixture->directory = fixture->people->directory;
    gw_people_add_listener(fixture->people, &listener, fixture);
}

static void
setup(Fixture *fixture, const void *data)
{
    static const GwNewUnit units[] = {
        { "top", "部", NULL, "ministry", NULL, NULL }, { "city", "市", NULL, "city", "top", NULL },
        { "a", "甲县", NULL, "county", "city", NULL }, { "b", "乙县", NULL, "county", "city", NULL },
        { "a1", "甲一所", NULL, "office", "a", NULL }, { "b1", "乙一所", NULL, "office", "b", "东乡、西乡;北乡" },
    };
    static const GwNewPerson persons[] = {
        { "p", "p", "柳", "a", "office" },
        { "admin", "admin", "周", "a", "administrator" },
    };
    (void)data;

    fixture->changed = g_string_new(NULL);
    open_people(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        g_assert_nonnull(gw_directory_add_unit(fixture->directory, &units[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(persons); i++)
        g_assert_nonnull(gw_directory_add_person(fixture->directory, &persons[i], NULL));
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;

    scratch_clear(&fixture->scratch);
    g_string_free(fixture->changed, TRUE);
}

static void
reopen(Fixture *fixture)
{
    scratch_close(&fixture->scratch);
    open_people(fixture);
}

static GwPersonRecord *
person(Fixture *fixture, const char *id)
{
    return gw_directory_get_person(fixture->directory, id);
}

static bool
reaches(Fixture *fixture, uint32_t access, const char *unit, int64_t now_ms)
{
    return gw_posts_reach(fixture->directory, person(fixture, "p"), access, unit, now_ms);
}

static void
test_controlling_roles_are_held_alone(Fixture *fixture, const void *data)
{
    static const uint32_t mixed = GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE;
    (void)fixture;
    (void)data;

    for (unsigned i = 0; gw_roles[i] != NULL; i++) {
        for (unsigned k = 0; gw_roles[k] != NULL; k++) {
            uint32_t one = gw_role_from_string(gw_roles[i]), other = gw_role_from_string(gw_roles[k]);
            bool wanted = one == other || ((one & mixed) != 0 && (other & mixed) != 0);
            if (gw_posts_are_compatible(one, other) != wanted)
                g_error("%s and %s", gw_roles[i], gw_roles[k]);
        }
    }
}

static void
test_each_post_counts_in_its_own_unit(Fixture *fixture, const void *data)
{
    const GwNewPost post = { "b", "inspector", 1000, 2000 };
    (void)data;

    g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "p"), &post, NULL));
    g_assert_true(reaches(fixture, GW_ACCESS_OFFICE, "a1", 0));
    g_assert_false(reaches(fixture, GW_ACCESS_INSPECTOR, "b1", 999));
    g_assert_true(reaches(fixture, GW_ACCESS_INSPECTOR, "b1", 1000));
    g_assert_true(reaches(fixture, GW_ACCESS_INSPECTOR, "b1", 1999));
    g_assert_false(reaches(fixture, GW_ACCESS_INSPECTOR, "b1", 2000));
    /* Not the role of one post in the unit of the other, and nothing above either. */
    g_assert_false(reaches(fixture, GW_ACCESS_INSPECTOR, "a1", 1500));
    g_assert_false(reaches(fixture, GW_ACCESS_OFFICE, "b1", 1500));
    g_assert_false(reaches(fixture, GW_ACCESS_CONSOLE, "city", 1500));
    g_assert_cmphex(gw_posts_get_access(person(fixture, "p"), 1500), ==, GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE);
    g_assert_cmphex(gw_posts_get_access(person(fixture, "p"), 2000), ==, GW_ACCESS_OFFICE);
}

static void
test_what_cannot_be_a_post(Fixture *fixture, const void *data)
{
    static const struct {
        const char *person;
        GwNewPost post;
        int code;
    } cases[] = {
        { "p", { "none", "office", 0, 0 }, SIG_ERROR_NOT_FOUND },
        { "p", { "b", "office", 10, 10 }, SIG_ERROR_BAD_PARAMS },
        { "p", { "b", "administrator", 10, 20 }, SIG_ERROR_STATE },
        { "p", { "a", "office", 10, 20 }, SIG_ERROR_STATE }, /* he has it */
        { "admin", { "b", "auditor", 10, 20 }, SIG_ERROR_STATE },
        { "admin", { "b", "inspector", 10, 20 }, SIG_ERROR_STATE },
    };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        GwPersonRecord *record = person(fixture, cases[i].person);
        g_assert_null(gw_posts_add(fixture->directory, record, &cases[i].post, &error));
        g_assert_error(error, SIG_ERROR, cases[i].code);
        g_assert_cmpuint(record->posts->len, ==, 1);
    }
    g_assert_true(gw_posts_end(fixture->directory, person(fixture, "admin"), "admin", 5, 4, NULL));
    g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "admin"), &cases[5].post, NULL)); /* afterwards */
}

static void
test_posts_are_bounded(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    for (int i = 1; i < GW_POSTS_PER_PERSON; i++) {
        const GwNewPost post = { "b", "office", i, i + 1 };
        g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "p"), &post, NULL));
    }
    g_assert_null(gw_posts_add(fixture->directory, person(fixture, "p"), &(GwNewPost){ "b", "office", 99, 0 }, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
}

static char *
sign_in(Fixture *fixture, const char *id)
{
    return gw_tokens_issue(fixture->people->tokens, GW_SEAT_CONSOLE, id, 0, gw_people_now_ms());
}

static bool
is_in(Fixture *fixture, const char *secret)
{
    return gw_tokens_use(fixture->people->tokens, GW_SEAT_CONSOLE, secret, gw_people_now_ms()) != NULL;
}

static void
test_a_post_ends_by_itself(Fixture *fixture, const void *data)
{
    int64_t now_ms = gw_people_now_ms();
    const GwNewPost post = { "b", "inspector", now_ms, now_ms + 3600000 };
    g_autofree char *secret = sign_in(fixture, "p");
    (void)data;

    g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "p"), &post, NULL));
    gw_people_check_posts(fixture->people, now_ms);
    g_assert_cmpstr(fixture->changed->str, ==, "p ");
    gw_people_check_posts(fixture->people, now_ms + 1);
    g_assert_cmpstr(fixture->changed->str, ==, "p ");
    gw_people_check_posts(fixture->people, now_ms + 3600000);
    g_assert_cmpstr(fixture->changed->str, ==, "p p ");
    g_assert_true(is_in(fixture, secret)); /* the main post is there still */
}

static void
test_without_a_post_one_is_out(Fixture *fixture, const void *data)
{
    int64_t now_ms = gw_people_now_ms();
    g_autofree char *secret = sign_in(fixture, "p");
    const GwIdentity identity = { .seat = GW_SEAT_CONSOLE, .id = "p", .access = GW_ACCESS_OFFICE, .unit = "a" };
    (void)data;

    g_assert_true(gw_people_reaches(fixture->people, &identity, GW_ACCESS_OFFICE, "a1"));
    g_assert_false(gw_people_reaches(fixture->people, &identity, GW_ACCESS_INSPECTOR, "a1"));
    g_assert_true(gw_posts_end(fixture->directory, person(fixture, "p"), "p", now_ms, now_ms - 1, NULL));
    gw_people_check_posts(fixture->people, now_ms);
    g_assert_cmpstr(fixture->changed->str, ==, "p ");
    g_assert_false(is_in(fixture, secret));
    g_assert_false(gw_people_reaches(fixture->people, &identity, GW_ACCESS_OFFICE, "a1"));
    g_assert_cmphex(gw_people_get_person(fixture->people, "p")->access, ==, 0);
    reopen(fixture);
    g_assert_false(gw_people_person_reaches(fixture->people, "p", GW_ACCESS_OFFICE, "a1"));
}

static void
test_posts_are_kept(Fixture *fixture, const void *data)
{
    const GwNewPost post = { "b", "inspector", 1, 0 };
    (void)data;

    g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "p"), &post, NULL));
    reopen(fixture);
    g_assert_true(gw_people_person_reaches(fixture->people, "p", GW_ACCESS_INSPECTOR, "b1"));
    g_assert_cmphex(gw_people_get_person(fixture->people, "p")->access, ==, GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE);
    g_assert_true(gw_posts_end(fixture->directory, person(fixture, "p"),
                               ((GwPost *)person(fixture, "p")->posts->pdata[1])->id, 2, 1, NULL));
    reopen(fixture);
    g_assert_false(gw_people_person_reaches(fixture->people, "p", GW_ACCESS_INSPECTOR, "b1"));
}

static void
test_the_unit_that_keeps_comes_first(Fixture *fixture, const void *data)
{
    const GwNewPost post = { "b", "officer", 10, 20 };
    (void)data;

    g_assert_nonnull(gw_posts_add(fixture->directory, person(fixture, "p"), &post, NULL));
    g_assert_cmpstr(gw_posts_get_unit(person(fixture, "p"), 5), ==, "a");
    g_assert_cmpstr(gw_posts_get_unit(person(fixture, "p"), 15), ==, "b");
    g_assert_cmpstr(gw_posts_get_unit(person(fixture, "p"), 25), ==, "a");
}

static void
assert_path(Fixture *fixture, const char *unit, int64_t at_ms, const char *wanted)
{
    g_autofree char *path = gw_people_unit_path_at(fixture->people, unit, at_ms);

    g_assert_cmpstr(path, ==, wanted);
}

static void
test_a_move_keeps_what_was(Fixture *fixture, const void *data)
{
    const GwUnitChange name = { .name = "甲一中队" };
    (void)data;

    g_assert_true(gw_tree_move(fixture->directory, "a1", "b", 1000, NULL));
    g_assert_true(gw_tree_change(fixture->directory, "a1", &name, 2000, NULL));
    g_assert_true(gw_tree_move(fixture->directory, "b", "top", 3000, NULL));
    for (int round = 0; round < 2; round++) {
        assert_path(fixture, "a1", 0, "部 / 市 / 甲县 / 甲一所");
        assert_path(fixture, "a1", 999, "部 / 市 / 甲县 / 甲一所");
        assert_path(fixture, "a1", 1000, "部 / 市 / 乙县 / 甲一所");
        assert_path(fixture, "a1", 2500, "部 / 市 / 乙县 / 甲一中队");
        assert_path(fixture, "a1", 3000, "部 / 乙县 / 甲一中队");
        assert_path(fixture, "b", 2999, "部 / 市 / 乙县");
        g_assert_null(gw_people_unit_path_at(fixture->people, "none", 0));
        g_assert_false(gw_people_covers(fixture->people, "city", "a1"));
        reopen(fixture);
    }
}

static void
test_loops_are_refused(Fixture *fixture, const void *data)
{
    static const struct {
        const char *unit, *parent;
        int code;
    } cases[] = {
        { "city", "a1", SIG_ERROR_STATE },    { "city", "city", SIG_ERROR_STATE },   { "top", "a", SIG_ERROR_STATE },
        { "none", "a", SIG_ERROR_NOT_FOUND }, { "a1", "none", SIG_ERROR_NOT_FOUND },
    };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(gw_tree_move(fixture->directory, cases[i].unit, cases[i].parent, 1000, &error));
        g_assert_error(error, SIG_ERROR, cases[i].code);
    }
    assert_path(fixture, "a1", 2000, "部 / 市 / 甲县 / 甲一所");
}

static void
test_the_tree_has_a_greatest_depth(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *above = g_strdup("a1");
    (void)data;

    for (int i = 4; i < GW_TREE_MAX_DEPTH; i++) {
        const GwNewUnit unit = { NULL, "村", NULL, "village", above, NULL };
        const GwUnit *added = gw_directory_add_unit(fixture->directory, &unit, NULL);
        g_free(above);
        above = g_strdup(added->id);
    }
    g_assert_false(gw_tree_move(fixture->directory, "b1", above, 1, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
}

static void
test_places_are_bounded(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    for (int i = 0; i < GW_TREE_MAX_PLACES; i++)
        g_assert_true(gw_tree_move(fixture->directory, "a1", i % 2 == 0 ? "b" : "a", i + 1, NULL));
    g_assert_false(gw_tree_move(fixture->directory, "a1", "b", 1000, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
}

static void
test_a_unit_in_use_is_not_closed(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    const GwNewPerson late = { "late", "late", "x", "b1", "office" };
    (void)data;

    g_assert_false(gw_tree_close(fixture->directory, "b", true, 1, NULL)); /* b1 is below */
    g_assert_false(gw_tree_close(fixture->directory, "a", true, 1, NULL));
    g_assert_true(gw_tree_close(fixture->directory, "a1", true, 1, NULL));
    g_assert_false(gw_tree_close(fixture->directory, "a", true, 1, &error)); /* people */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_true(gw_tree_close(fixture->directory, "b1", true, 1, NULL));
    g_assert_null(gw_directory_add_person(fixture->directory, &late, NULL));
    g_assert_true(gw_tree_close(fixture->directory, "b", true, 1, NULL));
    g_assert_false(gw_tree_close(fixture->directory, "b1", false, 1, NULL)); /* b is closed */
    reopen(fixture);
    g_assert_cmpint(gw_people_get_unit(fixture->people, "b")->closed_ms, ==, 1);
    g_assert_true(gw_tree_close(fixture->directory, "b", false, 1, NULL));
    g_assert_true(gw_tree_close(fixture->directory, "b1", false, 1, NULL));
    g_assert_nonnull(gw_directory_add_person(fixture->directory, &late, NULL));
}

static void
test_a_squad_serves_several_townships(Fixture *fixture, const void *data)
{
    g_autoptr(GString) many = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    (void)data;

    reopen(fixture);
    g_auto(GStrv) wanted = g_strsplit("东乡,西乡,北乡", ",", -1);
    char **areas = gw_people_get_unit(fixture->people, "b1")->areas;
    g_assert_true(g_strv_equal((const char *const *)areas, (const char *const *)wanted));
    for (int i = 0; i <= GW_UNIT_MAX_AREAS; i++)
        g_string_append_printf(many, "乡%d;", i);
    g_assert_false(gw_tree_change(fixture->directory, "b1", &(GwUnitChange){ .areas = many->str }, 1, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
    g_assert_true(gw_tree_change(fixture->directory, "b1", &(GwUnitChange){ .areas = "" }, 1, NULL));
    g_assert_null(gw_people_get_unit(fixture->people, "b1")->areas);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/" name, Fixture, NULL, setup, func, teardown)
    TEST("posts/controlling-roles-are-held-alone", test_controlling_roles_are_held_alone);
    TEST("posts/each-post-counts-in-its-own-unit", test_each_post_counts_in_its_own_unit);
    TEST("posts/what-cannot-be-a-post", test_what_cannot_be_a_post);
    TEST("posts/posts-are-bounded", test_posts_are_bounded);
    TEST("posts/a-post-ends-by-itself", test_a_post_ends_by_itself);
    TEST("posts/without-a-post-one-is-out", test_without_a_post_one_is_out);
    TEST("posts/posts-are-kept", test_posts_are_kept);
    TEST("posts/the-unit-that-keeps-comes-first", test_the_unit_that_keeps_comes_first);
    TEST("tree/a-move-keeps-what-was", test_a_move_keeps_what_was);
    TEST("tree/loops-are-refused", test_loops_are_refused);
    TEST("tree/the-tree-has-a-greatest-depth", test_the_tree_has_a_greatest_depth);
    TEST("tree/places-are-bounded", test_places_are_bounded);
    TEST("tree/a-unit-in-use-is-not-closed", test_a_unit_in_use_is_not_closed);
    TEST("tree/a-squad-serves-several-townships", test_a_squad_serves_several_townships);
    return g_test_run();
}
