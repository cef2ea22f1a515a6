#define G_LOG_DOMAIN "gateway.gate"

#include "gateway/sessions/gate.h"

#include "gateway/sessions/recorder.h"
#include "gateway/sessions/recording.h"

enum {
    LOOK_MS = 20,
    SILENT_US = G_USEC_PER_SEC,   /* a track of which nothing came by then has nothing to prove */
    LATE_US = 2 * G_USEC_PER_SEC, /* F80 */
    AGAIN_US = G_USEC_PER_SEC,    /* the log could not be written: asked again */
};

/* Outlives its session if that goes before the log answers. */
typedef struct GwAnnouncing {
    GwSession *session; /* borrowed; NULL: has gone */
} GwAnnouncing;

static void
on_announced(uint64_t index, const GError *error, void *user_data)
{
    GwAnnouncing *announcing = user_data;
    GwSession *session = announcing->session;

    g_free(announcing);
    if (session == NULL)
        return;
    session->recording.gate.announcing = NULL;
    if (error == NULL) {
        g_debug("session %s is entry %" G_GUINT64_FORMAT " of the log", session->id, index);
        session->recording.gate.is_announced = true;
    } else {
        g_warning("session %s cannot be announced: %s", session->id, error->message);
    }
}

void
gw_gate_announce(GwSession *session)
{
    const Gateway *gateway = gw_sessions_get_gateway(session->sessions);
    g_autoptr(GPtrArray) parties = g_ptr_array_new();
    g_autofree char *rule = g_strconcat("rule:", session->kind, NULL);
    GwAnnouncing *announcing = NULL;

    for (guint i = 0; i < session->parties->len; i++) {
        const GwParty *party = session->parties->pdata[i];
        if (party->role == GW_ROLE_PARTY)
            g_ptr_array_add(parties, party->name);
    }
    g_ptr_array_add(parties, NULL);
    const GwAnnouncement announcement = {
        .session = session->id,
        .kind = session->kind,
        .name = session->slug,
        .unit = session->unit,
        .recording_class = gw_recording_class_to_string(session->recording_class),
        .authority = session->recording.authority != NULL ? session->recording.authority : rule,
        .reason = session->recording.reason,
        .parties = (const char *const *)parties->pdata,
    };
    session->recording.gate.asked_us = g_get_monotonic_time();
    if (session->recording.gate.announcing != NULL)
        session->recording.gate.announcing->session = NULL;
    announcing = session->recording.gate.announcing = g_new(GwAnnouncing, 1);
    announcing->session = session;
    gw_evidence_announce(gateway->evidence, &announcement, on_announced, announcing);
}

static void
set_late(GwSession *session, bool late)
{
    GwSessionGate *gate = &session->recording.gate;

    if (gate->is_late == late)
        return;
    gate->is_late = late;
    if (late) {
        JsonObject *detail = json_object_new();
        json_object_set_string_member(detail, "reason", gw_gate_get_reason(session));
        g_critical("session %s is not recorded yet (%s): nobody hears anybody", session->id,
                   gw_gate_get_reason(session));
        gw_session_add_event(session, &gw_actor_system, "recording-failed", detail);
    } else {
        gw_session_add_event(session, &gw_actor_system, "recording-works", NULL);
    }
    gw_session_tell_recording_changed(session);
}

static void
set_state(GwSession *session, GwGateState state)
{
    GwSessionGate *gate = &session->recording.gate;

    gate->state = state;
    gate->since_us = g_get_monotonic_time();
    gate->filled_us = 0;
    if (state == GW_GATE_OPEN) {
        set_late(session, false);
        gw_gate_end(session);
        gw_session_tell_recording_changed(session);
    }
    gw_session_apply(session);
    gw_announcer_go_on(session);
}

/* Whatever was in the journal's hands when all tracks had begun is on disk. */
static bool
is_proven(GwSession *session, int64_t now_us)
{
    GwSessionGate *gate = &session->recording.gate;

    if (gate->filled_us == 0 && gw_recording_is_filled(session, now_us - gate->since_us >= SILENT_US))
        gate->filled_us = now_us;
    if (gate->filled_us == 0)
        return false;
    return gw_recorder_get_fresh_us(gw_sessions_get_recorder(session->sessions)) >= gate->filled_us ||
           !gw_recording_has_begun(session);
}

static void
look(GwSession *session)
{
    GwSessionGate *gate = &session->recording.gate;
    int64_t now_us = g_get_monotonic_time();

    if (gate->state == GW_GATE_CLOSED && gate->is_announced)
        set_state(session, GW_GATE_PROVING);
    else if (gate->state == GW_GATE_CLOSED && gate->announcing == NULL && now_us - gate->asked_us >= AGAIN_US)
        gw_gate_announce(session);
    if (gate->state == GW_GATE_PROVING && is_proven(session, now_us))
        set_state(session, GW_GATE_OPEN);
    else if (gate->state != GW_GATE_OPEN && now_us - gate->since_us >= LATE_US)
        set_late(session, true);
}

static gboolean
on_look(void *data)
{
    GwSession *session = data;

    look(session);
    /* An open gate has taken this source away already. */
    return session->recording.gate.source != 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
gw_gate_begin(GwSession *session)
{
    GwSessionGate *gate = &session->recording.gate;

    if (session->recording_class == GW_CLASS_UNKEPT)
        return;
    if (session->recording_class != GW_CLASS_RECORDED) {
        gw_gate_announce(session);
        return;
    }
    *gate = (GwSessionGate){ .state = GW_GATE_CLOSED, .since_us = g_get_monotonic_time() };
    gate->source = g_timeout_add(LOOK_MS, on_look, session);
    gw_gate_announce(session);
    look(session);
}

void
gw_gate_end(GwSession *session)
{
    GwSessionGate *gate = &session->recording.gate;

    if (gate->source != 0)
        g_source_remove(gate->source);
    gate->source = 0;
    if (gate->announcing != NULL)
        gate->announcing->session = NULL;
    gate->announcing = NULL;
}

const char *
gw_gate_get_reason(const GwSession *session)
{
    if (!session->recording.gate.is_late)
        return NULL;
    return session->recording.gate.state == GW_GATE_CLOSED ? "log" : "no-bytes";
}
