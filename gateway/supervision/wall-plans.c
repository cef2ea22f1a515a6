#define G_LOG_DOMAIN "gateway.wall"

#include "gateway/people/secret.h"
#include "gateway/supervision/wall-priv.h"

/* Saved plans: which sources, how many at once, how long each page of a patrol stays. One's own, or shared inside one's unit. A
 * plan names sources, it gives no right to them. */

enum {
    MAX_PLANS = 200, /* of one unit */
    MAX_NAME = 100,
    MAX_SOURCES = 1000,
    MAX_SECONDS = 3600,
};

typedef struct {
    SigRequest *request;
} Asking;

static void
fail(Asking *asking, const GError *error)
{
    g_message("%s", error->message);
    sig_request_fail(asking->request, SIG_ERROR_UNAVAILABLE, "The plans cannot be read or written now: try again.");
    g_free(asking);
}

static Asking *
ask(SigRequest *request)
{
    Asking *asking = g_new(Asking, 1);

    asking->request = request;
    return asking;
}

static const GwIdentity *
find_identity(SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;

    if (identity == NULL || identity->unit == NULL) {
        sig_request_fail(request, SIG_ERROR_STATE, "The connection has gone.");
        return NULL;
    }
    return identity;
}

static void
note(const GwWall *self, SigRequest *request, const char *action, const char *plan)
{
    SigClient *client = sig_request_get_client(request);
    g_autofree char *object = g_strconcat("wall-plan:", plan, NULL);
    const GwAuditEntry entry = {
        .who = gw_identity_of_client(client)->audit,
        .action = action,
        .object = object,
        .address = sig_client_get_address(client),
    };

    gw_audit_add(self->gateway->audit, &entry, NULL);
}

/* wall.plans */

static void
on_plans(GwRows *rows, const GError *error, void *user_data)
{
    Asking *asking = user_data;
    JsonArray *plans = NULL;
    JsonObject *answer = NULL;

    if (error != NULL) {
        fail(asking, error);
        return;
    }
    plans = json_array_new();
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(JsonNode) sources = json_from_string(gw_rows_text(rows, i, 5), NULL);
        JsonObject *plan = json_object_new();

        json_object_set_string_member(plan, "id", gw_rows_text(rows, i, 0));
        json_object_set_string_member(plan, "name", gw_rows_text(rows, i, 1));
        json_object_set_boolean_member(plan, "shared", gw_rows_int(rows, i, 2) != 0);
        json_object_set_int_member(plan, "tiles", gw_rows_int(rows, i, 3));
        json_object_set_int_member(plan, "seconds", gw_rows_int(rows, i, 4));
        json_object_set_array_member(plan, "sources",
                                     sources != NULL && JSON_NODE_HOLDS_ARRAY(sources) ? json_node_dup_array(sources)
                                                                                       : json_array_new());
        json_object_set_boolean_member(plan, "own", gw_rows_int(rows, i, 6) != 0);
        json_array_add_object_element(plans, plan);
    }
    answer = json_object_new();
    json_object_set_array_member(answer, "plans", plans);
    sig_request_reply_object(asking->request, answer);
    g_free(asking);
}

static void
handle_plans(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    const GwIdentity *identity = find_identity(request);
    GwStatement *statement = NULL;

    (void)params;
    if (identity == NULL)
        return;
    statement = gw_statement_new("SELECT id, name, shared, tiles, seconds, sources, owner = ?1 FROM wall_plan"
                                 " WHERE owner = ?1 OR (shared = 1 AND unit = ?2) ORDER BY name, id LIMIT ?3");
    gw_statement_text(statement, identity->id);
    gw_statement_text(statement, identity->unit);
    gw_statement_int(statement, 2 * MAX_PLANS);
    gw_store_run(self->gateway->store, statement, on_plans, ask(request));
}

/* wall.save-plan */

static void
on_saved(GwRows *rows, const GError *error, void *user_data)
{
    Asking *asking = user_data;
    JsonObject *answer = NULL;

    if (error != NULL) {
        fail(asking, error);
        return;
    }
    if (gw_rows_get_count(rows) == 0) {
        sig_request_fail(asking->request, SIG_ERROR_NOT_FOUND,
                         "You have no such plan to change, or your unit has %d plans already.", MAX_PLANS);
        g_free(asking);
        return;
    }
    answer = json_object_new();
    json_object_set_string_member(answer, "plan", gw_rows_text(rows, 0, 0));
    sig_request_reply_object(asking->request, answer);
    g_free(asking);
}

static bool
are_sources(JsonArray *sources)
{
    for (unsigned i = 0; i < json_array_get_length(sources); i++) {
        JsonNode *node = json_array_get_element(sources, i);

        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING ||
            strlen(json_node_get_string(node)) > GW_SOURCES_MAX_ID)
            return false;
    }
    return true;
}

