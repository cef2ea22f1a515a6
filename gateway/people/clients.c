#define G_LOG_DOMAIN "gateway.people"

#include <string.h>

#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"
#include "gateway/people/secret.h"

/* Who is at the other end: from the cookie or the Bearer token to a GwIdentity. */

void
gw_sitter_free(GwSitter *sitter)
{
    if (sitter == NULL)
        return;
    g_free(sitter->id);
    g_free(sitter->display);
    g_free(sitter->unit);
    g_free(sitter->audit);
    g_free(sitter->token);
    g_free(sitter->grant_session);
    g_free(sitter->grant_party);
    g_free(sitter);
}

static GwSitter *
sitter_new(GwSeat seat, uint32_t access, const char *id)
{
    GwSitter *sitter = g_new0(GwSitter, 1);

    sitter->id = g_strdup(id);
    sitter->audit = gw_people_audit_name(seat, id);
    sitter->identity.seat = seat;
    sitter->identity.access = access;
    return sitter;
}

static GwSitter *
sitter_seal(GwSitter *sitter)
{
    sitter->identity.id = sitter->id;
    sitter->identity.display = sitter->display;
    sitter->identity.unit = sitter->unit;
    sitter->identity.audit = sitter->audit;
    return sitter;
}

static GwSitter *
sit_as_family(GwPeople *self, const char *visit)
{
    if (self->asked.visits == NULL || !self->asked.visits->visit_is_open(visit, self->asked.visits_data))
        return NULL;

    GwSitter *sitter = sitter_new(GW_SEAT_VISIT, GW_ACCESS_FAMILY, visit);
    sitter->display = g_strdup("family");
    return sitter;
}

static GwSitter *
sit_as_terminal(GwPeople *self, const char *id)
{
    const GwTerminal *terminal = gw_people_get_terminal(self, id);

    if (terminal == NULL)
        return NULL;

    GwSitter *sitter = sitter_new(GW_SEAT_TERMINAL, GW_ACCESS_TERMINAL, id);
    sitter->display = g_strdup(terminal->name);
    sitter->unit = g_strdup(terminal->unit);
    return sitter;
}

static GwSitter *
sit_as_person(GwPeople *self, const char *id)
{
    const GwPersonRecord *person = gw_directory_get_person(self->directory, id);
    int64_t now_ms = gw_people_now_ms();

    uint32_t access = person != NULL ? gw_people_get_console_access(self, person) : 0;

    if (access == 0)
        return NULL;

    GwSitter *sitter = sitter_new(GW_SEAT_CONSOLE, access, id);
    sitter->display = g_strdup(person->public.display);
    sitter->unit = g_strdup(gw_posts_get_unit(person, now_ms));
    return sitter;
}

/* NULL: the secret is no token of that seat, or its owner is not there any more. */
static GwSitter *
sit(GwPeople *self, GwSeat seat, const char *secret)
{
    const GwToken *token = gw_tokens_use(self->tokens, seat, secret, gw_people_now_ms());
    GwSitter *sitter = NULL;

    if (token == NULL)
        return NULL;
    switch (seat) {
    case GW_SEAT_VISIT:
        sitter = sit_as_family(self, token->owner);
        break;
    case GW_SEAT_TERMINAL:
        sitter = sit_as_terminal(self, token->owner);
        break;
    case GW_SEAT_CONSOLE:
        sitter = sit_as_person(self, token->owner);
        break;
    case GW_SEAT_NONE:
        break;
    }
    if (sitter == NULL)
        return NULL;
    sitter->token = g_strdup(token->hash);
    return sitter_seal(sitter);
}

void
gw_people_on_client_opened(SigClient *client, void *user_data)
{
    GwPeople *self = user_data;
    GwSeat seat = gw_seat_from_string(sig_client_get_query(client, "seat"));
    GwSitter *sitter =
        seat != GW_SEAT_NONE ? sit(self, seat, sig_client_get_cookie(client, gw_seat_get_cookie(seat))) : NULL;

    if (sitter == NULL) {
        sig_client_close(client, SIG_CLOSE_SIGN_IN, "sign in");
        return;
    }
    if (seat != GW_SEAT_CONSOLE)
        gw_people_close_seat(self, seat, sitter->id, client);
    sitter->client = client;
    g_hash_table_insert(self->clients, client, sitter);
    sig_client_set_data(client, sitter);
    sig_client_set_access(client, sitter->identity.access);
    g_info("%s is connected from %s", sitter->audit, sig_client_get_address(client));
    if (seat == GW_SEAT_TERMINAL)
        gw_people_terminal_alive(self, gw_directory_get_terminal(self->directory, sitter->id), NULL);
    if (seat == GW_SEAT_CONSOLE)
        gw_directory_person_seen(self->directory, gw_directory_get_person(self->directory, sitter->id),
                                 gw_people_now_ms());
    for (unsigned i = 0; i < self->listeners->len; i++) {
        const GwListening *listening = &g_array_index(self->listeners, GwListening, i);
        if (listening->events->client_opened != NULL)
            listening->events->client_opened(client, &sitter->identity, listening->user_data);
    }
}

