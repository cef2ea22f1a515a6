/* media/speakers.h - who speaks, and whose sound is worth forwarding: one decision over everybody in a room
 *
 * By the level that senders write into their packets (RFC 6464), so nothing is decoded. Somebody speaks when they are
 * clearly louder than what their own microphone hears anyway, for longer than a click; and until they have been quiet for
 * longer than a breath. In a room of more than MEDIA_SPEAKERS_ALL microphones only the loudest are forwarded, and who
 * has the floor; who is chosen stays until somebody else speaks, so that silence changes nothing.
 * Pure: no clock, no I/O. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    MEDIA_SPEAKERS_ALL = 6,                   /* as many microphones that send are all forwarded */
    MEDIA_SPEAKERS_LOUDEST = 3,               /* of more, these */
    MEDIA_SPEAKERS_INTERVAL_US = 40 * 1000,   /* between two decisions */
    MEDIA_SPEAKERS_HOLD_US = 600 * 1000,      /* quiet for this long: they have finished */
    MEDIA_SPEAKERS_FORGET_US = 500 * 1000,    /* no packet for this long: silence */
    MEDIA_SPEAKERS_IDLE_US = 5 * 1000 * 1000, /* for this long: it does not count */
};

typedef struct {
    /* read by others */
    bool speaking;
    bool forwarded;

    /* set by others */
    bool has_floor;

    /* decibels above the quietest level there is (-127 dBov) */
    uint8_t peak; /* since the last decision */
    float level;  /* smoothed */
    float noise;  /* what the microphone hears when nobody speaks */

    bool heard;      /* since the last decision */
    bool unknown;    /* its packets say no level */
    unsigned n_loud; /* decisions in a row that found it loud */
    int64_t heard_us, spoke_us;
} MediaSpeaker;

/* A microphone that has said nothing yet. */
void media_speaker_init(MediaSpeaker *self);

/* One packet. level: 0 (loudest) ... 127, -1 unknown. */
void media_speaker_hear(MediaSpeaker *self, int8_t level, int64_t now_us);

typedef enum {
    MEDIA_SPEAKERS_SPEAKING = 1, /* of somebody has changed */
    MEDIA_SPEAKERS_FORWARDED = 2,
} MediaSpeakersChange;

/* Everybody in the room; about every MEDIA_SPEAKERS_INTERVAL_US. Returns what has changed, a set. */
unsigned media_speakers_decide(MediaSpeaker *const *speakers, size_t n_speakers, int64_t now_us);

G_END_DECLS
