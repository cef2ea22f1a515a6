#include "ticket-stage.h"

#include "gateway/archive/picture.h"

static void
begin(TicketStage *stage)
{
    ticket_stage_open(stage, SUMMER_ZONE);
    ticket_stage_furnish(stage);
}

static const char *
get_state(TicketStage *stage, const char *person, const char *ticket)
{
    return json_object_get_string_member(ticket_stage_get(stage, person, ticket), "state");
}

static void
test_found_to_closed(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-04-01");
    g_assert_cmpuint(ticket_stage_count(&stage, "o-office", "needs-me"), ==, 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 0);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-county", "open"), ==, 1);
    ticket_stage_refuse_act(&stage, "i-county", "close", ticket, "", SIG_ERROR_FORBIDDEN);
    ticket_stage_refuse_act(&stage, "i-city", "close", ticket, "", SIG_ERROR_STATE);
    ticket_stage_act(&stage, "o-office", "read", ticket, "");
    JsonArray *events = json_object_get_array_member(stage.result, "events");
    JsonObject *receipt = json_array_get_object_element(events, 1);
    g_assert_cmpstr(json_object_get_string_member(receipt, "type"), ==, "read");
    g_assert_cmpstr(json_object_get_string_member(receipt, "by"), ==, "o-office");
    ticket_stage_act(&stage, "second-o-office", "read", ticket, "");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(stage.result, "events")), ==, 2);
    ticket_stage_act(&stage, "o-office", "reply", ticket, ",\"text\":\"Written up\"");
    ticket_stage_refuse_act(&stage, "second-o-office", "reply", ticket, ",\"text\":\"Again\"", SIG_ERROR_STATE);
    g_assert_nonnull(strstr(stage.error->message, "o-office answered it"));
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 0);
    ticket_stage_act(&stage, "second-i-city", "recheck", ticket, ",\"text\":\"Seen\"");
    ticket_stage_act(&stage, "i-city", "close", ticket, "");
    g_assert_cmpstr(get_state(&stage, "o-office", ticket), ==, "closed");
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action LIKE 'ticket.%'"), ==, 6);
    ticket_stage_clear(&stage);
}

static void
test_overdue_climbs(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-county", "office", "2026-03-26");
    int64_t due_ms = json_object_get_int_member(ticket_stage_get(&stage, "i-county", ticket), "due_ms");
    ticket_stage_at(&stage, due_ms - 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 0);
    ticket_stage_at(&stage, due_ms);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-county", "needs-me"), ==, 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 0);
    ticket_stage_at(&stage, due_ms + 2 * DAY_MS - 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 0);
    ticket_stage_at(&stage, due_ms + 2 * DAY_MS);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 1);
    ticket_stage_at(&stage, due_ms + 4 * DAY_MS);
    for (int i = 5; i < 20; i++)
        ticket_stage_at(&stage, due_ms + i * DAY_MS);
    JsonObject *shown = ticket_stage_get(&stage, "i-ministry", ticket);
    g_assert_cmpstr(json_object_get_string_member(json_object_get_object_member(shown, "climbed"), "id"), ==,
                    "ministry");
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM ticket_event WHERE type = 'overdue'"), ==, 3);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city2", "all"), ==, 0);
    /* Whoever it has climbed to may act; what is answered, late or not, climbs no more. */
    ticket_stage_act(&stage, "o-office", "reply", ticket, ",\"text\":\"Sorry\"");
    ticket_stage_act(&stage, "i-city", "reopen", ticket, ",\"reason\":\"Not so\",\"due\":\"2026-05-01\"");
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 0);
    ticket_stage_clear(&stage);
}

static void
test_a_set_clock_climbs_nothing(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-county", "office", "2026-03-27");
    ticket_stage_at(&stage, BEGAN_MS + 1000);
    stage.now_ms += INT64_C(3650) * DAY_MS;
    gw_tickets_tick(stage.tickets);
    stage.now_ms = BEGAN_MS + 2000;
    gw_tickets_tick(stage.tickets);
    gw_store_flush(stage.scratch.store);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM ticket_event WHERE type = 'overdue'"), ==, 0);
    g_assert_cmpstr(get_state(&stage, "i-county", ticket), ==, "issued");
    ticket_stage_clear(&stage);
}

