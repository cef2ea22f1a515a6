#include "media/rtcp.h"

#include <string.h>

#include "media/wire.h"

enum {
    HEADER_SIZE = 4,
    SENDER_INFO_SIZE = 20,
    REPORT_BLOCK_SIZE = 24,
    FEEDBACK_SIZE = 8, /* the two SSRCs */
    NACK_SIZE = 4,
    FIR_SIZE = 8,
    TWCC_MIN_SIZE = 8,
    REMB_MIN_SIZE = 8,
};

/* Chunks of an SSRC and items that end with a null and fill up to whole words (RFC 3550 section 6.5). */
static bool
check_sdes(const MediaRtcpPacket *packet)
{
    size_t at = 0;

    for (unsigned chunk = 0; chunk < packet->count; chunk++) {
        if (at + 8 > packet->size)
            return false;
        at += 4;
        while (at < packet->size && packet->body[at] != 0) {
            if (packet->size - at < 2 || (size_t)packet->body[at + 1] + 2 > packet->size - at)
                return false;
            at += 2 + (size_t)packet->body[at + 1];
        }
        if (at >= packet->size)
            return false;
        at = at / 4 * 4 + 4;
    }
    return true;
}

static bool
check_bye(const MediaRtcpPacket *packet)
{
    size_t reason = 4 * (size_t)packet->count;

    if (packet->size < reason)
        return false;
    return packet->size == reason || reason + 1 + packet->body[reason] <= packet->size;
}

static bool
check_rtpfb(const MediaRtcpPacket *packet)
{
    if (packet->size < FEEDBACK_SIZE)
        return false;
    size_t size = packet->size - FEEDBACK_SIZE;

    switch (packet->count) {
    case MEDIA_RTCP_FMT_NACK:
        return size >= NACK_SIZE && size % NACK_SIZE == 0;
    case MEDIA_RTCP_FMT_TWCC:
        return size >= TWCC_MIN_SIZE;
    default:
        return true;
    }
}

static bool
check_psfb(const MediaRtcpPacket *packet)
{
    if (packet->size < FEEDBACK_SIZE)
        return false;
    size_t size = packet->size - FEEDBACK_SIZE;

    return packet->count != MEDIA_RTCP_FMT_FIR || (size >= FIR_SIZE && size % FIR_SIZE == 0);
}

static bool
check_body(const MediaRtcpPacket *packet)
{
    switch (packet->type) {
    case MEDIA_RTCP_SR:
        return packet->size >= 4 + SENDER_INFO_SIZE + REPORT_BLOCK_SIZE * (size_t)packet->count;
    case MEDIA_RTCP_RR:
        return packet->size >= 4 + REPORT_BLOCK_SIZE * (size_t)packet->count;
    case MEDIA_RTCP_SDES:
        return check_sdes(packet);
    case MEDIA_RTCP_BYE:
        return check_bye(packet);
    case MEDIA_RTCP_APP:
        return packet->size >= 8;
    case MEDIA_RTCP_RTPFB:
        return check_rtpfb(packet);
    case MEDIA_RTCP_PSFB:
        return check_psfb(packet);
    case MEDIA_RTCP_XR:
        return packet->size >= 4;
    default: /* unknown types are skipped by their length (RFC 3550 section 6.1) */
        return true;
    }
}

/* Reads the packet at the reader; false at the end and when it is malformed. */
static bool
read_packet(const MediaRtcpReader *reader, MediaRtcpPacket *ret_packet, size_t *ret_total)
{
    const uint8_t *at = reader->at;
    size_t padding = 0;

    if (reader->left < HEADER_SIZE || at[0] >> 6 != 2 || at[1] < 192 || at[1] > 223)
        return false;
    size_t total = 4 * ((size_t)media_wire_get_16(at + 2) + 1);
    if (total > reader->left)
        return false;
    if ((at[0] & 0x20) != 0) {
        if (total != reader->left) /* only the last one may be padded */
            return false;
        padding = at[total - 1];
        if (padding == 0 || padding > total - HEADER_SIZE)
            return false;
    }

    *ret_packet = (MediaRtcpPacket){
        .type = at[1],
        .count = at[0] & 0x1f,
        .body = at + HEADER_SIZE,
        .size = total - HEADER_SIZE - padding,
    };
    *ret_total = total;
    return check_body(ret_packet);
}

bool
media_rtcp_reader_init(MediaRtcpReader *self, const uint8_t *compound, size_t size)
{
    MediaRtcpReader reader = { .at = compound, .left = size };
    MediaRtcpPacket packet;
    size_t total;

    if (size == 0)
        return false;
    while (reader.left > 0) {
        if (!read_packet(&reader, &packet, &total))
            return false;
        reader.at += total;
        reader.left -= total;
    }
    *self = (MediaRtcpReader){ .at = compound, .left = size };
    return true;
}

