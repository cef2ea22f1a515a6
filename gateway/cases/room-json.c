#include "gateway/cases/room.h"

#include <string.h>

/* A room as pages, and the store, have it; who hears of it. */

static const char *const states[] = { "ringing", "answered", "absent", "declined", "busy", "left", "no-terminal" };

const char *
gw_member_state_to_string(GwMemberState state)
{
    return states[state];
}

bool
gw_member_state_from_string(const char *word, GwMemberState *ret_state)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++) {
        if (strcmp(states[i], word) != 0)
            continue;
        *ret_state = (GwMemberState)i;
        return true;
    }
    return false;
}

static JsonObject *
member_to_json(const GwMember *member)
{
    const GwCallee *base = &member->base;
    GwPeople *people = base->gathering->all->gateway->people;
    JsonObject *object = json_object_new(), *unit = gw_people_unit_to_json(people, base->unit);

    json_object_set_int_member(object, "n", base->number);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    gw_object_set_text(object, "terminal", base->terminal);
    json_object_set_string_member(object, "state", states[member->state]);
    if (member->answered_ms != 0)
        json_object_set_int_member(object, "answered_ms", member->answered_ms);
    json_object_set_boolean_member(object, "connected", base->party != NULL && gw_party_is_connected(base->party));
    return object;
}

unsigned
gw_room_count_answered(const GwRoom *self)
{
    unsigned n = 0;

    for (guint i = 0; i < self->base.callees->len; i++)
        n += ((GwMember *)self->base.callees->pdata[i])->answered_ms != 0;
    return n;
}

static JsonArray *
observers_to_json(const GwRoom *self)
{
    JsonArray *names = json_array_new();

    for (guint i = 0; i < self->base.observers->len; i++)
        json_array_add_string_element(names, ((GwObserver *)self->base.observers->pdata[i])->display);
    return names;
}

JsonObject *
gw_room_to_json(const GwRoom *self)
{
    const GwObserver *talker =
        self->base.live != NULL ? gw_observers_find_talker(self->base.observers, self->base.live) : NULL;
    JsonObject *object = gw_object_with_text("id", self->base.head.id);
    JsonObject *unit = gw_people_unit_to_json(self->cases->gateway->people, self->base.head.unit);
    JsonArray *members = json_array_new();

    for (guint i = 0; i < self->base.callees->len; i++)
        json_array_add_object_element(members, member_to_json(self->base.callees->pdata[i]));
    json_object_set_string_member(object, "kind", self->base.head.kind);
    json_object_set_string_member(object, "name", self->base.head.name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    gw_object_set_text(object, "sentence", self->sentence);
    gw_object_set_text(object, "plan", self->plan);
    gw_object_set_text(object, "case", self->case_id);
    json_object_set_string_member(object, "by", self->base.head.display);
    json_object_set_string_member(object, "state", gw_room_is_over(self) ? "ended" : "open");
    json_object_set_int_member(object, "opened_ms", self->base.head.started_ms);
    if (gw_room_is_over(self))
        json_object_set_int_member(object, "ended_ms", self->base.head.ended_ms);
    if (self->base.live != NULL)
        json_object_set_string_member(object, "session", gw_session_get_id(self->base.live));
    json_object_set_array_member(object, "members", members);
    json_object_set_int_member(object, "answered", gw_room_count_answered(self));
    if (self->cameras != NULL)
        json_object_set_array_member(object, "cameras", json_array_ref(self->cameras));
    json_object_set_array_member(object, "observers", observers_to_json(self));
    if (self->base.spot != NULL)
        json_object_set_int_member(object, "spot", self->base.spot->number);
    gw_object_set_text(object, "talker", talker != NULL ? talker->display : NULL);
    return object;
}

static bool
is_invited(const GwRoom *self, const GwIdentity *identity)
{
    for (guint i = 0; self->people != NULL && i < json_array_get_length(self->people); i++) {
        if (g_strcmp0(json_array_get_string_element(self->people, i), identity->id) == 0)
            return true;
    }
    return false;
}

bool
gw_room_is_seen_by(const GwRoom *self, const GwIdentity *identity)
{
    if (identity == NULL || identity->seat != GW_SEAT_CONSOLE || (identity->access & GW_ACCESS_INSPECTOR) == 0)
        return false;
    return is_invited(self, identity) ||
           gw_people_reaches(self->cases->gateway->people, identity, GW_ACCESS_INSPECTOR, self->base.head.unit);
}

JsonObject *
gw_room_make_change(const GwRoom *self)
{
    JsonObject *params = json_object_new();

    json_object_set_object_member(params, "room", gw_room_to_json(self));
    return params;
}

typedef struct {
    const GwRoom *room;
    JsonObject *params;
} Inviting;

static void
invite_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Inviting *inviting = user_data;

    if (gw_room_is_seen_by(inviting->room, identity) && is_invited(inviting->room, identity))
        sig_client_notify(client, "room.invited", json_object_ref(inviting->params));
}

void
gw_room_invite(const GwRoom *self)
{
    g_autoptr(JsonObject) params = gw_room_make_change(self);
    Inviting inviting = { self, params };

    gw_people_foreach_client(self->cases->gateway->people, invite_client, &inviting);
}
