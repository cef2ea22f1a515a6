#include <string.h>

#include "gateway/cases/cases-priv.h"
#include "gateway/gatherings/offices.h"

/* What people do to a case. */

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

/* Otherwise the request is answered. */
static GwCase *
find(GwCases *self, SigRequest *request, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    GwCase *one = gw_cases_find_for(self, get_identity(request), json_object_get_string_member(params, "case"), &error);

    if (one == NULL)
        sig_request_fail_error(request, error);
    return one;
}

/* cases.list */

static int
compare_cases(const void *a, const void *b)
{
    const GwCase *x = *(GwCase *const *)a, *y = *(GwCase *const *)b;

    return x->opened_ms > y->opened_ms ? -1 : x->opened_ms < y->opened_ms ? 1 : g_strcmp0(x->id, y->id);
}

static GPtrArray *
collect(GwCases *self, const GwIdentity *identity, JsonObject *params)
{
    const char *state = json_object_get_string_member_with_default(params, "state", "open");
    int64_t before_ms = json_object_get_int_member_with_default(params, "before_ms", INT64_MAX);
    bool wants_open = strcmp(state, "open") == 0;
    GPtrArray *found = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwCase *one = value;
        if (gw_case_is_open(one) == wants_open && one->opened_ms < before_ms &&
            gw_people_reaches(self->gateway->people, identity, GW_CASES_SEES, one->unit))
            g_ptr_array_add(found, one);
    }
    g_ptr_array_sort(found, compare_cases);
    return found;
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    g_autoptr(GPtrArray) found = collect(self, get_identity(request), params);
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();

    for (guint i = 0; i < found->len && i < GW_CASES_MAX_ROWS; i++)
        json_array_add_object_element(rows, gw_case_to_json(self, found->pdata[i]));
    json_object_set_array_member(answer, "cases", rows);
    json_object_set_boolean_member(answer, "more", found->len > GW_CASES_MAX_ROWS);
    sig_request_reply_object(request, answer);
}

/* cases.get */

static JsonObject *
make_whole(GwCases *self, const GwIdentity *identity, const GwCase *one)
{
    JsonObject *answer = json_object_new();
    const GwCaseAlarm *seen = gw_case_get_last_seen(one);
    const GwCallback *callback = g_hash_table_lookup(self->callbacks, one->id);
    const GwTerminal *terminal = gw_offices_terminal_of(self->gateway->people, one->unit);
    const GwPosition *unit = gw_places_find(self, "unit", one->unit);
    const GwPosition *near = seen != NULL ? &seen->alarm.at : unit;

    json_object_set_object_member(answer, "case", gw_case_to_whole_json(self, one));
    json_object_set_array_member(
        answer, "cameras", near != NULL ? gw_places_near(self, identity, *near, GW_CASES_NEAR) : json_array_new());
    if (terminal != NULL)
        json_object_set_object_member(answer, "terminal",
                                      gw_people_terminal_to_json(self->gateway->people, terminal->id));
    if (unit != NULL) {
        JsonObject *place = json_object_new();
        gw_position_to_json(*unit, place);
        json_object_set_object_member(answer, "unit_at", place);
    }
    if (callback != NULL)
        json_object_set_object_member(answer, "callback", gw_callback_to_json(callback));
    return answer;
}

static void
reply(GwCases *self, SigRequest *request, const GwCase *one)
{
    sig_request_reply_object(request, make_whole(self, get_identity(request), one));
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCase *one = find(user_data, request, params);

    if (one != NULL)
        reply(user_data, request, one);
}

/* What is done to one case, which is the answer then; false with an error. */
typedef bool (*Step)(GwCases *self, GwCase *one, SigRequest *request, JsonObject *params, GError **error);

static void
run(GwCases *self, SigRequest *request, JsonObject *params, Step step)
{
    GwCase *one = find(self, request, params);
    g_autoptr(GError) error = NULL;

    if (one == NULL)
        return;
    if (step(self, one, request, params, &error))
        reply(self, request, one);
    else
        sig_request_fail_error(request, error);
}

static const char *
get_text(JsonObject *params, const char *name)
{
    return json_object_get_string_member_with_default(params, name, NULL);
}

/* cases.act: what was done outside of this gateway, or is under way; "result" ends it. */
static bool
act(GwCases *self, GwCase *one, SigRequest *request, JsonObject *params, GError **error)
{
    const GwActor actor = gw_cases_actor_of(request);
    const GwCaseActionInput input = {
        .action = get_text(params, "action"),
        .result = get_text(params, "result"),
        .request = get_text(params, "request"),
        .note = get_text(params, "note"),
    };

    return gw_cases_act(self, one, &input, &actor, error) != NULL;
}

static bool
set_result(GwCases *self, GwCase *one, SigRequest *request, JsonObject *params, GError **error)
{
    GwCaseAction *action = gw_case_find_action(one, (unsigned)json_object_get_int_member(params, "n"));
    const GwActor actor = gw_cases_actor_of(request);
    const GwCaseActionInput outcome = { .result = get_text(params, "result"), .note = get_text(params, "note") };

    if (action == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such action.");
        return false;
    }
    return gw_cases_set_result(self, one, action, &outcome, &actor, error);
}

