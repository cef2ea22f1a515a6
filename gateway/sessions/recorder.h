/* gateway/sessions/recorder.h - whether this node can record now, how far what it records is on disk, and who is told
 *
 * A recorded session does not begin while it cannot. While sessions run: a failure and a loss are told at once; more than
 * a second between what arrives and what is on disk is an alarm; more than a set limit does what [recorder] behind says.
 * Ownership: GwSessions owns one. Thread: main. */
#pragma once

#include "gateway/sessions/sessions.h"

G_BEGIN_DECLS

typedef enum {
    GW_RECORDER_READY,
    GW_RECORDER_MISSING,  /* there is no journal */
    GW_RECORDER_FAILED,   /* writing has failed; it tries again by itself */
    GW_RECORDER_NO_LOG,   /* the node's log cannot be written, so nothing that begins would be proven */
    GW_RECORDER_BEHIND,   /* the disk does not answer for longer than the limit */
    GW_RECORDER_NO_SPACE, /* what is left is for those who talk already */
} GwRecorderState;

/* Pure part, for tests. */
typedef struct {
    bool has_journal, failed, log_failed;
    int64_t behind_us, limit_us;
    uint64_t free_bytes, reserve_bytes;
} GwRecorderInput;

GwRecorderState gw_recorder_judge(const GwRecorderInput *input);
const char *gw_recorder_state_to_string(GwRecorderState state);
const char *gw_recorder_state_explain(GwRecorderState state); /* a sentence for officers; NULL when ready */

typedef struct GwRecorder GwRecorder;

GwRecorder *gw_recorder_new(GwSessions *sessions);
void gw_recorder_free(GwRecorder *self);

void gw_recorder_set_journal(GwRecorder *self, RecJournal *journal);
RecJournal *gw_recorder_get_journal(const GwRecorder *self);
GwRecorderState gw_recorder_get_state(const GwRecorder *self);
int64_t gw_recorder_get_synced_us(const GwRecorder *self); /* CLOCK_REALTIME; 0: nothing yet */
/* The same by the monotonic clock, to a second if the other one was just set. */
int64_t gw_recorder_get_fresh_us(const GwRecorder *self);
/* How old what is not on disk may be; 0 while nothing is recorded. */
int64_t gw_recorder_get_behind_us(const GwRecorder *self);
/* Why it last failed, as the disk says; NULL: it has not. */
const char *gw_recorder_get_failure(const GwRecorder *self);

void gw_recorder_count_tap(GwRecorder *self, int change);
int gw_recorder_get_n_taps(const GwRecorder *self);
void gw_recorder_tick(GwRecorder *self); /* each second */

/* What the journal says. */
void gw_recorder_on_synced(GwRecorder *self, int64_t up_to_us);
void gw_recorder_on_failed(GwRecorder *self, const GError *error);
void gw_recorder_on_recovered(GwRecorder *self);

G_END_DECLS
