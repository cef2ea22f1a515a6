#include "gateway/lessons/lessons-priv.h"

#include <string.h>

#include "gateway/supervision/offices.h"

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

    self->lesson = lesson;
    self->number = lesson->places->len + 1;
    self->unit = g_strdup(unit);
    self->name = g_strdup(name);
    self->terminal = g_strdup(terminal);
    self->pupils = g_ptr_array_new_with_free_func(free_pupil);
    g_ptr_array_add(lesson->places, self);
    return self;
}

void
gw_attendee_free(void *place)
{
    GwAttendee *self = place;

    g_ptr_array_unref(self->pupils);
    g_free(self->unit);
    g_free(self->name);
    g_free(self->terminal);
    g_free(self->reason);
    g_free(self);
}

GwAttendee *
gw_lesson_get_attendee(const GwLesson *self, unsigned number)
{
    return number >= 1 && number <= self->places->len ? self->places->pdata[number - 1] : NULL;
}

GwAttendee *
gw_lesson_find_attendee(const GwLesson *self, const char *unit, GError **error)
{
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        if (strcmp(place->unit, unit) == 0)
            return place;
    }
    g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "'%s' is no office of this lesson.", unit);
    return NULL;
}

static int64_t
now_ms(const GwAttendee *self)
{
    return gw_lessons_now_ms(self->lesson->lessons);
}

static void
set_state(GwAttendee *self, GwAttendeeState state, const char *reason)
{
    char *before = self->reason;

    self->reason = g_strdup(reason);
    g_free(before);
    self->state = state;
    gw_lesson_set_changed(self->lesson);
}

/* Ringing. */

static void
note_own(GwAttendee *self, const char *type, JsonObject *detail)
{
    g_autofree char *who = g_strconcat("terminal:", self->terminal, NULL);
    const GwActor actor = { .audit = who, .display = self->name };

    gw_lesson_note(self->lesson, self, type, &actor, detail);
}

static void
on_answered(GwCall *call, void *user_data)
{
    GwAttendee *self = user_data;

    (void)call;
    self->confirmed = false;
    set_state(self, GW_ATTENDEE_HERE, NULL);
    note_own(self, "answer", NULL);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwAttendee *self = user_data;
    JsonObject *detail = json_object_new();

    (void)call;
    self->call = NULL;
    set_state(self, GW_ATTENDEE_DECLINED, reason);
    json_object_set_string_member(detail, "reason", reason);
    note_own(self, "decline", detail);
}

static void
leave(GwAttendee *self)
{
    self->call = NULL;
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
    g_autoptr(GError) error = NULL;

    (void)call;
    leave(self);
    if (self->lesson->spot == self && !gw_lesson_show(self->lesson, NULL, &gw_actor_system, &error))
        g_debug("%s", error->message);
    gw_party_close_publish(self->party);
    gw_party_close_watch(self->party);
    note_own(self, "leave", NULL);
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
    const GwLesson *lesson = self->lesson;

    return (GwCallInfo){
        .terminal = self->terminal,
        .kind = "lesson",
        .session = lesson->head.session,
        .party = gw_party_get_name(self->party),
        .from = lesson->head.title,
        .from_unit = lesson->head.teacher,
    };
}

/* Rings until the lesson is over: who comes late answers then. */
void
gw_attendee_ring(GwAttendee *self)
{
    GwLessons *lessons = self->lesson->lessons;
    const GwTerminal *terminal = gw_offices_terminal_of(lessons->gateway->people, self->unit);
    g_autoptr(GError) error = NULL;

    self->again_ms = 0;
    if (terminal == NULL) {
        set_state(self, GW_ATTENDEE_NO_TERMINAL, NULL);
        return;
    }
    if (g_strcmp0(terminal->id, self->terminal) != 0) {
        g_free(self->terminal);
        self->terminal = g_strdup(terminal->id);
    }
    const GwBusiness business = gw_calls_get_business(lessons->calls, self->terminal, "lesson");
    GwCallInfo info = make_info(self);
    if (business.what == NULL)
        self->call = gw_calls_ring(lessons->calls, &info, &gw_attendee_call_handler, self, &error);
    if (self->call != NULL) {
        set_state(self, GW_ATTENDEE_RINGING, NULL);
        return;
    }
    self->again_ms = now_ms(self) + AGAIN_MS;
    set_state(self, GW_ATTENDEE_BUSY, business.what != NULL ? business.what : error->message);
}

