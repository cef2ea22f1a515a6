#define G_LOG_DOMAIN "gateway.lesson"

#include "gateway/lessons/lessons.h"

#include "gateway/lessons/lessons-priv.h"

/* All lessons, and what is their own among gatherings. */

static bool
check_runs(const GwGathering *self, GError **error)
{
    return gw_lesson_check_state((const GwLesson *)self, GW_LESSON_LIVE, error);
}

static bool
end(GwGathering *self, const GwActor *actor, GError **error)
{
    return gw_lesson_end((GwLesson *)self, actor, error);
}

static void
tick(GwGathering *self, int64_t now_ms)
{
    gw_lesson_tick((GwLesson *)self, now_ms);
}

static bool
is_done(const GwGathering *self, int64_t now_ms)
{
    const GwLesson *lesson = (const GwLesson *)self;

    (void)now_ms;
    return !self->changed && (lesson->state == GW_LESSON_SIGNED || lesson->state == GW_LESSON_CANCELLED);
}

static void
on_changed(GwGathering *self, GwCallee *callee)
{
    (void)callee;
    ((GwLesson *)self)->unwritten = true;
}

/* That something has changed; pages ask what. */
static JsonObject *
make_change(GwGathering *self)
{
    JsonObject *params = json_object_new();

    json_object_set_string_member(params, "lesson", self->head.id);
    json_object_set_string_member(params, "state", gw_lesson_state_to_string(((GwLesson *)self)->state));
    return params;
}

static void
note_talk(GwGathering *self, const char *to, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    json_object_set_boolean_member(detail, "on", to != NULL);
    gw_gathering_note(self, NULL, "floor", actor, detail);
}

static void
add_to_card(const GwGathering *self, JsonObject *card)
{
    json_object_set_string_member(card, "teacher", ((const GwLesson *)self)->plan.teacher);
}

/* Time. */

void
gw_lessons_tick(GwLessons *self)
{
    gw_gatherings_tick(&self->base);
}

/* Building. */

static bool
party_sends(const GwAttendee *place)
{
    return place->base.party != NULL && gw_party_is_connected(place->base.party);
}

static void
add_rows(GwLessons *self)
{
    SigServer *server = self->base.gateway->server;

    sig_server_add_methods(server, gw_lesson_methods, self);
    sig_server_add_methods(server, gw_lesson_run_methods, self);
    sig_server_add_methods(server, gw_lesson_terminal_methods, self);
    sig_server_add_methods(server, gw_lesson_office_methods, self);
    sig_server_add_methods(server, gw_lesson_hours_methods, self);
    sig_server_add_events(server, gw_lesson_events);
    sig_server_add_routes(server, gw_lesson_routes, self);
    sig_server_add_routes(server, gw_lesson_hours_routes, self);
}

GwLessons *
gw_lessons_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir, GError **error)
{
    static const GwGatheringKind kind = {
        .words = { .word = "lesson",
                   .param = "lesson",
                   .party = "office",
                   .watch = "lessons.watch",
                   .unknown = "There is no such lesson, or it has been signed.",
                   .changed_event = "lesson.changed",
                   .now_event = "lesson.now" },
        .stored = &gw_lesson_stored,
        .calls = &gw_attendee_call_handler,
        .check_runs = check_runs,
        .end = end,
        .tick = tick,
        .is_done = is_done,
        .free = gw_lesson_free,
        .changed = on_changed,
        .make_change = make_change,
        .note_talk = note_talk,
        .add_to_card = add_to_card,
        .add_to_now = gw_attendee_add_to_now,
    };
    const GwCallPicturesConfig pictures = {
        .dir = pictures_dir,
        .subject = "lesson",
        .due = "SELECT id FROM lesson WHERE ended_ms != 0 AND ended_ms < ?1 AND pictures_gone = 0 LIMIT ?2",
        .removed = "UPDATE lesson SET pictures_gone = 1 WHERE id = ?1",
    };
    g_autoptr(GwLessons) self = g_new0(GwLessons, 1);

    gw_gatherings_init(&self->base, &kind, gateway, sessions, calls);
    self->sends = party_sends;
    self->base.pictures = gw_call_pictures_new(gateway, &pictures, error);
    if (self->base.pictures == NULL || !gw_lessons_load(self, error))
        return NULL;
    gw_gatherings_open(&self->base);
    if (gateway->server != NULL)
        add_rows(self);
    return g_steal_pointer(&self);
}

void
gw_lessons_free(GwLessons *self)
{
    GHashTableIter iter;
    void *value = NULL;

    if (self == NULL)
        return;
    g_hash_table_iter_init(&iter, self->base.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((GwLesson *)value)->unwritten)
            gw_lesson_write(value);
    }
    gw_gatherings_clear(&self->base);
    g_free(self);
}
