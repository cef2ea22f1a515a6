#include "gateway/sessions/session-priv.h"

/* media.*: what a page does to publish and to watch. The offer of a page is up to 256 KiB, as media/ accepts it. */

enum { MAX_SDP = 256 * 1024, MAX_ID = 64, MAX_PIXELS = 16384 };

#define OFFER                                                                                                          \
    {                                                                                                                  \
        .name = "sdp", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_SDP, .summary = "SDP"                             \
    }
#define VISIT                                                                                                          \
    {                                                                                                                  \
        .name = "visit", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID,                           \
        .summary = "of a visit or a roll-call; required from the console, refused elsewhere"                           \
    }

static GwParty *
find_party(GwSessions *self, SigRequest *request, JsonObject *params, GError **error)
{
    SigClient *client = sig_request_get_client(request);

    if (client == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The connection has gone.");
        return NULL;
    }
    return gw_sessions_party_of_client(self, client, json_object_get_string_member_with_default(params, "visit", NULL),
                                       error);
}

static void
handle_publish(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwParty *party = find_party(user_data, request, params, &error);
    g_autofree char *answer = NULL;

    if (party != NULL)
        answer = gw_party_publish(party, json_object_get_string_member(params, "sdp"), &error);
    if (answer == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_string_member(result, "sdp", answer);
    sig_request_reply_object(request, result);
}

static void
handle_watch(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwParty *party = find_party(user_data, request, params, &error);
    g_autofree char *offer = NULL;
    JsonArray *slots = NULL;

    if (party != NULL)
        offer = gw_party_watch(party, &slots, &error);
    if (offer == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_string_member(result, "sdp", offer);
    json_object_set_array_member(result, "slots", slots);
    sig_request_reply_object(request, result);
}

static void
handle_answer(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwParty *party = find_party(user_data, request, params, &error);

    if (party == NULL || !gw_party_accept_answer(party, json_object_get_string_member(params, "sdp"), &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    sig_request_reply(request, NULL);
}

static void
handle_close(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwParty *party = find_party(user_data, request, params, &error);
    const char *what = json_object_get_string_member(params, "what");

    if (party == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    if (g_strcmp0(what, "watch") != 0)
        gw_party_close_publish(party);
    if (g_strcmp0(what, "publish") != 0)
        gw_party_close_watch(party);
    sig_request_reply(request, NULL);
}

static void
handle_size(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    GwParty *party = find_party(user_data, request, params, &error);
    int64_t width = json_object_get_int_member(params, "width"), height = json_object_get_int_member(params, "height");

    if (party == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    if (!gw_party_set_size(party, json_object_get_string_member(params, "mid"), (uint16_t)width, (uint16_t)height)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "You watch no picture with this mid: see media.watch.");
        return;
    }
    sig_request_reply(request, NULL);
}

static const char *const what_values[] = { "publish", "watch", "both", NULL };

static const SigMethod publish = {
    .name = "media.publish",
    .access = GW_ACCESS_PARTY | GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ OFFER, VISIT, { NULL } },
    .summary = "Publishes by the page's offer; again to renegotiate or to restart ICE.",
    .result = "{sdp}: the answer",
    .handle = handle_publish,
};

static const SigMethod watch = {
    .name = "media.watch",
    .access = GW_ACCESS_PARTY | GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ VISIT, { NULL } },
    .summary = "Asks for an offer of everything there is to watch; again for a fresh one.",
    .result = "{sdp, slots: [{mid, party, kind}]}",
    .handle = handle_watch,
};

static const SigMethod answer = {
    .name = "media.answer",
    .access = GW_ACCESS_PARTY | GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ OFFER, VISIT, { NULL } },
    .summary = "The page's answer to the offer of media.watch.",
    .result = "{}",
    .handle = handle_answer,
};

static const SigMethod close_row = {
    .name = "media.close",
    .access = GW_ACCESS_PARTY | GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "what", .type = SIG_TYPE_STRING, .values = what_values }, VISIT, { NULL } },
    .summary = "Closes the page's peer connections.",
    .result = "{}",
    .handle = handle_close,
};

static const SigMethod size = {
    .name = "media.size",
    .access = GW_ACCESS_PARTY | GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ { .name = "mid", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
                                  { .name = "width", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_PIXELS },
                                  { .name = "height", .type = SIG_TYPE_INTEGER, .min = 0, .max = MAX_PIXELS },
                                  VISIT,
                                  { NULL } },
    .summary =
        "How large the page shows a picture, in device pixels: no more than that is sent. 0: as large as there is.",
    .result = "{}",
    .handle = handle_size,
};

const SigMethod *const gw_media_methods[] = { &publish, &watch, &answer, &close_row, &size, NULL };

static const SigParam offer_params[] = {
    { .name = "sdp", .type = SIG_TYPE_STRING },
    { .name = "slots", .type = SIG_TYPE_ARRAY },
    { .name = "visit", .type = SIG_TYPE_STRING, .optional = true },
    { NULL },
};

static const SigParam stills_params[] = { { .name = "active", .type = SIG_TYPE_BOOLEAN }, { NULL } };

const SigEvent gw_media_events[] = {
    { .name = "media.offer",
      .params = offer_params,
      .summary = "The gateway renegotiates what is watched; answer with media.answer." },
    { .name = "media.stills",
      .params = stills_params,
      .summary =
          "The line to this page is too thin for a moving picture: sound goes on, stills come now and then; or the "
          "picture moves again." },
    { NULL },
};
