#include <string.h>

#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"

/* Where somebody is signed in. A session is named by the beginning of its token's hash, which opens nothing. */

enum { ID_LENGTH = 16 };

static const SigParam list_params[] = {
    { .name = "person",
      .type = SIG_TYPE_STRING,
      .optional = true,
      .min = 1,
      .max = 64,
      .summary = "id: for administrators; one's own if not said" },
    { NULL },
};

static const SigParam end_params[] = {
    { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = ID_LENGTH, .summary = "id" },
    { .name = "person",
      .type = SIG_TYPE_STRING,
      .optional = true,
      .min = 1,
      .max = 64,
      .summary = "as people.sessions" },
    { NULL },
};

typedef struct {
    const GwSitter *asker;
    JsonArray *rows;
    const char *wanted; /* an id */
    char *found;        /* its hash, owned */
} Listing;

/* Whose sessions the request is about; otherwise it is answered, and NULL. */
static const char *
whose(GwPeople *self, SigRequest *request, JsonObject *params)
{
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const char *id = json_object_get_string_member_with_default(params, "person", identity->id);
    const GwPersonRecord *person = NULL;

    if (g_str_equal(id, identity->id))
        return identity->id;
    person = gw_people_ask_person(self, request, id);
    return person != NULL ? person->public.id : NULL;
}

static void
add_row(const GwToken *token, void *data)
{
    Listing *listing = data;
    JsonObject *row = json_object_new();
    g_autofree char *id = g_strndup(token->hash, ID_LENGTH);

    json_object_set_string_member(row, "id", id);
    if (token->address != NULL)
        json_object_set_string_member(row, "address", token->address);
    if (token->device != NULL)
        json_object_set_string_member(row, "device", token->device);
    json_object_set_int_member(row, "since_ms", token->made_ms);
    json_object_set_int_member(row, "used_ms", token->used_ms);
    json_object_set_int_member(row, "until_ms", token->expires_ms);
    json_object_set_boolean_member(row, "this", g_strcmp0(token->hash, listing->asker->token) == 0);
    json_array_add_object_element(listing->rows, row);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const char *person = whose(self, request, params);
    Listing listing = { 0 };
    JsonObject *answer = NULL;

    if (person == NULL)
        return;
    listing.asker = sig_client_get_data(sig_request_get_client(request));
    listing.rows = json_array_new();
    gw_tokens_foreach(self->tokens, GW_SEAT_CONSOLE, person, add_row, &listing);
    answer = json_object_new();
    json_object_set_array_member(answer, "sessions", listing.rows);
    sig_request_reply_object(request, answer);
}

static const SigMethod list = {
    .name = "people.sessions",
    .access = GW_ACCESS_CONSOLE,
    .params = list_params,
    .summary = "Where one is signed in; of others, for their administrators",
    .result = "{sessions: [{id, address?, device?, since_ms, used_ms, until_ms, this}]}",
    .handle = handle_list,
};

static void
find(const GwToken *token, void *data)
{
    Listing *listing = data;

    if (strlen(listing->wanted) != ID_LENGTH || strncmp(token->hash, listing->wanted, ID_LENGTH) != 0)
        return;
    g_free(listing->found);
    listing->found = g_strdup(token->hash);
}

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const char *person = whose(self, request, params);
    Listing listing = { 0 };

    if (person == NULL)
        return;
    listing.wanted = json_object_get_string_member(params, "session");
    gw_tokens_foreach(self->tokens, GW_SEAT_CONSOLE, person, find, &listing);
    g_autofree char *hash = listing.found;
    if (hash == NULL) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no such session; it may have ended");
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person);
    gw_people_note_request(self, request, "sign-in.ended", object, NULL);
    gw_tokens_revoke(self->tokens, hash);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, NULL);
}

static const SigMethod end = {
    .name = "people.end-session",
    .access = GW_ACCESS_CONSOLE,
    .params = end_params,
    .summary = "Signs out there, and closes what is open there at once",
    .result = "{}",
    .handle = handle_end,
};

const SigMethod *const gw_session_methods[] = { &list, &end, NULL };
