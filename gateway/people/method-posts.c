#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"

/* Posts beside the main one. An administrator gives the roles that work and that run the node; the two that control him,
 * security and auditor, are given by a security administrator (the first of them by the owner's command line). Nobody gives
 * himself a post. */

static const SigParam add_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "role", .type = SIG_TYPE_STRING, .values = gw_roles },
    { .name = "from_ms",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 0,
      .max = INT64_MAX,
      .summary = "at once if not said" },
    { .name = "until_ms",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = INT64_MAX,
      .summary = "it ends by itself; without: until it is ended" },
    { NULL },
};

static const SigParam end_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "post", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "until_ms",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = INT64_MAX,
      .summary = "now if not said" },
    { NULL },
};

bool
gw_people_ask_role(GwPeople *self, SigRequest *request, const char *role, const char *unit)
{
    const uint32_t controls = GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR;
    uint32_t giver = gw_role_from_string(role) & controls ? GW_ACCESS_SECURITY : GW_ACCESS_ADMINISTRATOR;

    if (gw_people_reaches(self, gw_identity_of_client(sig_request_get_client(request)), giver, unit))
        return true;
    sig_request_fail(request, SIG_ERROR_FORBIDDEN, "the role %s is for a %s of that unit, or above it, to decide", role,
                     giver == GW_ACCESS_SECURITY ? "security administrator" : "system administrator");
    return false;
}

static bool
is_self(SigRequest *request, const GwPersonRecord *person)
{
    if (!g_str_equal(person->public.id, gw_identity_of_client(sig_request_get_client(request))->id))
        return false;
    sig_request_fail(request, SIG_ERROR_STATE, "your own posts are for another administrator to change");
    return true;
}

static JsonObject *
detail_of(const char *unit, const char *role, int64_t until_ms)
{
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "unit", unit);
    json_object_set_string_member(detail, "role", role);
    if (until_ms != 0)
        json_object_set_int_member(detail, "until_ms", until_ms);
    return detail;
}

static JsonObject *
answer_of(GwPeople *self, const GwPersonRecord *person)
{
    JsonObject *answer = json_object_new();

    json_object_set_object_member(answer, "person", gw_people_record_to_json(self, person));
    return answer;
}

/* What is given is on record before it is given. */
typedef struct {
    GwPeople *people;
    SigRequest *request;
    char *person, *unit, *role;
    GwNewPost post;
} Giving;

static void
giving_free(Giving *giving)
{
    g_free(giving->person);
    g_free(giving->unit);
    g_free(giving->role);
    g_free(giving);
}

static void
give(const Giving *giving)
{
    GwPeople *self = giving->people;
    GwPersonRecord *person = gw_directory_get_person(self->directory, giving->person);
    g_autoptr(GError) error = NULL;

    if (gw_posts_add(self->directory, person, &giving->post, &error) == NULL) {
        sig_request_fail_error(giving->request, error);
        return;
    }
    /* As with a link: who was given something just now decides nothing as a second person yet. */
    gw_directory_set_fresh(self->directory, person, gw_people_now_ms());
    gw_people_rights_changed(self, person);
    sig_request_reply_object(giving->request, answer_of(self, person));
}

static void
on_giving_noted(const GError *error, void *user_data)
{
    Giving *giving = user_data;

    if (error == NULL)
        give(giving);
    else
        sig_request_fail(giving->request, SIG_ERROR_UNAVAILABLE,
                         "This could not be put on record, so no post was given: look at the log's disk.");
    giving_free(giving);
}

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    int64_t now_ms = gw_people_now_ms();
    const GwNewPost new = {
        .unit = json_object_get_string_member(params, "unit"),
        .role = json_object_get_string_member(params, "role"),
        .from_ms = MAX(now_ms, json_object_get_int_member_with_default(params, "from_ms", now_ms)),
        .until_ms = json_object_get_int_member_with_default(params, "until_ms", 0),
    };
    GwPersonRecord *person = gw_people_ask_person(self, request, json_object_get_string_member(params, "person"));

    if (person == NULL || !gw_people_ask_unit(self, request, new.unit) ||
        !gw_people_ask_role(self, request, new.role, new.unit) || is_self(request, person))
        return;
    if (!gw_posts_check(self->directory, person, &new, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    Giving *giving = g_new(Giving, 1);
    *giving = (Giving){ self, request, g_strdup(person->public.id), g_strdup(new.unit), g_strdup(new.role), new };
    giving->post.unit = giving->unit;
    giving->post.role = giving->role;
    const GwAuditEntry entry = gw_people_entry_of(request, "post.add", object);
    gw_audit_add_then(self->audit, &entry, detail_of(new.unit, new.role, new.until_ms), on_giving_noted, giving);
}

static const SigMethod add = {
    .name = "posts.add",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = add_params,
    .summary = "Gives a person another post, until it ends",
    .result = "{person}",
    .handle = handle_add,
};

static void
handle_end(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    int64_t now_ms = gw_people_now_ms();
    int64_t until_ms = MAX(now_ms, json_object_get_int_member_with_default(params, "until_ms", now_ms));
    const char *id = json_object_get_string_member(params, "post");
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    GwPersonRecord *person = gw_directory_get_person(self->directory, json_object_get_string_member(params, "person"));
    const GwPost *post = person != NULL ? gw_posts_find(person, id) : NULL;

    /* A post in the asker's part of the tree is his to end, whosever the person is. */
    if (post == NULL || !gw_people_reaches(self, identity, add.access, post->unit)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "there is no post '%s' in your part of the tree", id);
        return;
    }
    if (is_self(request, person))
        return;
    if (!gw_posts_end(self->directory, person, id, until_ms, now_ms, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    gw_people_note_request(self, request, "post.end", object,
                           detail_of(post->unit, gw_role_to_string(post->access), post->until_ms));
    gw_people_rights_changed(self, person);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, answer_of(self, person));
}

static const SigMethod end = {
    .name = "posts.end",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = end_params,
    .summary = "Ends a post, now or at a time; what hangs on it live ends with it",
    .result = "{person}",
    .handle = handle_end,
};

const SigMethod *const gw_post_methods[] = { &add, &end, NULL };
