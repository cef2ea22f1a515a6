#include "gateway/cases/plans.h"
#include "gateway/gatherings/offices.h"

/* Rooms, from the console. */

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

/* Otherwise the request is answered. */
static GwRoom *
find(const GwCases *self, SigRequest *request, JsonObject *params)
{
    return (GwRoom *)gw_gathering_of_request(&self->rooms, request, params);
}

static void
reply(SigRequest *request, const GwRoom *room)
{
    JsonObject *answer = json_object_new();

    json_object_set_object_member(answer, "room", gw_room_to_json(room));
    sig_request_reply_object(request, answer);
}

static void
handle_open(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const char *case_id = json_object_get_string_member_with_default(params, "case", NULL);
    g_autoptr(GError) error = NULL;
    const GwPlan *plan =
        gw_plans_find_for(self, get_identity(request), json_object_get_string_member(params, "plan"), &error);
    const GwCase *one =
        plan != NULL && case_id != NULL ? gw_cases_find_for(self, get_identity(request), case_id, &error) : NULL;
    const GwRoom *room = NULL;

    if (error == NULL) {
        const GwActor actor = gw_cases_actor_of(request);
        room = gw_plans_open(self, plan, one, get_identity(request), &actor, &error);
    }
    if (room == NULL)
        sig_request_fail_error(request, error);
    else
        reply(request, room);
}

/* cases.call: one terminal of the case's unit. */

static GwRoom *
call_office(GwCases *self, GwCase *one, const GwActor *actor, GError **error)
{
    const GwTerminal *terminal = gw_offices_terminal_of(self->gateway->people, one->unit);
    g_autoptr(GPtrArray) units = g_ptr_array_new(), terminals = g_ptr_array_new();
    const GwCaseActionInput input = { .action = "office" };
    const GwCaseAction *action = NULL;
    GwRoom *room = NULL;

    if (terminal == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "This unit has no terminal that could ring: call it by telephone and write that down.");
        return NULL;
    }
    g_ptr_array_add(units, one->unit);
    g_ptr_array_add(terminals, terminal->id);
    const GwRoomWish wish = {
        .kind = "case-call",
        .name = one->name != NULL ? one->name : one->person,
        .unit = one->unit,
        .case_id = one->id,
        .units = units,
        .terminals = terminals,
    };
    room = gw_rooms_open(self, &wish, actor, error);
    if (room == NULL)
        return NULL;
    action = gw_cases_act(self, one, &input, actor, error);
    if (action == NULL)
        return NULL;
    room->action = action->n;
    gw_room_write(room);
    return room;
}

static bool
is_calling(GwCases *self, const GwCase *one)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->rooms.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwRoom *room = value;
        if (!gw_room_is_over(room) && room->action != 0 && g_strcmp0(room->case_id, one->id) == 0)
            return true;
    }
    return false;
}

static void
handle_call(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GError) error = NULL;
    GwCase *one = gw_cases_find_for(self, get_identity(request), json_object_get_string_member(params, "case"), &error);
    GwRoom *room = NULL;

    if (one != NULL && !gw_case_is_open(one))
        g_set_error_literal(&error, SIG_ERROR, SIG_ERROR_STATE, "This case is closed.");
    else if (one != NULL && is_calling(self, one))
        g_set_error_literal(&error, SIG_ERROR, SIG_ERROR_STATE, "The office is being called about this case already.");
    else if (one != NULL) {
        const GwActor actor = gw_cases_actor_of(request);
        room = call_office(self, one, &actor, &error);
    }
    if (room == NULL)
        sig_request_fail_error(request, error);
    else
        reply(request, room);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();
    GHashTableIter iter;
    void *value = NULL;

    (void)params;
    g_hash_table_iter_init(&iter, self->rooms.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (gw_room_is_seen_by(value, get_identity(request)))
            json_array_add_object_element(rows, gw_room_to_json(value));
    }
    json_object_set_array_member(answer, "rooms", rows);
    sig_request_reply_object(request, answer);
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwRoom *room = find(user_data, request, params);

    if (room != NULL)
        reply(request, room);
}

static void
handle_join(SigRequest *request, JsonObject *params, void *user_data)
{
    gw_gathering_handle_watch(request, params, &((GwCases *)user_data)->rooms);
}

static void
handle_leave(SigRequest *request, JsonObject *params, void *user_data)
{
    gw_gathering_handle_unwatch(request, params, &((GwCases *)user_data)->rooms);
}

/* The member that is named; 0: nobody. False: the request is answered. */
static bool
find_member(SigRequest *request, const GwRoom *room, JsonObject *params, GwMember **ret_member)
{
    int64_t number = json_object_get_int_member_with_default(params, "n", 0);

    *ret_member = number > 0 ? gw_room_find_member(room, (unsigned)number) : NULL;
    if (number == 0 || *ret_member != NULL)
        return true;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such member of this room.");
    return false;
}

