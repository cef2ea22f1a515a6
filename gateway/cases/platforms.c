#define G_LOG_DOMAIN "gateway.cases"

#include <string.h>

#include "gateway/audit/reply.h"
#include "gateway/cases/cases-priv.h"
#include "gateway/cases/drop.h"
#include "gateway/people/secret.h"

/* Other systems: a token that posts alarms of a unit and those below, or fetches what was recorded there, and an address to which
 * results go. Made by an administrator, shown once, kept as a hash, revoked at once. */

enum { MAX_URL = 500, MAX_NAME = 100, N_MAY = 2 };

#define HEARD_MS (INT64_C(60) * 1000) /* so often it is written that one has come */

static const struct {
    const char *name;
    uint32_t access;
} mays[N_MAY] = { { "alarms", GW_ACCESS_PLATFORM }, { "events", GW_ACCESS_FETCHER } };

void
gw_platform_free(void *data)
{
    GwPlatform *self = data;

    g_free(self->id);
    g_free(self->name);
    g_free(self->unit);
    g_free(self->token);
    g_free(self->callback);
    g_free(self);
}

GwPlatform *
gw_platforms_find_by_secret(GwCases *self, const char *secret)
{
    g_autofree char *hash = gw_secret_hash(secret);
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->platforms);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwPlatform *platform = value;
        if (platform->revoked_ms == 0 && strcmp(platform->token, hash) == 0)
            return platform;
    }
    return NULL;
}

static GwStatement *
to_statement(const GwPlatform *platform)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO platform (id, name, unit, token, callback, made_ms, revoked_ms, may,"
                         " heard_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET"
                         " revoked_ms = excluded.revoked_ms, heard_ms = excluded.heard_ms");

    gw_statement_text(statement, platform->id);
    gw_statement_text(statement, platform->name);
    gw_statement_text(statement, platform->unit);
    gw_statement_text(statement, platform->token);
    gw_statement_text(statement, platform->callback);
    gw_statement_int(statement, platform->made_ms);
    gw_statement_int(statement, platform->revoked_ms);
    gw_statement_int(statement, platform->may);
    gw_statement_int(statement, platform->heard_ms);
    return statement;
}

bool
gw_platforms_load(GwCases *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->gateway->store,
        gw_statement_new("SELECT id, name, unit, token, callback, made_ms, revoked_ms, may, heard_ms FROM platform"),
        error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        GwPlatform *platform = g_new0(GwPlatform, 1);
        platform->id = g_strdup(gw_rows_text(rows, i, 0));
        platform->name = g_strdup(gw_rows_text(rows, i, 1));
        platform->unit = g_strdup(gw_rows_text(rows, i, 2));
        platform->token = g_strdup(gw_rows_text(rows, i, 3));
        platform->callback = g_strdup(gw_rows_text(rows, i, 4));
        platform->made_ms = gw_rows_int(rows, i, 5);
        platform->revoked_ms = gw_rows_int(rows, i, 6);
        platform->may = (uint32_t)gw_rows_int(rows, i, 7) & (GW_ACCESS_PLATFORM | GW_ACCESS_FETCHER);
        platform->heard_ms = platform->written_ms = gw_rows_int(rows, i, 8);
        g_hash_table_insert(self->platforms, platform->id, platform);
    }
    return true;
}

void
gw_platforms_hear(GwCases *self, GwPlatform *platform)
{
    platform->heard_ms = gw_cases_now_ms(self);
    if (ABS(platform->heard_ms - platform->written_ms) < HEARD_MS)
        return;
    platform->written_ms = platform->heard_ms;
    gw_store_run(self->gateway->store, to_statement(platform), NULL, NULL);
}

static JsonArray *
may_to_json(const GwPlatform *platform)
{
    JsonArray *words = json_array_new();

    for (unsigned i = 0; i < N_MAY; i++) {
        if ((platform->may & mays[i].access) != 0)
            json_array_add_string_element(words, mays[i].name);
    }
    return words;
}

static JsonObject *
to_json(GwCases *self, const GwPlatform *platform)
{
    JsonObject *object = gw_object_with_text("id", platform->id);
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, platform->unit);
    JsonObject *files = gw_drops_to_json(self->drops, platform);

    json_object_set_string_member(object, "name", platform->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    gw_object_set_text(object, "callback", platform->callback);
    json_object_set_int_member(object, "made_ms", platform->made_ms);
    if (platform->revoked_ms != 0)
        json_object_set_int_member(object, "revoked_ms", platform->revoked_ms);
    if (platform->heard_ms != 0)
        json_object_set_int_member(object, "heard_ms", platform->heard_ms);
    json_object_set_array_member(object, "may", may_to_json(platform));
    if (platform->callback != NULL)
        json_object_set_object_member(object, "deliveries", gw_deliveries_to_json(self, platform));
    if (files != NULL)
        json_object_set_object_member(object, "files", files);
    return object;
}