void
gw_people_on_client_closed(SigClient *client, void *user_data)
{
    GwPeople *self = user_data;
    const GwSitter *sitter = g_hash_table_lookup(self->clients, client);

    if (sitter == NULL)
        return;
    for (unsigned i = 0; i < self->listeners->len; i++) {
        const GwListening *listening = &g_array_index(self->listeners, GwListening, i);
        if (listening->events->client_closed != NULL)
            listening->events->client_closed(client, &sitter->identity, listening->user_data);
    }
    g_info("%s has gone", sitter->audit);
    sig_client_set_data(client, NULL);
    g_hash_table_remove(self->clients, client);
}

/* A copy: the token may end while the request is still being answered. */
static void
set_grant(GwSitter *sitter, const GwMediaToken *grant)
{
    sitter->grant_session = g_strdup(grant->session);
    sitter->grant_party = g_strdup(grant->party);
    sitter->grant = *grant;
    sitter->grant.session = sitter->grant_session;
    sitter->grant.party = sitter->grant_party;
    sitter->grant.who = sitter->audit;
    sitter->has_grant = true;
}

/* A terminal without a page may publish and play as the terminal of the visit that it should answer. */
static void
grant_visit(GwPeople *self, GwSitter *sitter)
{
    g_autoptr(JsonObject) visit = NULL;

    if (self->asked.visits != NULL)
        visit = self->asked.visits->terminal_visit(sitter->id, self->asked.visits_data);
    if (visit == NULL || !json_object_has_member(visit, "session"))
        return;
    const GwMediaToken grant = {
        .session = json_object_get_string_member_with_default(visit, "session", ""),
        .party = "terminal",
        .may_publish = true,
        .may_play = true,
    };
    set_grant(sitter, &grant);
    sitter->identity.access |= GW_ACCESS_MEDIA_TOKEN;
}

static GwSitter *
sit_as_platform(GwPeople *self, const char *secret)
{
    GwPlatformSeat seat = { 0 };

    if (self->asked.platforms == NULL || strlen(secret) > GW_SECRET_MAX ||
        !self->asked.platforms(secret, &seat, self->asked.platforms_data))
        return NULL;

    GwSitter *sitter = sitter_new(GW_SEAT_NONE, seat.access, seat.id);
    g_free(sitter->audit);
    sitter->audit = g_strconcat("platform:", seat.id, NULL);
    sitter->display = g_strdup(seat.name);
    sitter->unit = g_strdup(seat.unit);
    return sitter_seal(sitter);
}

static GwSitter *
sit_by_bearer(GwPeople *self, const char *secret)
{
    const GwMediaToken *grant = gw_people_find_media_token(self, secret);

    if (grant != NULL) {
        GwSitter *sitter = sitter_new(GW_SEAT_NONE, GW_ACCESS_MEDIA_TOKEN, "token");

        g_free(sitter->audit);
        sitter->audit = g_strdup(grant->who);
        sitter->display = g_strdup(grant->who);
        set_grant(sitter, grant);
        return sitter_seal(sitter);
    }

    GwSitter *platform = sit_as_platform(self, secret);
    if (platform != NULL)
        return platform;

    GwSitter *sitter = sit(self, GW_SEAT_TERMINAL, secret);
    if (sitter != NULL)
        grant_visit(self, sitter);
    return sitter;
}

static GwSitter *
sit_by_cookie(GwPeople *self, SigHttp *http)
{
    static const GwSeat order[] = { GW_SEAT_CONSOLE, GW_SEAT_TERMINAL, GW_SEAT_VISIT };
    bool terminal_first = g_str_has_prefix(sig_http_get_path(http), "/api/v1/terminal/");
    GwSitter *sitter =
        terminal_first ? sit(self, GW_SEAT_TERMINAL, sig_http_get_cookie(http, "yuanjian-terminal")) : NULL;

    for (unsigned i = 0; sitter == NULL && i < G_N_ELEMENTS(order); i++)
        sitter = sit(self, order[i], sig_http_get_cookie(http, gw_seat_get_cookie(order[i])));
    return sitter;
}

