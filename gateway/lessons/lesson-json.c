#include "gateway/lessons/lessons-priv.h"

#include <string.h>

/* A lesson as pages and the store have it. What is signed is the text of the sheet. */

static const char *const states[] = {
    [GW_LESSON_PLANNED] = "planned", [GW_LESSON_LIVE] = "live",           [GW_LESSON_ENDED] = "ended",
    [GW_LESSON_SIGNED] = "signed",   [GW_LESSON_CANCELLED] = "cancelled",
};
static const char *const places[] = {
    [GW_ATTENDEE_WAITING] = "waiting",         [GW_ATTENDEE_RINGING] = "ringing", [GW_ATTENDEE_HERE] = "here",
    [GW_ATTENDEE_DECLINED] = "declined",       [GW_ATTENDEE_LEFT] = "left",       [GW_ATTENDEE_BUSY] = "busy",
    [GW_ATTENDEE_NO_TERMINAL] = "no-terminal",
};
static const char *const answers[] = {
    [GW_CHECK_ASKED] = "asked", [GW_CHECK_ANSWERED] = "answered", [GW_CHECK_MISSED] = "missed"
};
static const char *const verdicts[] = {
    [GW_VERDICT_OPEN] = "open", [GW_VERDICT_PASSED] = "passed", [GW_VERDICT_FAILED] = "failed"
};

/* The number of a word; 0 when it is unknown. */
static unsigned
find_word(const char *const *words, unsigned n, const char *word)
{
    for (unsigned i = 0; i < n; i++) {
        if (g_strcmp0(words[i], word) == 0)
            return i;
    }
    return 0;
}

const char *
gw_lesson_state_to_string(GwLessonState state)
{
    return states[state];
}

static void
set_text(JsonObject *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, name, value);
}

static JsonObject *
head_to_json(const GwLesson *self)
{
    const GwGatheringHead *head = &self->base.head;
    const GwLessonPlan *plan = &self->plan;
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->base.all->gateway->people, head->unit);

    json_object_set_string_member(object, "id", head->id);
    json_object_set_string_member(object, "session", head->session);
    json_object_set_string_member(object, "title", head->name);
    json_object_set_string_member(object, "teacher", plan->teacher);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "by", head->display);
    json_object_set_string_member(object, "state", states[self->state]);
    json_object_set_boolean_member(object, "recorded", head->recording_class == GW_CLASS_RECORDED);
    json_object_set_int_member(object, "planned_ms", plan->planned_ms);
    json_object_set_int_member(object, "minutes", plan->minutes);
    json_object_set_int_member(object, "n_checks", plan->n_checks);
    json_object_set_int_member(object, "started_ms", head->started_ms);
    json_object_set_int_member(object, "ended_ms", head->ended_ms);
    return object;
}

JsonObject *
gw_lesson_to_json(const GwLesson *self)
{
    JsonObject *object = head_to_json(self), *figures = json_object_new();
    unsigned here = 0, open = 0;

    for (guint i = 0; i < self->base.callees->len; i++) {
        const GwAttendee *place = self->base.callees->pdata[i];
        here += place->state == GW_ATTENDEE_HERE || place->present_ms > 0;
        open += gw_attendee_count_verdicts(place, GW_VERDICT_OPEN);
    }
    json_object_set_int_member(figures, "offices", self->base.callees->len);
    json_object_set_int_member(figures, "here", here);
    json_object_set_int_member(figures, "checks", self->checks->len);
    json_object_set_int_member(figures, "open", open);
    json_object_set_object_member(object, "figures", figures);
    set_text(object, "sha256", self->sha256);
    return object;
}

static JsonArray *
pupils_to_json(const GwAttendee *place)
{
    JsonArray *rows = json_array_new();

    for (guint i = 0; i < place->pupils->len; i++) {
        const GwPupil *pupil = place->pupils->pdata[i];
        JsonObject *row = json_object_new();
        json_object_set_string_member(row, "name", pupil->name);
        json_object_set_string_member(row, "number", pupil->number);
        json_object_set_boolean_member(row, "gone", pupil->gone);
        json_object_set_int_member(row, "present_ms", pupil->present_ms);
        json_object_set_int_member(row, "minutes", gw_attendance_minutes(pupil->present_ms));
        json_array_add_object_element(rows, row);
    }
    return rows;
}