static bool
is_name_taken(GwCases *self, const char *name)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->platforms);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwPlatform *platform = value;
        if (platform->revoked_ms == 0 && strcmp(platform->name, name) == 0)
            return true;
    }
    return false;
}

static bool
check_new(GwCases *self, const char *name, const char *callback, GError **error)
{
    if (is_name_taken(self, name)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "There is a platform of this name: choose another.");
        return false;
    }
    if (g_hash_table_size(self->platforms) >= GW_PLATFORMS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "There are %d platforms already.", GW_PLATFORMS_MAX);
        return false;
    }
    return callback == NULL || gw_callback_check_url(self, callback, error);
}

/* "alarms", "events", or both with a comma; NULL: alarms. */
static bool
read_may(const char *text, uint32_t *ret_may, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text != NULL ? text : mays[0].name, ",", N_MAY + 1);
    uint32_t may = 0;

    for (unsigned k = 0; words[k] != NULL; k++) {
        uint32_t found = 0;
        for (unsigned i = 0; i < N_MAY; i++)
            found |= strcmp(words[k], mays[i].name) == 0 ? mays[i].access : 0;
        if (found == 0) {
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                                "A platform may: alarms, events, or alarms,events.");
            return false;
        }
        may |= found;
    }
    *ret_may = may;
    return true;
}

static GwPlatform *
add(GwCases *self, JsonObject *params, char **ret_secret, GError **error)
{
    const char *name = json_object_get_string_member(params, "name");
    const char *callback = json_object_get_string_member_with_default(params, "callback", NULL);
    uint32_t may = 0;
    GwPlatform *platform = NULL;

    if (!read_may(json_object_get_string_member_with_default(params, "may", NULL), &may, error) ||
        !check_new(self, name, callback, error))
        return NULL;
    *ret_secret = gw_secret_new();
    platform = g_new0(GwPlatform, 1);
    platform->id = gw_secret_new_id("platform");
    platform->name = g_strdup(name);
    platform->unit = g_strdup(json_object_get_string_member(params, "unit"));
    platform->token = gw_secret_hash(*ret_secret);
    platform->callback = g_strdup(callback);
    platform->may = may;
    platform->made_ms = gw_cases_now_ms(self);
    g_hash_table_insert(self->platforms, platform->id, platform);
    gw_store_run(self->gateway->store, to_statement(platform), NULL, NULL);
    return platform;
}

static void
take_token_away(GwCases *self, GwPlatform *platform)
{
    if (platform->revoked_ms != 0)
        return;
    platform->revoked_ms = gw_cases_now_ms(self);
    gw_store_run(self->gateway->store, to_statement(platform), NULL, NULL);
}

void
gw_platforms_note(GwCases *self, const GwActor *actor, const char *action, const GwPlatform *platform)
{
    g_autofree char *object = g_strconcat("platform:", platform->id, NULL);
    JsonObject *detail = gw_object_with_text("name", platform->name);

    json_object_set_string_member(detail, "unit", platform->unit);
    gw_object_set_text(detail, "callback", platform->callback);
    json_object_set_array_member(detail, "may", may_to_json(platform));
    gw_cases_note(self, actor, action, object, detail);
}

/* Pages. */

static bool
reaches(GwCases *self, SigRequest *request, const char *unit)
{
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));

    return gw_people_get_unit(self->gateway->people, unit) != NULL &&
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_ADMINISTRATOR, unit);
}

GwPlatform *
gw_platforms_find_for(GwCases *self, SigRequest *request, JsonObject *params)
{
    GwPlatform *platform = g_hash_table_lookup(self->platforms, json_object_get_string_member(params, "platform"));

    if (platform != NULL && reaches(self, request, platform->unit))
        return platform;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such platform in your part of the tree.");
    return NULL;
}

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *secret = NULL;
    const GwPlatform *platform = NULL;
    JsonObject *answer = NULL;

    if (!reaches(self, request, json_object_get_string_member(params, "unit"))) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such unit in your part of the tree.");
        return;
    }
    platform = add(self, params, &secret, &error);
    if (platform == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    const GwActor actor = gw_cases_actor_of(request);
    gw_platforms_note(self, &actor, "platform.add", platform);
    answer = gw_object_with_text("token", secret);
    json_object_set_object_member(answer, "platform", to_json(self, platform));
    gw_audit_reply(self->gateway->audit, GW_REPLY_GRANT, request, answer);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GList) platforms = g_hash_table_get_values(self->platforms);
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();

    (void)params;
    for (GList *item = platforms; item != NULL; item = item->next) {
        const GwPlatform *platform = item->data;
        if (reaches(self, request, platform->unit))
            json_array_add_object_element(rows, to_json(self, platform));
    }
    json_object_set_array_member(answer, "platforms", rows);
    sig_request_reply_object(request, answer);
}

