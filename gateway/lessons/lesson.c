#define G_LOG_DOMAIN "gateway.lesson"

#include "gateway/lessons/lessons.h"

#include <string.h>

#include "gateway/lessons/lessons-priv.h"
#include "gateway/people/secret.h"
#include "gateway/supervision/offices.h"

enum { WRITE_MS = 15 * 1000, LONGEST_MS = 12 * 60 * 60 * 1000 };

#define MINUTE_MS INT64_C(60000)

static void
free_check(void *data)
{
    GwCheck *check = data;

    g_ptr_array_unref(check->rows);
    g_free(check->by);
    g_free(check);
}

GwLesson *
gw_lesson_new(GwLessons *lessons)
{
    GwLesson *self = g_new0(GwLesson, 1);

    self->lessons = lessons;
    self->places = g_ptr_array_new_with_free_func(gw_attendee_free);
    self->checks = g_ptr_array_new_with_free_func(free_check);
    self->observers = gw_observers_new();
    return self;
}

void
gw_lesson_free(void *lesson)
{
    GwLesson *self = lesson;

    if (self == NULL)
        return;
    g_ptr_array_unref(self->observers);
    g_ptr_array_unref(self->checks);
    g_ptr_array_unref(self->places);
    g_free(self->head.id);
    g_free(self->head.session);
    g_free(self->head.title);
    g_free(self->head.teacher);
    g_free(self->head.unit);
    g_free(self->head.person);
    g_free(self->head.display);
    g_free(self->head.audit);
    g_free(self->sha256);
    g_free(self);
}

void
gw_lesson_set_changed(GwLesson *self)
{
    self->changed = true;
    self->unwritten = true;
    gw_lessons_tell_soon(self->lessons);
}

void
gw_lesson_note(GwLesson *self, const GwAttendee *place, const char *type, const GwActor *actor, JsonObject *detail)
{
    JsonObject *own = detail != NULL ? detail : json_object_new();

    if (place != NULL) {
        json_object_set_string_member(own, "unit", place->unit);
        json_object_set_string_member(own, "office", place->name);
    }
    gw_session_add_event(self->live, actor, type, own);
}

bool
gw_lesson_check_state(const GwLesson *self, GwLessonState wanted, GError **error)
{
    if (self->state == wanted)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This lesson is %s, not %s.", gw_lesson_state_to_string(self->state),
                gw_lesson_state_to_string(wanted));
    return false;
}

/* What happens while there is no session of it. */
static void
audit(const GwLesson *self, const char *action, const GwActor *actor, JsonObject *detail)
{
    g_autofree char *object = g_strconcat("lesson:", self->head.id, NULL);
    const GwAuditEntry entry = {
        .who = actor->audit,
        .action = action,
        .object = object,
        .address = actor->address,
        .session = self->head.session,
    };

    json_object_set_string_member(detail, "title", self->head.title);
    gw_audit_add(self->lessons->gateway->audit, &entry, detail);
}

/* Planning. */

static GwLesson *
make(GwLessons *self, const GwLessonWish *wish, const GArray *choices, const GwActor *actor)
{
    GwLesson *lesson = gw_lesson_new(self);

    lesson->head = (GwLessonHead){
        .id = gw_secret_new_id("lesson"),
        .session = g_uuid_string_random(),
        .title = g_strdup(wish->title),
        .teacher = g_strdup(wish->teacher),
        .unit = gw_offices_common_unit(self->gateway->people, choices),
        .person = g_strdup(wish->identity->id),
        .display = g_strdup(actor->display),
        .audit = g_strdup(actor->audit),
        .recording_class = wish->recording_class,
        .planned_ms = wish->planned_ms,
        .minutes = wish->minutes,
        .n_checks = wish->n_checks,
    };
    for (guint i = 0; i < choices->len; i++) {
        const GwChoice *choice = &g_array_index(choices, GwChoice, i);
        gw_attendee_new(lesson, choice->unit, choice->name, choice->terminal);
    }
    return lesson;
}

GwLesson *
gw_lessons_plan(GwLessons *self, const GwLessonWish *wish, const GArray *choices, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;
    GwLesson *lesson = NULL;

    if (choices->len > GW_LESSON_MAX_PLACES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "These are %u offices: a lesson is for at most %d.",
                    choices->len, GW_LESSON_MAX_PLACES);
        return NULL;
    }
    if (g_hash_table_size(self->by_id) >= GW_LESSONS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d lessons are planned or not signed yet: sign or cancel some.",
                    GW_LESSONS_MAX);
        return NULL;
    }
    lesson = make(self, wish, choices, actor);
    gw_lessons_adopt(self, lesson);
    detail = json_object_new();
    json_object_set_int_member(detail, "offices", choices->len);
    json_object_set_int_member(detail, "planned_ms", wish->planned_ms);
    json_object_set_int_member(detail, "minutes", wish->minutes);
    json_object_set_string_member(detail, "recording_class", gw_recording_class_to_string(wish->recording_class));
    audit(lesson, "lesson.plan", actor, detail);
    gw_lesson_write(lesson);
    gw_lesson_set_changed(lesson);
    return lesson;
}

