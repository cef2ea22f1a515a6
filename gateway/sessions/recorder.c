#define G_LOG_DOMAIN "gateway.recorder"

#include "gateway/sessions/recorder.h"

#include <string.h>

#include "gateway/sessions/recording.h"

enum {
    ALARM_US = G_USEC_PER_SEC, /* evidence has to be on disk within a second */
    LOW_FACTOR = 2,            /* of the reserve: then somebody should make room */
};

struct GwRecorder {
    GwSessions *sessions; /* borrowed */
    RecJournal *journal;  /* borrowed */
    uint64_t reserve_bytes;
    int64_t limit_us;
    const char *policy;          /* of the configuration: "warn", "pause", "end" */
    int n_taps;                  /* also those of sessions that have gone */
    char *failure;               /* NULL: it works */
    int64_t synced_us, fresh_us; /* CLOCK_REALTIME; the same moment by the monotonic clock */
    GwRecorderState state;       /* as told last */
    bool is_behind, is_over_limit, is_low;
};

GwRecorderState
gw_recorder_judge(const GwRecorderInput *input)
{
    if (!input->has_journal)
        return GW_RECORDER_MISSING;
    if (input->failed)
        return GW_RECORDER_FAILED;
    if (input->log_failed)
        return GW_RECORDER_NO_LOG;
    if (input->behind_us > input->limit_us)
        return GW_RECORDER_BEHIND;
    return input->free_bytes < input->reserve_bytes ? GW_RECORDER_NO_SPACE : GW_RECORDER_READY;
}

const char *
gw_recorder_state_to_string(GwRecorderState state)
{
    static const char *const names[] = { "ready", "missing", "failed", "log", "behind", "no-space" };

    return names[state];
}

const char *
gw_recorder_state_explain(GwRecorderState state)
{
    static const char *const sentences[] = {
        [GW_RECORDER_MISSING] = "The recorder is not working, so this session cannot begin: tell the administrator.",
        [GW_RECORDER_FAILED] = "The recorder is not working, so this session cannot begin: tell the administrator.",
        [GW_RECORDER_NO_LOG] = "The recorder's log cannot be written, so no recorded session can begin: tell the "
                               "administrator.",
        [GW_RECORDER_BEHIND] = "The recorder's disk does not keep up, so this session cannot begin yet: try again, or "
                               "tell the administrator.",
        [GW_RECORDER_NO_SPACE] = "The recorder's disk is nearly full, so no recorded session can begin: tell the "
                                 "administrator to make room. Those that run go on.",
    };

    return state != GW_RECORDER_READY ? sentences[state] : NULL;
}

GwRecorder *
gw_recorder_new(GwSessions *sessions)
{
    const GwConfig *config = gw_sessions_get_gateway(sessions)->config;
    GwRecorder *self = g_new0(GwRecorder, 1);

    self->sessions = sessions;
    self->reserve_bytes = config->recorder.reserve_bytes;
    self->limit_us = (int64_t)config->recorder.behind_limit_s * G_USEC_PER_SEC;
    self->policy = config->recorder.behind_policy != NULL ? config->recorder.behind_policy : "warn";
    if (self->limit_us == 0)
        self->limit_us = G_MAXINT64;
    return self;
}

void
gw_recorder_free(GwRecorder *self)
{
    if (self == NULL)
        return;
    g_free(self->failure);
    g_free(self);
}

RecJournal *
gw_recorder_get_journal(const GwRecorder *self)
{
    return self->journal;
}

int64_t
gw_recorder_get_synced_us(const GwRecorder *self)
{
    return self->synced_us;
}

int64_t
gw_recorder_get_fresh_us(const GwRecorder *self)
{
    return self->fresh_us;
}

const char *
gw_recorder_get_failure(const GwRecorder *self)
{
    return self->failure;
}

int
gw_recorder_get_n_taps(const GwRecorder *self)
{
    return self->n_taps;
}

int64_t
gw_recorder_get_behind_us(const GwRecorder *self)
{
    return self->n_taps > 0 ? MAX(g_get_monotonic_time() - self->fresh_us, 0) : 0;
}

GwRecorderState
gw_recorder_get_state(const GwRecorder *self)
{
    const Gateway *gateway = gw_sessions_get_gateway(self->sessions);
    GwEvidenceStatus evidence = { 0 };
    RecJournalStats stats = { 0 };

    if (gateway->evidence != NULL)
        gw_evidence_get_status(gateway->evidence, &evidence);
    if (self->journal != NULL)
        rec_journal_get_stats(self->journal, &stats);
    return gw_recorder_judge(&(GwRecorderInput){
        .has_journal = self->journal != NULL,
        .failed = self->failure != NULL,
        .log_failed = evidence.failed,
        .behind_us = gw_recorder_get_behind_us(self),
        .limit_us = self->limit_us,
        .free_bytes = stats.free_bytes,
        .reserve_bytes = self->reserve_bytes,
    });
}

/* Who is told. */

static bool
is_recorded(const GwSession *session)
{
    return session->recording_class == GW_CLASS_RECORDED && session->state < GW_SESSION_ENDED;
}

static void
tell_changed(void *item, void *user_data)
{
    GwSession *session = item;

    (void)user_data;
    if (is_recorded(session))
        gw_session_tell_recording_changed(session);
}

typedef struct {
    const char *type, *reason; /* reason may be NULL */
} Event;