static bool
close_it(GwCases *self, GwCase *one, SigRequest *request, JsonObject *params, GError **error)
{
    const GwActor actor = gw_cases_actor_of(request);

    return gw_cases_close(self, one, (unsigned)json_object_get_int_member(params, "n"), get_text(params, "note"),
                          &actor, error);
}

static bool
assign(GwCases *self, GwCase *one, SigRequest *request, JsonObject *params, GError **error)
{
    const char *unit = get_text(params, "unit");
    const GwActor actor = gw_cases_actor_of(request);

    if (!gw_people_reaches(self->gateway->people, get_identity(request), GW_ACCESS_INSPECTOR, unit)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return false;
    }
    return gw_cases_assign(self, one, unit, &actor, error);
}

#define HANDLER(name, step)                                                                                            \
    static void name(SigRequest *request, JsonObject *params, void *user_data)                                         \
    {                                                                                                                  \
        run(user_data, request, params, step);                                                                         \
    }

HANDLER(handle_act, act)
HANDLER(handle_result, set_result)
HANDLER(handle_close, close_it)
HANDLER(handle_assign, assign)

#define CASE                                                                                                           \
    {                                                                                                                  \
        .name = "case", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID                                      \
    }
#define NOTE                                                                                                           \
    {                                                                                                                  \
        .name = "note", .type = SIG_TYPE_STRING, .optional = true, .max = GW_CASES_MAX_TEXT                            \
    }
#define NUMBER                                                                                                         \
    {                                                                                                                  \
        .name = "n", .type = SIG_TYPE_INTEGER, .min = 1, .max = GW_CASES_MAX_ACTIONS, .summary = "of the action"       \
    }

static const char *const states[] = { "open", "closed", NULL };
static const char result[] = "{case, cameras, terminal?, unit_at?, callback?}";

static const SigMethod list_row = {
    .name = "cases.list",
    .access = GW_CASES_SEES,
    .params = (const SigParam[]){ { .name = "state", .type = SIG_TYPE_STRING, .optional = true, .values = states },
                                  { .name = "before_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                                  { NULL } },
    .summary = "Cases that the asker may see, newest first; open ones unless it says otherwise.",
    .result = "{cases: [Case], more}",
    .handle = handle_list,
};

static const SigMethod get_row = {
    .name = "cases.get",
    .access = GW_CASES_SEES,
    .params = (const SigParam[]){ CASE, { NULL } },
    .summary = "One case with its alarms, what was done, the nearest cameras and the office's terminal.",
    .result = result,
    .handle = handle_get,
};

static const SigMethod act_row = {
    .name = "cases.act",
    .access = GW_CASES_SEES,
    .params = (const SigParam[]){ CASE,
                                  { .name = "action", .type = SIG_TYPE_STRING, .max = 16, .values = gw_case_actions },
                                  { .name = "result",
                                    .type = SIG_TYPE_STRING,
                                    .optional = true,
                                    .max = 16,
                                    .values = gw_case_results,
                                    .summary = "none: it is under way" },
                                  { .name = "request",
                                    .type = SIG_TYPE_STRING,
                                    .optional = true,
                                    .min = 1,
                                    .max = GW_CASES_MAX_ID,
                                    .summary = "of a photo: the request that was made" },
                                  NOTE,
                                  { NULL } },
    .summary = "Something was done about it, by telephone say, or is under way.",
    .result = result,
    .handle = handle_act,
};

static const SigMethod result_row = {
    .name = "cases.result",
    .access = GW_CASES_SEES,
    .params = (const SigParam[]){ CASE,
                                  NUMBER,
                                  { .name = "result", .type = SIG_TYPE_STRING, .max = 16, .values = gw_case_results },
                                  NOTE,
                                  { NULL } },
    .summary = "What came of an action that was under way.",
    .result = result,
    .handle = handle_result,
};

static const SigMethod close_row = {
    .name = "cases.close",
    .access = GW_CASES_SEES,
    .params = (const SigParam[]){ CASE, NUMBER, NOTE, { NULL } },
    .summary = "Closes it by the action that settled it; the platform is told.",
    .result = result,
    .handle = handle_close,
};

static const SigMethod assign_row = {
    .name = "cases.assign",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ CASE,
                                  { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID },
                                  { NULL } },
    .summary = "Gives it to a unit: of one whose alarm named none that is here, or another.",
    .result = result,
    .handle = handle_assign,
};

const SigMethod *const gw_case_methods[] = {
    &list_row, &get_row, &act_row, &result_row, &close_row, &assign_row, NULL
};

const SigEvent gw_case_events[] = {
    { "case.changed", (const SigParam[]){ { .name = "case", .type = SIG_TYPE_OBJECT }, { NULL } },
      "A case that one may see is new, or something was done about it." },
    { "room.changed", (const SigParam[]){ { .name = "room", .type = SIG_TYPE_OBJECT }, { NULL } },
      "A room that one may see was opened, ended, or somebody in it answered or left." },
    { "room.invited", (const SigParam[]){ { .name = "room", .type = SIG_TYPE_OBJECT }, { NULL } },
      "One is named in the plan of an emergency: come in." },
    { NULL },
};
