#define G_LOG_DOMAIN "gateway.sessions"

#include "gateway/sessions/sessions.h"

#include <unistd.h>

#include "gateway/sessions/outside.h"
#include "gateway/sessions/recorder.h"
#include "gateway/sessions/recording.h"

enum {
    TICK_MS = 1000,
    CLOCK_STEP_US = 2 * G_USEC_PER_SEC, /* less is what time servers do */
    STOP_US = 2 * G_USEC_PER_SEC,       /* how long to wait for workers at the end */
    RESOURCE_BYTES = 16,
};

typedef struct {
    GwPartyOfClient find;
    void *user_data;
} GwPartyLookup;

struct GwSessions {
    const Gateway *gateway; /* borrowed */
    GwRecorder *recorder;   /* owned */
    GHashTable *by_id;      /* owns sessions */
    GHashTable *by_slug;
    GHashTable *resources; /* resource id -> GwPeer, borrowed */
    guint tick_source;
    int64_t clock_offset_us; /* wall clock less monotonic, as seen last */
    GwNowFunc now;
    void *now_data;
    GArray *lookups; /* GwPartyLookup */
    GwSessionOpener opener;
    void *opener_data;
    const GwSessionsListener *listener;
    void *listener_data;
    struct {
        GwOutsideFunc func; /* NULL: free */
        void *data;
    } outside[GW_OUTSIDE_MAX_FUNCS];
};

static gboolean
on_tick(void *data)
{
    gw_sessions_tick(data);
    return G_SOURCE_CONTINUE;
}

GwSessions *
gw_sessions_new(const Gateway *gateway)
{
    GwSessions *self = g_new0(GwSessions, 1);

    self->gateway = gateway;
    self->recorder = gw_recorder_new(self);
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    self->by_slug = g_hash_table_new(g_str_hash, g_str_equal);
    self->resources = g_hash_table_new(g_str_hash, g_str_equal);
    self->lookups = g_array_new(FALSE, FALSE, sizeof(GwPartyLookup));
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    /* Meetings end with the service; other kinds bring theirs back. */
    gw_store_run(gateway->store,
                 gw_statement_new("UPDATE session SET state = 'ended' WHERE kind = 'meeting'"
                                  " AND state NOT IN ('ended', 'sealed')"),
                 NULL, NULL);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_media_methods, self);
        sig_server_add_events(gateway->server, gw_media_events);
        sig_server_add_routes(gateway->server, gw_whip_routes, self);
    }
    return self;
}

void
gw_sessions_free(GwSessions *self)
{
    if (self == NULL)
        return;
    int64_t end_us = g_get_monotonic_time() + STOP_US;
    g_autoptr(GList) sessions = g_hash_table_get_values(self->by_id);

    g_source_remove(self->tick_source);
    self->listener = NULL;
    for (GList *item = sessions; item != NULL; item = item->next)
        gw_sessions_remove(self, item->data);
    while (gw_recorder_get_n_taps(self->recorder) > 0 && g_get_monotonic_time() < end_us) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    if (gw_recorder_get_n_taps(self->recorder) > 0)
        g_warning("%d tracks of the journal were still in use when the service ended",
                  gw_recorder_get_n_taps(self->recorder));
    gw_recorder_free(self->recorder);
    g_hash_table_unref(self->resources);
    g_hash_table_unref(self->by_slug);
    g_hash_table_unref(self->by_id);
    g_array_unref(self->lookups);
    g_free(self);
}

/* What the journal says. */

static void
on_journal_synced(int64_t up_to_us, void *user_data)
{
    gw_recorder_on_synced(((GwSessions *)user_data)->recorder, up_to_us);
}

static void
on_journal_lost(const char *session_id, const char *track, uint64_t packets, const char *cause, void *user_data)
{
    GwSession *session = gw_sessions_find(user_data, session_id);
    JsonObject *detail = NULL;

    g_warning("session %s: %s: %" G_GUINT64_FORMAT " packets were not recorded (%s)", session_id, track, packets,
              cause);
    if (session == NULL)
        return;
    detail = json_object_new();
    json_object_set_string_member(detail, "track", track);
    json_object_set_int_member(detail, "packets", (int64_t)packets);
    json_object_set_string_member(detail, "reason", cause);
    gw_session_add_event(session, &gw_actor_system, "recording-lost", detail);
}

