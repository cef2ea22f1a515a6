#define G_LOG_DOMAIN "gateway.session"

#include "gateway/sessions/session.h"

#include "gateway/sessions/gate.h"
#include "gateway/sessions/recorder.h"
#include "gateway/sessions/recording.h"

enum {
    ALARM_MS = 1000,
    LINGER_MS = 6000, /* the notice that says it is over is still heard; then peers are closed */
    ORDINALS_PER_RUN = 100,
};

const GwActor gw_actor_system = { .audit = "system" };

GwActor
gw_actor_of_client(SigClient *client)
{
    const GwIdentity *identity = gw_identity_of_client(client);

    return (GwActor){
        .audit = identity->audit,
        .display = identity->display,
        .address = sig_client_get_address(client),
    };
}

static void
free_party(void *party)
{
    gw_party_free(party);
}

GwSession *
gw_session_new(GwSessions *sessions, const GwSessionInfo *info, const GwSessionHandler *handler, void *user_data)
{
    GwSession *self = g_new0(GwSession, 1);

    self->sessions = sessions;
    self->id = info->id != NULL ? g_strdup(info->id) : g_uuid_string_random();
    self->kind = g_strdup(info->kind);
    self->slug = g_strdup(info->slug);
    self->unit = g_strdup(info->unit);
    self->object = info->object != NULL ? g_strdup(info->object) : g_strconcat("session:", self->id, NULL);
    self->recording_class = info->recording_class;
    self->state = info->state;
    self->times.live_since_ms = info->live_since_ms;
    self->times.made_ms = gw_sessions_now_ms(sessions);
    self->card = info->card != NULL ? json_object_ref(info->card) : NULL;
    self->handler = handler;
    self->user_data = user_data;
    self->parties = g_ptr_array_new_with_free_func(free_party);
    self->party_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    self->recording.taps = g_ptr_array_new();
    self->recording.used = info->live_since_ms != 0;
    self->recording.reason = g_strdup(info->reason);
    self->talk.star = info->star;
    g_queue_init(&self->announcer.waiting);
    return self;
}

static void
close_media(GwSession *self)
{
    for (guint i = 0; i < self->parties->len; i++) {
        GwParty *party = self->parties->pdata[i];
        gw_party_drop_peer(party, party->publish);
        gw_party_drop_peer(party, party->page_watch);
        while (party->watches->len > 0)
            gw_party_drop_peer(party, party->watches->pdata[party->watches->len - 1]);
    }
    gw_announcer_close(self);
    g_clear_pointer(&self->room, media_room_free);
}

void
gw_session_free(GwSession *self)
{
    if (self == NULL)
        return;
    self->talk.officer = NULL;
    gw_gate_end(self);
    close_media(self);
    gw_recording_free_all(self);
    if (self->handler->removed != NULL)
        self->handler->removed(self->user_data);
    g_ptr_array_unref(self->recording.taps);
    g_hash_table_unref(self->party_by_name);
    g_ptr_array_unref(self->parties);
    g_clear_pointer(&self->card, json_object_unref);
    g_free(self->recording.authority);
    g_free(self->recording.reason);
    g_free(self->talk.to);
    g_free(self->talk.spot);
    g_free(self->id);
    g_free(self->kind);
    g_free(self->slug);
    g_free(self->unit);
    g_free(self->object);
    g_free(self->end_cause);
    g_free(self);
}

const char *
gw_session_get_id(const GwSession *self)
{
    return self->id;
}

const char *
gw_session_get_kind(const GwSession *self)
{
    return self->kind;
}

const char *
gw_session_get_slug(const GwSession *self)
{
    return self->slug;
}

const char *
gw_session_get_unit(const GwSession *self)
{
    return self->unit;
}

GwSessionState
gw_session_get_state(const GwSession *self)
{
    return self->state;
}

GwRecordingClass
gw_session_get_class(const GwSession *self)
{
    return self->recording_class;
}

void *
gw_session_get_data(const GwSession *self)
{
    return self->user_data;
}