static void
handle_talk(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRoom *room = find(user_data, request, params);
    g_autoptr(GError) error = NULL;
    GwMember *member = NULL;

    if (room == NULL || !find_member(request, room, params, &member))
        return;
    bool all = json_object_get_boolean_member_with_default(params, "all", FALSE);
    if (!gw_room_talk(room, sig_request_get_client(request), member, all, &error))
        sig_request_fail_error(request, error);
    else
        reply(request, room);
}

/* Otherwise the request is answered. */
static bool
check_open(SigRequest *request, const GwRoom *room)
{
    if (!gw_room_is_over(room))
        return true;
    sig_request_fail(request, SIG_ERROR_STATE, "This room has ended.");
    return false;
}

static void
handle_turn(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRoom *room = find(user_data, request, params);
    GwMember *member = NULL;

    if (room == NULL || !check_open(request, room) || !find_member(request, room, params, &member))
        return;
    const GwActor actor = gw_cases_actor_of(request);
    gw_room_point(room, member, json_object_get_boolean_member_with_default(params, "for_all", FALSE), &actor);
    reply(request, room);
}

static void
handle_again(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRoom *room = find(user_data, request, params);
    GwMember *member = NULL;

    if (room == NULL || !check_open(request, room) || !find_member(request, room, params, &member))
        return;
    const GwActor actor = gw_cases_actor_of(request);
    for (guint i = 0; i < room->base.callees->len; i++) {
        if (member == NULL || member == room->base.callees->pdata[i])
            gw_room_ring_again(room, room->base.callees->pdata[i], &actor);
    }
    reply(request, room);
}

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRoom *room = find(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (room == NULL)
        return;
    const GwActor actor = gw_cases_actor_of(request);
    if (!gw_room_end(room, &actor, &error))
        sig_request_fail_error(request, error);
    else
        reply(request, room);
}

#define ROOM                                                                                                           \
    {                                                                                                                  \
        .name = "room", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID                                      \
    }
#define MEMBER(text)                                                                                                   \
    {                                                                                                                  \
        .name = "n", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = GW_ROOM_MAX_MEMBERS, .summary = text \
    }
#define FLAG(member)                                                                                                   \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_BOOLEAN, .optional = true                                                     \
    }
#define ROW(variable, method, rights, rows, text, answer, handler)                                                     \
    static const SigMethod variable = {                                                                                \
        .name = method, .access = rights, .params = rows, .summary = text, .result = answer, .handle = handler         \
    }

static const SigParam open_params[] = {
    { .name = "plan", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID },
    { .name = "case", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_CASES_MAX_ID },
    { NULL },
};
static const SigParam call_params[] = { { .name = "case", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID },
                                        { NULL } };
static const SigParam room_only[] = { ROOM, { NULL } };
static const SigParam talk_params[] = { ROOM, MEMBER("none, and not all: nobody"), FLAG("all"), { NULL } };
static const SigParam turn_params[] = { ROOM, MEMBER("none: nobody"), FLAG("for_all"), { NULL } };
static const SigParam again_params[] = { ROOM, MEMBER("none: all that are not there"), { NULL } };

ROW(open_row, "emergency.open", GW_ACCESS_INSPECTOR, open_params,
    "One act: a room opens, the plan's terminals ring, its people are called in; cameras near the case, or near the "
    "plan's unit.",
    "{room}", handle_open);
ROW(call_row, "cases.call", GW_ACCESS_INSPECTOR, call_params,
    "Rings the terminal of the case's unit; what came of it is the action's result when the room ends.", "{room}",
    handle_call);
ROW(list_row, "rooms.list", GW_ACCESS_INSPECTOR, NULL, "Rooms that are open, or ended within some minutes.", "{rooms}",
    handle_list);
ROW(get_row, "rooms.get", GW_ACCESS_INSPECTOR, room_only, "One room, with who has answered.", "{room}", handle_get);
ROW(join_row, "rooms.join", GW_ACCESS_INSPECTOR, room_only,
    "Comes in; then media.publish and media.watch with visit: the room's id.", "{ice_servers}", handle_join);
ROW(leave_row, "rooms.leave", GW_ACCESS_INSPECTOR, room_only, "Goes out again; the room stays.", "{}", handle_leave);
ROW(talk_row, "rooms.talk", GW_ACCESS_INSPECTOR, talk_params, "Talks to one, to all, or to nobody any more.", "{room}",
    handle_talk);
ROW(turn_row, "rooms.turn", GW_ACCESS_INSPECTOR, turn_params,
    "Whom all who look on see and hear; for_all: those who were rung, too.", "{room}", handle_turn);
ROW(again_row, "rooms.again", GW_ACCESS_INSPECTOR, again_params, "Rings again.", "{room}", handle_again);
ROW(end_row, "rooms.end", GW_ACCESS_INSPECTOR, room_only, "Ends it for everybody; the recording is sealed.", "{room}",
    handle_end);

const SigMethod *const gw_room_methods[] = { &open_row, &call_row, &list_row,  &get_row, &join_row, &leave_row,
                                             &talk_row, &turn_row, &again_row, &end_row, NULL };
