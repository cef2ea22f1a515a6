#include "media/rtcp-writer.h"

#include <string.h>

#include "media/wire.h"

enum { SDES_CNAME = 1 };

uint8_t *
media_rtcp_write_header(MediaRtcpWriter *self, MediaRtcpType type, uint8_t count, size_t size)
{
    g_assert(size >= 4 && size % 4 == 0);
    if (size > sizeof self->bytes - self->size)
        return NULL;

    uint8_t *at = self->bytes + self->size;
    at[0] = (uint8_t)(0x80 | count);
    at[1] = (uint8_t)type;
    media_wire_put_16(at + 2, (uint16_t)(size / 4 - 1));
    self->size += size;
    return at;
}

bool
media_rtcp_write_sender_report(MediaRtcpWriter *self, uint32_t ssrc, const MediaRtcpSenderInfo *info)
{
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_SR, 0, 28);

    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, ssrc);
    media_wire_put_64(at + 8, info->ntp);
    media_wire_put_32(at + 16, info->timestamp);
    media_wire_put_32(at + 20, info->packets);
    media_wire_put_32(at + 24, info->bytes);
    return true;
}

static void
put_report_block(uint8_t *at, const MediaRtcpReportBlock *block)
{
    int32_t lost = CLAMP(block->lost, -0x800000, 0x7fffff);

    media_wire_put_32(at, block->ssrc);
    at[4] = block->fraction_lost;
    media_wire_put_24(at + 5, (uint32_t)lost & 0xffffff);
    media_wire_put_32(at + 8, block->highest);
    media_wire_put_32(at + 12, block->jitter);
    media_wire_put_32(at + 16, block->last_sr);
    media_wire_put_32(at + 20, block->since_last_sr);
}

bool
media_rtcp_write_receiver_report(MediaRtcpWriter *self, uint32_t ssrc, const MediaRtcpReportBlock *blocks,
                                 unsigned n_blocks)
{
    g_assert(n_blocks <= MEDIA_RTCP_MAX_BLOCKS);
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_RR, (uint8_t)n_blocks, 8 + 24 * (size_t)n_blocks);

    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, ssrc);
    for (unsigned i = 0; i < n_blocks; i++)
        put_report_block(at + 8 + 24 * i, &blocks[i]);
    return true;
}

bool
media_rtcp_write_cname(MediaRtcpWriter *self, const uint32_t *ssrcs, unsigned n_ssrcs, const char *cname)
{
    g_assert(n_ssrcs <= MEDIA_RTCP_MAX_BLOCKS);
    size_t length = strnlen(cname, MEDIA_RTCP_MAX_CNAME);
    size_t chunk_size = (4 + 2 + length) / 4 * 4 + 4; /* at least one null ends the items */
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_SDES, (uint8_t)n_ssrcs, 4 + chunk_size * n_ssrcs);

    if (at == NULL)
        return false;
    at += 4;
    memset(at, 0, chunk_size * n_ssrcs);
    for (unsigned i = 0; i < n_ssrcs; i++, at += chunk_size) {
        media_wire_put_32(at, ssrcs[i]);
        at[4] = SDES_CNAME;
        at[5] = (uint8_t)length;
        memcpy(at + 6, cname, length);
    }
    return true;
}

/* Packs sequence numbers into pairs of PID and bit mask; at NULL only counts them. */
static size_t
pack_nacks(const uint16_t *sequences, size_t n_sequences, uint8_t *at)
{
    size_t n_pairs = 0;

    for (size_t i = 0; i < n_sequences; n_pairs++) {
        uint16_t first = sequences[i++];
        uint16_t mask = 0;

        for (; i < n_sequences; i++) {
            uint16_t distance = (uint16_t)(sequences[i] - first);
            if (distance == 0 || distance > 16)
                break;
            mask |= (uint16_t)(1u << (distance - 1));
        }
        if (at != NULL) {
            media_wire_put_16(at + 4 * n_pairs, first);
            media_wire_put_16(at + 4 * n_pairs + 2, mask);
        }
    }
    return n_pairs;
}

bool
media_rtcp_write_nack(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *sequences,
                      size_t n_sequences)
{
    size_t n_pairs = pack_nacks(sequences, n_sequences, NULL);
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK, 12 + 4 * n_pairs);

    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, sender_ssrc);
    media_wire_put_32(at + 8, media_ssrc);
    pack_nacks(sequences, n_sequences, at + 12);
    return true;
}

bool
media_rtcp_write_pli(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI, 12);

    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, sender_ssrc);
    media_wire_put_32(at + 8, media_ssrc);
    return true;
}

bool
media_rtcp_write_fir(MediaRtcpWriter *self, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t number)
{
    uint8_t *at = media_rtcp_write_header(self, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_FIR, 20);

    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, sender_ssrc);
    media_wire_put_32(at + 8, 0); /* RFC 5104 section 4.3.1.2: not used */
    media_wire_put_32(at + 12, media_ssrc);
    media_wire_put_32(at + 16, (uint32_t)number << 24);
    return true;
}