static void
test_a_day_is_as_long_as_it_is(void)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {
        /* 23 hours in the day on which summer time begins, 25 in the day on which it ends */
        { "2026-03-28", INT64_C(1774738800000) },
        { "2026-03-29", INT64_C(1774821600000) },
        { "2026-10-24", INT64_C(1792879200000) },
        { "2026-10-25", INT64_C(1792969200000) },
        { "2026-03-29T17:00", INT64_C(1774796400000) },
        { "2026-02-29", -1 },
        { "2026-13-01", -1 },
        { "2026-00-01", -1 },
        { "0000-01-01", -1 },
        { "2026-3-1", -1 },
        { "2026-03-29T24:00", -1 },
        { "2026-03-29 17:00", -1 },
        { "2026-03-29T17:00:00", -1 },
        { "", -1 },
        { "tomorrow", -1 },
    };
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(SUMMER_ZONE);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t ms = -1;
        g_assert_true(gw_due_parse(cases[i].text, zone, &ms) == (cases[i].ms >= 0));
        g_assert_cmpint(ms, ==, cases[i].ms);
    }
    g_autofree char *text = gw_due_in_days(4, zone, BEGAN_MS);
    g_assert_cmpstr(text, ==, "2026-03-29");
}

static void
test_a_deadline_goes_with_the_zone(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-03-29");
    int64_t before_ms = json_object_get_int_member(ticket_stage_get(&stage, "i-city", ticket), "due_ms");
    ticket_stage_close(&stage);
    ticket_stage_open(&stage, "CST-8");
    int64_t after_ms = json_object_get_int_member(ticket_stage_get(&stage, "i-city", ticket), "due_ms");
    g_assert_cmpint(before_ms - after_ms, ==, 6 * 3600 * 1000);
    ticket_stage_at(&stage, after_ms);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-province", "needs-me"), ==, 1);
    ticket_stage_clear(&stage);
}

static void
test_of_two_one_closes(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-04-01");
    g_autofree char *params = g_strdup_printf("{\"ticket\":\"%s\"}", ticket);
    ticket_stage_act(&stage, "o-office", "reply", ticket, ",\"text\":\"Done\"");
    stage.answered = 0;
    g_clear_error(&stage.error);
    ticket_stage_begin(&stage, "i-city", "tickets.close", params);
    ticket_stage_begin(&stage, "second-i-city", "tickets.close", params);
    ticket_stage_wait(&stage, 2);
    g_assert_error(stage.error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_cmpstr(stage.error->message, ==, "This ticket is closed: i-city closed it.");
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM ticket_event WHERE type = 'close'"), ==, 1);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'ticket.close'"), ==, 1);
    ticket_stage_clear(&stage);
}

static void
test_recheck_reopens(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-04-01");
    ticket_stage_act(&stage, "o-office", "reply", ticket, ",\"text\":\"Done\"");
    ticket_stage_act(&stage, "i-city", "recheck", ticket, ",\"due\":\"2026-03-27\"");
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 0);
    ticket_stage_at(&stage, BEGAN_MS + 2 * DAY_MS);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "needs-me"), ==, 1);
    ticket_stage_refuse_act(&stage, "i-city", "reopen", ticket, ",\"reason\":\"No\",\"due\":\"2026-03-20\"",
                            SIG_ERROR_BAD_PARAMS);
    ticket_stage_act(&stage, "i-city", "reopen", ticket, ",\"reason\":\"Still missing\",\"due\":\"2026-04-05\"");
    JsonObject *shown = ticket_stage_get(&stage, "o-office", ticket);
    g_assert_cmpstr(json_object_get_string_member(shown, "state"), ==, "reopened");
    g_assert_cmpint(json_object_get_int_member(shown, "round"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(shown, "due"), ==, "2026-04-05");
    g_assert_true(json_object_get_boolean_member(shown, "needs_me"));
    ticket_stage_refuse_act(&stage, "second-i-city", "withdraw", ticket, ",\"reason\":\"x\"", SIG_ERROR_FORBIDDEN);
    ticket_stage_act(&stage, "i-city", "withdraw", ticket, ",\"reason\":\"By mistake\"");
    ticket_stage_refuse_act(&stage, "o-office", "reply", ticket, ",\"text\":\"Done\"", SIG_ERROR_STATE);
    ticket_stage_clear(&stage);
}

static void
test_asked_twice_is_one(void)
{
    static const char params[] = "{\"client\":\"page-0001\",\"units\":[\"office\"],\"type\":\"other\",\"text\":\"x\"}";
    TicketStage stage = { 0 };

    begin(&stage);
    stage.answered = 0;
    ticket_stage_begin(&stage, "i-city", "tickets.create", params);
    ticket_stage_begin(&stage, "i-city", "tickets.create", params);
    ticket_stage_wait(&stage, 2);
    ticket_stage_ask(&stage, "i-city", "tickets.create", params);
    ticket_stage_ask(&stage, "second-i-city", "tickets.create", params);
    g_assert_cmpuint(ticket_stage_count(&stage, "o-office", "all"), ==, 2);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT max(number) FROM ticket"), ==, 2);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'ticket.create'"), ==, 2);
    ticket_stage_clear(&stage);
}