static void
handle_revoke(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    GwPlatform *platform = gw_platforms_find_for(self, request, params);
    JsonObject *answer = NULL;

    if (platform == NULL)
        return;
    take_token_away(self, platform);
    const GwActor actor = gw_cases_actor_of(request);
    gw_platforms_note(self, &actor, "platform.revoke", platform);
    answer = json_object_new();
    json_object_set_object_member(answer, "platform", to_json(self, platform));
    gw_audit_reply(self->gateway->audit, GW_REPLY_TAKE_AWAY, request, answer);
}

#define ADD_PARAMS                                                                                                     \
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },                                            \
        { .name = "unit",                                                                                              \
          .type = SIG_TYPE_STRING,                                                                                     \
          .min = 1,                                                                                                    \
          .max = GW_CASES_MAX_ID,                                                                                      \
          .summary = "its alarms are of this unit and those below" },                                                  \
        { .name = "callback",                                                                                          \
          .type = SIG_TYPE_STRING,                                                                                     \
          .optional = true,                                                                                            \
          .min = 1,                                                                                                    \
          .max = MAX_URL,                                                                                              \
          .summary = "where results are posted; its host must be one of [cases] callback-hosts" },                     \
        { .name = "may",                                                                                               \
          .type = SIG_TYPE_STRING,                                                                                     \
          .optional = true,                                                                                            \
          .min = 1,                                                                                                    \
          .max = MAX_NAME,                                                                                             \
          .summary = "alarms (post them), events (fetch what was recorded), or alarms,events; alarms" },               \
    {                                                                                                                  \
        NULL                                                                                                           \
    }

static const SigParam add_params[] = { ADD_PARAMS };
static const SigParam one_params[] = {
    { .name = "platform", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID }, { NULL }
};

static const SigMethod list_row = {
    .name = "platforms.list",
    .access = GW_ACCESS_ADMINISTRATOR,
    .summary = "Other systems of the asker's part of the tree.",
    .result =
        "{platforms: [{id, name, unit, may, callback?, made_ms, revoked_ms?, heard_ms?, deliveries?: {waiting, done, "
        "next_ms?, message?}, files?: {folder, there, more, waiting, problem?, last?: {name, at_ms, taken, known, "
        "refused, message?}}}]}",
    .handle = handle_list,
};

static const SigMethod add_row = {
    .name = "platforms.add",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = add_params,
    .summary = "Another system, with what it may; its token is shown this once.",
    .result = "{platform, token}",
    .handle = handle_add,
};

static const SigMethod revoke_row = {
    .name = "platforms.revoke",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = one_params,
    .summary = "Its token is good for nothing any more; what it posted stays.",
    .result = "{platform}",
    .handle = handle_revoke,
};

const SigMethod *const gw_platform_methods[] = { &list_row, &add_row, &revoke_row, NULL };

/* The owner. */

static void
handle_command_add(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *secret = NULL;
    const GwPlatform *platform = NULL;
    JsonObject *answer = NULL;

    if (gw_people_get_unit(self->gateway->people, json_object_get_string_member(params, "unit")) == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return;
    }
    platform = add(self, params, &secret, &error);
    if (platform == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    gw_platforms_note(self, &(GwActor){ .audit = "owner" }, "platform.add", platform);
    answer = gw_object_with_text("token", secret);
    json_object_set_object_member(answer, "platform", to_json(self, platform));
    gw_audit_reply_command(self->gateway->audit, GW_REPLY_GRANT, request, answer);
}

static void
handle_command_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GList) platforms = g_hash_table_get_values(self->platforms);
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();

    (void)params;
    for (GList *item = platforms; item != NULL; item = item->next)
        json_array_add_object_element(rows, to_json(self, item->data));
    json_object_set_array_member(answer, "platforms", rows);
    gw_admin_reply_object(request, answer);
}

static void
handle_command_revoke(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    GwPlatform *platform = g_hash_table_lookup(self->platforms, json_object_get_string_member(params, "platform"));

    if (platform == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such platform.");
        return;
    }
    take_token_away(self, platform);
    gw_platforms_note(self, &(GwActor){ .audit = "owner" }, "platform.revoke", platform);
    gw_audit_reply_command(self->gateway->audit, GW_REPLY_TAKE_AWAY, request, NULL);
}

const GwAdminCommand gw_platform_commands[] = {
    { "platform.add", add_params, handle_command_add },
    { "platform.list", NULL, handle_command_list },
    { "platform.revoke", one_params, handle_command_revoke },
    { NULL },
};