bool
gw_lesson_cancel(GwLesson *self, const char *reason, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_PLANNED, error))
        return false;
    self->state = GW_LESSON_CANCELLED;
    detail = json_object_new();
    json_object_set_string_member(detail, "reason", reason);
    audit(self, "lesson.cancel", actor, detail);
    gw_lesson_write(self);
    gw_lesson_set_changed(self);
    return true;
}

/* Its session. */

static JsonObject *
make_card(const GwLesson *self)
{
    JsonObject *card = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->lessons->gateway->people, self->head.unit);

    json_object_set_string_member(card, "lesson", self->head.id);
    json_object_set_string_member(card, "name", self->head.title);
    json_object_set_string_member(card, "by", self->head.display);
    json_object_set_string_member(card, "teacher", self->head.teacher);
    json_object_set_int_member(card, "offices", self->places->len);
    if (unit != NULL)
        json_object_set_object_member(card, "unit", unit);
    return card;
}

static bool
attach(GwLesson *self, GwSessionState state)
{
    g_autoptr(JsonObject) card = make_card(self);
    g_autofree char *object = g_strconcat("lesson:", self->head.id, NULL);
    const GwSessionInfo info = {
        .id = self->head.session,
        .kind = "lesson",
        .unit = self->head.unit,
        .object = object,
        .recording_class = self->head.recording_class,
        .state = state,
        .live_since_ms = state == GW_SESSION_LIVE ? self->head.started_ms : 0,
        .card = card,
        .star = true,
    };

    self->live = gw_sessions_add(self->lessons->sessions, &info, &gw_lesson_session_handler, self);
    if (self->live == NULL)
        return false;
    gw_session_set_authority(self->live, self->head.audit);
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        g_autofree char *name = g_strdup_printf("office-%u", place->number);
        place->party = gw_session_add_party(self->live, name, GW_ROLE_PARTY);
    }
    return true;
}

static void
detach(GwLesson *self)
{
    for (guint i = 0; i < self->places->len; i++)
        ((GwAttendee *)self->places->pdata[i])->party = NULL;
    gw_sessions_remove(self->lessons->sessions, g_steal_pointer(&self->live));
}

bool
gw_lesson_start(GwLesson *self, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_PLANNED, error))
        return false;
    if (!attach(self, GW_SESSION_SCHEDULED)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INTERNAL, "The session could not be made.");
        return false;
    }
    if (!gw_session_set_state(self->live, GW_SESSION_OPEN, error) ||
        !gw_session_set_state(self->live, GW_SESSION_LIVE, error)) {
        detach(self);
        return false;
    }
    self->state = GW_LESSON_LIVE;
    self->head.started_ms = self->looked_ms = gw_lessons_now_ms(self->lessons);
    gw_lesson_draw_check(self);
    detail = json_object_new();
    json_object_set_string_member(detail, "title", self->head.title);
    json_object_set_int_member(detail, "offices", self->places->len);
    gw_lesson_note(self, NULL, "start", actor, detail);
    for (guint i = 0; i < self->places->len; i++)
        gw_attendee_ring(self->places->pdata[i]);
    gw_lesson_write(self);
    gw_lesson_set_changed(self);
    return true;
}

bool
gw_lesson_bring_back(GwLesson *self)
{
    if (!attach(self, GW_SESSION_LIVE))
        return false;
    gw_lesson_note(self, NULL, "restart", &gw_actor_system, NULL);
    self->looked_ms = gw_lessons_now_ms(self->lessons);
    gw_lesson_draw_check(self);
    for (guint i = 0; i < self->places->len; i++)
        gw_attendee_resume(self->places->pdata[i]);
    return true;
}

/* Ending. */

static void
count(GwLesson *self, int64_t elapsed_ms)
{
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        if (!gw_attendee_is_present(place))
            continue;
        place->present_ms += elapsed_ms;
        for (guint j = 0; j < place->pupils->len; j++) {
            GwPupil *pupil = place->pupils->pdata[j];
            pupil->present_ms += pupil->gone ? 0 : elapsed_ms;
        }
    }
}

static void
end_calls(GwLesson *self)
{
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        if (place->call != NULL)
            gw_call_cancel(g_steal_pointer(&place->call), "ended");
        place->again_ms = 0;
    }
}