static void
test_others_find_nothing(void)
{
    static const struct {
        const char *act, *more;
        bool of_office;
    } acts[] = {
        { "get", "", true },
        { "read", "", true },
        { "reply", ",\"text\":\"x\"", true },
        { "get", "", false },
        { "issue", "", false },
        { "recheck", "", false },
        { "close", "", false },
        { "reopen", ",\"reason\":\"x\",\"due\":\"2026-05-01\"", false },
        { "withdraw", ",\"reason\":\"x\"", false },
    };
    static const char *const strangers[] = { "i-city2", "o-office3", "o-office2" };
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-04-01");
    for (unsigned i = 0; i < G_N_ELEMENTS(acts); i++) {
        for (unsigned n = 0; n < G_N_ELEMENTS(strangers); n++) {
            if (acts[i].of_office == (strangers[n][0] == 'o'))
                ticket_stage_refuse_act(&stage, strangers[n], acts[i].act, ticket, acts[i].more, SIG_ERROR_NOT_FOUND);
        }
    }
    for (unsigned n = 0; n < G_N_ELEMENTS(strangers); n++)
        g_assert_cmpuint(ticket_stage_count(&stage, strangers[n], "all"), ==, 0);
    ticket_stage_refuse(&stage, "i-city2", "tickets.create",
                        "{\"client\":\"page-0001\",\"units\":[\"office\"],\"type\":\"other\",\"text\":\"x\"}",
                        SIG_ERROR_NOT_FOUND);
    ticket_stage_refuse(&stage, "i-city", "tickets.create",
                        "{\"client\":\"page-0001\",\"units\":[\"city\"],\"type\":\"other\",\"text\":\"x\"}",
                        SIG_ERROR_BAD_PARAMS);
    ticket_stage_refuse(
        &stage, "i-city", "tickets.create",
        "{\"client\":\"page-0001\",\"units\":[\"office\"],\"type\":\"other\",\"text\":\"x\",\"session\":\"s\"}",
        SIG_ERROR_NOT_FOUND);
    /* Who guesses is slowed down. */
    for (int i = 0; i < 30; i++)
        ticket_stage_try(&stage, "o-office3", "tickets.get", "{\"ticket\":\"no-such-ticket\"}");
    ticket_stage_refuse(&stage, "o-office3", "tickets.get", "{\"ticket\":\"no-such-ticket\"}", SIG_ERROR_LIMIT);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'ticket.refused'"), >, 0);
    ticket_stage_clear(&stage);
}

static void
test_a_task_goes_to_many(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    ticket_stage_ask(&stage, "i-province", "tickets.create",
                     "{\"client\":\"page-0001\",\"kind\":\"task\",\"text\":\"Count the files\",\"due\":\"2026-04-01\","
                     "\"units\":[\"office\",\"office2\",\"office3\",\"office\"]}");
    JsonArray *made = json_object_get_array_member(stage.result, "tickets");
    g_assert_cmpuint(json_array_get_length(made), ==, 3);
    g_autofree char *first = g_strdup(json_object_get_string_member(json_array_get_object_element(made, 0), "id"));
    g_assert_cmpuint(ticket_stage_count(&stage, "o-office3", "needs-me"), ==, 1);
    g_assert_cmpuint(ticket_stage_count(&stage, "i-city", "all"), ==, 2);
    ticket_stage_act(&stage, "o-office", "reply", first, ",\"text\":\"46\"");
    ticket_stage_ask(&stage, "i-province", "tickets.tasks", "{}");
    JsonObject *task = json_array_get_object_element(json_object_get_array_member(stage.result, "tasks"), 0);
    g_assert_cmpint(json_object_get_int_member(task, "total"), ==, 3);
    g_assert_cmpint(json_object_get_int_member(task, "replied"), ==, 1);
    ticket_stage_ask(&stage, "i-city2", "tickets.tasks", "{}");
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(stage.result, "tasks")), ==, 0);
    ticket_stage_clear(&stage);
}

static void
test_a_draft_is_its_authors(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    ticket_stage_ask(
        &stage, "i-city", "tickets.create",
        "{\"client\":\"page-0001\",\"units\":[\"office\"],\"type\":\"other\",\"text\":\"x\",\"draft\":true}");
    JsonArray *made = json_object_get_array_member(stage.result, "tickets");
    g_autofree char *ticket = g_strdup(json_object_get_string_member(json_array_get_object_element(made, 0), "id"));
    ticket_stage_refuse_act(&stage, "second-i-city", "get", ticket, "", SIG_ERROR_NOT_FOUND);
    ticket_stage_refuse_act(&stage, "o-office", "get", ticket, "", SIG_ERROR_NOT_FOUND);
    ticket_stage_act(&stage, "i-city", "issue", ticket, "");
    g_assert_cmpstr(get_state(&stage, "o-office", ticket), ==, "issued");
    ticket_stage_clear(&stage);
}

