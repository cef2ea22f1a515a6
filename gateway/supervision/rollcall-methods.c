#include <string.h>

#include "gateway/supervision/rollcall-priv.h"

/* What an inspector does with a roll-call, and what the terminal's page adds to its answer. */

enum { MAX_ID = 64, MAX_NAME = 100, MAX_REASON = 200, MAX_SIGNER = 60, MAX_SIGNERS = 50 };

static GwActor
get_actor(SigRequest *request)
{
    return gw_actor_of_client(sig_request_get_client(request));
}

static JsonObject *
to_result(const GwGathering *self)
{
    JsonObject *result = json_object_new();
    JsonArray *offices = json_array_new();

    for (guint i = 0; i < self->callees->len; i++)
        json_array_add_object_element(offices, gw_office_to_json(self->callees->pdata[i]));
    json_object_set_object_member(result, "rollcall", gw_rollcall_to_json((const GwRollcall *)self));
    json_object_set_array_member(result, "offices", offices);
    return result;
}

/* What can be chosen, for the console's tree. */

typedef struct {
    GwRollcalls *rollcalls;
    const GwIdentity *identity;
    GHashTable *terminals;
    JsonArray *rows;
} Listing;

static void
list_unit(const GwUnit *unit, void *data)
{
    Listing *self = data;
    GwPeople *people = self->rollcalls->base.gateway->people;
    const GwTerminal *terminal = g_hash_table_lookup(self->terminals, unit->id);
    const GwRollcall *holder = gw_rollcalls_holder_of(self->rollcalls, unit->id, NULL);

    if (!gw_people_reaches(people, self->identity, GW_ACCESS_INSPECTOR, unit->id))
        return;
    JsonObject *row = gw_people_unit_to_json(people, unit->id);
    json_object_set_string_member(row, "tier", unit->tier);
    if (unit->parent != NULL)
        json_object_set_string_member(row, "parent", unit->parent);
    else
        json_object_set_null_member(row, "parent");
    if (terminal != NULL) {
        json_object_set_string_member(row, "terminal", terminal->id);
        json_object_set_boolean_member(row, "online", terminal->online);
    }
    if (holder != NULL)
        json_object_set_string_member(row, "busy_with", holder->base.head.display);
    json_array_add_object_element(self->rows, row);
}

static JsonArray *
choices_to_json(GwRollcalls *self, const GwIdentity *identity)
{
    g_autoptr(GHashTable) terminals = gw_offices_index_terminals(self->base.gateway->people);
    Listing listing = { self, identity, terminals, json_array_new() };

    gw_people_foreach_unit(self->base.gateway->people, list_unit, &listing);
    return listing.rows;
}

static void
handle_choices(SigRequest *request, JsonObject *params, void *user_data)
{
    JsonObject *result = json_object_new();
    SigClient *client = sig_request_get_client(request);

    (void)params;
    json_object_set_array_member(result, "units", choices_to_json(user_data, gw_identity_of_client(client)));
    sig_request_reply_object(request, result);
}

static void
handle_start(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcalls *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    g_autoptr(GError) error = NULL;
    GArray *choices = gw_offices_choose(self->base.gateway->people, identity, params, &error);
    GwRollcall *rollcall = NULL;

    if (choices != NULL) {
        bool recorded = json_object_get_boolean_member_with_default(params, "recorded", TRUE);
        const GwRollcallWish wish = {
            .name = json_object_get_string_member_with_default(params, "name", ""),
            .clock_s = (unsigned)json_object_get_int_member_with_default(params, "clock_s", GW_ROLLCALL_CLOCK_S),
            .recording_class = recorded ? GW_CLASS_RECORDED : GW_CLASS_UNKEPT,
            .identity = identity,
        };
        GwActor actor = get_actor(request);
        rollcall = gw_rollcalls_start(self, &wish, choices, &actor, &error);
    }
    if (rollcall == NULL)
        sig_request_fail_error(request, error);
    else
        sig_request_reply_object(request, to_result(&rollcall->base));
}

/* From the store. */

#define COLUMNS                                                                                                        \
    "id, unit, person, session, name, display, clock_s, class, state, started_ms, ended_ms, total, answered,"          \
    " sha256, entry"
enum { COLUMN_SHEET = 15 };

