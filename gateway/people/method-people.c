#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"

static const SigParam add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "to sign in with" },
    { .name = "display", .type = SIG_TYPE_STRING, .min = 1, .max = 100, .summary = "as other people see it" },
    { .name = "role", .type = SIG_TYPE_STRING, .values = gw_roles, .summary = "one, never two" },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { NULL },
};

static const SigParam person_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { NULL },
};

static const SigParam disable_params[] = {
    { .name = "person", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "disabled", .type = SIG_TYPE_BOOLEAN, .summary = "true: signed out at once, and kept out" },
    { NULL },
};

static JsonObject *
post_to_json(GwPeople *self, const GwPersonRecord *person, const GwPost *post)
{
    JsonObject *object = json_object_new();
    int64_t now_ms = gw_people_now_ms();
    bool is_over = post->until_ms != 0 && post->until_ms <= now_ms;

    json_object_set_string_member(object, "id", post->id);
    json_object_set_object_member(object, "unit", gw_people_unit_to_json(self, post->unit));
    json_object_set_string_member(object, "role", gw_role_to_string(post->access));
    json_object_set_boolean_member(object, "main", post == person->posts->pdata[0]);
    json_object_set_string_member(object, "state",
                                  is_over                             ? "over"
                                  : gw_post_is_in_force(post, now_ms) ? "in-force"
                                                                      : "coming");
    if (post->from_ms != 0)
        json_object_set_int_member(object, "from_ms", post->from_ms);
    if (post->until_ms != 0)
        json_object_set_int_member(object, "until_ms", post->until_ms);
    return object;
}

JsonObject *
gw_people_record_to_json(GwPeople *self, const GwPersonRecord *person)
{
    JsonObject *object = gw_people_person_to_json(self, &person->public);
    JsonArray *posts = json_array_new();

    for (guint i = 0; i < person->posts->len; i++)
        json_array_add_object_element(posts, post_to_json(self, person, person->posts->pdata[i]));
    json_object_set_array_member(object, "roles", gw_roles_to_json(gw_posts_get_access(person, gw_people_now_ms())));
    json_object_set_array_member(object, "posts", posts);
    json_object_set_boolean_member(object, "disabled", person->public.disabled);
    json_object_set_boolean_member(object, "second_factor", gw_second_factors_has(self->factors, person->public.id));
    if (person->last_seen_ms != 0)
        json_object_set_int_member(object, "last_seen_ms", person->last_seen_ms);
    return object;
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GPtrArray *persons = gw_directory_list_persons(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < persons->len; i++) {
        const GwPersonRecord *person = persons->pdata[i];
        if (gw_people_reaches(self, identity, GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY, person->public.unit))
            json_array_add_object_element(list, gw_people_record_to_json(self, person));
    }
    json_object_set_array_member(answer, "people", list);
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_people_list = {
    .name = "people.list",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .summary = "The persons of the asker's unit and below",
    .result = "{people: [{id, name, display, roles, unit, disabled, last_seen_ms?, second_factor, posts: [{id, unit, "
              "role, main, state,"
              " from_ms?, until_ms?}]}]}",
    .handle = handle_list,
};

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    int64_t expires_ms = 0;
    const GwNewPerson new = {
        .name = json_object_get_string_member(params, "name"),
        .display = json_object_get_string_member(params, "display"),
        .unit = json_object_get_string_member(params, "unit"),
        .role = json_object_get_string_member(params, "role"),
    };

    if (!gw_people_ask_unit(self, request, new.unit) || !gw_people_ask_role(self, request, new.role, new.unit))
        return;
    const GwPersonRecord *person = gw_directory_add_person(self->directory, &new, &error);
    if (person == NULL) {
        sig_request_fail_error(request, error);
        return;
    }

    g_autofree char *link = gw_people_make_link(self, GW_SEAT_CONSOLE, person->public.id, &expires_ms);
    JsonObject *answer = json_object_new();
    json_object_set_object_member(answer, "person", gw_people_record_to_json(self, person));
    json_object_set_string_member(answer, "link", link);
    json_object_set_int_member(answer, "expires_ms", expires_ms);
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    gw_people_grant_request(self, request, "person.add", object, answer);
}