static void
on_journal_failed(const GError *error, void *user_data)
{
    gw_recorder_on_failed(((GwSessions *)user_data)->recorder, error);
}

static void
on_journal_recovered(void *user_data)
{
    gw_recorder_on_recovered(((GwSessions *)user_data)->recorder);
}

const RecJournalEvents *
gw_sessions_get_journal_events(void)
{
    static const RecJournalEvents events = {
        .synced = on_journal_synced,
        .lost = on_journal_lost,
        .failed = on_journal_failed,
        .recovered = on_journal_recovered,
    };

    return &events;
}

void
gw_sessions_set_journal(GwSessions *self, RecJournal *journal)
{
    gw_recorder_set_journal(self->recorder, journal);
}

RecJournal *
gw_sessions_get_journal(const GwSessions *self)
{
    return gw_recorder_get_journal(self->recorder);
}

GwRecorder *
gw_sessions_get_recorder(const GwSessions *self)
{
    return self->recorder;
}

/* The registry. */

void
gw_sessions_set_clock(GwSessions *self, GwNowFunc now, void *user_data)
{
    self->now = now;
    self->now_data = user_data;
}

int64_t
gw_sessions_now_ms(const GwSessions *self)
{
    return self->now != NULL ? self->now(self->now_data) : g_get_real_time() / 1000;
}

int64_t
gw_sessions_take_clock_step_ms(GwSessions *self)
{
    int64_t offset_us = g_get_real_time() - g_get_monotonic_time();
    int64_t step_us = self->clock_offset_us != 0 ? offset_us - self->clock_offset_us : 0;

    self->clock_offset_us = offset_us;
    return self->now == NULL && ABS(step_us) >= CLOCK_STEP_US ? step_us / 1000 : 0;
}

const Gateway *
gw_sessions_get_gateway(const GwSessions *self)
{
    return self->gateway;
}

GwSession *
gw_sessions_add(GwSessions *self, const GwSessionInfo *info, const GwSessionHandler *handler, void *user_data)
{
    if ((info->id != NULL && gw_sessions_find(self, info->id) != NULL) ||
        (info->slug != NULL && gw_sessions_find(self, info->slug) != NULL))
        return NULL;
    GwSession *session = gw_session_new(self, info, handler, user_data);
    g_hash_table_insert(self->by_id, session->id, session);
    if (session->slug != NULL)
        g_hash_table_insert(self->by_slug, session->slug, session);
    return session;
}

void
gw_sessions_remove(GwSessions *self, GwSession *session)
{
    g_hash_table_remove(self->by_id, session->id);
    if (session->slug != NULL)
        g_hash_table_remove(self->by_slug, session->slug);
    gw_session_free(session);
}

GwSession *
gw_sessions_find(GwSessions *self, const char *id_or_slug)
{
    GwSession *session = g_hash_table_lookup(self->by_id, id_or_slug);

    return session != NULL ? session : g_hash_table_lookup(self->by_slug, id_or_slug);
}

void
gw_sessions_foreach(GwSessions *self, GFunc func, void *data)
{
    g_autoptr(GList) sessions = g_hash_table_get_values(self->by_id);

    g_list_foreach(sessions, func, data);
}

void
gw_sessions_tick(GwSessions *self)
{
    g_autoptr(GList) sessions = g_hash_table_get_values(self->by_id);

    gw_recorder_tick(self->recorder);
    for (GList *item = sessions; item != NULL; item = item->next) {
        GwSession *session = item->data;
        gw_session_tick(session);
        if (gw_meeting_is_over(session))
            gw_sessions_remove(self, session);
    }
}

/* Hooks. */

void
gw_sessions_add_party_lookup(GwSessions *self, GwPartyOfClient lookup, void *user_data)
{
    const GwPartyLookup added = { lookup, user_data };

    g_array_append_val(self->lookups, added);
}

