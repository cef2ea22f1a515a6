/* tests/media/datagram-fixture.h - three parties whose datagrams go all the way: net, ICE, SRTP, receiver, sender
 *
 * Everything of media/ from the demultiplexer on is real; sockets, threads and handshakes are not, time is virtual. One
 * party is hostile: it has a call that is up, with keys, and watches the speaker. */
#pragma once

#include "fake-net.h"
#include "media/receiver.h"
#include "media/sender.h"
#include "reference-srtp.h"

enum {
    HOSTILE,
    SPEAKER,
    WATCHER, /* of all that the other two publish */
    N_PARTIES,
};

enum {
    DATAGRAM_START_US = 1000 * 1000 * 1000,
    SOUND_SSRC = 0x1110, /* what parties publish: plus one per party */
    PICTURE_SSRC = 0x2220,
    VIEW_SSRC = 0x9000, /* of a party's first viewer; RTX is one more, the next viewer ten more */
    OPUS_TYPE = 111,
    RED_TYPE = 63,
    VP8_TYPE = 96, /* RTX is one more, likewise below */
    VP9_TYPE = 98,
    AV1_TYPE = 45,
    H264_TYPE = 102,
    EXT_LEVEL = 1,
    EXT_TWCC = 3,
    EXT_MID = 4,
    EXT_RID = 10,
    EXT_REPAIRED_RID = 11,
    EXT_DEPENDENCY = 12,
    DATAGRAM_BYTES = 2048,
};

typedef struct {
    MediaTransport *transport;
    MediaReceiver *receiver;
    MediaSender *sender;
    MediaTrack *tracks[3]; /* "a", "v", and "s" in two encodings */
    MediaIceCredentials local;
    MediaAddress address;
    srtp_t seal, open;      /* of the far end */
    unsigned n_viewers;     /* of it */
    uint16_t next_sequence; /* for what is renumbered */
    uint16_t next_picture;
    GPtrArray *got; /* GBytes: what came to its address, as it left us */
} DatagramParty;

typedef struct {
    DatagramParty parties[N_PARTIES];
    uint64_t n_sent, n_strange; /* datagrams: all; those to other addresses */
    bool keep;                  /* in got */
} Datagrams;

void datagrams_set_up(Datagrams *self);
void datagrams_tear_down(Datagrams *self);

/* From the far end of a party, sealed. false: SRTP itself does not take it (no header, a number used twice). */
bool datagrams_send_rtp(Datagrams *self, unsigned party, const uint8_t *bytes, size_t size);
bool datagrams_send_rtcp(Datagrams *self, unsigned party, const uint8_t *bytes, size_t size);
/* As it is; from any address. */
void datagrams_send_raw(const MediaAddress *from, const uint8_t *bytes, size_t size);
MediaAddress datagrams_make_address(unsigned i);

/* A whole connectivity check of the party's with these attributes (whole words) before integrity. Its size. */
size_t datagrams_build_check(const DatagramParty *party, const uint8_t *more, size_t more_size,
                             uint8_t bytes[DATAGRAM_BYTES]);

/* A packet of the speaker's sound, numbered on; whether it came to the watcher, whole and authentic. */
bool datagrams_speak(Datagrams *self);

/* A packet of the speaker's picture; every eighth is a key frame, the first one too. */
void datagrams_show(Datagrams *self);

/* Opens what a party got and forgets it; counts RTP with this SSRC, or RTCP of this type and count (FMT). */
unsigned datagrams_take_rtp(Datagrams *self, unsigned party, uint32_t ssrc, const char *payload);
unsigned datagrams_take_rtcp(Datagrams *self, unsigned party, uint8_t type, uint8_t count);