static JsonObject *
stored_to_row(const GwGatherings *self, const GwRows *rows, unsigned row)
{
    static const char *const texts[] = { "id", NULL, NULL, "session", "name", "by", NULL, NULL, "state" };
    JsonObject *object = json_object_new(), *figures = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, gw_rows_text(rows, row, 1));

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL)
            json_object_set_string_member(object, texts[i], gw_rows_text(rows, row, i));
    }
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_int_member(object, "clock_s", gw_rows_int(rows, row, 6));
    json_object_set_boolean_member(object, "recorded", strcmp(gw_rows_text(rows, row, 7), "recorded") == 0);
    json_object_set_int_member(object, "started_ms", gw_rows_int(rows, row, 9));
    if (gw_rows_int(rows, row, 10) != 0)
        json_object_set_int_member(object, "ended_ms", gw_rows_int(rows, row, 10));
    json_object_set_int_member(figures, "total", gw_rows_int(rows, row, 11));
    json_object_set_int_member(figures, "answered", gw_rows_int(rows, row, 12));
    json_object_set_object_member(object, "figures", figures);
    if (!gw_rows_is_null(rows, row, 13))
        json_object_set_string_member(object, "sheet_sha256", gw_rows_text(rows, row, 13));
    if (!gw_rows_is_null(rows, row, 14))
        json_object_set_int_member(object, "sheet_entry", gw_rows_int(rows, row, 14));
    return object;
}

static JsonObject *
stored_to_result(const GwGatherings *self, const GwRows *rows)
{
    g_autoptr(JsonNode) sheet = NULL;
    JsonObject *result = json_object_new();
    JsonArray *offices = NULL;

    if (!gw_rows_is_null(rows, 0, COLUMN_SHEET))
        sheet = json_from_string(gw_rows_text(rows, 0, COLUMN_SHEET), NULL);
    if (sheet != NULL && JSON_NODE_HOLDS_OBJECT(sheet))
        offices = json_object_get_array_member(json_node_get_object(sheet), "offices");
    json_object_set_object_member(result, "rollcall", stored_to_row(self, rows, 0));
    json_object_set_array_member(result, "offices", offices != NULL ? json_array_ref(offices) : json_array_new());
    return result;
}

static JsonObject *
to_row(const GwGathering *self)
{
    return gw_rollcall_to_json((const GwRollcall *)self);
}

const GwGatheringStored gw_rollcall_stored = {
    .list = "rollcalls",
    .select_one = "SELECT " COLUMNS ", sheet FROM rollcall WHERE id = ?1",
    .select_all = "SELECT " COLUMNS " FROM rollcall ORDER BY started_ms DESC LIMIT ?1",
    .to_row = to_row,
    .to_result = to_result,
    .stored_to_row = stored_to_row,
    .stored_to_result = stored_to_result,
};

/* Absentees. Without a unit: all who can be called. */

static unsigned
call_all(GwRollcall *rollcall, const GwActor *actor)
{
    unsigned n = 0;

    for (guint i = 0; i < rollcall->base.callees->len; i++) {
        GwOffice *office = rollcall->base.callees->pdata[i];
        bool missing = office->state == GW_OFFICE_ABSENT || office->state == GW_OFFICE_DECLINED ||
                       office->state == GW_OFFICE_BUSY || (office->state == GW_OFFICE_ANSWERED && office->left);
        if (missing && gw_rollcall_call_again(rollcall, office, actor, NULL))
            n++;
    }
    return n;
}

