/* media/sdp.h - reads and writes the part of SDP that WebRTC uses, as plain data
 *
 * RFC 8866 (SDP) by gstsdp; RFC 9429 (JSEP), 8843 (BUNDLE), 8839 (ICE), 8842 and 8122 (DTLS), 5576 (SSRC), 8285
 * (extmap). One transport: everything is bundled. Text from a peer is bounded before it is parsed and never trusted
 * after. Ownership: values; media_sdp_free(). Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/error.h"
#include "media/stream.h"
#include "media/transport.h"

G_BEGIN_DECLS

enum {
    MEDIA_SDP_MAX_BYTES = 256 * 1024,
    MEDIA_SDP_MAX_LINES = 5000,
    MEDIA_SDP_MAX_SECTIONS = 160,
    MEDIA_SDP_FMTP_MAX = 255,
    MEDIA_SDP_GROUP_MAX = 64,
};

typedef enum {
    MEDIA_DIRECTION_INACTIVE = 0,
    MEDIA_DIRECTION_SEND = 1, /* of whoever wrote the description */
    MEDIA_DIRECTION_RECV = 2,
    MEDIA_DIRECTION_BOTH = 3,
} MediaDirection;

typedef enum {
    MEDIA_SETUP_NONE,
    MEDIA_SETUP_ACTPASS,
    MEDIA_SETUP_ACTIVE,
    MEDIA_SETUP_PASSIVE,
} MediaSetup;

/* One m-section. */
typedef struct {
    char media[16];  /* "audio", "video", "application" ... */
    char proto[32];  /* as offered, echoed in the answer */
    char format[64]; /* the first format, echoed when the section is refused */
    bool accepted;   /* audio or video, not refused (port 0 without bundle-only) and with a codec that we know */
    MediaDirection direction;
    MediaStream
        stream; /* mid is set whatever the kind; codecs are those that we know, as the description orders them */
    char fmtp[MEDIA_MAX_STREAM_CODECS][MEDIA_SDP_FMTP_MAX + 1]; /* of stream.codecs */
    char group[MEDIA_SDP_GROUP_MAX + 1];                        /* writing: msid stream; "" none */
} MediaSdpSection;

typedef struct {
    unsigned n_sections;
    MediaSdpSection *sections; /* owned */
    MediaTransportRemote transport;
    MediaSetup setup;
} MediaSdp;

/* Fails with MEDIA_ERROR_INVALID, _UNSUPPORTED or _LIMIT and a message that quotes what is wrong. */
MediaSdp *media_sdp_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void media_sdp_free(MediaSdp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSdp, media_sdp_free)

/* What a description of ours says beside its sections. All borrowed. */
typedef struct {
    uint64_t session_id, version;
    const MediaIceCredentials *ice;
    const char *fingerprint; /* "sha-256 AB:..." */
    MediaSetup setup;
    const char *cname;
    const char *const *addresses; /* NULL-terminated, numeric; candidates on port, UDP and TCP */
    uint16_t port;
} MediaSdpLocal;

char *media_sdp_write(const MediaSdpLocal *local, const MediaSdpSection *sections, unsigned n_sections);

/* The trickle fragment (RFC 8840) that answers an ICE restart by PATCH. */
char *media_sdp_write_fragment(const MediaSdpLocal *local, const char *first_mid);

/* ufrag and pwd of a fragment; false when it holds none (only candidates: nothing to do for us). */
bool media_sdp_parse_fragment(const char *text, MediaIceCredentials *ret_ice, GError **error);

/* Fills codecs (ours: payload types, feedback, fmtp) and extensions of a section that we offer to send. */
void media_sdp_section_init_offer(MediaSdpSection *section, MediaKind kind, const char *mid);

/* Turns what the peer offered into what we answer: keeps the feedback and the extensions that we support. recv: we
 * receive (their NACK, transport-cc ... matter), else we send. */
void media_sdp_section_limit(MediaSdpSection *section, bool recv);

G_END_DECLS
