#define G_LOG_DOMAIN "gateway.sources"

#include "gateway/supervision/sources.h"

#include <string.h>

enum {
    TICK_MS = 1000,
    MAX_KINDS = 4,
    MAX_FUNCS = 4,
    MAX_SOURCES = 20000, /* that somebody wants or provides; more terminals than a node has */
};

typedef struct {
    char *session, *party;
} Provider;

typedef struct {
    char *id;
    GPtrArray *providers; /* Provider, owned; newest last */
    unsigned n_wants;
    bool begun;         /* its kind was asked, and not told to end */
    int64_t idle_ms;    /* since when nobody wants it */
    char *audit, *name; /* of whoever wanted it first; NULL: nobody does */
    char *address;
} Entry;

typedef struct {
    const GwSourceKind *kind;
    void *data;
} Kind;

struct GwSources {
    const Gateway *gateway; /* borrowed */
    GwSessions *sessions;   /* borrowed */
    GHashTable *entries;    /* id (the entry's) -> Entry, owned */
    Kind kinds[MAX_KINDS];
    unsigned n_kinds;
    struct {
        GwSourcesFunc func;
        void *data;
    } funcs[MAX_FUNCS]; /* func NULL: free */
    guint tick_source;
};

static void
provider_free(void *data)
{
    Provider *provider = data;

    g_free(provider->session);
    g_free(provider->party);
    g_free(provider);
}

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_ptr_array_unref(entry->providers);
    g_free(entry->audit);
    g_free(entry->name);
    g_free(entry->address);
    g_free(entry->id);
    g_free(entry);
}

static Entry *
ensure(GwSources *self, const char *source)
{
    Entry *entry = g_hash_table_lookup(self->entries, source);

    if (entry != NULL || g_hash_table_size(self->entries) >= MAX_SOURCES)
        return entry;
    entry = g_new0(Entry, 1);
    entry->id = g_strdup(source);
    entry->providers = g_ptr_array_new_with_free_func(provider_free);
    g_hash_table_insert(self->entries, entry->id, entry);
    return entry;
}

/* "camera:12" is 12 of the cameras. */
static const Kind *
find_kind(const GwSources *self, const char *source, const char **ret_id)
{
    for (unsigned i = 0; i < self->n_kinds; i++) {
        size_t length = strlen(self->kinds[i].kind->prefix);

        if (strncmp(source, self->kinds[i].kind->prefix, length) != 0 || source[length] != ':')
            continue;
        *ret_id = source + length + 1;
        return &self->kinds[i];
    }
    return NULL;
}

static void
tell(GwSources *self, const char *source)
{
    for (unsigned i = 0; i < MAX_FUNCS; i++) {
        if (self->funcs[i].func != NULL)
            self->funcs[i].func(source, self->funcs[i].data);
    }
}

void
gw_sources_tell_changed(GwSources *self, const char *source)
{
    tell(self, source);
}

/* A session changed what it shows: whoever it is provided for is looked at again. */
static void
on_session_applied(GwSession *session, void *user_data)
{
    GwSources *self = user_data;
    const char *id = gw_session_get_id(session);
    g_autoptr(GPtrArray) changed = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, self->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Entry *entry = value;
        for (guint i = 0; i < entry->providers->len; i++) {
            const Provider *provider = entry->providers->pdata[i];
            if (strcmp(provider->session, id) != 0)
                continue;
            g_ptr_array_add(changed, g_strdup(entry->id));
            break;
        }
    }
    for (guint i = 0; i < changed->len; i++)
        tell(self, changed->pdata[i]);
}

static gboolean
on_tick(void *data)
{
    gw_sources_tick(data);
    return G_SOURCE_CONTINUE;
}