static void
add_event(void *item, void *user_data)
{
    GwSession *session = item;
    const Event *event = user_data;
    JsonObject *detail = NULL;

    if (!is_recorded(session) || !gw_session_state_is_running(session->state))
        return;
    if (event->reason != NULL) {
        detail = json_object_new();
        json_object_set_string_member(detail, "reason", event->reason);
    }
    gw_session_add_event(session, &gw_actor_system, event->type, detail);
}

/* To all sessions that run, to the pages, and to the audit record. */
static void
tell(GwRecorder *self, const char *type, const char *reason)
{
    Event event = { type, reason };
    g_autofree char *action = g_strconcat("recorder.", type + strlen("recording-"), NULL);
    const GwAuditEntry entry = { .who = "system", .action = action };
    JsonObject *detail = json_object_new();

    if (reason != NULL)
        json_object_set_string_member(detail, "reason", reason);
    gw_audit_add(gw_sessions_get_gateway(self->sessions)->audit, &entry, detail);
    gw_sessions_foreach(self->sessions, add_event, &event);
    gw_sessions_foreach(self->sessions, tell_changed, NULL);
}

/* Past the limit. */

static void
obey_policy(void *item, void *user_data)
{
    GwSession *session = item;
    const GwRecorder *self = user_data;
    g_autoptr(GError) error = NULL;
    bool end = strcmp(self->policy, "end") == 0, obeyed = true;

    if (!is_recorded(session) || !gw_session_state_is_running(session->state))
        return;
    if (session->handler->recording_behind != NULL)
        session->handler->recording_behind(session, end, session->user_data);
    else if (end)
        obeyed = gw_session_end(session, &gw_actor_system, "technical", NULL, &error);
    else if (session->state == GW_SESSION_LIVE)
        obeyed = gw_session_set_state(session, GW_SESSION_PAUSED, &error);
    if (!obeyed)
        g_warning("session %s: %s", session->id, error->message);
}

static void
watch_behind(GwRecorder *self)
{
    int64_t behind_us = gw_recorder_get_behind_us(self);
    bool is_behind = behind_us > ALARM_US, is_over_limit = behind_us > self->limit_us;

    if (is_behind && !self->is_behind) {
        g_warning("what arrives is on disk only after %.1f s", (double)behind_us / 1e6);
        tell(self, "recording-behind", NULL);
    } else if (!is_behind && self->is_behind) {
        g_message("what arrives is on disk within a second again");
        tell(self, "recording-in-time", NULL);
    }
    self->is_behind = is_behind;
    if (is_over_limit && !self->is_over_limit) {
        g_critical("what arrives is not on disk after %.1f s: %s", (double)behind_us / 1e6, self->policy);
        if (strcmp(self->policy, "warn") != 0)
            gw_sessions_foreach(self->sessions, obey_policy, self);
    }
    self->is_over_limit = is_over_limit;
}

static void
watch_space(GwRecorder *self)
{
    RecJournalStats stats;
    uint64_t low_bytes = LOW_FACTOR * self->reserve_bytes;

    rec_journal_get_stats(self->journal, &stats);
    if (stats.free_bytes < low_bytes && !self->is_low) {
        self->is_low = true;
        g_warning("the disk of recordings has %" G_GUINT64_FORMAT " MB left; at %" G_GUINT64_FORMAT
                  " MB no recorded session begins any more",
                  stats.free_bytes >> 20, self->reserve_bytes >> 20);
        tell(self, "recording-low-space", NULL);
    } else if (stats.free_bytes > low_bytes + low_bytes / 4 && self->is_low) {
        self->is_low = false;
        g_message("the disk of recordings has room again");
    }
}

void
gw_recorder_tick(GwRecorder *self)
{
    GwRecorderState state = gw_recorder_get_state(self);

    if (self->journal == NULL)
        return;
    watch_behind(self);
    watch_space(self);
    if (state == self->state)
        return;
    self->state = state;
    if (state == GW_RECORDER_NO_SPACE)
        g_critical("the disk of recordings is at its reserve: no recorded session begins");
    gw_sessions_foreach(self->sessions, tell_changed, NULL); /* also those in the waiting room */
}

/* What the journal says. */

void
gw_recorder_set_journal(GwRecorder *self, RecJournal *journal)
{
    self->journal = journal;
}

void
gw_recorder_count_tap(GwRecorder *self, int change)
{
    if (self->n_taps == 0)
        self->fresh_us = g_get_monotonic_time();
    self->n_taps += change;
}

void
gw_recorder_on_synced(GwRecorder *self, int64_t up_to_us)
{
    int64_t now_us = g_get_monotonic_time();

    self->synced_us = up_to_us;
    /* Nobody has set the clock just now, or it counts as said now. */
    self->fresh_us = MAX(self->fresh_us, now_us - CLAMP(g_get_real_time() - up_to_us, 0, ALARM_US));
}

void
gw_recorder_on_failed(GwRecorder *self, const GError *error)
{
    g_critical("the recorder has failed: %s", error->message);
    g_free(self->failure);
    self->failure = g_strdup(error->message);
    tell(self, "recording-failed", error->message);
}

void
gw_recorder_on_recovered(GwRecorder *self)
{
    g_message("the recorder works again");
    g_clear_pointer(&self->failure, g_free);
    tell(self, "recording-works", NULL);
}
