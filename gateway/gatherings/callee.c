#include "gateway/gatherings/gathering.h"

#include <string.h>

/* One office: its terminal, its call, what its page shows. */

void
gw_callee_init(GwCallee *self, GwGathering *gathering, const char *unit, const char *name, const char *terminal)
{
    self->gathering = gathering;
    self->number = gathering->callees->len + 1;
    self->unit = g_strdup(unit);
    self->name = g_strdup(name);
    self->terminal = g_strdup(terminal);
    g_ptr_array_add(gathering->callees, self);
    g_hash_table_insert(gathering->by_unit, self->unit, self);
}

void
gw_callee_clear(GwCallee *self)
{
    g_free(self->unit);
    g_free(self->name);
    g_free(self->terminal);
    g_free(self->reason);
}

static void
set_text(char **place, const char *value)
{
    char *before = *place;

    *place = g_strdup(value);
    g_free(before);
}

void
gw_callee_set_terminal(GwCallee *self, const char *terminal)
{
    set_text(&self->terminal, terminal);
}

void
gw_callee_set_reason(GwCallee *self, const char *reason)
{
    set_text(&self->reason, reason);
}

GwCallInfo
gw_callee_get_call_info(const GwCallee *self)
{
    const GwGathering *gathering = self->gathering;

    return (GwCallInfo){
        .terminal = self->terminal,
        .kind = gathering->all->kind->words.word,
        .session = gathering->head.session,
        .party = gw_party_get_name(self->party),
    };
}

bool
gw_callee_check_free(const GwCallee *self, GError **error)
{
    if (self->call == NULL)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s %s.", self->name,
                gw_call_is_answered(self->call) ? "has answered" : "is ringing");
    return false;
}

void
gw_callee_close(GwCallee *self)
{
    gw_party_close_publish(self->party);
    gw_party_close_watch(self->party);
}

void
gw_callee_note(GwCallee *self, const char *type, JsonObject *detail)
{
    g_autofree char *who = g_strconcat("terminal:", self->terminal, NULL);
    const GwActor actor = { .audit = who, .display = self->name };

    gw_gathering_note(self->gathering, self, type, &actor, detail);
}

static bool
is_talked_to(const GwCallee *self)
{
    const char *to = self->party != NULL ? gw_session_get_talk(self->gathering->live) : NULL;

    return to != NULL && (strcmp(to, GW_TALK_TO_ALL) == 0 || strcmp(to, gw_party_get_name(self->party)) == 0);
}

JsonObject *
gw_callee_now_to_json(const GwCallee *self)
{
    const GwGathering *gathering = self->gathering;
    const GwGatheringKind *kind = gathering->all->kind;
    const GwCallee *shown = gathering->spot_for_all ? gathering->spot : NULL;
    JsonObject *object = json_object_new();

    json_object_set_boolean_member(object, "spoken", is_talked_to(self));
    json_object_set_boolean_member(object, "turn", gathering->spot == self);
    json_object_set_boolean_member(object, "shown", shown != NULL);
    json_object_set_string_member(object, "showing", shown != NULL && shown != self ? shown->name : "");
    if (kind->add_to_now != NULL)
        kind->add_to_now(self, object);
    return object;
}

void
gw_callee_tell(const GwCallee *self)
{
    const char *event = self->gathering->all->kind->words.now_event;

    if (event != NULL && self->call != NULL && gw_call_is_answered(self->call))
        gw_call_notify(self->call, event, gw_callee_now_to_json(self));
}

void
gw_callee_add_moment(const GwCallee *self, JsonObject *object)
{
    GwPeople *people = self->gathering->all->gateway->people;
    const GwUnit *unit = gw_people_get_unit(people, self->unit);
    const GwTerminal *terminal = self->terminal != NULL ? gw_people_get_terminal(people, self->terminal) : NULL;

    if (unit != NULL && unit->name_en != NULL)
        json_object_set_string_member(object, "name_en", unit->name_en);
    json_object_set_boolean_member(object, "online", terminal != NULL && terminal->online);
}
