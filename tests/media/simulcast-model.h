/* tests/media/simulcast-model.h - a camera that sends one picture three times, each in three temporal layers of VP8, and
 * a spectator that knows of every frame what it needs to be decoded */
#pragma once

#include "forwarding-fixture.h"
#include "media/encodings.h"
#include "media/viewer.h"

enum {
    MODEL_ENCODINGS = 3, /* 0 the largest, as browsers name them */
    MODEL_FRAME_US = 1000 * 1000 / 30,
};

typedef struct {
    uint32_t ssrc;
    uint16_t sequence, picture;
    uint8_t base;
    uint32_t timestamp_base;
    unsigned phase;
    bool key_wanted, stopped;
    unsigned n_keys_asked;
    unsigned newest[3]; /* frame of each temporal layer */
} ModelEncoding;

typedef struct {
    Fixture fixture;
    MediaSenderLine line;
    MediaDownlink *downlink;
    MediaTrack *track; /* the first */
    MediaViewer *viewer;
    ModelEncoding encodings[MODEL_ENCODINGS];
    GArray *frames;  /* what was made; ModelFrame */
    GArray *late;    /* ModelPacket, on their way */
    GHashTable *got; /* what the spectator has, by its number; ModelGot */
    uint32_t lowest, highest;
    unsigned loss_percent; /* of packets, which come 40 ms later */
    unsigned n_late;       /* at once, at most */
    GRand *rand;
} Model;

void model_set_up(Model *self, guint32 seed);
void model_tear_down(Model *self);

/* One frame of each encoding that has not stopped, and its time. */
void model_step(Model *self);
void model_run(Model *self, int64_t us);

/* Of what was sent since the last call: the encoding and highest temporal layer; -1: nothing. */
typedef struct {
    int encoding, temporal;
    unsigned n_frames, n_keys;
    int64_t longest_us; /* between two frames */
} ModelView;
ModelView model_watch(Model *self);

/* Nothing is missing, every frame can be decoded, numbers and times go on. */
void model_assert_whole(Model *self);
