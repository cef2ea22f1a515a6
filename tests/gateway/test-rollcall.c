#include "gateway/supervision/rollcall-priv.h"

#include "gathering-stage.h"

/* A county with a terminal of its own and N offices; the last two have no terminal. */

enum { N = 8, N_RINGING = N - 2 + 1 };

typedef struct {
    GatheringStage base;
    GwRollcalls *rollcalls;
} Fixture;

static const GwActor inspector = { .audit = "person:1", .display = "Inspector One" };
static const GwActor second = { .audit = "person:2", .display = "Inspector Two" };

static void
open_supervision(Fixture *self)
{
    Stage *stage = &self->base.stage;
    g_autoptr(GError) error = NULL;

    gathering_stage_open_calls(&self->base, "rollcalls");
    self->rollcalls = gw_rollcalls_new(&stage->gateway, stage->sessions, self->base.calls, self->base.pictures, &error);
    g_assert_no_error(error);
}

static void
open_fixture(Fixture *self)
{
    GatheringStage *base = &self->base;

    gathering_stage_open(base, "Inspector One", "city");
    gathering_stage_add_unit(base, "city", "city", NULL);
    gathering_stage_add_unit(base, "county", "county", "city");
    gathering_stage_add_unit(base, "elsewhere", "city", NULL);
    gathering_stage_add_terminal(base, "t-county", "county");
    gathering_stage_add_inspector(base, "1", "city");
    gathering_stage_add_inspector(base, "2", "city");
    gathering_stage_add_offices(base, N, N - 2);
    open_supervision(self);
}

static void
restart(Fixture *self)
{
    gw_rollcalls_free(self->rollcalls);
    gathering_stage_restart(&self->base);
    open_supervision(self);
}

static void
close_fixture(Fixture *self)
{
    gw_rollcalls_free(self->rollcalls);
    gathering_stage_clear(&self->base);
}

static JsonObject *
parse(const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);

    return json_object_ref(json_node_get_object(node));
}

static GwRollcall *
start_as(Fixture *self, const char *what, const GwActor *actor, const char *person, GError **error)
{
    GwIdentity identity = self->base.identity;
    GArray *choices = NULL;
    const GwRollcallWish wish = { "Monday", 60, GW_CLASS_RECORDED, &identity };

    identity.id = person;
    choices = gathering_stage_choose(&self->base, &identity, what, error);
    return choices != NULL ? gw_rollcalls_start(self->rollcalls, &wish, choices, actor, error) : NULL;
}

static GwRollcall *
start(Fixture *self)
{
    g_autoptr(GError) error = NULL;
    GwRollcall *rollcall = start_as(self, "{\"unit\": \"county\"}", &inspector, "1", &error);

    g_assert_no_error(error);
    return rollcall;
}

static GwOffice *
office(GwRollcall *rollcall, const char *unit)
{
    GwOffice *found = gw_rollcall_find_office(rollcall, unit, NULL);

    g_assert_nonnull(found);
    return found;
}

static void
answer(Fixture *self, GwOffice *of)
{
    gathering_stage_answer(&self->base, &of->base);
}

static void
at(Fixture *self, int64_t after_ms)
{
    self->base.stage.now_ms = SLOT_MS + after_ms;
    gw_calls_tick(self->base.calls);
    gw_rollcalls_tick(self->rollcalls);
}

static void
test_all_ring_at_once(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    /* The county's own hall rings; the two offices without a terminal are listed as such. */
    g_assert_cmpuint(rollcall->base.callees->len, ==, N + 1);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_RINGING), ==, N_RINGING);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_NO_TERMINAL), ==, 2);
    g_assert_cmpstr(rollcall->base.head.unit, ==, "county");
    g_assert_cmpint(gw_session_get_state(rollcall->base.live), ==, GW_SESSION_LIVE);
    close_fixture(&self);
}