bool
media_rtcp_reader_next(MediaRtcpReader *self, MediaRtcpPacket *ret_packet)
{
    size_t total;

    if (!read_packet(self, ret_packet, &total))
        return false;
    self->at += total;
    self->left -= total;
    return true;
}

uint32_t
media_rtcp_get_sender_ssrc(const MediaRtcpPacket *self)
{
    return self->size >= 4 ? media_wire_get_32(self->body) : 0;
}

void
media_rtcp_get_sender_info(const MediaRtcpPacket *self, MediaRtcpSenderInfo *ret_info)
{
    g_assert(self->type == MEDIA_RTCP_SR);
    *ret_info = (MediaRtcpSenderInfo){
        .ntp = media_wire_get_64(self->body + 4),
        .timestamp = media_wire_get_32(self->body + 12),
        .packets = media_wire_get_32(self->body + 16),
        .bytes = media_wire_get_32(self->body + 20),
    };
}

void
media_rtcp_get_report_block(const MediaRtcpPacket *self, unsigned i, MediaRtcpReportBlock *ret_block)
{
    g_assert((self->type == MEDIA_RTCP_SR || self->type == MEDIA_RTCP_RR) && i < self->count);
    const uint8_t *at = self->body + 4 + (self->type == MEDIA_RTCP_SR ? SENDER_INFO_SIZE : 0) + REPORT_BLOCK_SIZE * i;
    uint32_t lost = media_wire_get_24(at + 5);

    *ret_block = (MediaRtcpReportBlock){
        .ssrc = media_wire_get_32(at),
        .fraction_lost = at[4],
        .lost = (int32_t)(lost ^ 0x800000) - 0x800000, /* sign of 24 bits */
        .highest = media_wire_get_32(at + 8),
        .jitter = media_wire_get_32(at + 12),
        .last_sr = media_wire_get_32(at + 16),
        .since_last_sr = media_wire_get_32(at + 20),
    };
}

uint32_t
media_rtcp_get_bye_ssrc(const MediaRtcpPacket *self, unsigned i)
{
    g_assert(self->type == MEDIA_RTCP_BYE && i < self->count);
    return media_wire_get_32(self->body + 4 * i);
}

uint32_t
media_rtcp_get_media_ssrc(const MediaRtcpPacket *self)
{
    g_assert(self->type == MEDIA_RTCP_RTPFB || self->type == MEDIA_RTCP_PSFB);
    return media_wire_get_32(self->body + 4);
}

unsigned
media_rtcp_get_n_nacks(const MediaRtcpPacket *self)
{
    if (self->type != MEDIA_RTCP_RTPFB || self->count != MEDIA_RTCP_FMT_NACK)
        return 0;
    return (unsigned)((self->size - FEEDBACK_SIZE) / NACK_SIZE);
}

unsigned
media_rtcp_get_nack(const MediaRtcpPacket *self, unsigned i, uint16_t sequences[MEDIA_RTCP_NACK_SEQUENCES])
{
    g_assert(i < media_rtcp_get_n_nacks(self));
    const uint8_t *at = self->body + FEEDBACK_SIZE + NACK_SIZE * i;
    uint16_t first = media_wire_get_16(at);
    uint16_t others = media_wire_get_16(at + 2);
    unsigned n = 0;

    sequences[n++] = first;
    for (unsigned bit = 0; bit < 16; bit++) {
        if ((others & 1u << bit) != 0)
            sequences[n++] = (uint16_t)(first + bit + 1);
    }
    return n;
}

bool
media_rtcp_fir_names(const MediaRtcpPacket *self, uint32_t ssrc)
{
    if (self->type != MEDIA_RTCP_PSFB || self->count != MEDIA_RTCP_FMT_FIR)
        return false;
    for (size_t at = FEEDBACK_SIZE; at + FIR_SIZE <= self->size; at += FIR_SIZE) {
        if (media_wire_get_32(self->body + at) == ssrc)
            return true;
    }
    return false;
}

bool
media_rtcp_get_remb(const MediaRtcpPacket *self, uint32_t *ret_bitrate)
{
    if (self->type != MEDIA_RTCP_PSFB || self->count != MEDIA_RTCP_FMT_REMB)
        return false;
    if (self->size < FEEDBACK_SIZE + REMB_MIN_SIZE || memcmp(self->body + FEEDBACK_SIZE, "REMB", 4) != 0)
        return false;

    uint32_t word = media_wire_get_24(self->body + FEEDBACK_SIZE + 5);
    unsigned exponent = word >> 18;
    uint64_t mantissa = word & 0x3ffff;
    if (exponent > 32)
        exponent = 32;
    *ret_bitrate = (uint32_t)MIN(mantissa << exponent, (uint64_t)UINT32_MAX);
    return true;
}
