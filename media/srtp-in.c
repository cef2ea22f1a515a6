#include "media/srtp-in.h"

#include <string.h>

#include "media/srtp-streams.h"

enum {
    RTP_HEADER = 12,
    RTCP_HEADER = 8, /* with the sender's SSRC: what stays in the clear */
    E_BIT = 0x80,
    INDEX_MASK = 0x7fffffff,
};

struct MediaSrtpIn {
    MediaSeal *rtp, *rtcp; /* owned */
    const MediaSrtpProfileInfo *info;
    MediaSrtpStreams streams; /* that have sent something authentic */
};

MediaSrtpIn *
media_srtp_in_new(const MediaSrtpMaster *master, const MediaSealEngine *engine)
{
    g_autoptr(MediaSrtpIn) self = g_new0(MediaSrtpIn, 1);

    self->info = media_srtp_profile_get_info(master->profile);
    self->rtp = media_seal_new_opening(master, MEDIA_SEAL_RTP, engine);
    self->rtcp = media_seal_new_opening(master, MEDIA_SEAL_RTCP, engine);
    if (self->rtp == NULL || self->rtcp == NULL)
        return NULL;
    media_srtp_streams_init(&self->streams);
    return g_steal_pointer(&self);
}

void
media_srtp_in_free(MediaSrtpIn *self)
{
    if (self == NULL)
        return;
    media_seal_free(self->rtp);
    media_seal_free(self->rtcp);
    media_srtp_streams_clear(&self->streams);
    g_free(self);
}

static uint32_t
read32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The bytes of the header with CSRCs and extension; 0: it does not fit. */
static size_t
get_header_size(const uint8_t *packet, size_t size)
{
    size_t header = RTP_HEADER + (size_t)4 * (packet[0] & 0x0f);

    if ((packet[0] & 0x10) == 0)
        return header <= size ? header : 0;
    if (header + 4 > size)
        return 0;
    header += 4 + (size_t)4 * (packet[header + 2] << 8 | packet[header + 3]);
    return header <= size ? header : 0;
}

static bool
open_rtp(MediaSrtpIn *self, MediaSrtpStream *stream, uint8_t *packet, size_t header_size, size_t size)
{
    const MediaOpenJob job = { packet, header_size, packet + header_size, size - header_size, packet + size };
    uint32_t ssrc = read32(packet + 8);
    uint64_t index;

    if (!media_replay_extend(&stream->rtp, (uint16_t)(packet[2] << 8 | packet[3]), &index) ||
        !media_replay_may_be_new(&stream->rtp, index) || !media_seal_open(self->rtp, ssrc, index, &job))
        return false;
    stream = media_srtp_streams_keep(&self->streams, stream, ssrc);
    media_replay_add(&stream->rtp, index);
    return true;
}

bool
media_srtp_in_unprotect_rtp(MediaSrtpIn *self, uint8_t *packet, size_t *size)
{
    size_t tag = self->info->tag_size;
    size_t header_size;

    if (*size < RTP_HEADER + tag || packet[0] >> 6 != 2 || (header_size = get_header_size(packet, *size - tag)) == 0)
        return false;
    uint32_t ssrc = read32(packet + 8);
    MediaSrtpStream *stream = media_srtp_streams_find(&self->streams, ssrc, MEDIA_SRTP_IN_MAX_SSRCS);

    if (stream == NULL)
        return false;
    *size -= tag;
    return open_rtp(self, stream, packet, header_size, *size);
}

/* What an SRTCP packet ends with: the tag before the index (RFC 7714 section 9.2) or after it (RFC 3711 section 3.4). */
static bool
open_rtcp(MediaSrtpIn *self, MediaSrtpStream *stream, uint8_t *packet, size_t size)
{
    bool aead = self->info->aead;
    const uint8_t *index_bytes = packet + size + (aead ? self->info->tag_size : 0);
    uint8_t aad[RTCP_HEADER + MEDIA_SRTCP_INDEX_BYTES];
    const MediaOpenJob job = {
        .aad = aad,
        .aad_size = aead ? sizeof(aad) : RTCP_HEADER,
        .text = packet + RTCP_HEADER,
        .text_size = size - RTCP_HEADER,
        .tag = packet + size + (aead ? 0 : MEDIA_SRTCP_INDEX_BYTES),
    };
    uint32_t ssrc = read32(packet + 4), index = read32(index_bytes) & INDEX_MASK;

    memcpy(aad, packet, RTCP_HEADER);
    memcpy(aad + RTCP_HEADER, index_bytes, MEDIA_SRTCP_INDEX_BYTES);
    if ((index_bytes[0] & E_BIT) == 0 || !media_replay_may_be_new(&stream->rtcp, index) ||
        !media_seal_open(self->rtcp, ssrc, index, &job))
        return false;
    media_replay_add(&media_srtp_streams_keep(&self->streams, stream, ssrc)->rtcp, index);
    return true;
}

bool
media_srtp_in_unprotect_rtcp(MediaSrtpIn *self, uint8_t *packet, size_t *size)
{
    size_t trailer = self->info->tag_size + MEDIA_SRTCP_INDEX_BYTES;

    if (*size < RTCP_HEADER + trailer || packet[0] >> 6 != 2)
        return false;
    MediaSrtpStream *stream = media_srtp_streams_find(&self->streams, read32(packet + 4), MEDIA_SRTP_IN_MAX_SSRCS);

    if (stream == NULL)
        return false;
    *size -= trailer;
    return open_rtcp(self, stream, packet, *size);
}
