#include "gateway/calls/pictures.h"

#include "stage.h"

/* Pictures of one roll-call that was 181 days ago. */

#define HOUR_US INT64_C(3600000000)
#define DAY_MS  (INT64_C(24) * 3600 * 1000)

static const guint8 jpeg[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 0x0b, 8, 0, 1, 0,    1, 1, 1,    0x11,
                               0,    0xff, 0xda, 0,    8, 1,    1, 0, 0, 0x3f, 0, 0, 0xff, 0xd9 };

typedef struct {
    Stage stage;
    GwCallPictures *pictures;
    char *dir;
} Fixture;

static void
open_fixture(Fixture *self)
{
    g_autoptr(GError) error = NULL;

    self->stage.now_ms = SLOT_MS;
    stage_open(&self->stage);
    self->stage.config.supervision.picture_days = 180;
    self->dir = g_build_filename(self->stage.scratch.dir, "rollcalls", NULL);
    const GwCallPicturesConfig config = {
        .dir = self->dir,
        .subject = "roll-call",
        .due = "SELECT id FROM rollcall WHERE state = 'ended' AND started_ms < ?1 AND pictures_gone = 0 LIMIT ?2",
        .removed = "UPDATE rollcall SET pictures_gone = 1 WHERE id = ?1",
    };
    self->pictures = gw_call_pictures_new(&self->stage.gateway, &config, &error);
    g_assert_no_error(error);
}

static void
add_rollcall(Fixture *self, const char *id, int64_t started_ms)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO rollcall (id, session, name, unit, person, display, clock_s, class, state,"
                         " started_ms, ended_ms, total, answered) VALUES (?1, ?1, '', 'u', 'p', 'P', 60, 'recorded',"
                         " 'ended', ?2, ?2, 1, 1)");
    g_autoptr(GBytes) body = g_bytes_new_static(jpeg, sizeof jpeg);
    g_autoptr(GError) error = NULL;

    gw_statement_text(statement, id);
    gw_statement_int(statement, started_ms);
    gw_store_run(self->stage.gateway.store, statement, NULL, NULL);
    g_autofree char *sha256 = gw_call_pictures_put(self->pictures, id, "1", body, &error);
    g_assert_no_error(error);
    g_autofree char *wanted = g_compute_checksum_for_data(G_CHECKSUM_SHA256, jpeg, sizeof jpeg);
    g_assert_cmpstr(sha256, ==, wanted);
}

static bool
has_picture(const Fixture *self, const char *id)
{
    g_autofree char *path = g_build_filename(self->dir, id, "1.jpg", NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* An hour later, by both clocks. */
static void
pass_hour(Fixture *self, int64_t *now_ms, int64_t *steady_us)
{
    for (unsigned i = 0; i < 2; i++) {
        gw_call_pictures_tick(self->pictures, *now_ms, *steady_us);
        gw_store_flush(self->stage.gateway.store);
        *now_ms += HOUR_US / 1000;
        *steady_us += HOUR_US;
    }
}

static void
close_fixture(Fixture *self, const char *const *ids)
{
    gw_call_pictures_free(self->pictures);
    for (unsigned i = 0; ids[i] != NULL; i++) {
        g_autofree char *folder = g_build_filename(self->dir, ids[i], NULL);
        stage_remove(folder);
    }
    stage_remove(self->dir);
    g_free(self->dir);
    stage_clear(&self->stage);
}

static void
test_go_when_their_time_is_over(void)
{
    static const char *const ids[] = { "roll-1", "roll-2", NULL };
    Fixture self = { 0 };
    int64_t now_ms = SLOT_MS, steady_us = HOUR_US;

    open_fixture(&self);
    add_rollcall(&self, "roll-1", SLOT_MS - 181 * DAY_MS);
    add_rollcall(&self, "roll-2", SLOT_MS - 179 * DAY_MS);
    pass_hour(&self, &now_ms, &steady_us);
    g_assert_false(has_picture(&self, "roll-1"));
    g_assert_true(has_picture(&self, "roll-2"));
    close_fixture(&self, ids);
}

static void
test_stay_by_a_clock_that_was_set(void)
{
    static const char *const ids[] = { "roll-1", NULL };
    Fixture self = { 0 };
    int64_t now_ms = SLOT_MS, steady_us = HOUR_US;

    open_fixture(&self);
    add_rollcall(&self, "roll-1", SLOT_MS - DAY_MS);
    gw_call_pictures_tick(self.pictures, now_ms, steady_us);
    now_ms += 300 * DAY_MS;
    pass_hour(&self, &now_ms, &steady_us);
    pass_hour(&self, &now_ms, &steady_us);
    g_assert_true(has_picture(&self, "roll-1"));
    close_fixture(&self, ids);
}

static void
test_only_whole_pictures_are_taken(void)
{
    static const char *const ids[] = { NULL };
    Fixture self = { 0 };
    g_autoptr(GBytes) cut = g_bytes_new_static(jpeg, sizeof jpeg - 1);
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    g_assert_null(gw_call_pictures_put(self.pictures, "roll-1", "1", cut, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_null(gw_call_pictures_put(self.pictures, "roll-1", "1", NULL, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_INVALID);
    close_fixture(&self, ids);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/call-pictures/go-when-their-time-is-over", test_go_when_their_time_is_over);
    g_test_add_func("/gateway/call-pictures/stay-by-a-clock-that-was-set", test_stay_by_a_clock_that_was_set);
    g_test_add_func("/gateway/call-pictures/only-whole-pictures-are-taken", test_only_whole_pictures_are_taken);
    return g_test_run();
}