uint32_t
gw_people_on_http_access(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;
    const char *authorization = sig_http_get_header(http, "authorization");
    GwSitter *sitter = NULL;

    if (authorization != NULL && g_ascii_strncasecmp(authorization, "Bearer ", 7) == 0)
        sitter = sit_by_bearer(self, authorization + 7);
    else if (authorization == NULL)
        sitter = sit_by_cookie(self, http);
    if (sitter == NULL)
        return 0;
    sig_http_set_data(http, sitter, (GDestroyNotify)gw_sitter_free);
    return sitter->identity.access;
}

const GwIdentity *
gw_identity_of_client(SigClient *client)
{
    const GwSitter *sitter = sig_client_get_data(client);

    return sitter != NULL ? &sitter->identity : NULL;
}

const GwIdentity *
gw_identity_of_http(SigHttp *http)
{
    const GwSitter *sitter = sig_http_get_data(http);

    return sitter != NULL ? &sitter->identity : NULL;
}

const GwMediaToken *
gw_people_get_media_token(GwPeople *self, SigHttp *http)
{
    const GwSitter *sitter = sig_http_get_data(http);
    (void)self;

    return sitter != NULL && sitter->has_grant ? &sitter->grant : NULL;
}

void
gw_people_foreach_client(GwPeople *self, GwClientFunc func, void *user_data)
{
    g_autoptr(GList) clients = g_hash_table_get_values(self->clients);

    for (GList *link = clients; link != NULL; link = link->next) {
        const GwSitter *sitter = link->data;
        func(sitter->client, &sitter->identity, user_data);
    }
}

/* client_closed follows from the loop, so the table does not change here. */
void
gw_people_on_token_revoked(const GwToken *token, void *user_data)
{
    GwPeople *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwSitter *sitter = value;

        if (g_strcmp0(sitter->token, token->hash) == 0) {
            sig_client_set_access(sitter->client, 0);
            sig_client_close(sitter->client, SIG_CLOSE_SIGN_IN, "signed out");
        }
    }
}

void
gw_people_close_seat(GwPeople *self, GwSeat seat, const char *owner, const SigClient *except)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwSitter *sitter = value;

        if (sitter->client == except || sitter->identity.seat != seat || !g_str_equal(sitter->id, owner))
            continue;
        sig_client_set_access(sitter->client, 0);
        sig_client_close(sitter->client, SIG_CLOSE_ELSEWHERE, "opened elsewhere");
    }
}

static void
refresh(GwPeople *self, GwSitter *sitter, const GwPersonRecord *person)
{
    const char *unit = gw_posts_get_unit(person, gw_people_now_ms());
    uint32_t access = gw_people_get_console_access(self, person);
    JsonObject *params = json_object_new();

    if (g_strcmp0(unit, sitter->unit) != 0) {
        g_free(sitter->unit);
        sitter->unit = g_strdup(unit);
        sitter->identity.unit = sitter->unit;
    }
    sitter->identity.access = access;
    sig_client_set_access(sitter->client, access);
    json_object_set_array_member(params, "roles", gw_roles_to_json(access));
    sig_client_notify(sitter->client, "rights.changed", params);
}

void
gw_people_refresh_clients(GwPeople *self, const GwPersonRecord *person)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwSitter *sitter = value;

        if (sitter->identity.seat == GW_SEAT_CONSOLE && g_str_equal(sitter->id, person->public.id) &&
            sig_client_get_access(sitter->client) != 0)
            refresh(self, sitter, person);
    }
}

GHashTable *
gw_people_list_console_persons(GwPeople *self)
{
    GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwSitter *sitter = value;
        if (sitter->identity.seat == GW_SEAT_CONSOLE)
            g_hash_table_add(ids, g_strdup(sitter->id));
    }
    return ids;
}

const SigEvent gw_people_events[] = {
    { "rights.changed",
      (const SigParam[]){ { .name = "roles", .type = SIG_TYPE_ARRAY, .summary = "what one is now" }, { NULL } },
      "What this console may do, or where, is another: what it shows may not be its any more." },
    { NULL },
};

void
gw_people_touch_clients(GwPeople *self, int64_t now_ms)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        gw_tokens_touch(self->tokens, ((GwSitter *)value)->token, now_ms);
}