static void
handle_again(SigRequest *request, JsonObject *params, void *user_data)
{
    const char *unit = json_object_get_string_member_with_default(params, "unit", NULL);
    GwRollcall *rollcall = (GwRollcall *)gw_gathering_of_request(user_data, request, params);
    g_autoptr(GError) error = NULL;
    GwOffice *office = NULL;
    unsigned n = 1;

    if (rollcall == NULL)
        return;
    GwActor actor = get_actor(request);
    if (unit != NULL)
        office = gw_rollcall_find_office(rollcall, unit, &error);
    if (office != NULL && !gw_rollcall_call_again(rollcall, office, &actor, &error))
        office = NULL;
    if (unit == NULL)
        n = call_all(rollcall, &actor);
    if (error != NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_int_member(result, "called", n);
    sig_request_reply_object(request, result);
}

static bool
step_excuse(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwRollcall *rollcall = (GwRollcall *)self;
    GwOffice *office = gw_rollcall_find_office(rollcall, json_object_get_string_member(params, "unit"), error);
    GwActor actor = get_actor(request);

    return office != NULL &&
           gw_rollcall_excuse(rollcall, office, json_object_get_string_member(params, "reason"), &actor, error);
}

static bool
step_talk(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    const char *to = json_object_get_string_member(params, "to");
    bool all = strcmp(to, GW_TALK_TO_ALL) == 0, nobody = to[0] == '\0';
    GwRollcall *rollcall = (GwRollcall *)self;
    GwOffice *office = !all && !nobody ? gw_rollcall_find_office(rollcall, to, error) : NULL;

    return (all || nobody || office != NULL) &&
           gw_rollcall_talk(rollcall, sig_request_get_client(request), office, all, error);
}

static bool
step_turn(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    const char *unit = json_object_get_string_member(params, "unit");
    GwRollcall *rollcall = (GwRollcall *)self;
    GwActor actor = get_actor(request);
    GwOffice *office = NULL;

    if (!gw_rollcall_check_runs(rollcall, error))
        return false;
    if (unit[0] != '\0')
        office = gw_rollcall_find_office(rollcall, unit, error);
    return (unit[0] == '\0' || office != NULL) &&
           gw_rollcall_point(rollcall, office, json_object_get_boolean_member_with_default(params, "for_all", FALSE),
                             &actor, error);
}

GW_GATHERING_HANDLER(handle_excuse, step_excuse)
GW_GATHERING_HANDLER(handle_talk, step_talk)
GW_GATHERING_HANDLER(handle_turn, step_turn)

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcall *rollcall = (GwRollcall *)gw_gathering_of_request(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (rollcall == NULL)
        return;
    GwActor actor = get_actor(request);
    if (gw_rollcall_end(rollcall, &actor, &error))
        sig_request_reply_object(request, to_result(&rollcall->base));
    else
        sig_request_fail_error(request, error);
}

/* The terminal's page. */

typedef struct {
    const char *unit;
    JsonArray *names;
} Signers;

static void
add_signer(const GwPerson *person, void *data)
{
    Signers *signers = data;

    if (g_strcmp0(person->unit, signers->unit) == 0 && !person->disabled &&
        json_array_get_length(signers->names) < MAX_SIGNERS)
        json_array_add_string_element(signers->names, person->display);
}

static void
handle_sign(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcalls *self = user_data;
    const char *signer = json_object_get_string_member_with_default(params, "signer", NULL);
    GwOffice *office = (GwOffice *)gw_callee_of_request(&self->base, request, params);

    if (office == NULL)
        return;
    if (signer != NULL) {
        GwActor actor = get_actor(request);
        gw_rollcall_sign(gw_office_get_rollcall(office), office, signer, &actor);
    }
    JsonObject *result = gw_callee_now_to_json(&office->base);
    Signers signers = { office->base.unit, json_array_new() };
    gw_people_foreach_person(self->base.gateway->people, GW_ACCESS_OFFICE, add_signer, &signers);
    json_object_set_array_member(result, "signers", signers.names);
    json_object_set_string_member(result, "signer", office->signer != NULL ? office->signer : "");
    sig_request_reply_object(request, result);
}

#define ROLLCALL                                                                                                       \
    {                                                                                                                  \
        .name = "rollcall", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                           \
    }
#define UNIT(least)                                                                                                    \
    {                                                                                                                  \
        .name = "unit", .type = SIG_TYPE_STRING, .min = least, .max = MAX_ID                                           \
    }
#define ROW(identifier, method, who, parameters, words, answer_words, handler)                                         \
    static const SigMethod identifier = {                                                                              \
        .name = method,                                                                                                \
        .access = who,                                                                                                 \
        .params = parameters,                                                                                          \
        .summary = words,                                                                                              \
        .result = answer_words,                                                                                        \
        .handle = handler,                                                                                             \
    }

static const SigParam start_params[] = {
    { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID, .summary = "and all below" },
    { .name = "units", .type = SIG_TYPE_ARRAY, .optional = true, .min = 1, .max = 5000 },
    { .name = "terminals", .type = SIG_TYPE_ARRAY, .optional = true, .min = 1, .max = 5000 },
    { .name = "name", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_NAME },
    { .name = "clock_s", .type = SIG_TYPE_INTEGER, .optional = true, .min = 5, .max = GW_ROLLCALL_MAX_CLOCK_S },
    { .name = "recorded", .type = SIG_TYPE_BOOLEAN, .optional = true },
    { NULL },
};
static const SigParam rollcall_only[] = { ROLLCALL, { NULL } };
static const SigParam again_params[] = {
    ROLLCALL, { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID }, { NULL }
};
static const SigParam excuse_params[] = {
    ROLLCALL, UNIT(1), { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_REASON }, { NULL }
};
static const SigParam talk_params[] = {
    ROLLCALL,
    { .name = "to", .type = SIG_TYPE_STRING, .max = MAX_ID, .summary = "a unit, \"*\" for all, empty for nobody" },
    { NULL }
};
static const SigParam turn_params[] = {
    ROLLCALL,
    UNIT(0),
    { .name = "for_all", .type = SIG_TYPE_BOOLEAN, .optional = true, .summary = "all offices see and hear it" },
    { NULL }
};
static const SigParam sign_params[] = {
    { .name = "call", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
    { .name = "signer", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_SIGNER },
    { NULL },
};

ROW(choices, "rollcall.choices", GW_ACCESS_INSPECTOR, NULL,
    "The units that can be called, and whether they could answer.",
    "{units: [{id, name, name_en?, tier, parent, terminal?, online?, busy_with?}]}", handle_choices);
ROW(start, "rollcall.start", GW_ACCESS_INSPECTOR, start_params,
    "Rings the terminals of a unit and all below it, of some units, or some terminals, all at once.",
    "{rollcall, offices}", handle_start);
ROW(list, "rollcall.list", GW_ACCESS_INSPECTOR, NULL, "Roll-calls of the asker's part of the tree, newest first.",
    "{rollcalls}", gw_gathering_handle_list);
ROW(get, "rollcall.get", GW_ACCESS_INSPECTOR, rollcall_only, "One roll-call with its offices.", "{rollcall, offices}",
    gw_gathering_handle_get);
ROW(again, "rollcall.again", GW_ACCESS_INSPECTOR, again_params,
    "Rings one office again, or all that are missing, with a fresh clock.", "{called}", handle_again);
ROW(excuse, "rollcall.excuse", GW_ACCESS_INSPECTOR, excuse_params, "Excuses an office that has not answered.", "{}",
    handle_excuse);
ROW(watch, "rollcall.watch", GW_ACCESS_INSPECTOR, rollcall_only,
    "Looks on; then media.publish and media.watch with visit: the roll-call's id.", "{ice_servers}",
    gw_gathering_handle_watch);
ROW(unwatch, "rollcall.unwatch", GW_ACCESS_INSPECTOR, rollcall_only, "Looks on no more.", "{}",
    gw_gathering_handle_unwatch);
ROW(talk, "rollcall.talk", GW_ACCESS_INSPECTOR, talk_params, "Talks to one office, to all, or to nobody any more.",
    "{}", handle_talk);
ROW(turn, "rollcall.turn", GW_ACCESS_INSPECTOR, turn_params,
    "Points at an office: who looks on sees and hears it; for_all: every office does.", "{}", handle_turn);
ROW(end, "rollcall.end", GW_ACCESS_INSPECTOR, rollcall_only, "Ends it and makes its sheet.", "{rollcall, offices}",
    handle_end);
ROW(sign, "rollcall.sign", GW_ACCESS_TERMINAL, sign_params,
    "Who has answered for the office; without a signer only asks who could.",
    "{signers, signer, spoken, turn, shown, showing}", handle_sign);

const SigMethod *const gw_rollcall_methods[] = {
    &choices, &start, &list, &get, &again, &excuse, &watch, &unwatch, &talk, &turn, &end, &sign, NULL,
};

const SigEvent gw_rollcall_events[] = {
    { "rollcall.changed",
      (const SigParam[]){
          { .name = "rollcall", .type = SIG_TYPE_OBJECT }, { .name = "offices", .type = SIG_TYPE_ARRAY }, { NULL } },
      "To inspectors: the roll-call as it is now, and those of its offices that have changed." },
    { "rollcall.turn",
      (const SigParam[]){ { .name = "call", .type = SIG_TYPE_STRING },
                          { .name = "spoken", .type = SIG_TYPE_BOOLEAN },
                          { .name = "turn", .type = SIG_TYPE_BOOLEAN },
                          { .name = "shown", .type = SIG_TYPE_BOOLEAN },
                          { .name = "showing", .type = SIG_TYPE_STRING },
                          { NULL } },
      "To a terminal: whether somebody talks to it, whether it is its turn, and whose picture all see." },
    { NULL },
};
