#include "gateway/lessons/lessons-priv.h"

#include <string.h>

#include "gateway/gatherings/offices.h"

enum { AGAIN_MS = 20 * 1000, MAX_NAME = 120, MAX_NUMBER = 64 };

static void
free_pupil(void *data)
{
    GwPupil *pupil = data;

    g_free(pupil->name);
    g_free(pupil->number);
    g_free(pupil);
}

GwAttendee *
gw_attendee_new(GwLesson *lesson, const char *unit, const char *name, const char *terminal)
{
    GwAttendee *self = g_new0(GwAttendee, 1);

    gw_callee_init(&self->base, &lesson->base, unit, name, terminal);
    self->pupils = g_ptr_array_new_with_free_func(free_pupil);
    return self;
}

void
gw_attendee_free(void *place)
{
    GwAttendee *self = place;

    g_ptr_array_unref(self->pupils);
    gw_callee_clear(&self->base);
    g_free(self);
}

GwAttendee *
gw_lesson_get_attendee(const GwLesson *self, unsigned number)
{
    return number >= 1 && number <= self->base.callees->len ? self->base.callees->pdata[number - 1] : NULL;
}

static int64_t
now_ms(const GwAttendee *self)
{
    return gw_gatherings_now_ms(self->base.gathering->all);
}

static void
set_state(GwAttendee *self, GwAttendeeState state, const char *reason)
{
    gw_callee_set_reason(&self->base, reason);
    self->state = state;
    gw_gathering_set_changed(self->base.gathering, &self->base);
}

/* Ringing. */

static void
on_answered(GwCall *call, void *user_data)
{
    GwAttendee *self = user_data;

    (void)call;
    self->confirmed = false;
    set_state(self, GW_ATTENDEE_HERE, NULL);
    gw_callee_note(&self->base, "answer", NULL);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwAttendee *self = user_data;
    JsonObject *detail = json_object_new();

    (void)call;
    self->base.call = NULL;
    set_state(self, GW_ATTENDEE_DECLINED, reason);
    json_object_set_string_member(detail, "reason", reason);
    gw_callee_note(&self->base, "decline", detail);
}

static void
leave(GwAttendee *self)
{
    self->base.call = NULL;
    self->again_ms = now_ms(self) + AGAIN_MS;
    set_state(self, GW_ATTENDEE_LEFT, NULL);
}

static void
on_missed(GwCall *call, void *user_data)
{
    (void)call;
    leave(user_data);
}

static void
on_gone(GwCall *call, void *user_data)
{
    GwAttendee *self = user_data;
    GwLesson *lesson = gw_attendee_get_lesson(self);
    g_autoptr(GError) error = NULL;

    (void)call;
    leave(self);
    if (lesson->base.spot == &self->base && !gw_lesson_show(lesson, NULL, &gw_actor_system, &error))
        g_debug("%s", error->message);
    gw_callee_close(&self->base);
    gw_callee_note(&self->base, "leave", NULL);
}

const GwCallHandler gw_attendee_call_handler = {
    .answered = on_answered,
    .declined = on_declined,
    .missed = on_missed,
    .gone = on_gone,
};

static GwCallInfo
make_info(const GwAttendee *self)
{
    const GwLesson *lesson = gw_attendee_get_lesson(self);
    GwCallInfo info = gw_callee_get_call_info(&self->base);

    info.from = lesson->base.head.name;
    info.from_unit = lesson->plan.teacher;
    return info;
}

/* Rings until the lesson is over: who comes late answers then. */
void
gw_attendee_ring(GwAttendee *self)
{
    GwCallee *callee = &self->base;
    GwGatherings *all = callee->gathering->all;
    const GwTerminal *terminal = gw_offices_terminal_of(all->gateway->people, callee->unit);
    g_autoptr(GError) error = NULL;

    self->again_ms = 0;
    if (terminal == NULL) {
        set_state(self, GW_ATTENDEE_NO_TERMINAL, NULL);
        return;
    }
    if (g_strcmp0(terminal->id, callee->terminal) != 0)
        gw_callee_set_terminal(callee, terminal->id);
    const GwBusiness business = gw_calls_get_business(all->calls, callee->terminal, "lesson");
    GwCallInfo info = make_info(self);
    if (business.what == NULL)
        callee->call = gw_calls_ring(all->calls, &info, &gw_attendee_call_handler, self, &error);
    if (callee->call != NULL) {
        set_state(self, GW_ATTENDEE_RINGING, NULL);
        return;
    }
    self->again_ms = now_ms(self) + AGAIN_MS;
    set_state(self, GW_ATTENDEE_BUSY, business.what != NULL ? business.what : error->message);
}

bool
gw_attendee_again(GwAttendee *self, const GwActor *actor, GError **error)
{
    if (!gw_lesson_check_state(gw_attendee_get_lesson(self), GW_LESSON_LIVE, error) ||
        !gw_callee_check_free(&self->base, error))
        return false;
    gw_gathering_note(self->base.gathering, &self->base, "again", actor, NULL);
    gw_attendee_ring(self);
    return true;
}

