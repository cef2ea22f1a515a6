#include "media/srtp-out.h"

#include <string.h>

#include "media/transport.h"

enum {
    RTCP_HEADER = 8, /* what stays in the clear */
    RTCP_MAX_INDEX = 0x7fffffff,
    RTCP_E_BIT = 0x80, /* encrypted */
    TABLE_START = 4,   /* slots; a power of two, doubled when it is three quarters full */
    WINDOW_WORDS = MEDIA_SRTP_WINDOW / 64,
};

/* One outgoing SSRC: the highest index that was used, and which of those below it. */
typedef struct {
    uint32_t ssrc;
    bool used;
    uint64_t highest;
    uint64_t window[WINDOW_WORDS]; /* a ring by index modulo its size */
} Stream;

struct MediaSrtpOut {
    srtp_t session;              /* owned; NULL for AEAD profiles, where a session of libsrtp's would be 18 kB */
    MediaSeal *seal, *rtcp_seal; /* owned; for those */
    uint32_t rtcp_index;         /* of the last SRTCP packet, of whatever SSRC */
    size_t overhead;
    Stream *streams; /* owned: open addressing */
    unsigned n_slots, n_streams;
    Stream *last; /* of the packet before: most come in bursts */
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
    self->n_slots = TABLE_START;
    self->streams = g_new0(Stream, self->n_slots);
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
    g_free(self->streams);
    g_free(self);
}

size_t
media_srtp_out_get_overhead(const MediaSrtpOut *self)
{
    return self->overhead;
}

/* The stream's slot, or the free one where it belongs. SSRCs are our own and random: no seed needed. */
static Stream *
find_slot(Stream *streams, unsigned n_slots, uint32_t ssrc)
{
    unsigned i = (ssrc * UINT32_C(2654435761)) >> 16;

    while (streams[i % n_slots].used && streams[i % n_slots].ssrc != ssrc)
        i++;
    return &streams[i % n_slots];
}

static void
grow(MediaSrtpOut *self)
{
    unsigned n_slots = self->n_slots * 2;
    Stream *streams = g_new0(Stream, n_slots);

    for (unsigned i = 0; i < self->n_slots; i++)
        if (self->streams[i].used)
            *find_slot(streams, n_slots, self->streams[i].ssrc) = self->streams[i];
    g_free(self->streams);
    self->streams = streams;
    self->n_slots = n_slots;
}

/* NULL: there are too many already. */
static Stream *
get_stream(MediaSrtpOut *self, uint32_t ssrc)
{
    Stream *stream = self->last;

    if (stream != NULL && stream->ssrc == ssrc)
        return stream;
    stream = find_slot(self->streams, self->n_slots, ssrc);
    if (!stream->used) {
        if (self->n_streams >= MEDIA_SRTP_OUT_MAX_SSRCS)
            return NULL;
        if ((self->n_streams + 1) * 4 > self->n_slots * 3) {
            grow(self);
            stream = find_slot(self->streams, self->n_slots, ssrc);
        }
        stream->ssrc = ssrc;
        stream->used = true;
        stream->highest = UINT64_MAX; /* nothing yet */
        self->n_streams++;
    }
    self->last = stream;
    return stream;
}

static bool
window_take(Stream *stream, uint64_t index)
{
    uint64_t *word = &stream->window[index / 64 % WINDOW_WORDS];
    uint64_t bit = UINT64_C(1) << (index % 64);

    if (*word & bit)
        return false;
    *word |= bit;
    return true;
}

/* The index (RFC 3711 section 3.3.1) of a sequence number that has not been used; false: it has, or may have been. */
static bool
stream_take(Stream *stream, uint16_t sequence, uint64_t *ret_index)
{
    int64_t delta;
    uint64_t index;

    if (stream->highest == UINT64_MAX) {
        stream->highest = sequence;
        *ret_index = sequence;
        return window_take(stream, sequence);
    }
    delta = (int16_t)(uint16_t)(sequence - (uint16_t)stream->highest);
    if (delta <= -MEDIA_SRTP_WINDOW || (delta < 0 && stream->highest < (uint64_t)-delta))
        return false;
    index = stream->highest + (uint64_t)delta;
    if (delta >= MEDIA_SRTP_WINDOW)
        memset(stream->window, 0, sizeof(stream->window));
    for (uint64_t i = stream->highest + 1; delta < MEDIA_SRTP_WINDOW && i <= index && delta > 0; i++)
        stream->window[i / 64 % WINDOW_WORDS] &= ~(UINT64_C(1) << (i % 64));
    if (!window_take(stream, index))
        return false;
    stream->highest = MAX(stream->highest, index);
    *ret_index = index;
    return true;
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
    Stream *stream = get_stream(self, ssrc);

    if (stream == NULL || !stream_take(stream, sequence, &job->index))
        return false;
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
