#include "gateway/duty/duty-priv.h"

static void
ask_free(void *data)
{
    GwDutyAsk *ask = data;

    g_clear_pointer(&ask->shift, gw_shift_free);
    g_clear_pointer(&ask->items, json_array_unref);
    g_free(ask);
}

GwShift *
gw_duty_get_shift(GwQuestion *question)
{
    return ((GwDutyAsk *)question->data)->shift;
}

static void
on_shift(GwQuestion *question, const GwRows *rows)
{
    GwDutyAsk *ask = question->data;
    g_autoptr(GwShift) shift = gw_rows_get_count(rows) > 0 ? gw_shift_from_row(rows, 0) : NULL;

    if (shift == NULL ||
        !gw_people_reaches(question->row.gateway->people, &question->identity, GW_ACCESS_INSPECTOR, shift->unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such shift.");
        return;
    }
    g_clear_pointer(&ask->shift, gw_shift_free);
    ask->shift = g_steal_pointer(&shift);
    ask->next(question);
}

void
gw_duty_find(GwQuestion *question, GwQuestionStep next)
{
    GwStatement *statement = gw_statement_new(GW_SHIFT_SELECT " WHERE d.id = ?1");

    if (question->data == NULL)
        gw_question_set_data(question, g_new0(GwDutyAsk, 1), ask_free);
    ((GwDutyAsk *)question->data)->next = next;
    gw_statement_text(statement, gw_question_get(question, "shift"));
    gw_question_query(question, statement, on_shift);
}

static JsonObject *
person_to_json(const GwQuestion *question, const char *id)
{
    const GwPerson *person = gw_people_get_person(question->row.gateway->people, id);
    JsonObject *object = gw_object_with_text("id", id);

    json_object_set_string_member(object, "display", person != NULL ? person->display : id);
    return object;
}

static void
add_act(JsonObject *object, const char *member, const GwShiftAct *act)
{
    if (act->at_ms == 0)
        return;
    JsonObject *json = json_object_new();
    json_object_set_int_member(json, "at_ms", act->at_ms);
    gw_object_set_text(json, "by", act->by);
    gw_object_set_text(json, "text", act->text);
    gw_object_set_text(json, "next", act->next);
    json_object_set_object_member(object, member, json);
}

static JsonArray *
list_acts(const GwQuestion *question, const GwShift *shift, GwShiftState state)
{
    JsonArray *may = json_array_new();
    const char *person = question->identity.id;
    int64_t now_ms = gw_duty_now_ms(question->row.subject);

    if (state == GW_SHIFT_DRAFT)
        json_array_add_string_element(may, "remove");
    if (state == GW_SHIFT_DRAFT || state == GW_SHIFT_TO_COME)
        json_array_add_string_element(may, "assign");
    if (state == GW_SHIFT_ON_DUTY && gw_shift_has(shift, person))
        json_array_add_string_element(may, "write");
    if (gw_shift_refuse_hand_over(shift, person, now_ms) == NULL)
        json_array_add_string_element(may, "hand-over");
    if (state == GW_SHIFT_TO_COME && shift->before != NULL && g_strcmp0(shift->leader, person) == 0)
        json_array_add_string_element(may, "sign");
    return may;
}

JsonObject *
gw_duty_shift_to_json(const GwQuestion *question, const GwShift *shift)
{
    int64_t now_ms = gw_duty_now_ms(question->row.subject);
    GwShiftState state = gw_shift_get_state(shift, now_ms);
    JsonObject *object = gw_object_with_text("id", shift->id);
    JsonObject *unit = gw_people_unit_to_json(question->row.gateway->people, shift->unit);
    JsonArray *members = json_array_new();

    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "state", gw_shift_state_to_string(state));
    json_object_set_int_member(object, "from_ms", shift->from_ms);
    json_object_set_int_member(object, "until_ms", shift->until_ms);
    json_object_set_object_member(object, "leader", person_to_json(question, shift->leader));
    for (char **member = shift->members; *member != NULL; member++)
        json_array_add_object_element(members, person_to_json(question, *member));
    json_object_set_array_member(object, "members", members);
    gw_object_set_text(object, "before", shift->before);
    json_object_set_boolean_member(object, "late", state == GW_SHIFT_ON_DUTY && shift->until_ms <= now_ms);
    json_object_set_boolean_member(object, "mine", gw_shift_has(shift, question->identity.id));
    add_act(object, "handed", &shift->handed);
    add_act(object, "taken", &shift->taken);
    json_object_set_array_member(object, "may", list_acts(question, shift, state));
    return object;
}

typedef struct {
    const GwDuty *duty;
    const char *unit;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if (!gw_people_reaches(telling->duty->gateway->people, identity, GW_ACCESS_INSPECTOR, telling->unit))
        return;
    sig_client_notify(client, "duty.changed", gw_object_with_text("unit", telling->unit));
}

void
gw_duty_tell(const GwDuty *self, const char *unit)
{
    Telling telling = { self, unit };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}
