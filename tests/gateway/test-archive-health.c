#include "archive-stage.h"

#include "gateway/archive/health.h"
#include "recorder/scrub.h"

static void
begin(ArchiveStage *stage)
{
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    archive_stage_add(stage, "a", "u", BEGAN_MS);
    archive_stage_add(stage, "b", "o", BEGAN_MS);
}

/* As the scrub tells it: n chunks of one file, from this one on. */
static void
read_again(ArchiveStage *stage, const char *session, int first, unsigned n)
{
    g_autoptr(GPtrArray) damages = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < n; i++) {
        RecDamage *damage = g_new(RecDamage, 1);
        *damage = (RecDamage){ (char *)"a.webm", first + (int)i, 20000000, 30000000, (char *)"it was changed" };
        g_ptr_array_add(damages, damage);
    }
    stage->now_ms += 1000;
    gw_health_on_read(session, damages, stage->archive);
    gw_store_flush(stage->scratch.store);
}

static const char *
get_state(ArchiveStage *stage, const char *person)
{
    archive_stage_ask(stage, person, "archive.health", "{}");
    return json_object_get_string_member(stage->result, "state");
}

static JsonArray *
get_parts(ArchiveStage *stage)
{
    return json_object_get_array_member(archive_stage_get(stage, "damaged"), "parts");
}

static void
test_damage_stays_until_it_is_whole_again(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    read_again(&stage, "a", 0, 0);
    g_assert_cmpstr(get_state(&stage, "officer"), ==, "good");
    read_again(&stage, "a", 2, 2);
    int64_t found_ms = stage.now_ms;
    g_assert_cmpuint(gw_archive_get_n_damaged(stage.archive), ==, 1);
    archive_stage_close(&stage); /* over a restart */
    archive_stage_open(&stage);
    g_assert_cmpuint(gw_archive_get_n_damaged(stage.archive), ==, 1);
    g_assert_cmpstr(get_state(&stage, "administrator"), ==, "alarm");
    g_assert_cmpuint(json_array_get_length(get_parts(&stage)), ==, 2);
    read_again(&stage, "a", 3, 1); /* one chunk of it was put right */
    g_assert_cmpstr(get_state(&stage, "auditor"), ==, "alarm");
    g_assert_cmpuint(json_array_get_length(get_parts(&stage)), ==, 1);
    JsonObject *part = json_array_get_object_element(get_parts(&stage), 0);
    g_assert_cmpint(json_object_get_int_member(part, "chunk"), ==, 3);
    g_assert_cmpint(json_object_get_int_member(part, "from_ms"), ==, 20000);
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "damaged"), "found_ms"), ==, found_ms);
    read_again(&stage, "a", 0, 0);
    g_assert_cmpstr(get_state(&stage, "officer"), ==, "good");
    g_assert_cmpuint(gw_archive_get_n_damaged(stage.archive), ==, 0);
    archive_stage_clear(&stage);
}

static void
test_of_ones_own_unit_alone(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    read_again(&stage, "b", 0, 30);
    g_assert_cmpstr(get_state(&stage, "officer"), ==, "good");
    g_assert_cmpstr(get_state(&stage, "stranger"), ==, "alarm");
    g_assert_cmpuint(json_array_get_length(get_parts(&stage)), ==, 20);
    read_again(&stage, "a", 0, 1);
    g_assert_cmpstr(get_state(&stage, "chief"), ==, "alarm");
    g_assert_cmpuint(archive_stage_count(&stage, "damaged"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "damaged"), "session"), ==, "a");
    archive_stage_clear(&stage);
}

static void
test_what_is_destroyed_is_no_alarm(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    read_again(&stage, "a", 0, 1);
    gw_health_forget(stage.archive, "a");
    g_assert_cmpstr(get_state(&stage, "officer"), ==, "good");
    g_assert_cmpuint(gw_archive_get_n_damaged(stage.archive), ==, 0);
    archive_stage_clear(&stage);
}

static void
test_says_how_the_log_is(void)
{
    ArchiveStage stage = { .with_log = true };

    begin(&stage);
    gw_evidence_publish(stage.gateway.evidence, NULL, NULL);
    gw_evidence_flush(stage.gateway.evidence);
    g_assert_cmpstr(get_state(&stage, "officer"), ==, "good");
    JsonObject *log = archive_stage_get(&stage, "log");
    g_assert_cmpint(json_object_get_int_member(log, "entries"), >, 1);
    g_assert_cmpint(json_object_get_int_member(log, "unpublished"), ==, 0);
    g_assert_cmpint(json_object_get_int_member(log, "published_ms"), >, BEGAN_MS / 2);
    g_assert_false(json_object_get_boolean_member(log, "failed"));
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "stamps"), "servers"), ==, 0);
    archive_stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/archive/damage-stays-until-it-is-whole-again", test_damage_stays_until_it_is_whole_again);
    g_test_add_func("/gateway/archive/damage-is-told-of-ones-own-unit-alone", test_of_ones_own_unit_alone);
    g_test_add_func("/gateway/archive/what-is-destroyed-is-no-alarm", test_what_is_destroyed_is_no_alarm);
    g_test_add_func("/gateway/archive/health-says-how-the-log-is", test_says_how_the_log_is);
    return g_test_run();
}