int64_t
gw_session_get_live_since_ms(const GwSession *self)
{
    return self->times.live_since_ms;
}

int64_t
gw_session_get_ended_ms(const GwSession *self)
{
    return self->times.ended_ms;
}

const char *
gw_session_get_end_cause(const GwSession *self)
{
    return self->end_cause;
}

JsonObject *
gw_session_get_card(const GwSession *self)
{
    return self->card;
}

static void
on_speaking(void *data)
{
    GwSession *self = data;

    if (self->handler->speaking_changed != NULL)
        self->handler->speaking_changed(self, self->user_data);
}

MediaRoom *
gw_session_ensure_room(GwSession *self)
{
    if (self->room == NULL) {
        self->room = media_room_new(gw_sessions_get_gateway(self->sessions)->media);
        media_room_set_speaking_func(self->room, on_speaking, self);
        gw_announcer_open(self);
        gw_session_apply(self);
    }
    return self->room;
}

GwRoutingState
gw_session_get_routing(const GwSession *self)
{
    return (GwRoutingState){
        .state = self->state,
        .recording_class = self->recording_class,
        .talk_to = self->talk.to,
        .gate = self->recording.gate.state,
        .star = self->talk.star,
        .spot = self->talk.spot,
        .spot_for_all = self->talk.spot_for_all,
    };
}

static void
apply_announcer(GwSession *self)
{
    GwAnnouncer *announcer = &self->announcer;
    g_autofree char *track = NULL;

    if (announcer->source == NULL || announcer->tap != NULL || self->recording_class != GW_CLASS_RECORDED ||
        self->recording.gate.state == GW_GATE_CLOSED || !gw_session_state_is_running(self->state))
        return;
    track = g_strdup_printf("announcer-%u-audio-1", ++self->n_peers_ever);
    announcer->tap = gw_recording_attach(self, announcer->source, "announcer", track);
}

void
gw_session_apply(GwSession *self)
{
    for (guint i = 0; i < self->parties->len; i++) {
        GwParty *party = self->parties->pdata[i];
        if (party->publish != NULL)
            gw_peer_apply_published(party->publish);
    }
    apply_announcer(self);
    if (self->room != NULL)
        media_room_set_floor(self->room, self->talk.officer != NULL
                                             ? gw_peer_find_source(self->talk.officer->publish, MEDIA_KIND_AUDIO)
                                             : NULL);
    for (guint i = 0; i < self->parties->len; i++) {
        GwParty *party = self->parties->pdata[i];
        if (party->page_watch != NULL)
            gw_peer_apply_slots(party->page_watch);
        for (guint j = 0; j < party->watches->len; j++)
            gw_peer_apply_slots(party->watches->pdata[j]);
    }
    gw_sessions_tell_applied(self->sessions, self);
}

static bool
check_may_go_live(const GwSession *self, GError **error)
{
    if (self->recording_class == GW_CLASS_UNKNOWN) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                            "The recording class of this session cannot be read, so it has to wait.");
        return false;
    }
    GwRecorderState recorder = gw_recorder_get_state(gw_sessions_get_recorder(self->sessions));
    if (self->recording_class != GW_CLASS_RECORDED || recorder == GW_RECORDER_READY)
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, gw_recorder_state_explain(recorder));
    return false;
}

static void
end_recording(GwSession *self)
{
    for (guint i = 0; i < self->parties->len; i++) {
        GwParty *party = self->parties->pdata[i];
        for (guint j = 0; party->publish != NULL && j < party->publish->published->len; j++)
            g_array_index(party->publish->published, GwPublished, j).tap = NULL;
    }
    self->announcer.tap = NULL;
    gw_gate_end(self);
    gw_recording_detach_all(self);
}

