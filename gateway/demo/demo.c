#include "gateway/demo/demo.h"

#include <string.h>

struct GwDemo {
    GwAdmin *admin;
    GwPeople *people;
    /* The family's link that was made last: making another one would void it while somebody is using it. */
    char *visit, *url, *code;
    int64_t expires_ms;
};

/* Loading is a row of calls, one after the other; each takes what the one before answered. */
typedef struct {
    GwDemo *demo;
    GwAdminRequest *request;
    JsonObject *answer;
    JsonArray *visits; /* NULL until listed */
    char *platform;    /* id; NULL until it is known */
    unsigned step;
} Load;

typedef struct {
    const char *command;
    /* NULL: nothing to ask, go on. Owned. */
    JsonObject *(*make)(Load *load);
    void (*take)(Load *load, JsonObject *result); /* may be NULL */
    const char *person, *as;                      /* of "link": whose, and the answer's member for it */
} Step;

static const Step *get_step(const Load *load);

static JsonObject *
make_people(Load *load)
{
    (void)load;
    return gw_demo_make_people();
}

static JsonObject *
make_subjects(Load *load)
{
    JsonObject *data = gw_demo_make_subjects();
    (void)load;

    json_object_set_array_member(data, "visits", json_array_new());
    return data;
}

static JsonObject *
make_nothing(Load *load)
{
    (void)load;
    return json_object_new();
}

static void
take_visits(Load *load, JsonObject *result)
{
    g_clear_pointer(&load->visits, json_array_unref);
    load->visits = json_array_ref(json_object_get_array_member(result, "visits"));
}

static JsonObject *
make_visits(Load *load)
{
    JsonObject *data = json_object_new();

    json_object_set_array_member(data, "subjects", json_array_new());
    json_object_set_array_member(data, "visitors", json_array_new());
    json_object_set_array_member(data, "visits", gw_demo_make_visits(load->visits, g_get_real_time() / 1000));
    return data;
}

static const char platform_name[] = "定位平台(演示)";

static JsonObject *
make_places(Load *load)
{
    JsonObject *data = json_object_new();
    (void)load;

    json_object_set_array_member(data, "places", gw_demo_make_places());
    return data;
}

static void
take_platforms(Load *load, JsonObject *result)
{
    JsonArray *platforms = json_object_get_array_member(result, "platforms");

    for (guint i = 0; i < json_array_get_length(platforms); i++) {
        JsonObject *row = json_array_get_object_element(platforms, i);
        if (strcmp(json_object_get_string_member(row, "name"), platform_name) == 0 &&
            !json_object_has_member(row, "revoked_ms"))
            load->platform = g_strdup(json_object_get_string_member(row, "id"));
    }
}

static JsonObject *
make_platform(Load *load)
{
    JsonObject *data = load->platform == NULL ? json_object_new() : NULL;

    if (data == NULL)
        return NULL;
    json_object_set_string_member(data, "name", platform_name);
    json_object_set_string_member(data, "unit", "demo-city");
    return data;
}

static void
take_platform(Load *load, JsonObject *result)
{
    load->platform = g_strdup(json_object_get_string_member(json_object_get_object_member(result, "platform"), "id"));
}

static JsonObject *
make_alarm(Load *load)
{
    JsonObject *data = json_object_new();

    json_object_set_string_member(data, "platform", load->platform);
    json_object_set_object_member(data, "alarm", gw_demo_make_alarm(g_get_real_time() / 1000));
    return data;
}

static JsonObject *
make_one(const char *member, const char *value)
{
    JsonObject *params = json_object_new();

    json_object_set_string_member(params, member, value);
    return params;
}

static JsonObject *
make_person(Load *load)
{
    return make_one("person", get_step(load)->person);
}

static JsonObject *
make_terminal(Load *load)
{
    (void)load;
    return make_one("terminal", GW_DEMO_TERMINAL);
}

static void
take_person(Load *load, JsonObject *result)
{
    json_object_set_string_member(load->answer, get_step(load)->as, json_object_get_string_member(result, "url"));
}

static void
take_terminal(Load *load, JsonObject *result)
{
    const char *url = json_object_get_string_member(result, "url");
    const char *code = strstr(url, "#link=");

    json_object_set_string_member(load->answer, "terminal", url);
    json_object_set_string_member(load->answer, "terminal_id", GW_DEMO_TERMINAL);
    json_object_set_string_member(load->answer, "terminal_code", code != NULL ? code + strlen("#link=") : "");
}

static JsonObject *
make_family(Load *load)
{
    const GwDemo *demo = load->demo;
    const char *visit = gw_demo_find_joinable(load->visits, g_get_real_time() / 1000);

    if (visit == NULL || (g_strcmp0(visit, demo->visit) == 0 && g_get_real_time() / 1000 < demo->expires_ms))
        return NULL;
    return make_one("visit", visit);
}

