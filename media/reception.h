/* media/reception.h - what a receiver report says of one stream (RFC 3550 section 6.4.1, appendix A.3 and A.8)
 *
 * Pure. A zeroed MediaReception is ready to use. Retransmissions that filled a hole are told apart from first arrivals,
 * so that the fraction lost is that of the line. */
#pragma once

#include "media/rtcp.h"

G_BEGIN_DECLS

typedef struct {
    bool started;
    uint64_t first, highest; /* extended sequence numbers */
    uint64_t received;       /* first arrivals */
    uint64_t recovered;
    uint64_t expected_prior, received_prior;
    uint32_t jitter_16; /* 16 times the jitter, in clock units */
    uint32_t last_transit;
} MediaReception;

/* A packet that arrived by itself. */
void media_reception_received(MediaReception *self, uint64_t sequence, uint32_t timestamp, int64_t arrival_us,
                              uint32_t clock_rate);
void media_reception_recovered(MediaReception *self);

/* The block since the last call; ssrc, last_sr and since_last_sr are the caller's to fill. */
void media_reception_report(MediaReception *self, MediaRtcpReportBlock *ret_block);

uint64_t media_reception_get_missing(const MediaReception *self); /* neither arrived nor recovered */
uint32_t media_reception_get_jitter(const MediaReception *self);

G_END_DECLS
