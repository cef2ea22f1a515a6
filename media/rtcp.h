/* media/rtcp.h - RTCP compounds, read
 *
 * RFC 3550 section 6 (SR, RR, SDES, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR), RFC 5506 (reduced size), REMB
 * (draft-alvestrand-rmcat-remb). Transport-wide feedback is in twcc.h; writing is in rtcp-writer.h.
 * Pure: any bytes are safe, any thread. What is read points into the compound. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    MEDIA_RTCP_SR = 200,
    MEDIA_RTCP_RR = 201,
    MEDIA_RTCP_SDES = 202,
    MEDIA_RTCP_BYE = 203,
    MEDIA_RTCP_APP = 204,
    MEDIA_RTCP_RTPFB = 205,
    MEDIA_RTCP_PSFB = 206,
    MEDIA_RTCP_XR = 207,
} MediaRtcpType;

enum {
    MEDIA_RTCP_FMT_NACK = 1,
    MEDIA_RTCP_FMT_TWCC = 15,
    MEDIA_RTCP_FMT_PLI = 1,
    MEDIA_RTCP_FMT_FIR = 4,
    MEDIA_RTCP_FMT_REMB = 15,
    MEDIA_RTCP_NACK_SEQUENCES = 17, /* one PID and sixteen bits */
};

/* One packet of a compound, checked: what its counts promise is there. */
typedef struct {
    MediaRtcpType type; /* unknown ones are handed out too */
    uint8_t count;      /* RC, SC or FMT */
    const uint8_t *body;
    size_t size; /* of body, without padding */
} MediaRtcpPacket;

typedef struct {
    const uint8_t *at;
    size_t left;
} MediaRtcpReader;

/* False when anything in the compound is malformed: then nothing of it counts. */
bool media_rtcp_reader_init(MediaRtcpReader *self, const uint8_t *compound, size_t size);
bool media_rtcp_reader_next(MediaRtcpReader *self, MediaRtcpPacket *ret_packet);

/* The first word of the body: who sent it (SR, RR, feedback). */
uint32_t media_rtcp_get_sender_ssrc(const MediaRtcpPacket *self);

typedef struct {
    uint64_t ntp; /* 32.32 */
    uint32_t timestamp, packets, bytes;
} MediaRtcpSenderInfo;

/* SR only. */
void media_rtcp_get_sender_info(const MediaRtcpPacket *self, MediaRtcpSenderInfo *ret_info);

typedef struct {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* 24 bits, signed */
    uint32_t highest;      /* extended sequence number */
    uint32_t jitter;
    uint32_t last_sr;       /* the middle 32 bits of the SR's NTP time; 0: none yet */
    uint32_t since_last_sr; /* 1/65536 s */
} MediaRtcpReportBlock;

/* SR and RR have count blocks. */
void media_rtcp_get_report_block(const MediaRtcpPacket *self, unsigned i, MediaRtcpReportBlock *ret_block);

/* BYE has count SSRCs. */
uint32_t media_rtcp_get_bye_ssrc(const MediaRtcpPacket *self, unsigned i);

/* Feedback (RTPFB, PSFB): the stream it is about. */
uint32_t media_rtcp_get_media_ssrc(const MediaRtcpPacket *self);

/* NACK: up to 17 sequence numbers per entry; returns how many. */
unsigned media_rtcp_get_n_nacks(const MediaRtcpPacket *self);
unsigned media_rtcp_get_nack(const MediaRtcpPacket *self, unsigned i, uint16_t sequences[MEDIA_RTCP_NACK_SEQUENCES]);

/* FIR: whether this stream is among those asked for. */
bool media_rtcp_fir_names(const MediaRtcpPacket *self, uint32_t ssrc);

/* REMB, clamped to 32 bits. False when it is some other application-layer feedback. */
bool media_rtcp_get_remb(const MediaRtcpPacket *self, uint32_t *ret_bitrate);

G_END_DECLS