static void
take_family(Load *load, JsonObject *result)
{
    GwDemo *demo = load->demo;

    g_free(demo->visit);
    g_free(demo->url);
    g_free(demo->code);
    demo->visit = g_strdup(gw_demo_find_joinable(load->visits, g_get_real_time() / 1000));
    demo->url = g_strdup(json_object_get_string_member(result, "url"));
    demo->code = g_strdup(json_object_get_string_member(result, "code"));
    demo->expires_ms = json_object_get_int_member(result, "expires_ms");
}

static JsonObject *
make_check(Load *load)
{
    (void)load;
    return gw_demo_make_check(0);
}

static JsonObject *
make_sealed_check(Load *load)
{
    (void)load;
    return gw_demo_make_check(g_get_real_time() / 1000);
}

static const Step steps[] = {
    { "people.import", make_people, NULL },
    { "visit.import", make_subjects, NULL },
    { "visit.list", make_nothing, take_visits },
    { "visit.import", make_visits, NULL },
    { "spotcheck.import", make_check, NULL },
    { "spotcheck.import", make_sealed_check, NULL },
    { "place.import", make_places, NULL },
    { "platform.list", make_nothing, take_platforms },
    { "platform.add", make_platform, take_platform },
    { "alarm.post", make_alarm, NULL },
    /* from here: also "demo.links" */
    { "visit.list", make_nothing, take_visits },
    { "link", make_person, take_person, "demo-officer", "officer" },
    { "link", make_person, take_person, "demo-officer-2", "second" },
    { "link", make_person, take_person, "demo-admin", "administrator" },
    { "link", make_person, take_person, "demo-auditor", "auditor" },
    { "link", make_person, take_person, "demo-procurator", "procurator" },
    { "link", make_person, take_person, "demo-inspector-city", "inspector" },
    { "link", make_person, take_person, "demo-office-staff", "office" },
    { "link", make_terminal, take_terminal },
    { "visit.link", make_family, take_family },
};

enum { FIRST_OF_LOAD = 0, FIRST_OF_LINKS = 10 };

static const Step *
get_step(const Load *load)
{
    return &steps[load->step];
}

static void
load_free(Load *load)
{
    json_object_unref(load->answer);
    g_clear_pointer(&load->visits, json_array_unref);
    g_free(load->platform);
    g_free(load);
}

static void
finish(Load *load)
{
    const GwDemo *demo = load->demo;
    const char *visit = gw_demo_find_joinable(load->visits, g_get_real_time() / 1000);

    if (visit != NULL && g_strcmp0(visit, demo->visit) == 0) {
        json_object_set_string_member(load->answer, "family", demo->url);
        json_object_set_string_member(load->answer, "family_code", demo->code);
        json_object_set_string_member(load->answer, "visit", demo->visit);
    }
    gw_admin_reply_object(load->request, json_object_ref(load->answer));
    load_free(load);
}

static void go_on(Load *load);

static void
on_step(JsonNode *result, const GError *error, void *user_data)
{
    Load *load = user_data;
    const Step *step = get_step(load);

    if (error != NULL) {
        gw_admin_fail(load->request, SIG_ERROR_STATE, "%s: %s", step->command, error->message);
        load_free(load);
        return;
    }
    if (step->take != NULL)
        step->take(load, json_node_get_object(result));
    load->step++;
    go_on(load);
}

static void
go_on(Load *load)
{
    while (load->step < G_N_ELEMENTS(steps)) {
        const Step *step = get_step(load);
        g_autoptr(JsonObject) params = step->make(load);

        if (params != NULL) {
            gw_admin_call(load->demo->admin, step->command, params, on_step, load);
            return;
        }
        load->step++;
    }
    finish(load);
}

static void
start(GwDemo *self, GwAdminRequest *request, unsigned first)
{
    Load *load = g_new0(Load, 1);

    load->demo = self;
    load->request = request;
    load->answer = json_object_new();
    load->step = first;
    go_on(load);
}

static void
handle_load(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwDemo *self = user_data;
    (void)params;

    if (gw_people_get_unit(self->people, GW_DEMO_UNIT) == NULL && gw_people_get_n_units(self->people) > 0) {
        gw_admin_fail(request, SIG_ERROR_STATE,
                      "this node has units of its own; demonstration data goes into an empty one (another --data)");
        return;
    }
    start(self, request, FIRST_OF_LOAD);
}

static void
handle_links(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwDemo *self = user_data;
    (void)params;

    if (gw_people_get_unit(self->people, GW_DEMO_UNIT) == NULL) {
        gw_admin_fail(request, SIG_ERROR_STATE,
                      "there is no demonstration data here; load it with: yuanjian demo load");
        return;
    }
    start(self, request, FIRST_OF_LINKS);
}

static const GwAdminCommand rows[] = {
    { "demo.load", NULL, handle_load },
    { "demo.links", NULL, handle_links },
    { NULL },
};

GwDemo *
gw_demo_new(GwAdmin *admin, GwPeople *people)
{
    GwDemo *self = g_new0(GwDemo, 1);

    self->admin = admin;
    self->people = people;
    gw_admin_add_commands(admin, rows, self);
    return self;
}

void
gw_demo_free(GwDemo *self)
{
    if (self == NULL)
        return;
    g_free(self->visit);
    g_free(self->url);
    g_free(self->code);
    g_free(self);
}
