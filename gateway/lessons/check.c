#include "gateway/lessons/lessons-priv.h"

/* Presence is checked at times that nobody knows before, and whenever whoever teaches wants. Somebody at the office presses and is
 * photographed; whether that is good enough is said by a person, never by this program. */

static void
free_row(void *data)
{
    GwCheckRow *row = data;

    g_free(row->picture);
    g_free(row->judge);
    g_free(row);
}

GwCheck *
gw_lesson_add_check(GwLesson *self, int64_t at_ms, const char *by)
{
    GwCheck *check = g_new0(GwCheck, 1);

    check->number = self->checks->len + 1;
    check->at_ms = at_ms;
    check->until_ms = at_ms + GW_LESSON_CHECK_S * 1000;
    check->by = g_strdup(by);
    check->rows = g_ptr_array_new_with_free_func(free_row);
    g_ptr_array_add(self->checks, check);
    return check;
}

GwCheckRow *
gw_check_add_row(GwCheck *self, unsigned place)
{
    GwCheckRow *row = g_new0(GwCheckRow, 1);

    row->place = place;
    g_ptr_array_add(self->rows, row);
    return row;
}

static GwCheckRow *
find_row(const GwCheck *check, unsigned place)
{
    for (guint i = 0; i < check->rows->len; i++) {
        GwCheckRow *row = check->rows->pdata[i];
        if (row->place == place)
            return row;
    }
    return NULL;
}

static GwCheck *
get_last(const GwLesson *self)
{
    return self->checks->len > 0 ? self->checks->pdata[self->checks->len - 1] : NULL;
}

bool
gw_lesson_ask(GwLesson *self, const char *by, const GwActor *actor, GError **error)
{
    int64_t now_ms = gw_gatherings_now_ms(self->base.all);
    const GwCheck *last = get_last(self);
    JsonObject *detail = NULL;
    GwCheck *check = NULL;

    if (!gw_lesson_check_state(self, GW_LESSON_LIVE, error))
        return false;
    if (last != NULL && now_ms < last->until_ms) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "A check is being answered: wait for it.");
        return false;
    }
    if (self->checks->len >= GW_LESSON_MAX_CHECKS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "There were %d checks already.", GW_LESSON_MAX_CHECKS);
        return false;
    }
    check = gw_lesson_add_check(self, now_ms, by);
    for (guint i = 0; i < self->base.callees->len; i++) {
        const GwAttendee *place = self->base.callees->pdata[i];
        if (place->state != GW_ATTENDEE_HERE)
            continue;
        gw_check_add_row(check, place->base.number);
        gw_callee_tell(&place->base);
    }
    detail = json_object_new();
    json_object_set_int_member(detail, "check", check->number);
    json_object_set_int_member(detail, "offices", check->rows->len);
    gw_gathering_note(&self->base, NULL, "check", actor, detail);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

GwCheckRow *
gw_attendee_get_check(const GwAttendee *self, const GwCheck **ret_check)
{
    const GwCheck *check = get_last(gw_attendee_get_lesson(self));
    GwCheckRow *row = check != NULL ? find_row(check, self->base.number) : NULL;

    if (row == NULL || row->answer != GW_CHECK_ASKED)
        return NULL;
    *ret_check = check;
    return row;
}

bool
gw_attendee_answer_check(GwAttendee *self, const GwActor *actor, GError **error)
{
    const GwCheck *check = NULL;
    GwCheckRow *row = gw_attendee_get_check(self, &check);
    JsonObject *detail = NULL;

    if (row == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "No check waits for this office: it was too late, or is done.");
        return false;
    }
    row->answer = GW_CHECK_ANSWERED;
    row->answered_ms = gw_gatherings_now_ms(self->base.gathering->all);
    detail = json_object_new();
    json_object_set_int_member(detail, "check", check->number);
    if (row->picture != NULL)
        json_object_set_string_member(detail, "sha256", row->picture);
    gw_gathering_note(self->base.gathering, &self->base, "confirm", actor, detail);
    gw_callee_tell(&self->base);
    gw_gathering_set_changed(self->base.gathering, &self->base);
    return true;
}

