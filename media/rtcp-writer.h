/* media/rtcp-writer.h - RTCP compounds, written
 *
 * Pure: into a buffer of the caller. Each call adds one packet, or returns false and adds nothing when it does not fit.
 */
#pragma once

#include "media/rtcp.h"

G_BEGIN_DECLS

enum {
    MEDIA_RTCP_MAX_COMPOUND = 1200, /* what we send fits every path */
    MEDIA_RTCP_MAX_BLOCKS = 31,
    MEDIA_RTCP_MAX_CNAME = 255,
};

typedef struct {
    size_t size;
    uint8_t bytes[MEDIA_RTCP_MAX_COMPOUND];
} MediaRtcpWriter;

/* Zero size is an empty compound. */

bool media_rtcp_write_sender_report(MediaRtcpWriter *self, uint32_t ssrc, const MediaRtcpSenderInfo *info);
bool media_rtcp_write_receiver_report(MediaRtcpWriter *self, uint32_t ssrc, const MediaRtcpReportBlock *blocks,
                                      unsigned n_blocks);
/* One chunk per SSRC, all with the same CNAME; at most 31. */
bool media_rtcp_write_cname(MediaRtcpWriter *self, const uint32_t *ssrcs, unsigned n_ssrcs, const char *cname);

/* Sequence numbers in rising order pack best. */
bool media_rtcp_write_nack(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *sequences,
                           size_t n_sequences);
bool media_rtcp_write_pli(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc);
bool media_rtcp_write_fir(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t number);

/* The beginning of any packet of size bytes (a multiple of 4, header included); NULL when it does not fit. The caller
 * fills in what follows the header. */
uint8_t *media_rtcp_write_header(MediaRtcpWriter *self, MediaRtcpType type, uint8_t count, size_t size);

G_END_DECLS