JsonObject *
gw_attendee_to_json(const GwAttendee *place)
{
    JsonObject *row = json_object_new();

    json_object_set_int_member(row, "number", place->base.number);
    json_object_set_string_member(row, "unit", place->base.unit);
    json_object_set_string_member(row, "name", place->base.name);
    set_text(row, "terminal", place->base.terminal);
    json_object_set_string_member(row, "state", places[place->state]);
    set_text(row, "reason", place->base.reason);
    json_object_set_boolean_member(row, "confirmed", place->confirmed);
    json_object_set_int_member(row, "present_ms", place->present_ms);
    json_object_set_int_member(row, "minutes", gw_attendance_minutes(place->present_ms));
    json_object_set_int_member(row, "passed", gw_attendee_count_verdicts(place, GW_VERDICT_PASSED));
    json_object_set_int_member(row, "failed", gw_attendee_count_verdicts(place, GW_VERDICT_FAILED));
    json_object_set_array_member(row, "people", pupils_to_json(place));
    return row;
}

static JsonObject *
check_to_json(const GwCheck *check)
{
    JsonObject *object = json_object_new();
    JsonArray *rows = json_array_new();

    json_object_set_int_member(object, "number", check->number);
    json_object_set_int_member(object, "at_ms", check->at_ms);
    json_object_set_int_member(object, "until_ms", check->until_ms);
    set_text(object, "by", check->by);
    for (guint i = 0; i < check->rows->len; i++) {
        const GwCheckRow *from = check->rows->pdata[i];
        JsonObject *row = json_object_new();
        json_object_set_int_member(row, "office", from->place);
        json_object_set_string_member(row, "answer", answers[from->answer]);
        json_object_set_string_member(row, "verdict", verdicts[from->verdict]);
        if (from->answered_ms != 0)
            json_object_set_int_member(row, "answered_ms", from->answered_ms);
        set_text(row, "picture_sha256", from->picture);
        set_text(row, "judge", from->judge);
        if (from->judged_ms != 0)
            json_object_set_int_member(row, "judged_ms", from->judged_ms);
        json_array_add_object_element(rows, row);
    }
    json_object_set_array_member(object, "offices", rows);
    return object;
}

static JsonObject *
to_document(const GwLesson *self, JsonObject *(*to_json)(const GwAttendee *place))
{
    JsonObject *sheet = head_to_json(self);
    JsonArray *rows = json_array_new(), *checks = json_array_new();

    json_object_set_string_member(sheet, "person", self->base.head.person);
    json_object_set_string_member(sheet, "audit", self->base.head.audit);
    json_object_set_string_member(sheet, "unit_id", self->base.head.unit);
    for (guint i = 0; i < self->base.callees->len; i++)
        json_array_add_object_element(rows, to_json(self->base.callees->pdata[i]));
    for (guint i = 0; i < self->checks->len; i++)
        json_array_add_object_element(checks, check_to_json(self->checks->pdata[i]));
    json_object_set_array_member(sheet, "offices", rows);
    json_object_set_array_member(sheet, "checks", checks);
    return sheet;
}

JsonObject *
gw_lesson_to_sheet(const GwLesson *self)
{
    return to_document(self, gw_attendee_to_json);
}

static JsonObject *
place_to_live(const GwAttendee *place)
{
    JsonObject *row = gw_attendee_to_json(place);

    gw_callee_add_moment(&place->base, row);
    json_object_set_boolean_member(row, "present", gw_attendee_is_present(place));
    return row;
}

JsonObject *
gw_lesson_to_live(const GwLesson *self)
{
    const GwGathering *base = &self->base;
    JsonObject *object = to_document(self, place_to_live);
    const GwObserver *talker = base->live != NULL ? gw_observers_find_talker(base->observers, base->live) : NULL;

    set_text(object, "sha256", self->sha256);
    if (base->spot != NULL)
        json_object_set_string_member(object, "spot", base->spot->unit);
    if (talker != NULL)
        json_object_set_string_member(object, "talker", talker->display);
    if (base->live != NULL)
        json_object_set_object_member(object, "recording", gw_session_recording_to_json(base->live));
    return object;
}

