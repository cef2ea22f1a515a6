/* recorder/journal.h - every accepted packet of the recorded parties, on disk within 250 ms
 *
 * One journal per node: pcapng files DIR/journal-NNNNNNNN.pcapng, one interface block per track (name session/track,
 * description JSON: codec, clock rate, party ...), enhanced packet blocks with the standard CRC-32 hash option, a hash
 * chain over blocks, fdatasync every REC_JOURNAL_SYNC_US by one writer thread that media workers never wait for: each
 * worker copies into its own bounded ring; when that is full the loss is counted, told and written as a gap.
 * Sender reports are stored as RTCP packets of the same interface, so that sound and picture can be put in step.
 * Session events (open, pause, warn, note, close ...) are stored too: a recording can be made from the journal alone.
 * Ownership: main owns the journal; tracks are freed (closed) before it.
 * Thread:    main, also callbacks; the sink of a track runs on its media worker. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/sink.h"
#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct RecJournal RecJournal;
typedef struct RecTrack RecTrack;

enum {
    REC_JOURNAL_SYNC_US = 250 * 1000,
    REC_JOURNAL_FILE_BYTES = 256 * 1024 * 1024, /* then the next file begins */
    REC_JOURNAL_RING_BYTES = 16 * 1024 * 1024,  /* per worker */
    REC_ID_MAX = 64,                            /* session and track ids: [A-Za-z0-9._-]; checked */
};

typedef struct {
    const char *dir;
    unsigned n_workers;
    uint64_t file_bytes; /* 0: REC_JOURNAL_FILE_BYTES */
} RecJournalConfig;

typedef struct {
    /* Everything that arrived before this time (CLOCK_REALTIME us) is on disk; about every 250 ms while recording. */
    void (*synced)(int64_t up_to_us, void *user_data);
    /* Packets of this session's track were lost to a full ring or a failing disk since the last call; the first at
     * once, then at most every 5 s, the rest when the track is closed. */
    void (*lost)(const char *session, const char *track, uint64_t packets, const char *cause, void *user_data);
    /* Writing has failed (ENOSPC, EIO, EROFS ...). Not retried by fsync; a new file is tried every 5 s; then recovered.
     */
    void (*failed)(const GError *error, void *user_data);
    void (*recovered)(void *user_data);
} RecJournalEvents;

/* Locks dir (REC_ERROR_LOCKED when another process has it), cuts torn tails of earlier files at the last good record
 * and starts a new file. */
RecJournal *rec_journal_new(const RecJournalConfig *config, const RecJournalEvents *events, void *user_data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_journal_free(RecJournal *self); /* writes and syncs what is queued */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecJournal, rec_journal_free)

typedef struct {
    const char *session; /* id */
    const char *track;   /* id, unique in the session: "family-1-video-1" ... */
    const char *party;   /* "family", "terminal", "officer", "announcer" */
    const char *label;   /* for people */
    MediaKind kind;
} RecTrackInfo;

/* The sink is ready when this returns. It asks for a key frame every 4 s when nobody else did. */
RecTrack *rec_journal_add_track(RecJournal *self, const RecTrackInfo *info);
MediaSink *rec_track_get_sink(RecTrack *self);
/* Bytes and newest arrival so far, so that a recording that gives no bytes in 2 s is noticed. */
uint64_t rec_track_get_packets(const RecTrack *self);
/* For /metrics. */
typedef struct {
    uint64_t ring_bytes, ring_used; /* of the fullest ring */
    uint64_t lost_ring, lost_disk;  /* packets, as told */
    uint64_t failures;              /* times that writing failed */
    int64_t synced_us;              /* everything that arrived before (CLOCK_REALTIME) is on disk; 0: nothing yet */
    uint64_t free_bytes;            /* left on the disk a second ago; 0 also when no file can be made any more */
} RecJournalStats;

void rec_journal_get_stats(const RecJournal *self, RecJournalStats *ret_stats);

/* After media_source_remove_sink() has answered. Frees it once the writer is past it. */
void rec_track_close(RecTrack *self);

/* A session event, kept in order with the packets. type: a word; detail: JSON object text or NULL; at: CLOCK_REALTIME us.
 * The sealer explains gaps by "pause" to "resume", and by "leave" or "drop" to "return" (a detail with a "party": of that
 * party alone). After rec_journal_set_sealed() of the session an event is dropped. */
void rec_journal_add_event(RecJournal *self, const char *session, const char *type, const char *detail, int64_t at_us);

/* Nothing more will come of this session. done(session, data) (may be NULL) is called when all of it is on disk: not
 * while the disk fails, and not after rec_journal_free(). */
void rec_journal_close_session(RecJournal *self, const char *session, GFunc done, void *data);

/* Sessions that have records here and were not sealed: what to seal after a crash. Array of char *, owned. */
GPtrArray *rec_journal_list_unsealed(RecJournal *self);

/* It ran when the service was killed or the power went, once at least: its recording is marked as recovered. */
bool rec_journal_was_cut(const RecJournal *self, const char *session);

/* The session is sealed and read back: journal files that hold nothing else any more are removed. Survives restarts. */
void rec_journal_set_sealed(RecJournal *self, const char *session);

G_END_DECLS
