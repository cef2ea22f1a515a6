#include "archive-stage.h"
#include "gateway/archive/draw.h"
#include "gateway/archive/picture.h"
#include "gateway/archive/spans.h"

static void
begin(ArchiveStage *stage)
{
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    for (int i = 0; i < 30; i++) {
        g_autofree char *session = g_strdup_printf("s-%02d", i);
        archive_stage_index(stage, session, "u", BEGAN_MS + i);
    }
}

static void
test_draw_can_be_replayed(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "auditor", "archive.review-draw", "{\"kind\":\"visit\"}");
    JsonObject *draw = archive_stage_get(&stage, "draw");
    g_assert_cmpint(json_object_get_int_member(draw, "listed"), ==, 30);
    g_assert_cmpint(json_object_get_int_member(draw, "drawn"), ==, 2);
    g_autofree char *params = g_strdup_printf("{\"draw\":\"%s\"}", json_object_get_string_member(draw, "id"));
    archive_stage_refuse(&stage, "auditor", "archive.review-draw", "{\"kind\":\"visit\"}", SIG_ERROR_STATE);
    archive_stage_ask(&stage, "officer", "archive.draw-replay", params);
    g_assert_true(json_object_get_boolean_member(stage.result, "same"));
    archive_stage_ask(&stage, "officer", "archive.reviews", "{}");
    g_assert_cmpuint(archive_stage_count(&stage, "reviews"), ==, 2);
    archive_stage_clear(&stage);
}

static void
test_lots_are_what_the_page_says(void)
{
    g_autoptr(GPtrArray) sessions = g_ptr_array_new();
    g_autofree char *lot = gw_draw_get_lot("seed", "a");

    g_ptr_array_add(sessions, (char *)"b");
    g_ptr_array_add(sessions, (char *)"a");
    g_autoptr(GPtrArray) drawn = gw_draw("seed", sessions, 50);
    g_autofree char *other = gw_draw_get_lot("seed", "b");
    g_autofree char *hash = gw_draw_hash_list(sessions);
    g_autofree char *wanted = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "a\nb\n", -1);
    g_autofree char *plain = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "seed:a", -1);
    g_assert_cmpuint(drawn->len, ==, 1);
    g_assert_cmpstr(drawn->pdata[0], ==, strcmp(lot, other) < 0 ? "a" : "b");
    g_assert_cmpstr(hash, ==, wanted);
    g_assert_cmpstr(lot, ==, plain);
    g_assert_cmpuint(gw_draw_count(0, 5), ==, 0);
    g_assert_cmpuint(gw_draw_count(1, 5), ==, 1);
    g_assert_cmpuint(gw_draw_count(100, 5), ==, 5);
    g_assert_cmpuint(gw_draw_count(101, 5), ==, 6);
}

static void
test_who_was_there_does_not_review(void)
{
    ArchiveStage stage = { 0 };

    archive_stage_open(&stage);
    archive_stage_furnish(&stage);
    archive_stage_add(&stage, "s-00", "u", BEGAN_MS);
    g_autoptr(GwRows) rows = gw_store_query(
        stage.scratch.store,
        gw_statement_new("INSERT INTO recording_person SELECT session, 'officer', 'second', 'second' FROM recording"),
        NULL);
    g_assert_nonnull(rows);
    archive_stage_ask(&stage, "auditor", "archive.review-draw", "{\"kind\":\"visit\"}");
    archive_stage_ask(&stage, "officer", "archive.reviews", "{}");
    g_autofree char *review = archive_stage_id(&stage, "reviews");
    JsonObject *shown = archive_stage_get(&stage, "reviews");
    g_autofree char *session = g_strdup(json_object_get_string_member(shown, "session"));
    g_assert_cmpstr(json_object_get_string_member(json_object_get_object_member(shown, "assigned"), "person"), !=,
                    "person:second");
    g_autofree char *take = g_strdup_printf("{\"review\":\"%s\"}", review);
    archive_stage_refuse(&stage, "second", "archive.review-take", take, SIG_ERROR_FORBIDDEN);
    archive_stage_ask(&stage, "officer", "archive.review-take", take);
    g_autofree char *finish = g_strdup_printf("{\"review\":\"%s\",\"verdict\":\"in-order\"}", review);
    archive_stage_refuse(&stage, "officer", "archive.review-finish", finish, SIG_ERROR_STATE);
    for (int i = 0; i < 60; i++) {
        g_autofree char *seen =
            g_strdup_printf("{\"session\":\"%s\",\"from_ms\":%d,\"to_ms\":%d}", session, i * 40000, (i + 1) * 40000);
        stage.now_ms += 10000;
        archive_stage_ask(&stage, "officer", "archive.viewed", seen);
    }
    /* Where it is watched it is told, too: there the verdict is given. */
    g_autofree char *get = g_strdup_printf("{\"session\":\"%s\"}", session);
    archive_stage_ask(&stage, "officer", "archive.get", get);
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "reviews"), "watched_percent"), ==, 66);
    archive_stage_ask(&stage, "officer", "archive.review-finish", finish);
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "review"), "watched_percent"), ==, 66);
    archive_stage_refuse(&stage, "officer", "archive.review-finish", finish, SIG_ERROR_STATE);
    archive_stage_clear(&stage);
}