void
gw_sessions_set_opener(GwSessions *self, GwSessionOpener opener, void *user_data)
{
    self->opener = opener;
    self->opener_data = user_data;
}

GwSession *
gw_sessions_open_by_name(GwSessions *self, const char *name)
{
    return self->opener != NULL ? self->opener(name, self->opener_data) : NULL;
}

GwParty *
gw_sessions_party_of_client(GwSessions *self, SigClient *client, const char *visit, GError **error)
{
    for (guint i = self->lookups->len; i > 0; i--) {
        const GwPartyLookup *lookup = &g_array_index(self->lookups, GwPartyLookup, i - 1);
        g_autoptr(GError) refusal = NULL;
        GwParty *party = lookup->find(client, visit, lookup->user_data, &refusal);
        if (party != NULL)
            return party;
        if (refusal != NULL) {
            g_propagate_error(error, g_steal_pointer(&refusal));
            return NULL;
        }
    }
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such visit.");
    return NULL;
}

void
gw_sessions_set_listener(GwSessions *self, const GwSessionsListener *listener, void *user_data)
{
    self->listener = listener;
    self->listener_data = user_data;
}

void
gw_sessions_tell_live(GwSessions *self, GwSession *session)
{
    if (self->listener != NULL && session->recording_class != GW_CLASS_UNKEPT)
        self->listener->live(session, self->listener_data);
}

void
gw_sessions_tell_ended(GwSessions *self, GwSession *session, bool recorded)
{
    if (self->listener != NULL && session->recording_class != GW_CLASS_UNKEPT)
        self->listener->ended(session, recorded, self->listener_data);
}

void
gw_sessions_set_sealing(GwSessions *self, const char *session_id, GwRecordingState state, double progress)
{
    GwSession *session = gw_sessions_find(self, session_id);

    if (session == NULL || session->state < GW_SESSION_ENDED)
        return;
    session->recording.sealing = state;
    session->recording.progress = progress;
    if (state == GW_RECORDING_SEALED) {
        if (!gw_session_set_state(session, GW_SESSION_SEALED, NULL))
            g_debug("session %s was sealed before", session_id);
    }
    gw_session_tell_recording_changed(session);
}

void
gw_outside_add_func(GwSessions *sessions, GwOutsideFunc func, void *user_data)
{
    for (unsigned i = 0; i < GW_OUTSIDE_MAX_FUNCS; i++) {
        if (sessions->outside[i].func != NULL)
            continue;
        sessions->outside[i].func = func;
        sessions->outside[i].data = user_data;
        return;
    }
    g_assert_not_reached();
}

void
gw_outside_remove_func(GwSessions *sessions, void *user_data)
{
    for (unsigned i = 0; i < GW_OUTSIDE_MAX_FUNCS; i++) {
        if (sessions->outside[i].data == user_data)
            sessions->outside[i].func = NULL;
    }
}

void
gw_sessions_tell_applied(GwSessions *self, GwSession *session)
{
    for (unsigned i = 0; i < GW_OUTSIDE_MAX_FUNCS; i++) {
        if (self->outside[i].func != NULL)
            self->outside[i].func(session, self->outside[i].data);
    }
}

/* Addresses of WHIP and WHEP resources. */

void
gw_sessions_add_resource(GwSessions *self, GwPeer *peer)
{
    uint8_t bytes[RESOURCE_BYTES];
    char text[2 * RESOURCE_BYTES + 1];

    if (getentropy(bytes, sizeof bytes) != 0)
        g_error("the machine gives no random numbers");
    for (unsigned i = 0; i < RESOURCE_BYTES; i++)
        g_snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    peer->resource = g_strdup(text);
    g_hash_table_insert(self->resources, peer->resource, peer);
}

GwPeer *
gw_sessions_find_resource(const GwSessions *self, const char *resource)
{
    return g_hash_table_lookup(self->resources, resource);
}

void
gw_sessions_forget_resource(GwSessions *self, GwPeer *peer)
{
    g_hash_table_remove(self->resources, peer->resource);
}
