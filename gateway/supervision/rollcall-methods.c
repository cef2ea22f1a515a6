#include <string.h>

#include "gateway/ice.h"
#include "gateway/supervision/rollcall-priv.h"

/* What an inspector does with a roll-call, and what the terminal's page adds to its answer. */

enum { MAX_ID = 64, MAX_NAME = 100, MAX_REASON = 200, MAX_SIGNER = 60, MAX_LIST = 200, MAX_SIGNERS = 50 };

/* The roll-call that the parameters name; NULL: it was answered, and the request is gone with its parameters. */
static GwRollcall *
find(GwRollcalls *self, SigRequest *request, JsonObject *params)
{
    SigClient *client = sig_request_get_client(request);
    g_autoptr(GError) error = NULL;
    GwRollcall *rollcall = gw_rollcalls_find_for(self, client != NULL ? gw_identity_of_client(client) : NULL,
                                                 json_object_get_string_member(params, "rollcall"), &error);

    if (rollcall == NULL)
        sig_request_fail_error(request, error);
    return rollcall;
}

static GwActor
actor_of(SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = gw_identity_of_client(client);

    return (GwActor){
        .audit = identity->audit,
        .display = identity->display,
        .address = sig_client_get_address(client),
    };
}

static void
reply_bool(SigRequest *request, bool done, const GError *error)
{
    if (done)
        sig_request_reply(request, NULL);
    else
        sig_request_fail_error(request, error);
}

static JsonObject *
to_json_with_offices(const GwRollcall *rollcall)
{
    JsonObject *result = json_object_new();
    JsonArray *offices = json_array_new();

    for (guint i = 0; i < rollcall->offices->len; i++)
        json_array_add_object_element(offices, gw_office_to_json(rollcall->offices->pdata[i]));
    json_object_set_object_member(result, "rollcall", gw_rollcall_to_json(rollcall));
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
    GwPeople *people = self->rollcalls->gateway->people;
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
        json_object_set_string_member(row, "busy_with", holder->head.display);
    json_array_add_object_element(self->rows, row);
}

static JsonArray *
choices_to_json(GwRollcalls *self, const GwIdentity *identity)
{
    g_autoptr(GHashTable) terminals = gw_offices_index_terminals(self->gateway->people);
    Listing listing = { self, identity, terminals, json_array_new() };

    gw_people_foreach_unit(self->gateway->people, list_unit, &listing);
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
    GArray *choices = gw_offices_choose(self->gateway->people, identity, params, &error);
    GwRollcall *rollcall = NULL;

    if (choices != NULL) {
        bool recorded = json_object_get_boolean_member_with_default(params, "recorded", TRUE);
        const GwRollcallWish wish = {
            .name = json_object_get_string_member_with_default(params, "name", ""),
            .clock_s = (unsigned)json_object_get_int_member_with_default(params, "clock_s", GW_ROLLCALL_CLOCK_S),
            .recording_class = recorded ? GW_CLASS_RECORDED : GW_CLASS_UNKEPT,
            .identity = identity,
        };
        GwActor actor = actor_of(request);
        rollcall = gw_rollcalls_start(self, &wish, choices, &actor, &error);
    }
    if (rollcall == NULL)
        sig_request_fail_error(request, error);
    else
        sig_request_reply_object(request, to_json_with_offices(rollcall));
}

/* rollcall.list and, for what is not in memory, rollcall.get: from the store. */

typedef struct {
    GwRollcalls *rollcalls;
    SigRequest *request;
    bool one; /* rollcall.get */
} Pending;

#define COLUMNS                                                                                                        \
    "id, session, name, unit, person, display, clock_s, class, state, started_ms, ended_ms, total, answered,"          \
    " sha256, entry"
enum { COLUMN_SHEET = 15 };

static JsonObject *
stored_to_json(GwRollcalls *self, const GwRows *rows, unsigned row)
{
    static const char *const texts[] = { "id", "session", "name", NULL, NULL, "by", NULL, NULL, "state" };
    JsonObject *object = json_object_new(), *figures = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, gw_rows_text(rows, row, 3));

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