const SigMethod gw_method_people_add = {
    .name = "people.add",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = add_params,
    .summary = "Adds a person, who gets in by a one-time link and then sets a password",
    .result = "{person, link, expires_ms}",
    .handle = handle_add,
};

static void
handle_link(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwPersonRecord *person =
        gw_people_ask_whole_person(self, request, json_object_get_string_member(params, "person"));
    int64_t expires_ms = 0;

    if (person == NULL)
        return;
    if (person->public.disabled) {
        sig_request_fail(request, SIG_ERROR_STATE, "%s is disabled; enable the account first", person->public.name);
        return;
    }

    g_autofree char *link = gw_people_make_link(self, GW_SEAT_CONSOLE, person->public.id, &expires_ms);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "link", link);
    json_object_set_int_member(answer, "expires_ms", expires_ms);
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    gw_people_grant_request(self, request, "person.link", object, answer);
}

const SigMethod gw_method_people_link = {
    .name = "people.link",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = person_params,
    .summary = "A one-time link for a person who cannot get in",
    .result = "{link, expires_ms}",
    .handle = handle_link,
};

/* Whoever is let in again can do something that he could not: when that is on record. */
typedef struct {
    GwPeople *people;
    SigRequest *request;
    char *person;
} Enabling;

static void
on_enabling_noted(const GError *error, void *user_data)
{
    g_autofree Enabling *enabling = user_data;
    g_autofree char *id = enabling->person;
    GwPeople *self = enabling->people;
    GwPersonRecord *person = gw_directory_get_person(self->directory, id);

    if (error != NULL || person == NULL) {
        sig_request_fail(enabling->request, SIG_ERROR_UNAVAILABLE,
                         "This could not be put on record, so the account stays disabled: look at the log's disk.");
        return;
    }
    gw_directory_set_disabled(self->directory, person, false);
    gw_people_rights_changed(self, person);
    sig_request_reply(enabling->request, NULL);
}

static void
enable(GwPeople *self, SigRequest *request, const GwPersonRecord *person)
{
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    const GwAuditEntry entry = gw_people_entry_of(request, "person.enable", object);
    Enabling *enabling = g_new(Enabling, 1);

    *enabling = (Enabling){ self, request, g_strdup(person->public.id) };
    gw_audit_add_then(self->audit, &entry, NULL, on_enabling_noted, enabling);
}

static uint32_t
main_role(const GwPersonRecord *person)
{
    return ((const GwPost *)person->posts->pdata[0])->access;
}

static void
handle_disable(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    bool disabled = json_object_get_boolean_member(params, "disabled"); /* params go with a failed request */
    GwPersonRecord *person = gw_people_ask_person(self, request, json_object_get_string_member(params, "person"));

    if (person == NULL || !gw_people_ask_role(self, request, gw_role_to_string(main_role(person)), person->public.unit))
        return;
    if (disabled && g_str_equal(person->public.id, gw_identity_of_client(sig_request_get_client(request))->id)) {
        sig_request_fail(request, SIG_ERROR_STATE, "your own account can only be disabled by another administrator");
        return;
    }
    if (!disabled) {
        enable(self, request, person);
        return;
    }
    g_autofree char *object = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    gw_directory_set_disabled(self->directory, person, true);
    gw_people_note_request(self, request, "person.disable", object, NULL);
    gw_people_rights_changed(self, person);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, NULL);
}

const SigMethod gw_method_people_disable = {
    .name = "people.disable",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY,
    .params = disable_params,
    .summary = "Shuts a person out (live connections are closed at once), or lets them in again",
    .result = "{}",
    .handle = handle_disable,
};