void
gw_attendee_resume(GwAttendee *self)
{
    GwCallee *callee = &self->base;
    g_autofree char *id = g_strdup_printf("%s-%u", callee->gathering->head.id, callee->number);

    if (self->state == GW_ATTENDEE_DECLINED || self->state == GW_ATTENDEE_NO_TERMINAL || callee->terminal == NULL)
        return;
    GwCallInfo info = make_info(self);
    if (self->state == GW_ATTENDEE_HERE)
        callee->call = gw_calls_resume(callee->gathering->all->calls, id, &info, &gw_attendee_call_handler, self);
    if (callee->call == NULL)
        gw_attendee_ring(self);
}

bool
gw_attendee_is_present(const GwAttendee *self)
{
    return self->state == GW_ATTENDEE_HERE && self->confirmed &&
           ((const GwLessons *)self->base.gathering->all)->sends(self);
}

/* Who is in the room. */

GwPupil *
gw_attendee_add_pupil(GwAttendee *self, const char *name, const char *number)
{
    GwPupil *pupil = g_new0(GwPupil, 1);

    pupil->name = g_strdup(name);
    pupil->number = g_strdup(number);
    g_ptr_array_add(self->pupils, pupil);
    return pupil;
}

/* number NULL: whoever has that name here, as the register has him. */
static GwPupil *
find_pupil(const GwAttendee *self, const char *name, const char *number)
{
    for (guint i = 0; i < self->pupils->len; i++) {
        GwPupil *pupil = self->pupils->pdata[i];
        if (strcmp(pupil->name, name) == 0 && (number == NULL || strcmp(pupil->number, number) == 0))
            return pupil;
    }
    return NULL;
}

/* Who was named and then was not, and of whom nothing was counted. */
static void
forget_strangers(GwAttendee *self)
{
    for (guint i = self->pupils->len; i > 0; i--) {
        const GwPupil *pupil = self->pupils->pdata[i - 1];
        if (pupil->gone && pupil->present_ms == 0)
            g_ptr_array_remove_index(self->pupils, i - 1);
    }
}

static const char *
get_text(JsonArray *people, guint i, const char *member)
{
    JsonNode *node = json_array_get_element(people, i);
    JsonNode *value = JSON_NODE_HOLDS_OBJECT(node) ? json_object_get_member(json_node_get_object(node), member) : NULL;

    return value != NULL && JSON_NODE_HOLDS_VALUE(value) ? json_node_get_string(value) : NULL;
}

static bool
check_people(const GwAttendee *self, JsonArray *people, GError **error)
{
    guint n_new = 0;

    for (guint i = 0; i < json_array_get_length(people); i++) {
        const char *name = get_text(people, i, "name"), *number = get_text(people, i, "number");
        if (name == NULL || name[0] == '\0' || strlen(name) > MAX_NAME ||
            (number != NULL && strlen(number) > MAX_NUMBER)) {
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                                "Each of \"people\" is {name, number?} with a short name.");
            return false;
        }
        n_new += find_pupil(self, name, number) == NULL;
    }
    if (self->pupils->len + n_new <= GW_LESSON_MAX_PUPILS)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "At most %d people at one office.", GW_LESSON_MAX_PUPILS);
    return false;
}

static bool
check_time(const GwAttendee *self, GError **error)
{
    GwLessonState state = gw_attendee_get_lesson(self)->state;

    if (state == GW_LESSON_PLANNED || state == GW_LESSON_LIVE)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This lesson is %s.", gw_lesson_state_to_string(state));
    return false;
}

static void
note_pupils(GwAttendee *self, JsonArray *people, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    json_object_set_array_member(detail, "people", json_array_ref(people));
    if (self->base.gathering->live != NULL) {
        gw_gathering_note(self->base.gathering, &self->base, "present", actor, detail);
        return;
    }
    json_object_set_string_member(detail, "unit", self->base.unit);
    gw_lesson_audit(gw_attendee_get_lesson(self), "lesson.attend", actor, detail);
    gw_lesson_write(gw_attendee_get_lesson(self));
}

bool
gw_attendee_set_pupils(GwAttendee *self, JsonArray *people, const GwActor *actor, GError **error)
{
    if (!check_time(self, error) || !check_people(self, people, error))
        return false;
    for (guint i = 0; i < self->pupils->len; i++)
        ((GwPupil *)self->pupils->pdata[i])->gone = true;
    for (guint i = 0; i < json_array_get_length(people); i++) {
        const char *name = get_text(people, i, "name"), *number = get_text(people, i, "number");
        GwPupil *pupil = find_pupil(self, name, number);
        if (pupil == NULL)
            pupil = gw_attendee_add_pupil(self, name, number != NULL ? number : "");
        pupil->gone = false;
    }
    forget_strangers(self);
    self->confirmed = self->state == GW_ATTENDEE_HERE;
    note_pupils(self, people, actor);
    gw_gathering_set_changed(self->base.gathering, &self->base);
    return true;
}

/* Its page. */

void
gw_attendee_add_to_now(const GwCallee *callee, JsonObject *object)
{
    const GwAttendee *self = (const GwAttendee *)callee;
    const GwCheck *check = NULL;
    const GwCheckRow *row = gw_attendee_get_check(self, &check);
    JsonArray *people = json_array_new();

    for (guint i = 0; i < self->pupils->len; i++) {
        const GwPupil *pupil = self->pupils->pdata[i];
        if (!pupil->gone)
            json_array_add_string_element(people, pupil->name);
    }
    json_object_set_array_member(object, "people", people);
    json_object_set_boolean_member(object, "confirmed", self->confirmed);
    if (row != NULL)
        json_object_set_int_member(object, "check_until_ms", check->until_ms);
}
