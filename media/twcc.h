/* media/twcc.h - transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), written and read
 *
 * Pure: no clock, no allocation. */
#pragma once

#include "media/rtcp-writer.h"

G_BEGIN_DECLS

enum {
    MEDIA_TWCC_WINDOW = 512,     /* arrivals remembered, a power of two */
    MEDIA_TWCC_MAX_REPORT = 300, /* packets in one feedback: fits MEDIA_RTCP_MAX_COMPOUND */
    MEDIA_TWCC_MAX_READ = 1024,  /* packets in one that we read */
};

/* What arrived on one transport. A zeroed one is ready to use. */
typedef struct {
    bool started;
    uint64_t next;    /* first not reported yet; extended as in sequence.h */
    uint64_t highest; /* that arrived */
    uint8_t n_feedbacks;
    struct {
        uint64_t sequence;
        int64_t arrival_us;
    } arrivals[MEDIA_TWCC_WINDOW];
} MediaTwcc;

void media_twcc_received(MediaTwcc *self, uint16_t sequence, int64_t arrival_us);

/* Packets that wait to be reported, lost ones included. */
size_t media_twcc_get_n_pending(const MediaTwcc *self);

/* Adds one feedback packet for up to MEDIA_TWCC_MAX_REPORT of them; false when there is nothing to say. */
bool media_twcc_write(MediaTwcc *self, MediaRtcpWriter *writer, uint32_t sender_ssrc, uint32_t media_ssrc);

/* One packet's fate as the other side tells it. */
typedef struct {
    uint16_t sequence;
    bool arrived;
    int64_t arrival_us; /* on the other side's clock, modulo 2^24 * 64 ms; only when arrived */
} MediaTwccStatus;

/* Reads at most max statuses out of a feedback packet (RTPFB, FMT 15). Returns how many; 0 when it is malformed. */
size_t media_twcc_read(const MediaRtcpPacket *packet, MediaTwccStatus *statuses, size_t max);

G_END_DECLS
