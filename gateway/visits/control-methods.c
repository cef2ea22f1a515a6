#include <string.h>

#include "gateway/visits/visits-priv.h"

/* What an officer does to a visit. */

enum { MAX_ID = 64, MAX_NOTE = 2000 };

#define VISIT                                                                                                          \
    {                                                                                                                  \
        .name = "visit", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID, .summary = "its id"                         \
    }

/* Fails the request when there is no such visit for this officer. */
static GwVisit *
find_visit(GwVisits *self, SigRequest *request, JsonObject *params, GwActor *ret_actor)
{
    g_autoptr(GError) error = NULL;
    SigClient *client = sig_request_get_client(request);
    GwVisit *visit = NULL;

    if (client == NULL) {
        sig_request_fail(request, SIG_ERROR_STATE, "The connection has gone.");
        return NULL;
    }
    visit =
        gw_visits_find_for(self, gw_identity_of_client(client), json_object_get_string_member(params, "visit"), &error);
    if (visit != NULL && visit->session == NULL)
        g_set_error_literal(&error, SIG_ERROR, SIG_ERROR_STATE, "This visit is over.");
    if (error != NULL) {
        sig_request_fail_error(request, error);
        return NULL;
    }
    *ret_actor = gw_actor_of_client(client);
    return visit;
}

/* What it is now, and who made it so: pages say it in their own words. */
static JsonObject *
tell_who(const GwVisit *visit)
{
    JsonObject *data = json_object_new();

    json_object_set_string_member(data, "state", gw_visit_state_to_string(visit->state));
    if (visit->last_action == NULL || visit->last_by == NULL)
        return data;
    json_object_set_string_member(data, "by", visit->last_by);
    json_object_set_string_member(data, "action", visit->last_action);
    return data;
}

static void
answer(SigRequest *request, const GwVisit *visit, bool done, GError **error)
{
    if (done)
        sig_request_reply(request, NULL);
    else if (g_error_matches(*error, SIG_ERROR, SIG_ERROR_STATE))
        sig_request_fail_data(request, *error, tell_who(visit));
    else
        sig_request_fail_error(request, *error);
}

static void
handle_admit(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit != NULL)
        answer(request, visit, gw_visit_admit(visit, &actor, &error), &error);
}

static void
handle_subject_here(SigRequest *request, JsonObject *params, void *user_data)
{
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    gw_visit_set_subject_here(visit, &actor, json_object_get_boolean_member(params, "here"));
    sig_request_reply(request, NULL);
}

static void
handle_observe(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    SigClient *client = sig_request_get_client(request);
    if (!gw_visit_observe(visit, client, gw_identity_of_client(client), &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    gw_visit_add_ice_servers(visit, result, gw_identity_of_client(client)->id);
    sig_request_reply_object(request, result);
}

static void
handle_unobserve(SigRequest *request, JsonObject *params, void *user_data)
{
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    gw_visit_unobserve(visit, sig_request_get_client(request));
    sig_request_reply(request, NULL);
}

static void
handle_warn(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    const GwNotice *notice = gw_notices_find(json_object_get_string_member(params, "preset"));
    const char *language = json_object_get_string_member(params, "language");
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    if (notice == NULL || !notice->warning) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such warning: see visits.presets.");
        return;
    }
    if (!gw_visit_warn(visit, &actor, notice, language, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_boolean_member(result, "spoken", gw_visit_say(visit, language, notice->name));
    sig_request_reply_object(request, result);
}

static void
handle_talk(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    const char *to = json_object_get_string_member(params, "to");
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    GwObserver *observer = gw_visit_find_observer(visit, sig_request_get_client(request));
    if (observer == NULL) {
        sig_request_fail(request, SIG_ERROR_STATE, "Observe the visit first (visits.observe).");
        return;
    }
    if (strcmp(to, "both") == 0)
        to = GW_TALK_TO_ALL;
    else if (strcmp(to, "nobody") == 0)
        to = NULL;
    answer(request, visit, gw_visit_talk(visit, observer, to, &error), &error);
}

static void
handle_pause(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit != NULL)
        answer(request, visit, gw_visit_pause(visit, &actor, &error), &error);
}

static void
handle_resume(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit != NULL)
        answer(request, visit, gw_visit_resume(visit, &actor, &error), &error);
}

static void
handle_extend(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit != NULL)
        answer(request, visit,
               gw_visit_extend(visit, &actor, (unsigned)json_object_get_int_member(params, "minutes"), &error), &error);
}

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    const char *cause = json_object_get_string_member(params, "cause");
    GwActor actor;
    GwVisit *visit = find_visit(user_data, request, params, &actor);

    if (visit == NULL)
        return;
    if (!json_object_get_boolean_member(params, "confirm")) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "Cutting off has to be confirmed (confirm: true).");
        return;
    }
    if (!gw_end_cause_is_known(cause)) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "There is no such cause: see visits.presets.");
        return;
    }
    answer(request, visit,
           gw_visit_end(visit, &actor, cause, json_object_get_string_member_with_default(params, "note", NULL), &error),
           &error);
}

