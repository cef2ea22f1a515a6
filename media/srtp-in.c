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
    srtp_t session;        /* owned; NULL for AEAD profiles, where a session of libsrtp's would be 18 kB */
    MediaSeal *rtp, *rtcp; /* owned; for those */
    const MediaSrtpProfileInfo *info;
    MediaSrtpStreams streams; /* that have sent something authentic; libsrtp keeps its own replay windows */
};

MediaSrtpIn *
media_srtp_in_new(const MediaSrtpMaster *master, const MediaSealEngine *engine)
{
    g_autoptr(MediaSrtpIn) self = g_new0(MediaSrtpIn, 1);

    self->info = media_srtp_profile_get_info(master->profile);
    if (self->info->aead) {
        self->rtp = media_seal_new_opening(master, MEDIA_SEAL_RTP, engine);
        self->rtcp = media_seal_new_opening(master, MEDIA_SEAL_RTCP, engine);
    } else {
        self->session = media_srtp_master_create_session(master, ssrc_any_inbound);
    }
    if (self->session == NULL && (self->rtp == NULL || self->rtcp == NULL))
        return NULL;
    media_srtp_streams_init(&self->streams);
    return g_steal_pointer(&self);
}

void
media_srtp_in_free(MediaSrtpIn *self)
{
    if (self == NULL)
        return;
    if (self->session != NULL)
        srtp_dealloc(self->session);
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
    int n = (int)*size;

    if (*size < RTP_HEADER + tag || packet[0] >> 6 != 2 || (header_size = get_header_size(packet, *size - tag)) == 0)
        return false;
    uint32_t ssrc = read32(packet + 8);
    MediaSrtpStream *stream = media_srtp_streams_find(&self->streams, ssrc, MEDIA_SRTP_IN_MAX_SSRCS);

    if (stream == NULL)
        return false;
    if (self->session == NULL) {
        *size -= tag;
        return open_rtp(self, stream, packet, header_size, *size);
    }
    if (srtp_unprotect(self->session, packet, &n) != srtp_err_status_ok)
        return false;
    media_srtp_streams_keep(&self->streams, stream, ssrc);
    *size = (size_t)n;
    return true;
}

/* RFC 7714 section 9.2: what is authenticated is the header with the index behind it, which stands behind the tag. */
static bool
open_rtcp(MediaSrtpIn *self, MediaSrtpStream *stream, uint8_t *packet, size_t size)
{
    uint8_t aad[RTCP_HEADER + MEDIA_SRTCP_INDEX_BYTES];
    const uint8_t *tail = packet + size + MEDIA_SEAL_TAG_BYTES;
    const MediaOpenJob job = { aad, sizeof aad, packet + RTCP_HEADER, size - RTCP_HEADER, packet + size };
    uint32_t ssrc = read32(packet + 4);
    uint64_t index = read32(tail) & INDEX_MASK;

    memcpy(aad, packet, RTCP_HEADER);
    memcpy(aad + RTCP_HEADER, tail, MEDIA_SRTCP_INDEX_BYTES);
    if (!media_replay_may_be_new(&stream->rtcp, index) || !media_seal_open(self->rtcp, ssrc, index, &job))
        return false;
    stream = media_srtp_streams_keep(&self->streams, stream, ssrc);
    media_replay_add(&stream->rtcp, index);
    return true;
}

bool
media_srtp_in_unprotect_rtcp(MediaSrtpIn *self, uint8_t *packet, size_t *size)
{
    size_t tag = self->info->tag_size;
    size_t index_offset;
    int n = (int)*size;

    if (*size < RTCP_HEADER + tag + MEDIA_SRTCP_INDEX_BYTES || packet[0] >> 6 != 2)
        return false;
    /* RFC 7714 section 9.2 has the tag before the index, RFC 3711 section 3.4 after it */
    index_offset = *size - MEDIA_SRTCP_INDEX_BYTES - (self->info->aead ? 0 : tag);
    if ((packet[index_offset] & E_BIT) == 0)
        return false;
    uint32_t ssrc = read32(packet + 4);
    MediaSrtpStream *stream = media_srtp_streams_find(&self->streams, ssrc, MEDIA_SRTP_IN_MAX_SSRCS);

    if (stream == NULL)
        return false;
    if (self->session == NULL) {
        *size -= tag + MEDIA_SRTCP_INDEX_BYTES;
        return open_rtcp(self, stream, packet, *size);
    }
    if (srtp_unprotect_rtcp(self->session, packet, &n) != srtp_err_status_ok || n < RTCP_HEADER)
        return false;
    media_srtp_streams_keep(&self->streams, stream, ssrc);
    *size = (size_t)n;
    return true;
}