GwSources *
gw_sources_new(const Gateway *gateway, GwSessions *sessions)
{
    GwSources *self = g_new0(GwSources, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_outside_add_func(sessions, on_session_applied, self);
    return self;
}

void
gw_sources_free(GwSources *self)
{
    if (self == NULL)
        return;
    gw_outside_remove_func(self->sessions, self);
    g_source_remove(self->tick_source);
    g_hash_table_unref(self->entries);
    g_free(self);
}

void
gw_sources_add_kind(GwSources *self, const GwSourceKind *kind, void *user_data)
{
    g_assert(self->n_kinds < MAX_KINDS);
    self->kinds[self->n_kinds++] = (Kind){ .kind = kind, .data = user_data };
}

void
gw_sources_add_func(GwSources *self, GwSourcesFunc func, void *user_data)
{
    for (unsigned i = 0; i < MAX_FUNCS; i++) {
        if (self->funcs[i].func != NULL)
            continue;
        self->funcs[i].func = func;
        self->funcs[i].data = user_data;
        return;
    }
    g_assert_not_reached();
}

void
gw_sources_remove_func(GwSources *self, void *user_data)
{
    for (unsigned i = 0; i < MAX_FUNCS; i++) {
        if (self->funcs[i].data == user_data)
            self->funcs[i].func = NULL;
    }
}

/* Its index; the array's length when it is not there. */
static guint
find_provider(const Entry *entry, const char *session, const char *party)
{
    guint i = 0;

    for (; i < entry->providers->len; i++) {
        const Provider *provider = entry->providers->pdata[i];
        if (strcmp(provider->session, session) == 0 && strcmp(provider->party, party) == 0)
            break;
    }
    return i;
}

void
gw_sources_provide(GwSources *self, const char *source, const char *session, const char *party)
{
    Entry *entry = ensure(self, source);
    Provider *provider = NULL;

    if (entry == NULL || find_provider(entry, session, party) < entry->providers->len)
        return;
    if (entry->providers->len == GW_SOURCES_MAX_PROVIDERS)
        g_ptr_array_remove_index(entry->providers, 0);
    provider = g_new(Provider, 1);
    *provider = (Provider){ .session = g_strdup(session), .party = g_strdup(party) };
    g_ptr_array_add(entry->providers, provider);
    tell(self, source);
}

void
gw_sources_withdraw(GwSources *self, const char *source, const char *session, const char *party)
{
    Entry *entry = g_hash_table_lookup(self->entries, source);
    guint at = entry != NULL ? find_provider(entry, session, party) : 0;

    if (entry == NULL || at == entry->providers->len)
        return;
    g_ptr_array_remove_index(entry->providers, at);
    tell(self, source);
}

bool
gw_sources_find(GwSources *self, const char *source, GwSourceInfo *ret_info)
{
    const char *id = NULL;
    const Kind *kind = find_kind(self, source, &id);

    return kind != NULL && kind->kind->find(id, ret_info, kind->data);
}

void
gw_sources_foreach(GwSources *self, void (*func)(const GwSourceInfo *info, void *data), void *data)
{
    for (unsigned i = 0; i < self->n_kinds; i++)
        self->kinds[i].kind->foreach (func, data, self->kinds[i].data);
}

static const char *
ask_why(const GwSources *self, const char *source)
{
    const char *id = NULL;
    const Kind *kind = find_kind(self, source, &id);

    return kind != NULL && kind->kind->why != NULL ? kind->kind->why(id, kind->data) : NULL;
}

/* The newest provider that shows something; else the newest that is there at all, with why it does not. */
GwSourceView
gw_sources_look(GwSources *self, const char *source)
{
    static const char *const states[] = {
        [GW_OUTSIDE_SHOWN] = "picture",
        [GW_OUTSIDE_NOTHING] = "connecting",
        [GW_OUTSIDE_HELD] = "held",
        [GW_OUTSIDE_PRIVILEGED] = "privileged",
    };
    const Entry *entry = g_hash_table_lookup(self->entries, source);
    const char *why = ask_why(self, source);
    GwSourceView best = { .state = why != NULL ? why : "none" };

    for (guint i = entry != NULL ? entry->providers->len : 0; i > 0; i--) {
        const Provider *provider = entry->providers->pdata[i - 1];
        GwSession *session = gw_sessions_find(self->sessions, provider->session);
        GwSourceView view = { .session = session, .party = provider->party };

        if (session == NULL)
            continue;
        GwOutside outside = gw_outside_look(session, provider->party, MEDIA_KIND_VIDEO, &view.picture);
        view.state = outside == GW_OUTSIDE_NOTHING && why != NULL ? why : states[outside];
        if (outside == GW_OUTSIDE_SHOWN) {
            gw_outside_look(session, provider->party, MEDIA_KIND_AUDIO, &view.sound);
            return view;
        }
        if (best.session == NULL)
            best = view;
    }
    return best;
}

static void
clear_actor(Entry *entry)
{
    g_clear_pointer(&entry->audit, g_free);
    g_clear_pointer(&entry->name, g_free);
    g_clear_pointer(&entry->address, g_free);
}

/* Shows something, or has a reason not to. */
static bool
is_provided(GwSources *self, const Entry *entry)
{
    MediaSource *source = NULL;

    for (guint i = 0; i < entry->providers->len; i++) {
        const Provider *provider = entry->providers->pdata[i];
        GwSession *session = gw_sessions_find(self->sessions, provider->session);
        if (session != NULL &&
            gw_outside_look(session, provider->party, MEDIA_KIND_VIDEO, &source) != GW_OUTSIDE_NOTHING)
            return true;
    }
    return false;
}

static void
ask_to_begin(GwSources *self, Entry *entry)
{
    const GwActor actor = { .audit = entry->audit, .display = entry->name, .address = entry->address };
    const char *id = NULL;
    const Kind *kind = find_kind(self, entry->id, &id);

    if (kind == NULL || kind->kind->begin == NULL || entry->n_wants == 0 || is_provided(self, entry))
        return;
    entry->begun = true;
    kind->kind->begin(id, &actor, kind->data);
}

void
gw_sources_want(GwSources *self, const char *source, const GwActor *actor)
{
    Entry *entry = ensure(self, source);

    if (entry == NULL)
        return;
    if (entry->n_wants++ == 0) {
        clear_actor(entry);
        entry->audit = g_strdup(actor->audit);
        entry->name = g_strdup(actor->display);
        entry->address = g_strdup(actor->address);
    }
    ask_to_begin(self, entry);
}

void
gw_sources_unwant(GwSources *self, const char *source)
{
    Entry *entry = g_hash_table_lookup(self->entries, source);

    if (entry == NULL || entry->n_wants == 0) /* there was no room for it */
        return;
    if (--entry->n_wants == 0)
        entry->idle_ms = gw_sessions_now_ms(self->sessions);
}

/* Providers whose session has gone for good say nothing any more. */
static void
sweep_providers(GwSources *self, Entry *entry)
{
    for (guint i = entry->providers->len; i > 0; i--) {
        const Provider *provider = entry->providers->pdata[i - 1];
        if (gw_sessions_find(self->sessions, provider->session) == NULL)
            g_ptr_array_remove_index(entry->providers, i - 1);
    }
}

static void
let_go(GwSources *self, Entry *entry)
{
    const char *id = NULL;
    const Kind *kind = find_kind(self, entry->id, &id);

    entry->begun = false;
    clear_actor(entry);
    if (kind != NULL && kind->kind->end != NULL)
        kind->kind->end(id, kind->data);
}

void
gw_sources_tick(GwSources *self)
{
    g_autoptr(GList) ids = g_hash_table_get_keys(self->entries);
    int64_t now_ms = gw_sessions_now_ms(self->sessions);

    for (GList *item = ids; item != NULL; item = item->next) {
        Entry *entry = g_hash_table_lookup(self->entries, item->data);

        sweep_providers(self, entry);
        if (entry->n_wants > 0)
            ask_to_begin(self, entry);
        else if (entry->begun && now_ms - entry->idle_ms >= GW_SOURCES_LINGER_MS)
            let_go(self, entry);
        if (entry->n_wants == 0 && !entry->begun && entry->providers->len == 0)
            g_hash_table_remove(self->entries, entry->id);
    }
}

/* source.*: devices that send all the time, by WHIP into a session of their own. */

static void
handle_provide(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwSources *self = user_data;
    const char *source = json_object_get_string_member(params, "source");
    GwSession *session = gw_sessions_find(self->sessions, json_object_get_string_member(params, "session"));
    GwSourceInfo info;

    if (!gw_sources_find(self, source, &info)) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND,
                      "There is no such source: it is terminal:ID or camera:ID, see \"terminal list\".");
        return;
    }
    if (session == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such session: see \"session list\".");
        return;
    }
    const GwAuditEntry entry = { .who = "owner", .action = "source.provide", .object = info.id };
    JsonObject *detail = json_object_new();
    json_object_set_string_member(detail, "session", gw_session_get_id(session));
    json_object_set_string_member(detail, "party", json_object_get_string_member(params, "party"));
    gw_audit_add(self->gateway->audit, &entry, detail);
    gw_sources_provide(self, source, gw_session_get_id(session), json_object_get_string_member(params, "party"));
    gw_admin_reply(request, NULL);
}

