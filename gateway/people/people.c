#include "gateway/people/people.h"

#include <string.h>

#include "gateway/people/people-priv.h"

#define TICK_S   2 /* a post that ends is over within this */
#define SWEEP_MS (60 * 1000)

static const SigServerEvents server_events = {
    .client_opened = gw_people_on_client_opened,
    .client_closed = gw_people_on_client_closed,
    .http_access = gw_people_on_http_access,
};

static const SigMethod *const methods[] = {
    &gw_method_hello,
    &gw_method_ping,
    &gw_method_people_list,
    &gw_method_people_add,
    &gw_method_people_link,
    &gw_method_people_disable,
    &gw_method_people_set_password,
    &gw_method_terminals_list,
    &gw_method_terminals_add,
    &gw_method_terminals_link,
    &gw_method_terminal_heartbeat,
    &gw_method_audit_list,
    NULL,
};

int64_t
gw_people_now_ms(void)
{
    return g_get_real_time() / 1000;
}

char *
gw_people_audit_name(GwSeat seat, const char *id)
{
    switch (seat) {
    case GW_SEAT_VISIT:
        return g_strdup_printf("visit:%s/family", id);
    case GW_SEAT_TERMINAL:
        return g_strdup_printf("terminal:%s", id);
    case GW_SEAT_CONSOLE:
        return g_strdup_printf("person:%s", id);
    case GW_SEAT_NONE:
        break;
    }
    return g_strdup("nobody");
}

void
gw_people_note(GwPeople *self, const GwAuditEntry *entry)
{
    gw_audit_add(self->audit, entry, NULL);
}

static gboolean
on_tick(void *data)
{
    GwPeople *self = data;
    int64_t now_ms = gw_people_now_ms();

    gw_people_check_terminals(self, now_ms);
    gw_people_check_posts(self, now_ms);
    if (now_ms - self->swept_ms < SWEEP_MS)
        return G_SOURCE_CONTINUE;
    self->swept_ms = now_ms;
    gw_people_touch_clients(self, now_ms);
    gw_tokens_sweep(self->tokens, now_ms);
    gw_links_sweep(self->links, now_ms);
    gw_visit_codes_sweep(self->codes, now_ms);
    gw_people_sweep_media_tokens(self, now_ms);
    return G_SOURCE_CONTINUE;
}

GwPeople *
gw_people_new(GwStore *store, GwAudit *audit, GError **error)
{
    g_autoptr(GwPeople) self = g_new0(GwPeople, 1);

    self->store = store;
    self->audit = audit;
    self->clients = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)gw_sitter_free);
    self->media_tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, gw_media_grant_free);
    self->listeners = g_array_new(FALSE, FALSE, sizeof(GwListening));
    self->throttle = gw_throttle_new();
    self->passwords = gw_passwords_new();
    self->directory = gw_directory_new(store, error);
    if (self->directory == NULL)
        return NULL;
    self->tokens = gw_tokens_new(store, gw_people_on_token_revoked, self, error);
    if (self->tokens == NULL)
        return NULL;
    self->factors = gw_second_factors_new(store, error);
    if (self->factors == NULL)
        return NULL;
    self->links = gw_links_new(store, error);
    if (self->links == NULL)
        return NULL;
    self->codes = gw_visit_codes_new(store, error);
    if (self->codes == NULL)
        return NULL;
    gw_people_check_posts(self, gw_people_now_ms());
    self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    return g_steal_pointer(&self);
}

void
gw_people_free(GwPeople *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    gw_passwords_free(self->passwords);
    g_hash_table_unref(self->clients);
    g_hash_table_unref(self->media_tokens);
    g_array_unref(self->listeners);
    gw_throttle_free(self->throttle);
    gw_second_factors_free(self->factors);
    gw_visit_codes_free(self->codes);
    gw_links_free(self->links);
    gw_tokens_free(self->tokens);
    gw_directory_free(self->directory);
    g_free(self->public_url);
    g_free(self->openrpc);
    g_free(self);
}

const SigServerEvents *
gw_people_get_server_events(void)
{
    return &server_events;
}

/* What links begin with, when the configuration does not say. */
static char *
make_public_url(const GwConfig *config, SigServer *server)
{
    const char *scheme = config->certificate != NULL ? "https" : "http";
    const char *address = config->listen_address;
    bool any = g_str_equal(address, "::") || g_str_equal(address, "0.0.0.0");
    bool v6 = !any && strchr(address, ':') != NULL;

    return g_strdup_printf("%s://%s%s%s:%u", scheme, v6 ? "[" : "", any ? g_get_host_name() : address, v6 ? "]" : "",
                           sig_server_get_port(server));
}