static void
test_what_is_destroyed_is_not_to_be_watched(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "auditor", "archive.review-draw", "{\"kind\":\"visit\"}");
    g_autoptr(GwRows) rows = gw_store_query(
        stage.scratch.store,
        gw_statement_new("UPDATE recording SET state = 'destroyed' WHERE session = (SELECT min(session) FROM review)"),
        NULL);
    g_assert_nonnull(rows);
    archive_stage_ask(&stage, "officer", "archive.reviews", "{}");
    g_assert_cmpuint(archive_stage_count(&stage, "reviews"), ==, 1);
    archive_stage_clear(&stage);
}

static void
test_remark_is_answered_once(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "procurator", "archive.remark", "{\"session\":\"s-00\",\"text\":\"Why?\",\"days\":2}");
    g_autofree char *remark = archive_stage_id(&stage, "remark");
    g_autofree char *reply = g_strdup_printf("{\"remark\":\"%s\",\"text\":\"So.\"}", remark);
    stage.now_ms += 3 * DAY_MS;
    archive_stage_ask(&stage, "officer", "archive.remarks", "{\"state\":\"overdue\"}");
    g_assert_cmpuint(archive_stage_count(&stage, "remarks"), ==, 1);
    archive_stage_refuse(&stage, "stranger", "archive.remark-reply", reply, SIG_ERROR_NOT_FOUND);
    archive_stage_ask(&stage, "officer", "archive.remark-reply", reply);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "remark"), "state"), ==, "answered");
    archive_stage_refuse(&stage, "second", "archive.remark-reply", reply, SIG_ERROR_STATE);
    archive_stage_clear(&stage);
}

static void
test_observation_is_proven_by_events(void)
{
    ArchiveStage stage = { 0 };
    g_autofree char *sql = NULL;

    begin(&stage);
    sql = g_strdup_printf("INSERT INTO session_event (session, at_ms, type, who, display) VALUES"
                          " ('s-00', %" G_GINT64_FORMAT ", 'observe', 'person:officer', 'O'),"
                          " ('s-00', %" G_GINT64_FORMAT ", 'unobserve', 'person:officer', 'O')",
                          BEGAN_MS + 60000, BEGAN_MS + 360000);
    g_autoptr(GwRows) rows = gw_store_query(stage.scratch.store, gw_statement_new(g_intern_string(sql)), NULL);
    g_assert_nonnull(rows);
    archive_stage_ask(&stage, "auditor", "archive.observed", "{\"from_ms\":0,\"to_ms\":2000000000000}");
    g_assert_cmpint(json_object_get_int_member(stage.result, "required"), ==, 30);
    g_assert_cmpint(json_object_get_int_member(stage.result, "proven"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "sessions"), "observed_ms"), ==, 300000);
    archive_stage_clear(&stage);
}

static void
test_spans_are_joined(void)
{
    g_autoptr(GArray) spans = gw_spans_new();

    gw_spans_add(spans, 10, 20);
    gw_spans_add(spans, 30, 40);
    gw_spans_add(spans, 5, 5);
    g_assert_cmpint(gw_spans_get_length(spans), ==, 20);
    gw_spans_add(spans, 15, 30);
    g_assert_cmpuint(spans->len, ==, 1);
    g_assert_cmpint(gw_spans_get_length(spans), ==, 30);
    gw_spans_add(spans, 0, 100);
    g_assert_cmpint(gw_spans_get_length(spans), ==, 100);
}

static void
test_only_whole_pictures(void)
{
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\0\0\0\0\0\0\0\0IEND\0\0\0\0";
    static const char jpeg[] = "\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0\0\xff\xd9";

    for (size_t n = 0; n < sizeof(png); n++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(png, n);
        g_assert_cmpstr(gw_picture_check(bytes), ==, n == sizeof(png) - 1 ? "image/png" : NULL);
    }
    for (size_t n = 0; n < sizeof(jpeg); n++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(jpeg, n);
        g_assert_cmpstr(gw_picture_check(bytes), ==, n == sizeof(jpeg) - 1 ? "image/jpeg" : NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/review/draw-can-be-replayed", test_draw_can_be_replayed);
    g_test_add_func("/gateway/review/lots-are-what-the-page-says", test_lots_are_what_the_page_says);
    g_test_add_func("/gateway/review/who-was-there-does-not-review", test_who_was_there_does_not_review);
    g_test_add_func("/gateway/review/what-is-destroyed-is-not-to-be-watched",
                    test_what_is_destroyed_is_not_to_be_watched);
    g_test_add_func("/gateway/review/remark-is-answered-once", test_remark_is_answered_once);
    g_test_add_func("/gateway/review/observation-is-proven-by-events", test_observation_is_proven_by_events);
    g_test_add_func("/gateway/review/spans-are-joined", test_spans_are_joined);
    g_test_add_func("/gateway/review/only-whole-pictures", test_only_whole_pictures);
    return g_test_run();
}
