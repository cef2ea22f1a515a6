#include "gateway/ice.h"
#include "gateway/people/people-priv.h"

static const char *const languages[] = { "zh", "en", NULL };

static const SigParam hello_params[] = {
    { .name = "language", .type = SIG_TYPE_STRING, .values = languages, .summary = "what the page speaks" },
    { NULL },
};

static void
add_visit(GwPeople *self, JsonObject *answer, const GwIdentity *identity)
{
    JsonObject *visit = NULL;

    if (self->asked.visits != NULL && identity->seat == GW_SEAT_VISIT)
        visit = self->asked.visits->visit_to_json(identity->id, GW_SEAT_VISIT, self->asked.visits_data);
    if (self->asked.visits != NULL && identity->seat == GW_SEAT_TERMINAL)
        visit = self->asked.visits->terminal_visit(identity->id, self->asked.visits_data);
    if (visit != NULL)
        json_object_set_object_member(answer, "visit", visit);
}

static void
tell_language(GwPeople *self, SigClient *client, const char *language)
{
    for (unsigned i = 0; i < self->listeners->len; i++) {
        const GwListening *listening = &g_array_index(self->listeners, GwListening, i);
        if (listening->events->client_language != NULL)
            listening->events->client_language(client, gw_identity_of_client(client), language, listening->user_data);
    }
}

static const char *
factor_state(GwPeople *self, const GwIdentity *identity)
{
    if (gw_second_factors_has(self->factors, identity->id))
        return "on";
    return identity->access == GW_ACCESS_ENROLLING ? "required" : "off";
}

static void
handle_hello(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    JsonObject *answer = json_object_new();

    tell_language(self, sig_request_get_client(request), json_object_get_string_member(params, "language"));
    json_object_set_string_member(answer, "seat", gw_seat_to_string(identity->seat));
    json_object_set_int_member(answer, "now_ms", gw_people_now_ms());
    json_object_set_string_member(answer, "zone", g_time_zone_get_identifier(zone));
    json_object_set_string_member(answer, "version", YUANJIAN_VERSION);
    if (identity->seat == GW_SEAT_CONSOLE)
        json_object_set_object_member(answer, "person",
                                      gw_people_person_to_json(self, gw_people_get_person(self, identity->id)));
    if (identity->seat == GW_SEAT_CONSOLE)
        json_object_set_string_member(answer, "second_factor", factor_state(self, identity));
    if (identity->seat == GW_SEAT_TERMINAL)
        json_object_set_object_member(answer, "terminal", gw_people_terminal_to_json(self, identity->id));
    add_visit(self, answer, identity);
    json_object_set_array_member(answer, "roles", gw_roles_to_json(identity->access));
    json_object_set_array_member(answer, "ice_servers",
                                 gw_ice_to_json(&self->config->ice, identity->id, g_get_real_time() / G_USEC_PER_SEC));
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_hello = {
    .name = "hello",
    .access = GW_ACCESS_ANY_SEAT | GW_ACCESS_ENROLLING,
    .params = hello_params,
    .summary = "The first call on every connection: who am I, what time is it",
    .result = "{seat, now_ms, zone, version, person?, terminal?, visit?, roles, second_factor?, ice_servers}",
    .handle = handle_hello,
};

static void
handle_ping(SigRequest *request, JsonObject *params, void *user_data)
{
    JsonObject *answer = json_object_new();
    (void)params;
    (void)user_data;

    json_object_set_int_member(answer, "now_ms", gw_people_now_ms());
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_ping = {
    .name = "ping",
    .access = GW_ACCESS_ANY_SEAT | GW_ACCESS_ENROLLING,
    .summary = "Is the line still there, and what time is it",
    .result = "{now_ms}",
    .handle = handle_ping,
};