bool
gw_attendee_again(GwAttendee *self, const GwActor *actor, GError **error)
{
    if (!gw_lesson_check_state(self->lesson, GW_LESSON_LIVE, error))
        return false;
    if (self->call != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s %s.", self->name,
                    gw_call_is_answered(self->call) ? "has answered" : "is ringing");
        return false;
    }
    gw_lesson_note(self->lesson, self, "again", actor, NULL);
    gw_attendee_ring(self);
    return true;
}

void
gw_attendee_resume(GwAttendee *self)
{
    GwLesson *lesson = self->lesson;
    g_autofree char *id = g_strdup_printf("%s-%u", lesson->head.id, self->number);

    if (self->state == GW_ATTENDEE_DECLINED || self->state == GW_ATTENDEE_NO_TERMINAL || self->terminal == NULL)
        return;
    GwCallInfo info = make_info(self);
    if (self->state == GW_ATTENDEE_HERE)
        self->call = gw_calls_resume(lesson->lessons->calls, id, &info, &gw_attendee_call_handler, self);
    if (self->call == NULL)
        gw_attendee_ring(self);
}

bool
gw_attendee_is_present(const GwAttendee *self)
{
    return self->state == GW_ATTENDEE_HERE && self->confirmed && self->lesson->lessons->sends(self);
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

static GwPupil *
find_pupil(const GwAttendee *self, const char *name, const char *number)
{
    for (guint i = 0; i < self->pupils->len; i++) {
        GwPupil *pupil = self->pupils->pdata[i];
        if (strcmp(pupil->name, name) == 0 && strcmp(pupil->number, number) == 0)
            return pupil;
    }
    return NULL;
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
        n_new += find_pupil(self, name, number != NULL ? number : "") == NULL;
    }
    if (self->pupils->len + n_new <= GW_LESSON_MAX_PUPILS)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "At most %d people at one office.", GW_LESSON_MAX_PUPILS);
    return false;
}

bool
gw_attendee_set_pupils(GwAttendee *self, JsonArray *people, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!check_people(self, people, error))
        return false;
    for (guint i = 0; i < self->pupils->len; i++)
        ((GwPupil *)self->pupils->pdata[i])->gone = true;
    for (guint i = 0; i < json_array_get_length(people); i++) {
        const char *name = get_text(people, i, "name"), *number = get_text(people, i, "number");
        GwPupil *pupil = find_pupil(self, name, number != NULL ? number : "");
        if (pupil == NULL)
            pupil = gw_attendee_add_pupil(self, name, number != NULL ? number : "");
        pupil->gone = false;
    }
    self->confirmed = true;
    detail = json_object_new();
    json_object_set_array_member(detail, "people", json_array_ref(people));
    gw_lesson_note(self->lesson, self, "present", actor, detail);
    gw_lesson_set_changed(self->lesson);
    return true;
}

/* Its page. */

JsonObject *
gw_attendee_now_to_json(const GwAttendee *self)
{
    const GwLesson *lesson = self->lesson;
    const GwAttendee *spot = lesson->spot;
    const GwCheck *check = NULL;
    const GwCheckRow *row = gw_attendee_get_check(self, &check);
    JsonObject *object = json_object_new();
    JsonArray *people = json_array_new();

    json_object_set_boolean_member(object, "spoken", lesson->live != NULL && gw_session_get_talk(lesson->live) != NULL);
    json_object_set_boolean_member(object, "turn", spot == self);
    json_object_set_boolean_member(object, "shown", spot != NULL);
    json_object_set_string_member(object, "showing", spot != NULL && spot != self ? spot->name : "");
    for (guint i = 0; i < self->pupils->len; i++) {
        const GwPupil *pupil = self->pupils->pdata[i];
        if (!pupil->gone)
            json_array_add_string_element(people, pupil->name);
    }
    json_object_set_array_member(object, "people", people);
    json_object_set_boolean_member(object, "confirmed", self->confirmed);
    if (row != NULL)
        json_object_set_int_member(object, "check_until_ms", check->until_ms);
    return object;
}

void
gw_attendee_tell(const GwAttendee *self)
{
    if (self->call != NULL && gw_call_is_answered(self->call))
        gw_call_notify(self->call, "lesson.now", gw_attendee_now_to_json(self));
}