static void
test_nothing_is_deleted(void)
{
    static const char *const sql[] = {
        "DELETE FROM ticket",
        "DELETE FROM ticket_event",
        "UPDATE ticket_event SET text = 'x'",
        "DELETE FROM ticket_picture",
    };
    TicketStage stage = { 0 };

    begin(&stage);
    g_autofree char *ticket = ticket_stage_create(&stage, "i-city", "office", "2026-04-01");
    g_assert_nonnull(ticket);
    g_autoptr(GwRows) picture = gw_store_query(
        stage.scratch.store,
        gw_statement_new(
            "INSERT INTO ticket_picture (id, ticket, side, who, display, received_ms, content_type, bytes, sha256)"
            " VALUES ('p', 't', 'reply', 'w', 'd', 1, 'image/png', 1, 's')"),
        NULL);
    g_assert_nonnull(picture);
    for (unsigned i = 0; i < G_N_ELEMENTS(sql); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gw_store_query(stage.scratch.store, gw_statement_new(sql[i]), &error));
        g_assert_nonnull(error);
    }
    ticket_stage_clear(&stage);
}

static void
test_types_are_a_list(void)
{
    TicketStage stage = { 0 };

    begin(&stage);
    ticket_stage_ask(&stage, "admin", "tickets.type-set",
                     "{\"text_zh\":\"x\",\"text_en\":\"Late for roll-call\",\"days\":2}");
    JsonObject *type = json_object_get_object_member(stage.result, "type");
    g_autofree char *off =
        g_strdup_printf("{\"id\":\"%s\",\"text_zh\":\"x\",\"text_en\":\"y\",\"days\":2,\"off\":true}",
                        json_object_get_string_member(type, "id"));
    g_autofree char *params =
        g_strdup_printf("{\"client\":\"page-0001\",\"units\":[\"office\"],\"type\":\"%s\",\"text\":\"x\"}",
                        json_object_get_string_member(type, "id"));
    g_autofree char *again =
        g_strdup_printf("{\"client\":\"page-0002\",\"units\":[\"office\"],\"type\":\"%s\",\"text\":\"x\"}",
                        json_object_get_string_member(type, "id"));
    ticket_stage_ask(&stage, "i-city", "tickets.create", params);
    JsonArray *made = json_object_get_array_member(stage.result, "tickets");
    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(made, 0), "due"), ==, "2026-03-27");
    ticket_stage_ask(&stage, "admin", "tickets.type-set", off);
    ticket_stage_refuse(&stage, "i-city", "tickets.create", again, SIG_ERROR_BAD_PARAMS);
    ticket_stage_refuse(&stage, "admin", "tickets.type-set",
                        "{\"id\":\"none\",\"text_zh\":\"x\",\"text_en\":\"y\",\"days\":2}", SIG_ERROR_NOT_FOUND);
    ticket_stage_clear(&stage);
}

static void
test_only_whole_webp(void)
{
    static const char webp[] = "RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\x10\0\x10\0";

    for (size_t n = 0; n < sizeof(webp); n++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(webp, n);
        g_assert_cmpstr(gw_picture_check(bytes), ==, n == sizeof(webp) - 1 ? "image/webp" : NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/tickets/found-to-closed-through-three-tiers", test_found_to_closed);
    g_test_add_func("/gateway/tickets/overdue-climbs-tier-by-tier", test_overdue_climbs);
    g_test_add_func("/gateway/tickets/a-clock-that-was-set-climbs-nothing", test_a_set_clock_climbs_nothing);
    g_test_add_func("/gateway/tickets/a-day-is-as-long-as-it-is", test_a_day_is_as_long_as_it_is);
    g_test_add_func("/gateway/tickets/a-deadline-goes-with-the-zone", test_a_deadline_goes_with_the_zone);
    g_test_add_func("/gateway/tickets/of-two-one-closes", test_of_two_one_closes);
    g_test_add_func("/gateway/tickets/recheck-reopens", test_recheck_reopens);
    g_test_add_func("/gateway/tickets/asked-twice-is-one", test_asked_twice_is_one);
    g_test_add_func("/gateway/tickets/others-find-nothing", test_others_find_nothing);
    g_test_add_func("/gateway/tickets/a-task-goes-to-many", test_a_task_goes_to_many);
    g_test_add_func("/gateway/tickets/a-draft-is-its-authors", test_a_draft_is_its_authors);
    g_test_add_func("/gateway/tickets/nothing-is-deleted", test_nothing_is_deleted);
    g_test_add_func("/gateway/tickets/types-are-a-list", test_types_are_a_list);
    g_test_add_func("/gateway/tickets/only-whole-webp", test_only_whole_webp);
    return g_test_run();
}
