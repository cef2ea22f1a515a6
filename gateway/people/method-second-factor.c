#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"

static const SigParam begin_params[] = {
    { .name = "factor",
      .type = SIG_TYPE_STRING,
      .optional = true,
      .max = GW_FACTOR_MAX_TYPED,
      .summary = "a code of the one that is on, if one is" },
    { NULL },
};

static const SigParam confirm_params[] = {
    { .name = "factor",
      .type = SIG_TYPE_STRING,
      .min = 1,
      .max = GW_FACTOR_MAX_TYPED,
      .summary = "the first code of the new one" },
    { NULL },
};

static const SigParam reset_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { NULL },
};

/* One try of the asker's; otherwise the request is answered. */
static bool
take_try(GwPeople *self, SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);
    int64_t wait_ms = 0;

    if (gw_throttle_take(gw_second_factors_get_throttle(self->factors), gw_identity_of_client(client)->id,
                         sig_client_get_address(client), gw_people_now_ms(), &wait_ms))
        return true;
    sig_request_fail(request, SIG_ERROR_LIMIT, "too many wrong codes; wait %d s", (int)((wait_ms + 999) / 1000));
    return false;
}

static void
give_back(GwPeople *self, SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);

    gw_throttle_succeed(gw_second_factors_get_throttle(self->factors), gw_identity_of_client(client)->id,
                        sig_client_get_address(client), gw_people_now_ms());
}

/* Who took over a page that was left open must not put another telephone in the place of this one. */
static bool
is_owner(GwPeople *self, SigRequest *request, const char *typed)
{
    const char *id = gw_identity_of_client(sig_request_get_client(request))->id;

    if (!gw_second_factors_has(self->factors, id))
        return true;
    if (!take_try(self, request))
        return false;
    if (gw_second_factors_use(self->factors, id, typed, gw_people_now_ms()) == GW_FACTOR_WRONG) {
        sig_request_fail(request, SIG_ERROR_FORBIDDEN, "this code is wrong, or was used already");
        return false;
    }
    give_back(self, request);
    return true;
}

static void
handle_begin(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GwPerson *person = gw_people_get_person(self, identity->id);
    JsonObject *answer = NULL;

    if (!is_owner(self, request, json_object_get_string_member_with_default(params, "factor", "")))
        return;
    g_autofree char *key = gw_second_factors_begin(self->factors, identity->id);
    g_autofree char *name = g_uri_escape_string(person->name, NULL, FALSE);
    g_autofree char *uri = g_strdup_printf("otpauth://totp/Yuanjian:%s?secret=%s&issuer=Yuanjian", name, key);
    answer = json_object_new();
    json_object_set_string_member(answer, "key", key);
    json_object_set_string_member(answer, "uri", uri);
    sig_request_reply_object(request, answer);
}

static const SigMethod begin = {
    .name = "second-factor.begin",
    .access = GW_ACCESS_CONSOLE | GW_ACCESS_ENROLLING,
    .params = begin_params,
    .summary = "A key for one's own telephone; it counts when its first code was confirmed",
    .result = "{key, uri}",
    .handle = handle_begin,
};

static void
handle_confirm(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwSitter *sitter = sig_client_get_data(sig_request_get_client(request));
    GwPersonRecord *person = gw_directory_get_person(self->directory, sitter->id);
    JsonArray *list = NULL;
    JsonObject *answer = NULL;

    if (!take_try(self, request))
        return;
    g_auto(GStrv) codes = gw_second_factors_confirm(
        self->factors, sitter->id, json_object_get_string_member(params, "factor"), gw_people_now_ms());
    if (codes == NULL) {
        sig_request_fail(request, SIG_ERROR_FORBIDDEN, "this is not the code that the telephone shows now");
        return;
    }
    give_back(self, request);
    gw_people_note_request(self, request, "second-factor.on", sitter->audit, NULL);
    /* Whoever else is in came in without it. */
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_CONSOLE, sitter->id, sitter->token);
    gw_links_revoke_owner(self->links, GW_SEAT_CONSOLE, sitter->id);
    list = json_array_new();
    for (char **code = codes; *code != NULL; code++)
        json_array_add_string_element(list, *code);
    answer = json_object_new();
    json_object_set_array_member(answer, "codes", list);
    sig_request_reply_object(request, answer);
    gw_people_rights_changed(self, person);
}

static const SigMethod confirm = {
    .name = "second-factor.confirm",
    .access = GW_ACCESS_CONSOLE | GW_ACCESS_ENROLLING,
    .params = confirm_params,
    .summary = "From now on a code is asked for beside the password; everywhere else one is signed out",
    .result = "{codes: [string]}",
    .handle = handle_confirm,
};

static void
take_away(GwPeople *self, const char *person)
{
    gw_second_factors_reset(self->factors, person);
    gw_links_revoke_owner(self->links, GW_SEAT_CONSOLE, person);
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_CONSOLE, person, NULL);
}

static JsonObject *
answer_link(GwPeople *self, const char *person)
{
    JsonObject *answer = json_object_new();
    int64_t expires_ms = 0;
    g_autofree char *link = gw_people_make_link(self, GW_SEAT_CONSOLE, person, &expires_ms);

    json_object_set_string_member(answer, "link", link);
    json_object_set_int_member(answer, "expires_ms", expires_ms);
    return answer;
}

/* The password goes on being right; without a new link nobody gets in by it alone where a second factor is asked for. */
static void
handle_reset(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwPersonRecord *person =
        gw_people_ask_whole_person(self, request, json_object_get_string_member(params, "person"));

    if (person == NULL)
        return;
    if (g_str_equal(person->public.id, gw_identity_of_client(sig_request_get_client(request))->id)) {
        sig_request_fail(request, SIG_ERROR_STATE, "your own second factor is for another administrator to reset");
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    take_away(self, person->public.id);
    gw_people_grant_request(self, request, "second-factor.reset", object, answer_link(self, person->public.id));
}

static const SigMethod reset = {
    .name = "second-factor.reset",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = reset_params,
    .summary = "Of somebody who lost the telephone: signed out everywhere, and let in by a new link",
    .result = "{link, expires_ms}",
    .handle = handle_reset,
};

const SigMethod *const gw_factor_methods[] = { &begin, &confirm, &reset, NULL };

/* The owner's. */

const SigParam gw_factor_reset_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { NULL },
};

void
gw_people_handle_factor_reset(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const char *name = json_object_get_string_member(params, "person");
    const GwPersonRecord *person = gw_directory_find_person(self->directory, name);

    if (person == NULL || person->public.disabled) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no person '%s' who may sign in; see 'person list'", name);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    const GwAuditEntry entry = { .who = "owner", .action = "second-factor.reset", .object = object };
    take_away(self, person->public.id);
    gw_people_grant_command(self, &entry, NULL, request, answer_link(self, person->public.id));
}