static void
enter_state(GwSession *self, GwSessionState state)
{
    int64_t now_ms = gw_sessions_now_ms(self->sessions);
    bool first = state == GW_SESSION_LIVE && self->times.live_since_ms == 0;

    g_debug("session %s: %s -> %s", self->id, gw_session_state_to_string(self->state),
            gw_session_state_to_string(state));
    self->state = state;
    if (first)
        self->times.live_since_ms = now_ms;
    if (state == GW_SESSION_ENDED) {
        self->times.ended_ms = now_ms;
        self->talk.officer = NULL;
        g_clear_pointer(&self->talk.to, g_free);
    }
    if (first)
        gw_gate_begin(self);
    gw_session_apply(self);
    if (state == GW_SESSION_ENDED)
        end_recording(self);
    gw_session_write(self);
    if (first)
        gw_sessions_tell_live(self->sessions, self);
}

bool
gw_session_set_state(GwSession *self, GwSessionState state, GError **error)
{
    if (!gw_session_state_may_follow(self->state, state)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This session is %s: it cannot become %s.",
                    gw_session_state_to_string(self->state), gw_session_state_to_string(state));
        return false;
    }
    if (state == GW_SESSION_LIVE && self->times.live_since_ms == 0 && !check_may_go_live(self, error))
        return false;
    enter_state(self, state);
    return true;
}

bool
gw_session_end(GwSession *self, const GwActor *actor, const char *cause, JsonObject *detail, GError **error)
{
    g_autoptr(JsonObject) own = detail != NULL ? detail : json_object_new();

    if (!gw_session_state_may_follow(self->state, GW_SESSION_ENDED)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This session is over already.");
        return false;
    }
    self->end_cause = g_strdup(cause);
    json_object_set_string_member(own, "cause", cause);
    gw_session_add_event(self, actor, "end", g_steal_pointer(&own));
    enter_state(self, GW_SESSION_ENDED);
    return true;
}

void
gw_session_set_authority(GwSession *self, const char *authority)
{
    if (self->recording.authority == NULL)
        self->recording.authority = g_strdup(authority);
}

void
gw_session_protect(GwSession *self)
{
    if (self->recording_class == GW_CLASS_PRIVILEGED)
        return;
    self->recording_class = GW_CLASS_PRIVILEGED;
    end_recording(self);
    self->recording.gate.state = GW_GATE_OPEN;
    if (gw_session_state_is_running(self->state))
        gw_gate_announce(self);
    gw_session_apply(self);
    gw_session_write(self);
}

bool
gw_session_set_talk(GwSession *self, GwParty *officer, const char *to, GError **error)
{
    if (to != NULL && !gw_session_state_is_running(self->state)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "Nobody can be talked to: the session is %s.",
                    gw_session_state_to_string(self->state));
        return false;
    }
    if (to != NULL && gw_peer_find_source(officer->publish, MEDIA_KIND_AUDIO) == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "Your microphone is not connected: publish it first (media.publish).");
        return false;
    }
    g_free(self->talk.to);
    self->talk.to = g_strdup(to);
    self->talk.officer = to != NULL ? officer : NULL;
    gw_session_apply(self);
    return true;
}

void
gw_session_set_spot(GwSession *self, const char *name, bool for_all)
{
    char *before = self->talk.spot;

    self->talk.spot = g_strdup(name);
    self->talk.spot_for_all = for_all;
    g_free(before);
    gw_session_apply(self);
}

const char *
gw_session_get_talk(const GwSession *self)
{
    return self->talk.to;
}

GwParty *
gw_session_get_talker(const GwSession *self)
{
    return self->talk.officer;
}

GwParty *
gw_session_add_party(GwSession *self, const char *name, GwRole role)
{
    if (self->parties->len >= GW_SESSION_MAX_PARTIES || g_hash_table_contains(self->party_by_name, name))
        return NULL;
    GwParty *party = gw_party_new(self, name, role);
    g_ptr_array_add(self->parties, party);
    g_hash_table_insert(self->party_by_name, party->name, party);
    return party;
}

GwParty *
gw_session_find_party(const GwSession *self, const char *name)
{
    return g_hash_table_lookup(self->party_by_name, name);
}

