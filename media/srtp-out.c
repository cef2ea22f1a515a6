#include "media/srtp-out.h"

#include <string.h>

#include "media/prefetch.h"
#include "media/srtp-streams.h"
#include "media/transport.h"

enum {
    RTCP_HEADER = 8, /* what stays in the clear */
    RTCP_MAX_INDEX = 0x7fffffff,
    RTCP_E_BIT = 0x80, /* encrypted */
};

struct MediaSrtpOut {
    MediaSeal *seal, *rtcp_seal; /* owned */
    uint32_t rtcp_index;         /* of the last SRTCP packet, of whatever SSRC */
    const MediaSrtpProfileInfo *info;
    MediaSrtpStreams streams;
};

MediaSrtpOut *
media_srtp_out_new(const MediaSrtpMaster *master, const MediaSealEngine *engine)
{
    g_autoptr(MediaSrtpOut) self = g_new0(MediaSrtpOut, 1);

    self->info = media_srtp_profile_get_info(master->profile);
    self->seal = media_seal_new(master, MEDIA_SEAL_RTP, engine);
    self->rtcp_seal = media_seal_new(master, MEDIA_SEAL_RTCP, engine);
    if (self->seal == NULL || self->rtcp_seal == NULL)
        return NULL;
    media_srtp_streams_init(&self->streams);
    return g_steal_pointer(&self);
}

void
media_srtp_out_free(MediaSrtpOut *self)
{
    if (self == NULL)
        return;
    media_seal_free(self->seal);
    media_seal_free(self->rtcp_seal);
    media_srtp_streams_clear(&self->streams);
    g_free(self);
}

size_t
media_srtp_out_get_overhead(const MediaSrtpOut *self)
{
    return self->info->tag_size;
}

bool
media_srtp_out_protect_rtp(MediaSrtpOut *self, MediaSealJob *job)
{
    const uint8_t *header = job->packet;
    uint32_t ssrc = (uint32_t)header[8] << 24 | (uint32_t)header[9] << 16 | (uint32_t)header[10] << 8 | header[11];
    uint16_t sequence = (uint16_t)(header[2] << 8 | header[3]);
    MediaSrtpStream *stream = media_srtp_streams_find(&self->streams, ssrc, MEDIA_SRTP_OUT_MAX_SSRCS);

    if (stream == NULL || !media_replay_extend(&stream->rtp, sequence, &job->index) ||
        !media_replay_may_be_new(&stream->rtp, job->index))
        return false;
    media_replay_add(&media_srtp_streams_keep(&self->streams, stream, ssrc)->rtp, job->index);
    return media_seal_packet(self->seal, job);
}

void
media_srtp_out_prefetch(const MediaSrtpOut *self, uint32_t ssrc, unsigned ahead)
{
    if (ahead == 3)
        media_prefetch(self, sizeof *self);
    else
        media_seal_prefetch(self->seal, ahead);
    if (ahead == 2)
        media_srtp_streams_prefetch(&self->streams, ssrc);
}

/* The index with the E bit is authenticated, whatever the profile. RFC 7714 section 9.2: behind the header, but it stands
 * behind the tag; RFC 3711 section 3.4: behind the rest, before the tag. */
bool
media_srtp_out_protect_rtcp(MediaSrtpOut *self, uint8_t *packet, size_t *size)
{
    uint8_t sealed[RTCP_HEADER + MEDIA_SRTCP_INDEX_BYTES + MEDIA_MAX_PACKET + MEDIA_SEAL_MAX_TAG];
    size_t tag_size = self->info->tag_size, body_size = *size - RTCP_HEADER;
    uint8_t index[MEDIA_SRTCP_INDEX_BYTES];
    MediaSealJob job = {
        .packet = sealed,
        .header_size = RTCP_HEADER + (self->info->aead ? sizeof(index) : 0),
        .payload = packet + RTCP_HEADER,
        .payload_size = body_size,
    };

    if (*size < RTCP_HEADER || body_size > MEDIA_MAX_PACKET || self->rtcp_index == RTCP_MAX_INDEX)
        return false;
    job.index = ++self->rtcp_index;
    for (unsigned i = 0; i < sizeof(index); i++)
        index[i] = (uint8_t)(job.index >> (24 - 8 * i));
    index[0] |= RTCP_E_BIT;
    memcpy(sealed, packet, RTCP_HEADER);
    memcpy(sealed + RTCP_HEADER, index, job.header_size - RTCP_HEADER);
    if (!media_seal_packet(self->rtcp_seal, &job))
        return false;
    const uint8_t *tag = sealed + job.header_size + body_size;
    memcpy(packet + RTCP_HEADER, sealed + job.header_size, body_size);
    memcpy(packet + *size + (self->info->aead ? tag_size : 0), index, sizeof(index));
    memcpy(packet + *size + (self->info->aead ? 0 : sizeof(index)), tag, tag_size);
    *size += tag_size + sizeof(index);
    return true;
}
