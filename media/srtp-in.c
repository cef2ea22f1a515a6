#include "media/srtp-in.h"

enum {
    RTP_HEADER = 12,
    RTCP_HEADER = 8, /* with the sender's SSRC: what stays in the clear */
    E_BIT = 0x80,
};

struct MediaSrtpIn {
    srtp_t session; /* owned */
    const MediaSrtpProfileInfo *info;
    unsigned n_ssrcs, last;
    uint32_t ssrcs[MEDIA_SRTP_IN_MAX_SSRCS]; /* that have sent something authentic */
};

MediaSrtpIn *
media_srtp_in_new(const MediaSrtpMaster *master)
{
    g_autoptr(MediaSrtpIn) self = g_new0(MediaSrtpIn, 1);

    self->info = media_srtp_profile_get_info(master->profile);
    self->session = media_srtp_master_create_session(master, ssrc_any_inbound);
    return self->session != NULL ? g_steal_pointer(&self) : NULL;
}

void
media_srtp_in_free(MediaSrtpIn *self)
{
    if (self == NULL)
        return;
    if (self->session != NULL)
        srtp_dealloc(self->session);
    g_free(self);
}

static uint32_t
read32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool
is_known(MediaSrtpIn *self, uint32_t ssrc)
{
    if (self->n_ssrcs > 0 && self->ssrcs[self->last] == ssrc)
        return true;
    for (unsigned i = 0; i < self->n_ssrcs; i++) {
        if (self->ssrcs[i] == ssrc) {
            self->last = i;
            return true;
        }
    }
    return false;
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

bool
media_srtp_in_unprotect_rtp(MediaSrtpIn *self, uint8_t *packet, size_t *size)
{
    size_t tag = self->info->tag_size;
    int n = (int)*size;
    uint32_t ssrc;
    bool known;

    if (*size < RTP_HEADER + tag || packet[0] >> 6 != 2 || get_header_size(packet, *size - tag) == 0)
        return false;
    ssrc = read32(packet + 8);
    known = is_known(self, ssrc);
    if (!known && self->n_ssrcs == MEDIA_SRTP_IN_MAX_SSRCS)
        return false;
    if (srtp_unprotect(self->session, packet, &n) != srtp_err_status_ok)
        return false;
    if (!known)
        self->ssrcs[self->n_ssrcs++] = ssrc;
    *size = (size_t)n;
    return true;
}

bool
media_srtp_in_unprotect_rtcp(MediaSrtpIn *self, uint8_t *packet, size_t *size)
{
    size_t tag = self->info->tag_size;
    size_t index_offset;
    int n = (int)*size;
    uint32_t ssrc;
    bool known;

    if (*size < RTCP_HEADER + tag + MEDIA_SRTCP_INDEX_BYTES || packet[0] >> 6 != 2)
        return false;
    /* RFC 7714 section 9.2 has the tag before the index, RFC 3711 section 3.4 after it */
    index_offset = *size - MEDIA_SRTCP_INDEX_BYTES - (self->info->aead ? 0 : tag);
    if ((packet[index_offset] & E_BIT) == 0)
        return false;
    ssrc = read32(packet + 4);
    known = is_known(self, ssrc);
    if (!known && self->n_ssrcs == MEDIA_SRTP_IN_MAX_SSRCS)
        return false;
    if (srtp_unprotect_rtcp(self->session, packet, &n) != srtp_err_status_ok || n < RTCP_HEADER)
        return false;
    if (!known)
        self->ssrcs[self->n_ssrcs++] = ssrc;
    *size = (size_t)n;
    return true;
}