static GwStatement *
new_insert(const GwIdentity *identity, JsonObject *params, const char *id)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO wall_plan (id, name, shared, tiles, seconds, sources, owner, unit)"
                         " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
                         " WHERE (SELECT count(*) FROM wall_plan WHERE unit = ?8) < ?9 RETURNING id");
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
    g_autofree char *sources = NULL;

    json_node_set_array(node, json_object_get_array_member(params, "sources"));
    sources = json_to_string(node, FALSE);
    gw_statement_text(statement, id);
    gw_statement_text(statement, json_object_get_string_member(params, "name"));
    gw_statement_int(statement, json_object_get_boolean_member(params, "shared"));
    gw_statement_int(statement, json_object_get_int_member(params, "tiles"));
    gw_statement_int(statement, json_object_get_int_member(params, "seconds"));
    gw_statement_text(statement, sources);
    gw_statement_text(statement, identity->id);
    gw_statement_text(statement, identity->unit);
    gw_statement_int(statement, MAX_PLANS);
    return statement;
}

static GwStatement *
new_update(const GwIdentity *identity, JsonObject *params, const char *id)
{
    GwStatement *statement = gw_statement_new("UPDATE wall_plan SET name = ?1, shared = ?2, tiles = ?3, seconds = ?4,"
                                              " sources = ?5 WHERE id = ?6 AND owner = ?7 RETURNING id");
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
    g_autofree char *sources = NULL;

    json_node_set_array(node, json_object_get_array_member(params, "sources"));
    sources = json_to_string(node, FALSE);
    gw_statement_text(statement, json_object_get_string_member(params, "name"));
    gw_statement_int(statement, json_object_get_boolean_member(params, "shared"));
    gw_statement_int(statement, json_object_get_int_member(params, "tiles"));
    gw_statement_int(statement, json_object_get_int_member(params, "seconds"));
    gw_statement_text(statement, sources);
    gw_statement_text(statement, id);
    gw_statement_text(statement, identity->id);
    return statement;
}

static void
handle_save_plan(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    const GwIdentity *identity = find_identity(request);
    const char *id = json_object_get_string_member_with_default(params, "plan", NULL);
    g_autofree char *fresh = NULL;

    if (identity == NULL)
        return;
    if (!are_sources(json_object_get_array_member(params, "sources"))) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "Sources are ids of wall.sources; \"\" is an empty tile.");
        return;
    }
    if (id == NULL)
        fresh = gw_secret_new_id("plan");
    note(self, request, "wall.save-plan", id != NULL ? id : fresh);
    gw_store_run(self->gateway->store,
                 id != NULL ? new_update(identity, params, id) : new_insert(identity, params, fresh), on_saved,
                 ask(request));
}

/* wall.delete-plan */

static void
on_deleted(GwRows *rows, const GError *error, void *user_data)
{
    Asking *asking = user_data;

    if (error != NULL) {
        fail(asking, error);
        return;
    }
    if (gw_rows_get_count(rows) == 0)
        sig_request_fail(asking->request, SIG_ERROR_NOT_FOUND, "You have no such plan.");
    else
        sig_request_reply(asking->request, NULL);
    g_free(asking);
}

static void
handle_delete_plan(SigRequest *request, JsonObject *params, void *user_data)
{
    GwWall *self = user_data;
    const GwIdentity *identity = find_identity(request);
    const char *id = json_object_get_string_member(params, "plan");
    GwStatement *statement = NULL;

    if (identity == NULL)
        return;
    note(self, request, "wall.delete-plan", id);
    statement = gw_statement_new("DELETE FROM wall_plan WHERE id = ?1 AND owner = ?2 RETURNING id");
    gw_statement_text(statement, id);
    gw_statement_text(statement, identity->id);
    gw_store_run(self->gateway->store, statement, on_deleted, ask(request));
}

const SigMethod gw_method_wall_plans = {
    .name = "wall.plans",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "The asker's plans, and those shared in the unit.",
    .result = "{plans: [{id, name, shared, own, tiles, seconds, sources: [id, or \"\" for an empty tile]}]}",
    .handle = handle_plans,
};

const SigMethod gw_method_wall_save_plan = {
    .name = "wall.save-plan",
    .access = GW_ACCESS_INSPECTOR,
    .params =
        (const SigParam[]){
            { .name = "plan",
              .type = SIG_TYPE_STRING,
              .optional = true,
              .min = 1,
              .max = 64,
              .summary = "one's own, to "
                         "change it" },
            { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },
            { .name = "shared", .type = SIG_TYPE_BOOLEAN, .summary = "everybody in the unit may use it" },
            { .name = "tiles", .type = SIG_TYPE_INTEGER, .min = 1, .max = 64, .summary = "pictures at once" },
            { .name = "seconds",
              .type = SIG_TYPE_INTEGER,
              .min = 0,
              .max = MAX_SECONDS,
              .summary = "a page of the patrol stays; 0: no patrol" },
            { .name = "sources", .type = SIG_TYPE_ARRAY, .max = MAX_SOURCES, .summary = "ids; \"\": an empty tile" },
            { NULL },
        },
    .summary = "Keeps what is on the wall, or a patrol, under a name.",
    .result = "{plan: id}",
    .handle = handle_save_plan,
};

const SigMethod gw_method_wall_delete_plan = {
    .name = "wall.delete-plan",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "plan", .type = SIG_TYPE_STRING, .min = 1, .max = 64 }, { NULL } },
    .summary = "Forgets one of the asker's plans.",
    .result = "{}",
    .handle = handle_delete_plan,
};
