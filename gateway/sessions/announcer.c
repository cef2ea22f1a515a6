#define G_LOG_DOMAIN "gateway.announcer"

#include "gateway/sessions/recording.h"

enum { MAX_WAITING = 8 }; /* notices; an officer who presses faster than they are spoken is told */

static void play_next(GwSession *session);

/* Outlives its session if that goes in the middle of a word: media/ answers every clip once. */
struct GwUtterance {
    GwSession *session; /* borrowed; NULL: has gone */
};

static void
on_finished(void *data)
{
    GwUtterance *utterance = data;
    GwSession *session = utterance->session;

    bool current = session != NULL && session->announcer.utterance == utterance;
    g_free(utterance);
    if (!current)
        return;
    session->announcer.utterance = NULL;
    play_next(session);
}

static void
play(GwSession *session, MediaClip *clip)
{
    GwAnnouncer *announcer = &session->announcer;

    announcer->utterance = g_new(GwUtterance, 1);
    announcer->utterance->session = session;
    media_source_play(announcer->source, clip, on_finished, announcer->utterance);
}

static void
play_next(GwSession *session)
{
    GwAnnouncer *announcer = &session->announcer;
    g_autoptr(MediaClip) clip = NULL;

    if (announcer->utterance != NULL || announcer->source == NULL || session->recording.gate.state == GW_GATE_CLOSED)
        return;
    clip = g_queue_pop_head(&announcer->waiting);
    if (clip != NULL)
        play(session, clip);
}

bool
gw_session_say(GwSession *self, MediaClip *clip, bool at_once)
{
    if (at_once && self->recording.gate.state != GW_GATE_CLOSED) {
        gw_session_ensure_room(self);
        g_queue_clear_full(&self->announcer.waiting, (GDestroyNotify)media_clip_unref);
        if (self->announcer.utterance != NULL)
            self->announcer.utterance->session = NULL;
        play(self, clip);
        return true;
    }
    if (g_queue_get_length(&self->announcer.waiting) >= MAX_WAITING)
        return false;
    gw_session_ensure_room(self);
    g_queue_push_tail(&self->announcer.waiting, media_clip_ref(clip));
    play_next(self);
    return true;
}

void
gw_announcer_open(GwSession *session)
{
    session->announcer.source = media_source_new_playout(session->room);
}

void
gw_announcer_go_on(GwSession *session)
{
    play_next(session);
}

void
gw_announcer_close(GwSession *session)
{
    GwAnnouncer *announcer = &session->announcer;

    g_queue_clear_full(&announcer->waiting, (GDestroyNotify)media_clip_unref);
    if (announcer->source == NULL)
        return;
    gw_recording_detach(announcer->tap);
    announcer->tap = NULL;
    media_source_end(announcer->source);
    g_clear_pointer(&announcer->source, media_source_unref);
    if (announcer->utterance != NULL)
        announcer->utterance->session = NULL;
    announcer->utterance = NULL;
}
