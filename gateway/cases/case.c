#include "gateway/cases/cases-priv.h"

#include <string.h>

const char *const gw_case_actions[] = { "call", "photo", "video", "office", NULL };
const char *const gw_case_results[] = { "answered", "no-answer", "refused", "other-person", NULL };

void
gw_case_alarm_free(void *data)
{
    GwCaseAlarm *self = data;

    gw_alarm_clear(&self->alarm);
    g_free(self);
}

void
gw_case_action_free(void *data)
{
    GwCaseAction *self = data;

    g_free(self->action);
    g_free(self->result);
    g_free(self->session);
    g_free(self->request);
    g_free(self->note);
    g_free(self->who);
    g_free(self->display);
    g_free(self);
}

GwCase *
gw_case_new(const char *id)
{
    GwCase *self = g_new0(GwCase, 1);

    self->id = g_strdup(id);
    self->alarms = g_ptr_array_new_with_free_func(gw_case_alarm_free);
    self->actions = g_ptr_array_new_with_free_func(gw_case_action_free);
    return self;
}

void
gw_case_free(void *data)
{
    GwCase *self = data;

    if (self == NULL)
        return;
    g_ptr_array_unref(self->alarms);
    g_ptr_array_unref(self->actions);
    g_free(self->id);
    g_free(self->platform);
    g_free(self->person);
    g_free(self->name);
    g_free(self->unit);
    g_free(self->who);
    g_free(self->display);
    g_free(self->note);
    g_free(self);
}

bool
gw_case_is_open(const GwCase *self)
{
    return self->closed_ms == 0;
}

GwCaseAction *
gw_case_find_action(const GwCase *self, unsigned n)
{
    return n >= 1 && n <= self->actions->len ? self->actions->pdata[n - 1] : NULL;
}

/* Alarms come out of order: what counts is when they occurred. Of equal times the one that came last. */
static const GwCaseAlarm *
find_last(const GwCase *self, bool with_position)
{
    const GwCaseAlarm *last = NULL;

    for (guint i = 0; i < self->alarms->len; i++) {
        const GwCaseAlarm *one = self->alarms->pdata[i];
        if (with_position && !one->alarm.has_position)
            continue;
        if (last == NULL || one->alarm.occurred_ms >= last->alarm.occurred_ms)
            last = one;
    }
    return last;
}

const GwCaseAlarm *
gw_case_get_last_seen(const GwCase *self)
{
    return find_last(self, true);
}

const GwCaseAlarm *
gw_case_get_last(const GwCase *self)
{
    return find_last(self, false);
}

bool
gw_case_alarm_is_ahead(const GwCaseAlarm *self)
{
    return self->alarm.occurred_ms > self->arrived_ms + GW_ALARM_AHEAD_MS;
}

/* JSON */

static JsonObject *
alarm_to_json(const GwCaseAlarm *one)
{
    const GwAlarm *alarm = &one->alarm;
    JsonObject *object = gw_object_with_text("id", alarm->id);

    json_object_set_string_member(object, "kind", alarm->kind);
    json_object_set_string_member(object, "unit_code", alarm->unit_code);
    gw_object_set_text(object, "device", alarm->device);
    json_object_set_int_member(object, "occurred_ms", alarm->occurred_ms);
    if (alarm->received_ms != 0)
        json_object_set_int_member(object, "received_ms", alarm->received_ms);
    json_object_set_int_member(object, "arrived_ms", one->arrived_ms);
    json_object_set_boolean_member(object, "ahead", gw_case_alarm_is_ahead(one));
    if (alarm->has_position) {
        JsonObject *sent = json_object_new();
        gw_position_to_json(alarm->at, object);
        gw_position_to_json(alarm->sent, sent);
        json_object_set_string_member(sent, "datum", gw_datum_names[alarm->datum]);
        json_object_set_object_member(object, "sent", sent);
    }
    if (alarm->accuracy_m >= 0)
        json_object_set_double_member(object, "accuracy_m", alarm->accuracy_m);
    return object;
}

static JsonObject *
action_to_json(const GwCaseAction *action)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "n", action->n);
    json_object_set_string_member(object, "action", action->action);
    gw_object_set_text(object, "result", action->result);
    gw_object_set_text(object, "session", action->session);
    gw_object_set_text(object, "request", action->request);
    gw_object_set_text(object, "note", action->note);
    json_object_set_string_member(object, "by", action->display);
    json_object_set_int_member(object, "began_ms", action->began_ms);
    if (action->ended_ms != 0)
        json_object_set_int_member(object, "ended_ms", action->ended_ms);
    return object;
}

static JsonObject *
closing_to_json(const GwCase *self)
{
    const GwCaseAction *action = gw_case_find_action(self, self->decided);
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "at_ms", self->closed_ms);
    gw_object_set_text(object, "by", self->display);
    gw_object_set_text(object, "note", self->note);
    json_object_set_int_member(object, "n", self->decided);
    gw_object_set_text(object, "action", action != NULL ? action->action : NULL);
    gw_object_set_text(object, "result", action != NULL ? action->result : NULL);
    return object;
}

JsonObject *
gw_case_to_json(GwCases *cases, const GwCase *self)
{
    const GwPlatform *platform = g_hash_table_lookup(cases->platforms, self->platform);
    const GwCaseAlarm *last = gw_case_get_last(self), *seen = gw_case_get_last_seen(self);
    JsonObject *unit = gw_people_unit_to_json(cases->gateway->people, self->unit);
    JsonObject *object = gw_object_with_text("id", self->id);

    json_object_set_string_member(object, "state", gw_case_is_open(self) ? "open" : "closed");
    json_object_set_string_member(object, "person", self->person);
    gw_object_set_text(object, "name", self->name);
    gw_object_set_text(object, "platform", platform != NULL ? platform->name : NULL);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_boolean_member(object, "unit_known", self->unit_known);
    json_object_set_int_member(object, "opened_ms", self->opened_ms);
    json_object_set_int_member(object, "n_alarms", self->alarms->len);
    json_object_set_int_member(object, "n_actions", self->actions->len);
    if (last != NULL) {
        json_object_set_string_member(object, "kind", last->alarm.kind);
        json_object_set_int_member(object, "occurred_ms", last->alarm.occurred_ms);
    }
    if (seen != NULL) {
        gw_position_to_json(seen->alarm.at, object);
        json_object_set_int_member(object, "seen_ms", seen->alarm.occurred_ms);
        if (seen->alarm.accuracy_m >= 0)
            json_object_set_double_member(object, "accuracy_m", seen->alarm.accuracy_m);
    }
    if (!gw_case_is_open(self))
        json_object_set_object_member(object, "closed", closing_to_json(self));
    return object;
}

JsonObject *
gw_case_to_whole_json(GwCases *cases, const GwCase *self)
{
    JsonObject *object = gw_case_to_json(cases, self);
    JsonArray *alarms = json_array_new(), *actions = json_array_new();

    for (guint i = 0; i < self->alarms->len; i++)
        json_array_add_object_element(alarms, alarm_to_json(self->alarms->pdata[i]));
    for (guint i = 0; i < self->actions->len; i++)
        json_array_add_object_element(actions, action_to_json(self->actions->pdata[i]));
    json_object_set_array_member(object, "alarms", alarms);
    json_object_set_array_member(object, "actions", actions);
    return object;
}