/* Back from the store. */

static const char *
text_of(JsonObject *object, const char *name)
{
    return json_object_get_string_member_with_default(object, name, NULL);
}

static int64_t
number_of(JsonObject *object, const char *name)
{
    return json_object_get_int_member_with_default(object, name, 0);
}

static void
read_place(GwLesson *self, JsonObject *row)
{
    GwAttendee *place = gw_attendee_new(self, text_of(row, "unit"), text_of(row, "name"), text_of(row, "terminal"));
    JsonArray *people = json_object_get_array_member(row, "people");

    place->state = find_word(places, GW_ATTENDEE_N_STATES, text_of(row, "state"));
    place->confirmed = json_object_get_boolean_member_with_default(row, "confirmed", FALSE);
    place->present_ms = number_of(row, "present_ms");
    gw_callee_set_reason(&place->base, text_of(row, "reason"));
    for (guint i = 0; people != NULL && i < json_array_get_length(people); i++) {
        JsonObject *from = json_array_get_object_element(people, i);
        GwPupil *pupil = gw_attendee_add_pupil(place, text_of(from, "name"), text_of(from, "number"));
        pupil->gone = json_object_get_boolean_member_with_default(from, "gone", FALSE);
        pupil->present_ms = number_of(from, "present_ms");
    }
}

static void
read_check(GwLesson *self, JsonObject *from)
{
    GwCheck *check = gw_lesson_add_check(self, number_of(from, "at_ms"), text_of(from, "by"));
    JsonArray *rows = json_object_get_array_member(from, "offices");

    check->until_ms = number_of(from, "until_ms");
    for (guint i = 0; rows != NULL && i < json_array_get_length(rows); i++) {
        JsonObject *object = json_array_get_object_element(rows, i);
        GwCheckRow *row = gw_check_add_row(check, (unsigned)number_of(object, "office"));
        row->answer = find_word(answers, GW_CHECK_N_ANSWERS, text_of(object, "answer"));
        row->verdict = find_word(verdicts, GW_VERDICT_N, text_of(object, "verdict"));
        row->answered_ms = number_of(object, "answered_ms");
        row->picture = g_strdup(text_of(object, "picture_sha256"));
        row->judge = g_strdup(text_of(object, "judge"));
        row->judged_ms = number_of(object, "judged_ms");
    }
}

bool
gw_lesson_read_sheet(GwLesson *self, JsonObject *sheet)
{
    JsonArray *rows = json_object_get_array_member(sheet, "offices");
    JsonArray *checks = json_object_get_array_member(sheet, "checks");

    if (rows == NULL || checks == NULL)
        return false;
    self->state = find_word(states, GW_LESSON_N_STATES, text_of(sheet, "state"));
    self->base.head = (GwGatheringHead){
        .id = g_strdup(text_of(sheet, "id")),
        .session = g_strdup(text_of(sheet, "session")),
        .name = g_strdup(text_of(sheet, "title")),
        .unit = g_strdup(text_of(sheet, "unit_id")),
        .person = g_strdup(text_of(sheet, "person")),
        .display = g_strdup(text_of(sheet, "by")),
        .audit = g_strdup(text_of(sheet, "audit")),
        .recording_class =
            json_object_get_boolean_member_with_default(sheet, "recorded", TRUE) ? GW_CLASS_RECORDED : GW_CLASS_UNKEPT,
        .started_ms = number_of(sheet, "started_ms"),
        .ended_ms = number_of(sheet, "ended_ms"),
    };
    self->plan = (GwLessonPlan){
        .teacher = g_strdup(text_of(sheet, "teacher")),
        .planned_ms = number_of(sheet, "planned_ms"),
        .minutes = (unsigned)number_of(sheet, "minutes"),
        .n_checks = (unsigned)number_of(sheet, "n_checks"),
    };
    for (guint i = 0; i < json_array_get_length(rows); i++)
        read_place(self, json_array_get_object_element(rows, i));
    for (guint i = 0; i < json_array_get_length(checks); i++)
        read_check(self, json_array_get_object_element(checks, i));
    return true;
}