static void
test_each_office_has_its_clock(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    at(&self, 7300);
    answer(&self, office(rollcall, "o1"));
    at(&self, 59999);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_RINGING), ==, N_RINGING - 1);
    at(&self, 60000);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_ABSENT), ==, N_RINGING - 1);
    g_autoptr(JsonObject) row = gw_office_to_row(office(rollcall, "o1"));
    g_assert_cmpfloat(json_object_get_double_member(row, "seconds"), ==, 7.3);
    /* Called again: a fresh clock, of this one alone. */
    at(&self, 90000);
    g_assert_true(gw_rollcall_call_again(rollcall, office(rollcall, "o2"), &inspector, &error));
    g_assert_false(gw_rollcall_call_again(rollcall, office(rollcall, "o2"), &inspector, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_false(gw_rollcall_call_again(rollcall, office(rollcall, "o1"), &inspector, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    at(&self, 149999);
    answer(&self, office(rollcall, "o2"));
    g_assert_cmpuint(office(rollcall, "o2")->calls, ==, 2);
    g_assert_cmpint(office(rollcall, "o2")->answered_ms - office(rollcall, "o2")->called_ms, ==, 59999);
    close_fixture(&self);
}

static void
test_excused_with_a_reason(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    g_autofree char *call = g_strdup(gw_call_get_id(office(rollcall, "o3")->base.call));
    answer(&self, office(rollcall, "o1"));
    g_assert_true(gw_rollcall_excuse(rollcall, office(rollcall, "o3"), "power cut", &second, &error));
    g_assert_null(gw_calls_answer(self.base.calls, "t3", call, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_false(gw_rollcall_excuse(rollcall, office(rollcall, "o1"), "why", &second, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_cmpstr(office(rollcall, "o3")->by, ==, "Inspector Two");
    at(&self, 60000);
    g_assert_cmpint(office(rollcall, "o3")->state, ==, GW_OFFICE_EXCUSED);
    close_fixture(&self);
}

static void
test_overlapping_trees(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *first = start(&self);
    at(&self, 1000);
    answer(&self, office(first, "o1"));
    GwRollcall *other = start_as(&self, "{\"units\": [\"o1\", \"o2\", \"u\"]}", &second, "2", &error);
    g_assert_null(other); /* "u" is not below the city */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(gw_rollcall_excuse(first, office(first, "o3"), "free", &inspector, &error));
    other = start_as(&self, "{\"units\": [\"o1\", \"o2\", \"o3\"]}", &second, "2", &error);
    g_assert_no_error(error);
    for (unsigned i = 1; i <= 2; i++) {
        g_autofree char *unit = g_strdup_printf("o%u", i);
        g_assert_cmpint(office(other, unit)->state, ==, GW_OFFICE_BUSY);
        g_assert_cmpstr(office(other, unit)->busy_with, ==, "Inspector One");
        g_assert_cmpstr(office(other, unit)->base.reason, ==, "roll-call");
    }
    g_assert_cmpint(office(other, "o3")->state, ==, GW_OFFICE_RINGING);
    /* Nothing has happened to the first one's. */
    g_assert_cmpint(office(first, "o1")->state, ==, GW_OFFICE_ANSWERED);
    g_assert_cmpint(office(first, "o2")->state, ==, GW_OFFICE_RINGING);
    /* When it is over they can be called. */
    g_assert_true(gw_rollcall_end(first, &inspector, &error));
    g_assert_true(gw_rollcall_call_again(other, office(other, "o1"), &second, &error));
    g_assert_cmpint(office(other, "o1")->state, ==, GW_OFFICE_RINGING);
    g_assert_null(office(other, "o1")->busy_with);
    close_fixture(&self);
}

static void
test_a_restart_loses_nothing(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    g_autofree char *id = g_strdup(rollcall->base.head.id);
    g_autofree char *session = g_strdup(rollcall->base.head.session);
    at(&self, 5000);
    answer(&self, office(rollcall, "o1"));
    gw_rollcall_sign(rollcall, office(rollcall, "o1"), "Somebody", &inspector);
    self.base.stage.now_ms += 10000;
    restart(&self);
    rollcall = g_hash_table_lookup(self.rollcalls->base.by_id, id);
    g_assert_nonnull(rollcall);
    g_assert_cmpstr(gw_session_get_id(rollcall->base.live), ==, session);
    g_assert_cmpint(office(rollcall, "o1")->state, ==, GW_OFFICE_ANSWERED);
    g_assert_cmpstr(office(rollcall, "o1")->signer, ==, "Somebody");
    g_assert_true(gw_call_is_answered(office(rollcall, "o1")->base.call));
    g_assert_cmpint(office(rollcall, "o1")->answered_ms, ==, SLOT_MS + 5000);
    /* Their clocks went on. */
    g_assert_cmpint(office(rollcall, "o2")->until_ms, ==, SLOT_MS + 60000);
    answer(&self, office(rollcall, "o2"));
    self.base.stage.now_ms = SLOT_MS + 70000;
    restart(&self);
    rollcall = g_hash_table_lookup(self.rollcalls->base.by_id, id);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_ANSWERED), ==, 2);
    g_assert_cmpuint(gw_rollcall_count(rollcall, GW_OFFICE_ABSENT), ==, N_RINGING - 2);
    close_fixture(&self);
}

static void
test_the_sheet_says_what_happened(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    at(&self, 2500);
    answer(&self, office(rollcall, "o1"));
    gw_rollcall_sign(rollcall, office(rollcall, "o1"), "<b>Somebody", &inspector);
    g_assert_true(gw_rollcall_excuse(rollcall, office(rollcall, "o2"), "power cut", &inspector, &error));
    at(&self, 30000);
    g_assert_true(gw_rollcall_end(rollcall, &inspector, &error));
    g_assert_false(gw_rollcall_end(rollcall, &second, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_autoptr(JsonObject) sheet = parse(rollcall->sheet.text);
    JsonObject *figures = json_object_get_object_member(sheet, "figures");
    g_assert_cmpint(json_object_get_int_member(figures, "total"), ==, N + 1);
    g_assert_cmpint(json_object_get_int_member(figures, "answered"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(figures, "excused"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(figures, "absent"), ==, N_RINGING - 2);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(sheet, "offices")), ==, N + 1);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, rollcall->sheet.text, -1);
    g_assert_cmpstr(rollcall->sheet.sha256, ==, sum);
    g_autofree char *page = gw_sheet_to_html(rollcall->sheet.text, sum, 7);
    g_assert_nonnull(strstr(page, "&lt;b&gt;Somebody"));
    g_assert_nonnull(strstr(page, sum));
    g_assert_null(gw_sheet_to_html("no JSON", sum, 7));
    gw_store_flush(self.base.stage.gateway.store);
    g_assert_cmpint(scratch_count(&self.base.stage.scratch, "SELECT count(*) FROM rollcall WHERE state = 'ended'"), ==,
                    1);
    g_assert_cmpint(scratch_count(&self.base.stage.scratch, "SELECT count(*) FROM session_event WHERE type = 'sheet'"),
                    ==, 1);
    close_fixture(&self);
}

static void
test_more_than_fits(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    for (unsigned i = N + 2; i <= GW_OFFICES_MAX; i++) {
        g_autofree char *unit = g_strdup_printf("more%u", i), *terminal = g_strdup_printf("tm%u", i);
        gathering_stage_add_unit(&self.base, unit, "office", "county");
        gathering_stage_add_terminal(&self.base, terminal, unit);
    }
    GwRollcall *rollcall = start(&self);
    g_assert_cmpuint(rollcall->base.callees->len, ==, GW_OFFICES_MAX);
    for (guint i = 0; i < rollcall->base.callees->len; i++)
        g_assert_nonnull(((GwCallee *)rollcall->base.callees->pdata[i])->party);
    g_assert_true(gw_rollcall_end(rollcall, &inspector, &error));
    gathering_stage_add_unit(&self.base, "one", "office", "county");
    g_assert_null(start_as(&self, "{\"unit\": \"county\"}", &inspector, "1", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
    close_fixture(&self);
}

static void
test_what_is_out_of_reach(void)
{
    Fixture self = { 0 };
    static const struct {
        const char *what;
        int code;
    } cases[] = {
        { "{\"unit\": \"elsewhere\"}", SIG_ERROR_NOT_FOUND },
        { "{\"unit\": \"nowhere\"}", SIG_ERROR_NOT_FOUND },
        { "{\"units\": [\"o1\", \"elsewhere\"]}", SIG_ERROR_NOT_FOUND },
        { "{\"terminals\": [\"room\"]}", SIG_ERROR_NOT_FOUND },
        { "{\"terminals\": [\"none\"]}", SIG_ERROR_NOT_FOUND },
        { "{\"units\": [7]}", SIG_ERROR_BAD_PARAMS },
        { "{\"units\": [null]}", SIG_ERROR_BAD_PARAMS },
        { "{\"units\": []}", SIG_ERROR_BAD_PARAMS },
        { "{\"unit\": \"county\", \"units\": [\"o1\"]}", SIG_ERROR_BAD_PARAMS },
        { "{}", SIG_ERROR_BAD_PARAMS },
    };

    open_fixture(&self);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(start_as(&self, cases[i].what, &inspector, "1", &error));
        g_assert_error(error, SIG_ERROR, cases[i].code);
    }
    self.base.identity.access = GW_ACCESS_ADMINISTRATOR;
    g_autoptr(GError) error = NULL;
    g_assert_null(start_as(&self, "{\"unit\": \"county\"}", &inspector, "1", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    g_assert_cmpuint(g_hash_table_size(self.rollcalls->base.by_id), ==, 0);
    close_fixture(&self);
}

static void
test_one_office_twice_is_one(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *rollcall = start_as(&self, "{\"units\": [\"o1\", \"o1\", \"o2\"]}", &inspector, "1", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(rollcall->base.callees->len, ==, 2);
    close_fixture(&self);
}

static void
test_who_leaves_has_answered(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    GwOffice *of = office(rollcall, "o1");
    answer(&self, of);
    g_assert_true(gw_rollcall_point(rollcall, of, true, &inspector, &error));
    g_autofree char *call = g_strdup(gw_call_get_id(of->base.call));
    g_assert_true(gw_calls_decline(self.base.calls, "t1", call, "", &error));
    g_assert_cmpint(of->state, ==, GW_OFFICE_ANSWERED);
    g_assert_true(of->left);
    g_assert_null(rollcall->base.spot);
    g_assert_true(gw_rollcall_call_again(rollcall, of, &inspector, &error));
    g_assert_cmpint(of->state, ==, GW_OFFICE_RINGING);
    close_fixture(&self);
}

static void
test_it_ends_by_itself(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwRollcall *rollcall = start(&self);
    at(&self, INT64_C(4) * 60 * 60 * 1000 - 1);
    g_assert_false(gw_rollcall_is_over(rollcall));
    at(&self, INT64_C(4) * 60 * 60 * 1000);
    g_assert_true(gw_rollcall_is_over(rollcall));
    close_fixture(&self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/rollcall/all-ring-at-once", test_all_ring_at_once);
    g_test_add_func("/gateway/rollcall/each-office-has-its-clock", test_each_office_has_its_clock);
    g_test_add_func("/gateway/rollcall/excused-with-a-reason", test_excused_with_a_reason);
    g_test_add_func("/gateway/rollcall/overlapping-trees", test_overlapping_trees);
    g_test_add_func("/gateway/rollcall/a-restart-loses-nothing", test_a_restart_loses_nothing);
    g_test_add_func("/gateway/rollcall/the-sheet-says-what-happened", test_the_sheet_says_what_happened);
    g_test_add_func("/gateway/rollcall/more-than-fits-is-refused", test_more_than_fits);
    g_test_add_func("/gateway/rollcall/what-is-out-of-reach-is-not-there", test_what_is_out_of_reach);
    g_test_add_func("/gateway/rollcall/one-office-twice-is-one", test_one_office_twice_is_one);
    g_test_add_func("/gateway/rollcall/who-leaves-has-answered", test_who_leaves_has_answered);
    g_test_add_func("/gateway/rollcall/it-ends-by-itself", test_it_ends_by_itself);
    return g_test_run();
}