static const char *const languages[] = { "zh", "en", NULL };
static const char *const talk_values[] = { "both", "family", "terminal", "nobody", NULL };
static const SigParam visit_only[] = { VISIT, { NULL } };

#define ROW(identifier, method, parameters, words, answer_words, handler)                                              \
    static const SigMethod identifier = {                                                                              \
        .name = method,                                                                                                \
        .access = GW_ACCESS_OFFICER,                                                                                   \
        .params = parameters,                                                                                          \
        .summary = words,                                                                                              \
        .result = answer_words,                                                                                        \
        .handle = handler,                                                                                             \
    }

static const SigParam here_params[] = { VISIT, { .name = "here", .type = SIG_TYPE_BOOLEAN }, { NULL } };
static const SigParam warn_params[] = {
    VISIT,
    { .name = "preset", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
    { .name = "language", .type = SIG_TYPE_STRING, .values = languages },
    { NULL },
};
static const SigParam talk_params[] = { VISIT,
                                        { .name = "to", .type = SIG_TYPE_STRING, .values = talk_values },
                                        { NULL } };
static const SigParam extend_params[] = { VISIT,
                                          { .name = "minutes", .type = SIG_TYPE_INTEGER, .min = 1, .max = 30 },
                                          { NULL } };
static const SigParam end_params[] = {
    VISIT,
    { .name = "cause", .type = SIG_TYPE_STRING, .min = 1, .max = 32 },
    { .name = "note", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_NOTE },
    { .name = "confirm", .type = SIG_TYPE_BOOLEAN, .summary = "must be true" },
    { NULL },
};

ROW(admit, "visits.admit", visit_only, "Lets both in: they see and hear each other from now on.", "{}", handle_admit);
ROW(here, "visits.subject_here", here_params, "The subject sits in front of the terminal.", "{}", handle_subject_here);
ROW(observe, "visits.observe", visit_only, "Begins to observe, unseen by the parties, always on record.", "{}",
    handle_observe);
ROW(unobserve, "visits.unobserve", visit_only, "Ceases to observe.", "{}", handle_unobserve);
ROW(warn, "visits.warn", warn_params, "Speaks a preset warning to both sides and shows it.",
    "{spoken}: false when it could only be shown", handle_warn);
ROW(talk, "visits.talk", talk_params, "Talks in to both sides, to one, or to nobody any more.", "{}", handle_talk);
ROW(pause_row, "visits.pause", visit_only, "Stops picture and sound of both; the time stands still.", "{}",
    handle_pause);
ROW(resume, "visits.resume", visit_only, "Goes on after a pause.", "{}", handle_resume);
ROW(extend, "visits.extend", extend_params, "Adds minutes.", "{}", handle_extend);
ROW(end, "visits.end", end_params, "Cuts the visit off, with a coded cause.", "{}", handle_end);

const SigMethod *const gw_control_methods[] = {
    &admit, &here, &observe, &unobserve, &warn, &talk, &pause_row, &resume, &extend, &end, NULL,
};
