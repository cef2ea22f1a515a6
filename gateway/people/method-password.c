#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"

static const SigParam params_rows[] = {
    { .name = "password",
      .type = SIG_TYPE_STRING,
      .min = 1,
      .max = GW_PASSWORD_MAX_BYTES,
      .summary = "at least 10 characters" },
    { NULL },
};

typedef struct {
    GwPeople *people;
    SigRequest *request;
    char *person, *token;
} Change;

static void
change_free(Change *change)
{
    g_free(change->person);
    g_free(change->token);
    g_free(change);
}

static void
on_hashed(const char *encoded, bool right, void *user_data)
{
    Change *change = user_data;
    GwPeople *self = change->people;
    GwPersonRecord *person = gw_directory_get_person(self->directory, change->person);
    (void)right;

    if (encoded == NULL || person == NULL) {
        sig_request_fail(change->request, SIG_ERROR_UNAVAILABLE, "the password was not changed; try again");
        change_free(change);
        return;
    }

    SigClient *client = sig_request_get_client(change->request);
    g_autofree char *name = gw_people_audit_name(GW_SEAT_CONSOLE, change->person);
    const GwAuditEntry entry = {
        .who = name,
        .action = "person.password",
        .object = name,
        .address = client != NULL ? sig_client_get_address(client) : NULL,
    };
    gw_directory_set_password(self->directory, person, encoded);
    gw_people_note(self, &entry);
    /* Whoever else is in with the old one is out. */
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_CONSOLE, change->person, change->token);
    gw_links_revoke_owner(self->links, GW_SEAT_CONSOLE, change->person);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, change->request, NULL);
    change_free(change);
}

static void
handle(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwSitter *sitter = sig_client_get_data(sig_request_get_client(request));
    const char *password = json_object_get_string_member(params, "password");
    const GwPerson *person = gw_people_get_person(self, sitter->id);

    if (g_utf8_strlen(password, -1) < GW_PASSWORD_MIN_LETTERS || g_ascii_strcasecmp(password, person->name) == 0) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "a password has at least %d characters and is not the name",
                         GW_PASSWORD_MIN_LETTERS);
        return;
    }

    Change *change = g_new0(Change, 1);
    change->people = self;
    change->request = request;
    change->person = g_strdup(sitter->id);
    change->token = g_strdup(sitter->token);
    if (gw_passwords_hash(self->passwords, password, on_hashed, change))
        return;
    sig_request_fail(request, SIG_ERROR_UNAVAILABLE, "too many people are signing in; try again in a moment");
    change_free(change);
}

const SigMethod gw_method_people_set_password = {
    .name = "people.set_password",
    .access = GW_ACCESS_CONSOLE | GW_ACCESS_ENROLLING,
    .params = params_rows,
    .summary = "Sets one's own password; everywhere else one is signed out",
    .result = "{}",
    .handle = handle,
};