bool
gw_lesson_end(GwLesson *self, const GwActor *actor, GError **error)
{
    int64_t now_ms = gw_lessons_now_ms(self->lessons);

    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    count(self, gw_attendance_elapsed_ms(self->looked_ms, now_ms));
    self->state = GW_LESSON_ENDED;
    self->head.ended_ms = now_ms;
    gw_lesson_tick_checks(self, G_MAXINT64);
    self->spot = NULL;
    end_calls(self);
    gw_observers_clear(self->observers, self->live);
    gw_lesson_write(self);
    gw_lesson_set_changed(self);
    return gw_session_end(self->live, actor, "completed", NULL, error);
}

/* It stays in the archive's list with what was counted; whoever prints it can compare. */
bool
gw_lesson_sign(GwLesson *self, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_ENDED, error))
        return false;
    self->state = GW_LESSON_SIGNED;
    gw_lesson_write(self);
    detail = json_object_new();
    json_object_set_string_member(detail, "sha256", self->sha256);
    json_object_set_string_member(detail, "unit", self->head.unit);
    audit(self, "lesson.sign", actor, detail);
    gw_lesson_set_changed(self);
    return true;
}

/* Whoever looks on. */

bool
gw_lesson_watch(GwLesson *self, SigClient *client, GError **error)
{
    GwObserver *observer = NULL;

    if (gw_observers_find(self->observers, client) != NULL)
        return true;
    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    observer = gw_observers_add(self->observers, self->live, client, gw_identity_of_client(client), error);
    if (observer == NULL)
        return false;
    GwActor actor = gw_observer_get_actor(observer);
    gw_lesson_note(self, NULL, "observe", &actor, NULL);
    return true;
}

static void
tell_places(const GwLesson *self)
{
    for (guint i = 0; i < self->places->len; i++)
        gw_attendee_tell(self->places->pdata[i]);
}

void
gw_lesson_unwatch(GwLesson *self, SigClient *client)
{
    GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer == NULL)
        return;
    if (gw_session_get_talker(self->live) == observer->party && !gw_lesson_take_floor(self, client, false, NULL))
        g_debug("lesson %s: the floor was free", self->head.id);
    GwActor actor = gw_observer_get_actor(observer);
    gw_lesson_note(self, NULL, "unobserve", &actor, NULL);
    gw_observers_remove(self->observers, self->live, observer);
}

bool
gw_lesson_take_floor(GwLesson *self, SigClient *client, bool on, GError **error)
{
    GwObserver *observer = gw_observers_find(self->observers, client);
    JsonObject *detail = NULL;

    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (lessons.watch).");
        return false;
    }
    if (!gw_observers_check_floor(self->observers, self->live, observer, error) ||
        !gw_session_set_talk(self->live, observer->party, on ? GW_TALK_TO_ALL : NULL, error))
        return false;
    detail = json_object_new();
    json_object_set_boolean_member(detail, "on", on);
    GwActor actor = gw_observer_get_actor(observer);
    gw_lesson_note(self, NULL, "floor", &actor, detail);
    tell_places(self);
    gw_lesson_set_changed(self);
    return true;
}

bool
gw_lesson_show(GwLesson *self, GwAttendee *place, const GwActor *actor, GError **error)
{
    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    if (place != NULL && place->state != GW_ATTENDEE_HERE) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has not answered, or has left.", place->name);
        return false;
    }
    if (self->spot == place)
        return true;
    self->spot = place;
    gw_session_set_spot(self->live, place != NULL ? gw_party_get_name(place->party) : NULL, place != NULL);
    gw_lesson_note(self, place, "show", actor, NULL);
    tell_places(self);
    gw_lesson_set_changed(self);
    return true;
}

/* Time. */

static void
ring_again(GwLesson *self, int64_t now_ms)
{
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        if (place->again_ms != 0 && now_ms >= place->again_ms)
            gw_attendee_ring(place);
    }
}

void
gw_lesson_tick(GwLesson *self, int64_t now_ms)
{
    g_autoptr(GError) error = NULL;

    if (self->state == GW_LESSON_LIVE) {
        count(self, gw_attendance_elapsed_ms(self->looked_ms, now_ms));
        self->looked_ms = now_ms;
        ring_again(self, now_ms);
        gw_lesson_tick_checks(self, now_ms);
        self->unwritten = true;
    }
    if (self->unwritten && ABS(now_ms - self->written_ms) >= WRITE_MS)
        gw_lesson_write(self);
    if (self->state == GW_LESSON_LIVE && now_ms - self->head.started_ms >= LONGEST_MS &&
        !gw_lesson_end(self, &gw_actor_system, &error))
        g_warning("lesson %s: %s", self->head.id, error->message);
}