static void
fill_one(JsonObject *result, GwRollcalls *self, const GwRows *rows)
{
    g_autoptr(JsonNode) sheet = NULL;
    JsonArray *offices = NULL;

    if (!gw_rows_is_null(rows, 0, COLUMN_SHEET))
        sheet = json_from_string(gw_rows_text(rows, 0, COLUMN_SHEET), NULL);
    if (sheet != NULL && JSON_NODE_HOLDS_OBJECT(sheet))
        offices = json_object_get_array_member(json_node_get_object(sheet), "offices");
    json_object_set_object_member(result, "rollcall", stored_to_json(self, rows, 0));
    json_object_set_array_member(result, "offices", offices != NULL ? json_array_ref(offices) : json_array_new());
}

static void
fill_list(JsonObject *result, const Pending *pending, const GwIdentity *identity, const GwRows *rows)
{
    GwRollcalls *self = pending->rollcalls;
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const GwRollcall *known = g_hash_table_lookup(self->by_id, gw_rows_text(rows, i, 0));
        if (!gw_rollcalls_may_see(self, identity, gw_rows_text(rows, i, 3), gw_rows_text(rows, i, 4)) ||
            (known != NULL && !gw_rollcall_is_seen_by(known, identity)))
            continue;
        json_array_add_object_element(list, known != NULL ? gw_rollcall_to_json(known) : stored_to_json(self, rows, i));
    }
    json_object_set_array_member(result, "rollcalls", list);
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    SigClient *client = sig_request_get_client(pending->request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;
    JsonObject *result = NULL;

    if (error != NULL) {
        sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    if (pending->one &&
        (gw_rows_get_count(rows) == 0 ||
         !gw_rollcalls_may_see(pending->rollcalls, identity, gw_rows_text(rows, 0, 3), gw_rows_text(rows, 0, 4)))) {
        sig_request_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no such roll-call.");
        return;
    }
    result = json_object_new();
    if (pending->one)
        fill_one(result, pending->rollcalls, rows);
    else
        fill_list(result, pending, identity, rows);
    sig_request_reply_object(pending->request, result);
}

static void
ask_store(GwRollcalls *self, SigRequest *request, const char *id)
{
    Pending *pending = g_new0(Pending, 1);
    GwStatement *statement = NULL;

    *pending = (Pending){ self, request, id != NULL };
    if (id != NULL) {
        statement = gw_statement_new("SELECT " COLUMNS ", sheet FROM rollcall WHERE id = ?1");
        gw_statement_text(statement, id);
    } else {
        statement = gw_statement_new("SELECT " COLUMNS " FROM rollcall ORDER BY started_ms DESC LIMIT ?1");
        gw_statement_int(statement, MAX_LIST);
    }
    gw_store_run(self->gateway->store, statement, on_rows, pending);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    (void)params;
    ask_store(user_data, request, NULL);
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcalls *self = user_data;
    const char *id = json_object_get_string_member(params, "rollcall");
    const GwRollcall *rollcall = g_hash_table_lookup(self->by_id, id);
    SigClient *client = sig_request_get_client(request);

    if (rollcall == NULL) {
        ask_store(self, request, id);
        return;
    }
    if (gw_rollcalls_find_for(self, gw_identity_of_client(client), id, NULL) == NULL)
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such roll-call.");
    else
        sig_request_reply_object(request, to_json_with_offices(rollcall));
}

/* Absentees. Without a unit: all who can be called. */

static unsigned
call_all(GwRollcall *rollcall, const GwActor *actor)
{
    unsigned n = 0;

    for (guint i = 0; i < rollcall->offices->len; i++) {
        GwOffice *office = rollcall->offices->pdata[i];
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
    GwRollcall *rollcall = find(user_data, request, params);
    g_autoptr(GError) error = NULL;
    GwOffice *office = NULL;
    unsigned n = 1;

    if (rollcall == NULL)
        return;
    GwActor actor = actor_of(request);
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

static void
handle_excuse(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcall *rollcall = find(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (rollcall == NULL)
        return;
    GwActor actor = actor_of(request);
    GwOffice *office = gw_rollcall_find_office(rollcall, json_object_get_string_member(params, "unit"), &error);
    bool done = office != NULL &&
                gw_rollcall_excuse(rollcall, office, json_object_get_string_member(params, "reason"), &actor, &error);
    reply_bool(request, done, error);
}

static void
handle_watch(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcalls *self = user_data;
    SigClient *client = sig_request_get_client(request);
    GwRollcall *rollcall = find(self, request, params);
    g_autoptr(GError) error = NULL;

    if (rollcall == NULL)
        return;
    if (!gw_rollcall_watch(rollcall, client, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_array_member(result, "ice_servers",
                                 gw_ice_to_json(&self->gateway->config->ice, gw_identity_of_client(client)->id,
                                                g_get_real_time() / G_USEC_PER_SEC));
    sig_request_reply_object(request, result);
}

static void
handle_unwatch(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcall *rollcall = find(user_data, request, params);

    if (rollcall == NULL)
        return;
    gw_rollcall_unwatch(rollcall, sig_request_get_client(request));
    sig_request_reply(request, NULL);
}

static void
handle_talk(SigRequest *request, JsonObject *params, void *user_data)
{
    const char *to = json_object_get_string_member(params, "to");
    bool all = strcmp(to, GW_TALK_TO_ALL) == 0, nobody = to[0] == '\0';
    GwRollcall *rollcall = find(user_data, request, params);
    g_autoptr(GError) error = NULL;
    GwOffice *office = NULL;

    if (rollcall == NULL)
        return;
    if (!all && !nobody)
        office = gw_rollcall_find_office(rollcall, to, &error);
    bool done = (all || nobody || office != NULL) &&
                gw_rollcall_talk(rollcall, sig_request_get_client(request), office, all, &error);
    reply_bool(request, done, error);
}

static void
handle_turn(SigRequest *request, JsonObject *params, void *user_data)
{
    const char *unit = json_object_get_string_member(params, "unit");
    GwRollcall *rollcall = find(user_data, request, params);
    g_autoptr(GError) error = NULL;
    GwOffice *office = NULL;

    if (rollcall == NULL)
        return;
    if (gw_rollcall_is_over(rollcall))
        g_set_error_literal(&error, SIG_ERROR, SIG_ERROR_STATE, "This roll-call is over.");
    else if (unit[0] != '\0')
        office = gw_rollcall_find_office(rollcall, unit, &error);
    if (office != NULL && (office->state != GW_OFFICE_ANSWERED || office->left))
        g_set_error(&error, SIG_ERROR, SIG_ERROR_STATE, "%s has not answered, or has left.", office->name);
    if (error == NULL) {
        GwActor actor = actor_of(request);
        gw_rollcall_point(rollcall, office, json_object_get_boolean_member_with_default(params, "for_all", FALSE),
                          &actor);
    }
    reply_bool(request, error == NULL, error);
}

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    GwRollcall *rollcall = find(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (rollcall == NULL)
        return;
    GwActor actor = actor_of(request);
    if (gw_rollcall_end(rollcall, &actor, &error))
        sig_request_reply_object(request, to_json_with_offices(rollcall));
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
    SigClient *client = sig_request_get_client(request);
    const char *signer = json_object_get_string_member_with_default(params, "signer", NULL);
    g_autoptr(GError) error = NULL;
    GwOffice *office = gw_rollcalls_find_office_of_call(self, client != NULL ? gw_identity_of_client(client) : NULL,
                                                        json_object_get_string_member(params, "call"), &error);

    if (office == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    if (signer != NULL) {
        GwActor actor = actor_of(request);
        gw_rollcall_sign(office->rollcall, office, signer, &actor);
    }
    JsonObject *result = gw_office_turn_to_json(office);
    Signers signers = { office->unit, json_array_new() };
    gw_people_foreach_person(self->gateway->people, GW_ACCESS_OFFICE, add_signer, &signers);
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
    "{rollcalls}", handle_list);
ROW(get, "rollcall.get", GW_ACCESS_INSPECTOR, rollcall_only, "One roll-call with its offices.", "{rollcall, offices}",
    handle_get);
ROW(again, "rollcall.again", GW_ACCESS_INSPECTOR, again_params,
    "Rings one office again, or all that are missing, with a fresh clock.", "{called}", handle_again);
ROW(excuse, "rollcall.excuse", GW_ACCESS_INSPECTOR, excuse_params, "Excuses an office that has not answered.", "{}",
    handle_excuse);
ROW(watch, "rollcall.watch", GW_ACCESS_INSPECTOR, rollcall_only,
    "Looks on; then media.publish and media.watch with visit: the roll-call's id.", "{ice_servers}", handle_watch);
ROW(unwatch, "rollcall.unwatch", GW_ACCESS_INSPECTOR, rollcall_only, "Looks on no more.", "{}", handle_unwatch);
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
