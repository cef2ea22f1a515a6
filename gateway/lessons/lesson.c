#define G_LOG_DOMAIN "gateway.lesson"

#include "gateway/lessons/lessons.h"

#include <string.h>

#include "gateway/gatherings/offices.h"
#include "gateway/lessons/lessons-priv.h"

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

    gw_gathering_init(&self->base, &lessons->base, gw_attendee_free);
    self->checks = g_ptr_array_new_with_free_func(free_check);
    return self;
}

void
gw_lesson_free(void *lesson)
{
    GwLesson *self = lesson;

    if (self == NULL)
        return;
    g_ptr_array_unref(self->checks);
    gw_gathering_clear(&self->base);
    g_free(self->plan.teacher);
    g_free(self->sha256);
    g_free(self);
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
void
gw_lesson_audit(const GwLesson *self, const char *action, const GwActor *actor, JsonObject *detail)
{
    g_autofree char *object = g_strconcat("lesson:", self->base.head.id, NULL);
    const GwAuditEntry entry = {
        .who = actor->audit,
        .action = action,
        .object = object,
        .address = actor->address,
        .session = self->base.head.session,
    };

    json_object_set_string_member(detail, "title", self->base.head.name);
    gw_audit_add(self->base.all->gateway->audit, &entry, detail);
}

/* Planning. */

static GwLesson *
make(GwLessons *self, const GwLessonWish *wish, const GArray *choices, const GwActor *actor)
{
    GwLesson *lesson = gw_lesson_new(self);

    gw_gathering_name(&lesson->base, "lesson", wish->title, wish->identity, actor, choices);
    lesson->base.head.recording_class = wish->recording_class;
    lesson->plan = (GwLessonPlan){
        .teacher = g_strdup(wish->teacher),
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
    if (g_hash_table_size(self->base.by_id) >= GW_LESSONS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d lessons are planned or not signed yet: sign or cancel some.",
                    GW_LESSONS_MAX);
        return NULL;
    }
    lesson = make(self, wish, choices, actor);
    gw_gatherings_adopt(&self->base, &lesson->base);
    detail = json_object_new();
    json_object_set_int_member(detail, "offices", choices->len);
    json_object_set_int_member(detail, "planned_ms", wish->planned_ms);
    json_object_set_int_member(detail, "minutes", wish->minutes);
    json_object_set_string_member(detail, "recording_class", gw_recording_class_to_string(wish->recording_class));
    gw_lesson_audit(lesson, "lesson.plan", actor, detail);
    gw_lesson_write(lesson);
    gw_gathering_set_changed(&lesson->base, NULL);
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
    gw_lesson_audit(self, "lesson.cancel", actor, detail);
    gw_lesson_write(self);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

bool
gw_lesson_start(GwLesson *self, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_PLANNED, error) || !gw_gathering_begin(&self->base, error))
        return false;
    self->state = GW_LESSON_LIVE;
    self->base.head.started_ms = self->looked_ms = gw_gatherings_now_ms(self->base.all);
    gw_lesson_draw_check(self);
    detail = json_object_new();
    json_object_set_string_member(detail, "title", self->base.head.name);
    json_object_set_int_member(detail, "offices", self->base.callees->len);
    gw_gathering_note(&self->base, NULL, "start", actor, detail);
    for (guint i = 0; i < self->base.callees->len; i++)
        gw_attendee_ring(self->base.callees->pdata[i]);
    gw_lesson_write(self);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

bool
gw_lesson_bring_back(GwLesson *self)
{
    if (!gw_gathering_attach(&self->base, GW_SESSION_LIVE))
        return false;
    gw_gathering_note(&self->base, NULL, "restart", &gw_actor_system, NULL);
    self->looked_ms = gw_gatherings_now_ms(self->base.all);
    gw_lesson_draw_check(self);
    for (guint i = 0; i < self->base.callees->len; i++)
        gw_attendee_resume(self->base.callees->pdata[i]);
    return true;
}

/* Ending. */

static void
count(GwLesson *self, int64_t elapsed_ms)
{
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwAttendee *place = self->base.callees->pdata[i];
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
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwAttendee *place = self->base.callees->pdata[i];
        if (place->base.call != NULL)
            gw_call_cancel(g_steal_pointer(&place->base.call), "ended");
        place->again_ms = 0;
    }
}

bool
gw_lesson_end(GwLesson *self, const GwActor *actor, GError **error)
{
    int64_t now_ms = gw_gatherings_now_ms(self->base.all);

    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    count(self, gw_attendance_elapsed_ms(self->looked_ms, now_ms));
    self->state = GW_LESSON_ENDED;
    self->base.head.ended_ms = now_ms;
    gw_lesson_tick_checks(self, G_MAXINT64);
    self->base.spot = NULL;
    self->base.spot_for_all = false;
    end_calls(self);
    gw_observers_clear(self->base.observers, self->base.live);
    gw_lesson_write(self);
    gw_gathering_set_changed(&self->base, NULL);
    return gw_session_end(self->base.live, actor, "completed", NULL, error);
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
    json_object_set_string_member(detail, "unit", self->base.head.unit);
    gw_lesson_audit(self, "lesson.sign", actor, detail);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

bool
gw_lesson_show(GwLesson *self, GwAttendee *place, const GwActor *actor, GError **error)
{
    GwCallee *callee = place != NULL ? &place->base : NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    if (place != NULL && place->state != GW_ATTENDEE_HERE) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has not answered, or has left.", callee->name);
        return false;
    }
    if (gw_gathering_set_spot(&self->base, callee, true))
        gw_gathering_note(&self->base, callee, "show", actor, NULL);
    return true;
}

/* Time. */

static void
ring_again(GwLesson *self, int64_t now_ms)
{
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwAttendee *place = self->base.callees->pdata[i];
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
    if (self->state == GW_LESSON_LIVE && now_ms - self->base.head.started_ms >= LONGEST_MS &&
        !gw_lesson_end(self, &gw_actor_system, &error))
        g_warning("lesson %s: %s", self->base.head.id, error->message);
}