void
gw_people_attach(GwPeople *self, SigServer *server, const GwConfig *config, GwAdmin *admin)
{
    self->server = server;
    self->config = config;
    g_free(self->public_url);
    self->public_url = config->public_url != NULL ? g_strdup(config->public_url) : make_public_url(config, server);
    sig_server_add_methods(server, methods, self);
    sig_server_add_methods(server, gw_post_methods, self);
    sig_server_add_methods(server, gw_pair_methods, self);
    sig_server_add_methods(server, gw_factor_methods, self);
    sig_server_add_methods(server, gw_session_methods, self);
    sig_server_add_methods(server, gw_unit_methods, self);
    sig_server_add_methods(server, gw_unit_table_methods, self);
    sig_server_add_events(server, gw_people_events);
    sig_server_add_routes(server, gw_routes_sign_in, self);
    sig_server_add_routes(server, gw_routes_visit_code, self);
    sig_server_add_routes(server, gw_routes_documents, self);
    if (admin != NULL)
        gw_admin_add_commands(admin, gw_people_commands, self);
}

const char *
gw_people_get_public_url(GwPeople *self)
{
    return self->public_url != NULL ? self->public_url : "";
}

const GwUnit *
gw_people_get_unit(GwPeople *self, const char *id)
{
    return gw_directory_get_unit(self->directory, id);
}

unsigned
gw_people_get_n_units(GwPeople *self)
{
    return gw_directory_list_units(self->directory)->len;
}

const GwPerson *
gw_people_get_person(GwPeople *self, const char *id)
{
    GwPersonRecord *person = gw_directory_get_person(self->directory, id);

    return person != NULL ? &person->public : NULL;
}

void
gw_people_foreach_unit(GwPeople *self, void (*func)(const GwUnit *unit, void *data), void *data)
{
    const GPtrArray *units = gw_directory_list_units(self->directory);

    for (guint i = 0; i < units->len; i++)
        func(units->pdata[i], data);
}

void
gw_people_foreach_terminal(GwPeople *self, void (*func)(const GwTerminal *terminal, void *data), void *data)
{
    const GPtrArray *terminals = gw_directory_list_terminals(self->directory);

    for (guint i = 0; i < terminals->len; i++)
        func(&((const GwTerminalRecord *)terminals->pdata[i])->public, data);
}

const GwTerminal *
gw_people_get_terminal(GwPeople *self, const char *id)
{
    GwTerminalRecord *terminal = gw_directory_get_terminal(self->directory, id);

    return terminal != NULL ? &terminal->public : NULL;
}

bool
gw_people_covers(GwPeople *self, const char *unit, const char *below)
{
    return gw_directory_covers(self->directory, unit, below);
}

JsonObject *
gw_people_unit_to_json(GwPeople *self, const char *id)
{
    const GwUnit *unit = gw_directory_get_unit(self->directory, id);

    if (unit == NULL)
        return NULL;
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "id", unit->id);
    json_object_set_string_member(object, "name", unit->name);
    if (unit->name_en != NULL)
        json_object_set_string_member(object, "name_en", unit->name_en);
    return object;
}

JsonObject *
gw_people_terminal_to_json(GwPeople *self, const char *id)
{
    const GwTerminal *terminal = gw_people_get_terminal(self, id);

    if (terminal == NULL)
        return NULL;
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "id", terminal->id);
    json_object_set_string_member(object, "name", terminal->name);
    json_object_set_object_member(object, "unit", gw_people_unit_to_json(self, terminal->unit));
    json_object_set_boolean_member(object, "online", terminal->online);
    return object;
}

JsonObject *
gw_people_person_to_json(GwPeople *self, const GwPerson *person)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "id", person->id);
    json_object_set_string_member(object, "name", person->name);
    json_object_set_string_member(object, "display", person->display);
    json_object_set_object_member(object, "unit", gw_people_unit_to_json(self, person->unit));
    return object;
}

char *
gw_people_make_link(GwPeople *self, GwSeat seat, const char *owner, int64_t *ret_expires_ms)
{
    int64_t now_ms = gw_people_now_ms();
    g_autofree char *code = gw_links_issue(self->links, seat, owner, now_ms);

    if (seat == GW_SEAT_CONSOLE)
        gw_directory_set_fresh(self->directory, gw_directory_get_person(self->directory, owner), now_ms);
    *ret_expires_ms = now_ms + GW_LINK_MS;
    return g_strdup_printf("%s/%s#link=%s", gw_people_get_public_url(self), gw_seat_to_string(seat), code);
}

char *
gw_people_new_visit_code(GwPeople *self, const char *visit, int64_t expires_ms)
{
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_VISIT, visit, NULL);
    return gw_visit_codes_issue(self->codes, visit, expires_ms);
}

void
gw_people_revoke_visit(GwPeople *self, const char *visit)
{
    gw_visit_codes_revoke(self->codes, visit);
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_VISIT, visit, NULL);
}

void
gw_people_set_visit_lookup(GwPeople *self, const GwVisitLookup *lookup, void *user_data)
{
    self->asked.visits = lookup;
    self->asked.visits_data = user_data;
}

void
gw_people_set_platform_lookup(GwPeople *self, GwPlatformLookup lookup, void *user_data)
{
    self->asked.platforms = lookup;
    self->asked.platforms_data = user_data;
}

void
gw_people_add_listener(GwPeople *self, const GwPeopleListener *listener, void *user_data)
{
    const GwListening listening = { listener, user_data };

    g_array_append_val(self->listeners, listening);
}