static void
note_verdict(GwLesson *self, const GwAttendee *place, const GwCheck *check, const GwCheckRow *row, const GwActor *actor)
{
    g_autofree char *object = g_strconcat("lesson:", self->base.head.id, NULL);
    const GwAuditEntry entry = {
        .who = actor->audit,
        .action = "lesson.judge",
        .object = object,
        .address = actor->address,
        .session = self->base.head.session,
    };
    JsonObject *detail = json_object_new();

    json_object_set_int_member(detail, "check", check->number);
    json_object_set_string_member(detail, "unit", place->base.unit);
    json_object_set_string_member(detail, "office", place->base.name);
    json_object_set_boolean_member(detail, "passed", row->verdict == GW_VERDICT_PASSED);
    gw_audit_add(self->base.all->gateway->audit, &entry, detail);
}

bool
gw_lesson_judge(GwLesson *self, unsigned number, unsigned place, GwVerdict verdict, const GwActor *actor,
                GError **error)
{
    const GwCheck *check = number >= 1 && number <= self->checks->len ? self->checks->pdata[number - 1] : NULL;
    GwCheckRow *row = check != NULL ? find_row(check, place) : NULL;

    if (self->state != GW_LESSON_LIVE && !gw_lesson_check_state(self, GW_LESSON_ENDED, error))
        return false;
    if (row == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "This office was not asked in that check.");
        return false;
    }
    if (row->answer == GW_CHECK_ASKED) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The office may still answer.");
        return false;
    }
    g_free(row->judge);
    row->judge = g_strdup(actor->display);
    row->verdict = verdict;
    row->judged_ms = gw_gatherings_now_ms(self->base.all);
    note_verdict(self, gw_lesson_get_attendee(self, place), check, row, actor);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

void
gw_lesson_draw_check(GwLesson *self)
{
    const GwLessonPlan *plan = &self->plan;
    int64_t now_ms = gw_gatherings_now_ms(self->base.all);

    self->next_check_ms = 0;
    while (self->drawn < plan->n_checks && self->next_check_ms <= now_ms) {
        self->next_check_ms = gw_attendance_check_ms(self->base.head.started_ms, plan->minutes, self->drawn,
                                                     plan->n_checks, g_random_int());
        self->drawn++;
    }
    if (self->next_check_ms <= now_ms)
        self->next_check_ms = 0;
}

static void
close_rows(GwLesson *self, const GwCheck *check)
{
    for (guint i = 0; i < check->rows->len; i++) {
        GwCheckRow *row = check->rows->pdata[i];
        const GwAttendee *place = gw_lesson_get_attendee(self, row->place);
        if (row->answer != GW_CHECK_ASKED)
            continue;
        row->answer = GW_CHECK_MISSED;
        gw_callee_tell(&place->base);
        gw_gathering_set_changed(&self->base, NULL);
    }
}

void
gw_lesson_tick_checks(GwLesson *self, int64_t now_ms)
{
    const GwCheck *last = get_last(self);
    g_autoptr(GError) error = NULL;

    if (last != NULL && now_ms >= last->until_ms)
        close_rows(self, last);
    if (self->state != GW_LESSON_LIVE || self->next_check_ms == 0 || now_ms < self->next_check_ms)
        return;
    if (gw_lesson_ask(self, NULL, &gw_actor_system, &error) || !g_error_matches(error, SIG_ERROR, SIG_ERROR_STATE))
        gw_lesson_draw_check(self);
}

unsigned
gw_attendee_count_verdicts(const GwAttendee *self, GwVerdict verdict)
{
    const GwLesson *lesson = gw_attendee_get_lesson(self);
    unsigned n = 0;

    for (guint i = 0; i < lesson->checks->len; i++) {
        const GwCheckRow *row = find_row(lesson->checks->pdata[i], self->base.number);
        n += row != NULL && row->verdict == verdict;
    }
    return n;
}
