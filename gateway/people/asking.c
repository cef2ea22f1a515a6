#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"

/* What the methods of the people's pages ask first: who is asking, and is this in his part of the tree. What is not, is not
 * there for him. */

static const uint32_t keepers = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY;

bool
gw_people_ask_unit(GwPeople *self, SigRequest *request, const char *unit)
{
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));

    if (gw_people_get_unit(self, unit) != NULL && gw_people_reaches(self, identity, keepers, unit))
        return true;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no unit '%s' in your part of the tree", unit);
    return false;
}

GwPersonRecord *
gw_people_ask_person(GwPeople *self, SigRequest *request, const char *id)
{
    GwPersonRecord *person = gw_directory_get_person(self->directory, id);
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));

    if (person != NULL && gw_people_reaches(self, identity, keepers, person->public.unit))
        return person;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no person '%s' in your part of the tree", id);
    return NULL;
}

GwPersonRecord *
gw_people_ask_whole_person(GwPeople *self, SigRequest *request, const char *id)
{
    GwPersonRecord *person = gw_people_ask_person(self, request, id);
    int64_t now_ms = gw_people_now_ms();

    for (guint i = 0; person != NULL && i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];

        if ((post->until_ms == 0 || post->until_ms > now_ms) &&
            !gw_people_ask_role(self, request, gw_role_to_string(post->access), post->unit))
            return NULL;
    }
    return person;
}

GwAuditEntry
gw_people_entry_of(SigRequest *request, const char *action, const char *object)
{
    SigClient *client = sig_request_get_client(request);

    return (GwAuditEntry){
        .who = gw_identity_of_client(client)->audit,
        .action = action,
        .object = object,
        .address = sig_client_get_address(client),
    };
}

void
gw_people_note_request(GwPeople *self, SigRequest *request, const char *action, const char *object, JsonObject *detail)
{
    const GwAuditEntry entry = gw_people_entry_of(request, action, object);

    gw_audit_add(self->audit, &entry, detail);
}

void
gw_people_grant_request(GwPeople *self, SigRequest *request, const char *action, const char *object, JsonObject *answer)
{
    const GwAuditEntry entry = gw_people_entry_of(request, action, object);

    gw_people_grant(self, &entry, request, answer);
}
