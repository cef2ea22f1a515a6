#include "media/srtp-out.h"

#include <string.h>

#include "media/srtp-streams.h"
#include "media/transport.h"

enum {
    RTCP_HEADER = 8, /* what stays in the clear */
    RTCP_MAX_INDEX = 0x7fffffff,
    RTCP_E_BIT = 0x80, /* encrypted */
};

struct MediaSrtpOut {
    srtp_t session;              /* owned; NULL for AEAD profiles, where a session of libsrtp's would be 18 kB */
    MediaSeal *seal, *rtcp_seal; /* owned; for those */
    uint32_t rtcp_index;         /* of the last SRTCP packet, of whatever SSRC */
    size_t overhead;
    MediaSrtpStreams streams;
};

MediaSrtpOut *
media_srtp_out_new(const MediaSrtpMaster *master, const MediaSealEngine *engine)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(master->profile);
    g_autoptr(MediaSrtpOut) self = g_new0(MediaSrtpOut, 1);

    self->overhead = info->tag_size;
    if (info->aead) {
        self->seal = media_seal_new(master, MEDIA_SEAL_RTP, engine);
        self->rtcp_seal = media_seal_new(master, MEDIA_SEAL_RTCP, engine);
    } else {
        self->session = media_srtp_master_create_session(master, ssrc_any_outbound);
    }
    if (self->session == NULL && (self->seal == NULL || self->rtcp_seal == NULL))
        return NULL;
    media_srtp_streams_init(&self->streams);
    return g_steal_pointer(&self);
}

void
media_srtp_out_free(MediaSrtpOut *self)
{
    if (self == NULL)
        return;
    if (self->session != NULL)
        srtp_dealloc(self->session);
    media_seal_free(self->seal);
    media_seal_free(self->rtcp_seal);
    media_srtp_streams_clear(&self->streams);
    g_free(self);
}

size_t
media_srtp_out_get_overhead(const MediaSrtpOut *self)
{
    return self->overhead;
}

static bool
protect_by_libsrtp(MediaSrtpOut *self, const MediaSealJob *job)
{
    uint8_t *out = job->packet + job->header_size;
    int size = (int)(job->header_size + job->payload_size + job->padding);

    memcpy(out, job->payload, job->payload_size);
    if (job->padding > 0) {
        memset(out + job->payload_size, 0, job->padding);
        out[job->payload_size + job->padding - 1] = job->padding;
    }
    return srtp_protect(self->session, job->packet, &size) == srtp_err_status_ok;
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
    return self->seal != NULL ? media_seal_packet(self->seal, job) : protect_by_libsrtp(self, job);
}

/* RFC 7714 section 9.2: the index with the E bit is authenticated behind the header, but stands behind the tag. */
static bool
seal_rtcp(MediaSrtpOut *self, uint8_t *packet, size_t *size)
{
    uint8_t sealed[RTCP_HEADER + MEDIA_SRTCP_INDEX_BYTES + MEDIA_MAX_PACKET + MEDIA_SEAL_TAG_BYTES];
    uint8_t *index = sealed + RTCP_HEADER;
    size_t body_size = *size - RTCP_HEADER;
    MediaSealJob job = {
        .packet = sealed,
        .header_size = RTCP_HEADER + MEDIA_SRTCP_INDEX_BYTES,
        .payload = packet + RTCP_HEADER,
        .payload_size = body_size,
    };

    if (*size < RTCP_HEADER || body_size > MEDIA_MAX_PACKET || self->rtcp_index == RTCP_MAX_INDEX)
        return false;
    job.index = ++self->rtcp_index;
    memcpy(sealed, packet, RTCP_HEADER);
    for (unsigned i = 0; i < MEDIA_SRTCP_INDEX_BYTES; i++)
        index[i] = (uint8_t)(job.index >> (24 - 8 * i));
    index[0] |= RTCP_E_BIT;
    if (!media_seal_packet(self->rtcp_seal, &job))
        return false;
    memcpy(packet + RTCP_HEADER, sealed + job.header_size, body_size + MEDIA_SEAL_TAG_BYTES);
    memcpy(packet + *size + MEDIA_SEAL_TAG_BYTES, index, MEDIA_SRTCP_INDEX_BYTES);
    *size += MEDIA_SEAL_TAG_BYTES + MEDIA_SRTCP_INDEX_BYTES;
    return true;
}

bool
media_srtp_out_protect_rtcp(MediaSrtpOut *self, uint8_t *packet, size_t *size)
{
    int n = (int)*size;

    if (self->session == NULL)
        return seal_rtcp(self, packet, size);
    if (srtp_protect_rtcp(self->session, packet, &n) != srtp_err_status_ok)
        return false;
    *size = (size_t)n;
    return true;
}