void
gw_session_remove_party(GwSession *self, GwParty *party)
{
    if (self->talk.officer == party) {
        self->talk.officer = NULL;
        g_clear_pointer(&self->talk.to, g_free);
    }
    gw_party_close_publish(party);
    g_hash_table_remove(self->party_by_name, party->name);
    g_ptr_array_remove(self->parties, party);
    gw_session_apply(self);
}

unsigned
gw_session_count_watching(const GwSession *self)
{
    unsigned n = 0;

    for (guint i = 0; i < self->parties->len; i++) {
        const GwParty *party = self->parties->pdata[i];
        n += party->watches->len + (party->page_watch != NULL ? 1 : 0);
    }
    return n;
}

void
gw_session_skip_ordinals(GwSession *session, unsigned given)
{
    session->n_peers_ever = (given / ORDINALS_PER_RUN + 1) * ORDINALS_PER_RUN;
}

void
gw_session_tick(GwSession *self)
{
    int64_t now_us = g_get_monotonic_time();

    if (self->state >= GW_SESSION_ENDED) {
        if (self->room != NULL && gw_sessions_now_ms(self->sessions) - self->times.ended_ms >= LINGER_MS)
            close_media(self);
        return;
    }
    /* A handler may take parties away. */
    for (guint i = self->parties->len; i > 0; i--) {
        if (i <= self->parties->len)
            gw_party_tick(self->parties->pdata[i - 1], now_us);
    }
    gw_recording_tick(self, now_us);
}

void
gw_session_tell_recording_changed(GwSession *self)
{
    if (self->handler->recording_changed != NULL)
        self->handler->recording_changed(self, self->user_data);
}

const char *
gw_recording_state_to_string(GwRecordingState state)
{
    static const char *const names[] = { "none", "recording", "failed", "sealing", "sealed" };

    return names[state];
}

static void
fail_status(GwRecordingStatus *status, const char *reason)
{
    status->state = GW_RECORDING_FAILED;
    status->reason = reason;
}

GwRecordingStatus
gw_session_get_recording(const GwSession *self)
{
    const GwSessionRecording *recording = &self->recording;
    GwRecordingStatus status = { .up_to_ms = recording->up_to_ms, .progress = recording->progress };

    if (self->recording_class != GW_CLASS_RECORDED)
        return status;
    const GwRecorder *recorder = gw_sessions_get_recorder(self->sessions);
    GwRecorderState node = gw_recorder_get_state(recorder);
    if (self->times.live_since_ms == 0) {
        if (self->state < GW_SESSION_ENDED && node != GW_RECORDER_READY)
            fail_status(&status, gw_recorder_state_to_string(node));
        return status;
    }
    if (self->state >= GW_SESSION_ENDED) {
        status.state = recording->sealing;
        return status;
    }
    if (node == GW_RECORDER_FAILED || node == GW_RECORDER_MISSING)
        fail_status(&status, gw_recorder_state_to_string(node));
    else if (gw_gate_get_reason(self) != NULL)
        fail_status(&status, gw_gate_get_reason(self));
    else if (recording->stalled)
        fail_status(&status, "no-bytes");
    else if (self->recording.gate.state == GW_GATE_OPEN)
        status.state = GW_RECORDING_RUNNING;
    if (status.state == GW_RECORDING_RUNNING)
        status.up_to_ms = gw_recorder_get_synced_us(recorder) / 1000;
    status.behind_ms = gw_recorder_get_behind_us(recorder) / 1000;
    if (status.behind_ms < ALARM_MS)
        status.behind_ms = 0;
    return status;
}

JsonObject *
gw_session_recording_to_json(const GwSession *self)
{
    GwRecordingStatus status = gw_session_get_recording(self);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "state", gw_recording_state_to_string(status.state));
    if (status.up_to_ms > 0)
        json_object_set_int_member(object, "up_to_ms", status.up_to_ms);
    if (status.behind_ms > 0)
        json_object_set_int_member(object, "behind_ms", status.behind_ms);
    if (status.reason != NULL)
        json_object_set_string_member(object, "reason", status.reason);
    if (status.state == GW_RECORDING_SEALING)
        json_object_set_double_member(object, "progress", status.progress);
    return object;
}
