#include "gateway/visits/visits-priv.h"

/* What the family's page and the terminal's page do. */

/* The visit of this seat; NULL with an error. */
static GwVisit *
find_own(GwVisits *self, SigRequest *request, GwSide *ret_side, GError **error)
{
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;
    GwVisit *visit = NULL;
    bool family = false;

    if (identity != NULL) {
        family = identity->seat == GW_SEAT_VISIT;
        visit = family ? gw_visits_find(self, identity->id) : gw_visits_current_of_terminal(self, identity->id);
    }
    if (visit == NULL || visit->session == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "There is no visit to answer now.");
        return NULL;
    }
    if (gw_visit_is_over(visit)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This visit is over.");
        return NULL;
    }
    *ret_side = family ? GW_SIDE_FAMILY : GW_SIDE_TERMINAL;
    return visit;
}

static void
handle_enter(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    bool consent = json_object_get_boolean_member_with_default(params, "consent", FALSE);
    GwSide side;
    GwVisit *visit = find_own(user_data, request, &side, &error);

    if (visit == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    if (side == GW_SIDE_FAMILY && visit->booking.recording_class != GW_CLASS_PRIVILEGED && !consent) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS,
                         "This visit is recorded: it needs the consent of the family to begin.");
        return;
    }
    if (side == GW_SIDE_FAMILY)
        visit->consent = consent;
    SigClient *client = sig_request_get_client(request);
    GwActor actor = gw_actor_of_client(client);
    gw_visit_enter(visit, side, &actor);
    JsonObject *result = json_object_new();
    json_object_set_object_member(result, "visit",
                                  gw_visit_to_json(visit, side == GW_SIDE_FAMILY ? GW_SEAT_VISIT : GW_SEAT_TERMINAL));
    gw_visit_add_ice_servers(visit, result, gw_identity_of_client(client)->id);
    sig_request_reply_object(request, result);
}

static void
handle_leave(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwSide side;
    GwVisit *visit = find_own(user_data, request, &side, &error);

    (void)params;
    if (visit == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    gw_visit_leave(visit, side);
    sig_request_reply(request, NULL);
}

static void
handle_mute(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwSide side;
    GwVisit *visit = find_own(user_data, request, &side, &error);
    bool sound = g_str_equal(json_object_get_string_member(params, "kind"), "audio");

    if (visit == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    gw_visit_set_muted(visit, side, sound ? GW_MUTE_SOUND : GW_MUTE_PICTURE,
                       json_object_get_boolean_member(params, "muted"));
    sig_request_reply(request, NULL);
}

static void
handle_subject_here(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwSide side;
    GwVisit *visit = find_own(user_data, request, &side, &error);

    if (visit == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    gw_visit_set_subject_here(visit, &actor, json_object_get_boolean_member(params, "here"));
    sig_request_reply(request, NULL);
}

static const SigMethod enter = {
    .name = "party.enter",
    .access = GW_ACCESS_PARTY,
    .params = (const SigParam[]){ { .name = "consent",
                                    .type = SIG_TYPE_BOOLEAN,
                                    .optional = true,
                                    .summary = "the family agrees to be recorded" },
                                  { NULL } },
    .summary = "Enters the waiting room, after the device check.",
    .result = "{visit, ice_servers}",
    .handle = handle_enter,
};

static const SigMethod leave = {
    .name = "party.leave",
    .access = GW_ACCESS_PARTY,
    .summary = "Leaves; a visit that runs is suspended and can be entered again in the grace time.",
    .result = "{}",
    .handle = handle_leave,
};

static const char *const kinds[] = { "audio", "video", NULL };

static const SigMethod mute = {
    .name = "party.mute",
    .access = GW_ACCESS_PARTY,
    .params = (const SigParam[]){ { .name = "kind", .type = SIG_TYPE_STRING, .min = 5, .max = 5, .values = kinds },
                                  { .name = "muted", .type = SIG_TYPE_BOOLEAN },
                                  { NULL } },
    .summary = "The party has turned its microphone or camera off, or on again: the recording says why nothing comes.",
    .result = "{}",
    .handle = handle_mute,
};

static const SigMethod subject_here = {
    .name = "terminal.subject_here",
    .access = GW_ACCESS_TERMINAL,
    .params = (const SigParam[]){ { .name = "here", .type = SIG_TYPE_BOOLEAN }, { NULL } },
    .summary = "The subject sits in front of the terminal, or not any more.",
    .result = "{}",
    .handle = handle_subject_here,
};

const SigMethod *const gw_party_methods[] = { &enter, &leave, &mute, &subject_here, NULL };

#define EVENT_PARAM(param, param_type)                                                                                 \
    {                                                                                                                  \
        .name = param, .type = param_type                                                                              \
    }

const SigEvent gw_visit_events[] = {
    { "visit.changed", (const SigParam[]){ EVENT_PARAM("visit", SIG_TYPE_OBJECT), { NULL } },
      "Something about this visit changed; for a terminal null: there is nothing to answer." },
    { "visit.warned",
      (const SigParam[]){ EVENT_PARAM("preset", SIG_TYPE_STRING),
                          EVENT_PARAM("text_zh", SIG_TYPE_STRING),
                          EVENT_PARAM("text_en", SIG_TYPE_STRING),
                          { NULL } },
      "An officer warned; it is spoken too." },
    { "visit.officer_speaks", (const SigParam[]){ EVENT_PARAM("active", SIG_TYPE_BOOLEAN), { NULL } },
      "An officer begins or ceases to talk to this side." },
    { "visit.time_left", (const SigParam[]){ EVENT_PARAM("minutes", SIG_TYPE_INTEGER), { NULL } },
      "5 minutes or 1 minute are left." },
    { "visit.ended", (const SigParam[]){ EVENT_PARAM("cause", SIG_TYPE_STRING), { NULL } },
      "The visit is over: the last thing a party hears." },
    { "visit.quality",
      (const SigParam[]){ EVENT_PARAM("visit", SIG_TYPE_STRING),
                          EVENT_PARAM("parties", SIG_TYPE_OBJECT),
                          EVENT_PARAM("recording", SIG_TYPE_OBJECT),
                          { NULL } },
      "Each second, to who observes: how good each line is, and how far the recording is on disk." },
    { "speaking",
      (const SigParam[]){ EVENT_PARAM("parties", SIG_TYPE_ARRAY),
                          { .name = "visit", .type = SIG_TYPE_STRING, .optional = true },
                          { NULL } },
      "Who speaks now has changed: of this visit's sides; none while they do not hear each other." },
    { NULL },
};
