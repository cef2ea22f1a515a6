/* recorder/recording.h - one sealed recording: what its recording.json says
 *
 * A value read from disk; owned by the caller; any thread (it reads a file: not main for long lists). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/cipher.h"
#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct {
    int64_t from_us, to_us; /* since the recording's start */
    char *cause; /* "network" (their line), "node" (ours), "recorder", "muted", "paused", "left", "terminal" */
    char *track; /* of a party's gap; NULL in those of a file */
} RecGap;

typedef struct {
    char *track; /* id */
    char *party, *label;
    MediaKind kind;
    MediaCodec codec;
    char *file; /* name inside the folder: "family-1-video-1.webm" */
    char *
        content_type; /* "video/webm", "audio/webm", "video/mp4"; "application/x-pcapng": packets that no player takes */
    char *sha256, *sm3; /* hex; sm3 NULL in recordings of before */
    int64_t start_us;   /* since the recording's start: when the file's time 0 was */
    int64_t duration_us;
    uint64_t bytes, packets, lost;
    unsigned chunks; /* lines in leaves.jsonl; 0 in recordings of before */
    uint16_t width, height;
    GArray *gaps; /* RecGap */
} RecFile;

/* How long something should have come of a party, and how long something was missing. */
typedef struct {
    char *party;
    int64_t expected_us, missing_us;
    GArray *gaps; /* RecGap */
} RecParty;

typedef struct {
    char *type, *detail; /* detail: JSON object text or NULL */
    int64_t at_us;       /* since the recording's start */
} RecEvent;

typedef struct {
    char *session;
    int64_t began_us; /* CLOCK_REALTIME us: the recording's time 0 (the first packet or event) */
    int64_t duration_us;
    bool recovered;
    GPtrArray *files;   /* RecFile *, owned */
    GPtrArray *parties; /* RecParty *, owned; none in recordings of before */
    GPtrArray *events;  /* RecEvent *, owned */
} RecRecording;

#define REC_RECORDING_JSON "recording.json"
#define REC_LEAVES_JSONL   "leaves.jsonl"

RecRecording *rec_recording_load(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_recording_free(RecRecording *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecRecording, rec_recording_free)

/* Re-reads every file of the folder against size and sha256. key: of the session; NULL: its files are plain. */
bool rec_recording_verify(const RecRecording *self, const char *folder, const RecKey *key,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For who makes one. */
RecRecording *rec_recording_new(const char *session);
RecFile *rec_recording_add_file(RecRecording *self);   /* borrowed; its strings are owned by the recording */
RecParty *rec_recording_add_party(RecRecording *self); /* likewise */
RecEvent *rec_recording_add_event(RecRecording *self); /* likewise */
char *rec_recording_to_json(const RecRecording *self);
RecRecording *rec_recording_from_json(const char *text, size_t size); /* NULL: it is not one. Any bytes are safe. */

G_END_DECLS
