#define G_LOG_DOMAIN "gateway.recording"

#include "gateway/sessions/recording.h"

#include "gateway/sessions/recorder.h"

enum { STALL_US = 2 * G_USEC_PER_SEC }; /* F80: media flows this long and nothing is recorded: it has failed */

struct GwTap {
    GwSessions *sessions; /* borrowed */
    GwSession *session;   /* borrowed; NULL once the session has gone */
    MediaSource *source;  /* a reference */
    RecTrack *track;      /* owned */
    GwStall stall;
    bool detaching;
};

GwTap *
gw_recording_attach(GwSession *session, MediaSource *source, const char *party, const char *track)
{
    RecJournal *journal = gw_sessions_get_journal(session->sessions);

    if (session->recording_class != GW_CLASS_RECORDED || journal == NULL)
        return NULL;
    /* The invariant of F79: whoever changes the line above meets this one. */
    g_assert(session->recording_class == GW_CLASS_RECORDED && gw_session_state_is_running(session->state) &&
             session->recording.gate.state != GW_GATE_CLOSED);

    RecTrackInfo info = {
        .session = session->id,
        .track = track,
        .party = party,
        .label = party,
        .kind = media_source_get_kind(source),
    };
    GwTap *tap = g_new0(GwTap, 1);
    tap->sessions = session->sessions;
    tap->session = session;
    tap->source = media_source_ref(source);
    tap->track = rec_journal_add_track(journal, &info);
    gw_session_begin_journal(session);
    g_ptr_array_add(session->recording.taps, tap);
    gw_recorder_count_tap(gw_sessions_get_recorder(session->sessions), 1);
    media_source_add_sink(source, rec_track_get_sink(tap->track));
    return tap;
}

/* The media worker has let go of the sink: the journal may close the track. */
static void
on_removed(void *data)
{
    GwTap *tap = data;

    rec_track_close(tap->track);
    media_source_unref(tap->source);
    gw_recorder_count_tap(gw_sessions_get_recorder(tap->sessions), -1);
    if (tap->session != NULL) {
        g_ptr_array_remove_fast(tap->session->recording.taps, tap);
        gw_recording_close_if_over(tap->session);
    }
    g_free(tap);
}

void
gw_recording_detach(GwTap *tap)
{
    if (tap == NULL || tap->detaching)
        return;
    tap->detaching = true;
    media_source_remove_sink(tap->source, rec_track_get_sink(tap->track), on_removed, tap);
}

void
gw_recording_detach_all(GwSession *session)
{
    /* Answers come from the loop: the array does not change meanwhile. */
    for (guint i = 0; i < session->recording.taps->len; i++)
        gw_recording_detach(session->recording.taps->pdata[i]);
    gw_recording_close_if_over(session);
}

void
gw_recording_free_all(GwSession *session)
{
    for (guint i = 0; i < session->recording.taps->len; i++) {
        GwTap *tap = session->recording.taps->pdata[i];
        gw_recording_detach(tap);
        tap->session = NULL;
    }
    g_ptr_array_set_size(session->recording.taps, 0);
}

static void
on_session_closed(void *id, void *user_data)
{
    GwSessions *sessions = user_data;
    GwSession *session = gw_sessions_find(sessions, id);

    if (session == NULL || session->recording.closed)
        return;
    session->recording.closed = true;
    gw_sessions_tell_ended(sessions, session, true);
}

void
gw_recording_close_if_over(GwSession *session)
{
    GwSessionRecording *recording = &session->recording;
    RecJournal *journal = gw_sessions_get_journal(session->sessions);

    if (session->state < GW_SESSION_ENDED || recording->closing || recording->taps->len > 0)
        return;
    recording->closing = true;
    if (!recording->used || journal == NULL) {
        recording->closed = true;
        gw_sessions_tell_ended(session->sessions, session, false);
        return;
    }
    recording->sealing = GW_RECORDING_SEALING;
    rec_journal_close_session(journal, session->id, on_session_closed, session->sessions);
}

bool
gw_stall_update(GwStall *self, uint64_t source_packets, uint64_t recorded_packets, int64_t now_us)
{
    bool flows = source_packets > self->source_packets;
    bool recorded = recorded_packets > self->recorded_packets;

    self->source_packets = source_packets;
    self->recorded_packets = recorded_packets;
    if (!flows || recorded) {
        self->since_us = 0;
        return false;
    }
    if (self->since_us == 0)
        self->since_us = now_us;
    return now_us - self->since_us >= STALL_US;
}

bool
gw_tap_is_stalled(GwTap *tap, uint64_t packets, bool flows, int64_t now_us)
{
    if (tap->detaching || !flows) {
        tap->stall = (GwStall){ .source_packets = packets, .recorded_packets = rec_track_get_packets(tap->track) };
        return false;
    }
    return gw_stall_update(&tap->stall, packets, rec_track_get_packets(tap->track), now_us);
}

bool
gw_recording_has_begun(const GwSession *session)
{
    for (guint i = 0; i < session->recording.taps->len; i++) {
        const GwTap *tap = session->recording.taps->pdata[i];
        if (rec_track_get_packets(tap->track) > 0)
            return true;
    }
    return false;
}

static bool
is_peer_filled(const GwPeer *peer, bool may_be_silent)
{
    for (guint i = 0; i < peer->published->len; i++) {
        const GwPublished *published = &g_array_index(peer->published, GwPublished, i);
        bool comes = peer->has_stats && i < peer->stats.n_sources && i < peer->before.n_sources &&
                     peer->stats.sources[i].packets > peer->before.sources[i].packets;
        if (published->tap != NULL && rec_track_get_packets(published->tap->track) == 0 && (comes || !may_be_silent))
            return false;
    }
    return true;
}

bool
gw_recording_is_filled(const GwSession *session, bool may_be_silent)
{
    for (guint i = 0; i < session->parties->len; i++) {
        const GwParty *party = session->parties->pdata[i];
        if (party->publish != NULL && !is_peer_filled(party->publish, may_be_silent))
            return false;
    }
    return true;
}

static bool
is_peer_stalled(GwPeer *peer, int64_t now_us)
{
    bool stalled = false;

    for (guint i = 0; i < peer->published->len && i < peer->stats.n_sources; i++) {
        GwPublished *published = &g_array_index(peer->published, GwPublished, i);
        if (published->tap != NULL &&
            gw_tap_is_stalled(published->tap, peer->stats.sources[i].packets, published->flows, now_us))
            stalled = true;
    }
    return stalled;
}

static void
set_stalled(GwSession *session, bool stalled)
{
    if (session->recording.stalled == stalled)
        return;
    session->recording.stalled = stalled;
    gw_session_add_event(session, &gw_actor_system, stalled ? "recording-failed" : "recording-works", NULL);
    gw_session_tell_recording_changed(session);
}

void
gw_recording_tick(GwSession *session, int64_t now_us)
{
    bool stalled = false;

    if (session->recording_class != GW_CLASS_RECORDED || !gw_session_state_is_running(session->state))
        return;
    for (guint i = 0; i < session->parties->len; i++) {
        GwParty *party = session->parties->pdata[i];
        if (party->publish != NULL && is_peer_stalled(party->publish, now_us))
            stalled = true;
    }
    set_stalled(session, stalled);
}