static void
handle_withdraw(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwSources *self = user_data;
    const char *source = json_object_get_string_member(params, "source");
    Entry *entry = g_hash_table_lookup(self->entries, source);

    if (entry == NULL || entry->providers->len == 0) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "Nobody provides this: see \"source list\".");
        return;
    }
    const GwAuditEntry note = { .who = "owner", .action = "source.withdraw", .object = source };
    gw_audit_add(self->gateway->audit, &note, NULL);
    g_ptr_array_set_size(entry->providers, 0);
    tell(self, source);
    gw_admin_reply(request, NULL);
}

static void
handle_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwSources *self = user_data;
    JsonArray *rows = json_array_new();
    JsonObject *answer = json_object_new();
    GHashTableIter iter;
    void *value;

    (void)params;
    g_hash_table_iter_init(&iter, self->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Entry *entry = value;
        GwSourceView view = gw_sources_look(self, entry->id);
        JsonObject *row = json_object_new();

        json_object_set_string_member(row, "source", entry->id);
        if (view.session != NULL)
            json_object_set_string_member(row, "session", gw_session_get_id(view.session));
        if (view.party != NULL)
            json_object_set_string_member(row, "party", view.party);
        json_object_set_string_member(row, "state", view.state);
        json_object_set_int_member(row, "wanted", entry->n_wants);
        json_array_add_object_element(rows, row);
    }
    json_object_set_array_member(answer, "sources", rows);
    gw_admin_reply_object(request, answer);
}

#define SOURCE                                                                                                         \
    {                                                                                                                  \
        .name = "source", .type = SIG_TYPE_STRING, .min = 1, .max = GW_SOURCES_MAX_ID                                  \
    }

static const GwAdminCommand rows[] = {
    { .name = "source.provide",
      .params = (const SigParam[]){ SOURCE,
                                    { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
                                    { .name = "party", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
                                    { NULL } },
      .handle = handle_provide },
    { .name = "source.withdraw", .params = (const SigParam[]){ SOURCE, { NULL } }, .handle = handle_withdraw },
    { .name = "source.list", .handle = handle_list },
    { NULL },
};

void
gw_sources_add_commands(GwSources *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
