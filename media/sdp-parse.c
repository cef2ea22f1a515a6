#define G_LOG_DOMAIN "media.sdp"

#include "media/sdp.h"

#include <gst/sdp/gstsdpmessage.h>
#include <stdlib.h>
#include <string.h>

#include "media/sdp-names.h"
#include "media/sdp-simulcast.h"

enum {
    PAYLOAD_TYPE_MAX = 127,
    EXTMAP_MAX = 255,
    EXTMAP_RESERVED = 15, /* RFC 8285 section 4.2 */
    RTP_PORT_REFUSED = 0,
};

/* Reads a whole decimal number, nothing else. */
static bool
read_number(const char *text, unsigned max, unsigned *ret_value, const char **ret_rest)
{
    char *end = NULL;

    if (!g_ascii_isdigit(text[0]))
        return false;
    guint64 value = g_ascii_strtoull(text, &end, 10);
    if (value > max)
        return false;
    *ret_value = (unsigned)value;
    if (ret_rest != NULL)
        *ret_rest = end;
    return ret_rest != NULL || *end == '\0';
}

static bool
check_size(const char *text, GError **error)
{
    size_t size = strnlen(text, MEDIA_SDP_MAX_BYTES + 1);
    size_t lines = 0;

    if (size > MEDIA_SDP_MAX_BYTES) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "the description is longer than %d bytes",
                    MEDIA_SDP_MAX_BYTES);
        return false;
    }
    for (const char *p = strchr(text, '\n'); p != NULL; p = strchr(p + 1, '\n'))
        lines++;
    if (lines > MEDIA_SDP_MAX_LINES) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "the description has more than %d lines",
                    MEDIA_SDP_MAX_LINES);
        return false;
    }
    if (!g_str_has_prefix(text, "v=0")) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "this is not SDP: it does not begin with v=0");
        return false;
    }
    return true;
}

static int
find_codec(const MediaStream *stream, unsigned payload_type)
{
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        if (stream->codecs[i].payload_type == payload_type)
            return (int)i;
    }
    return -1;
}

/* The value of "name=" in a fmtp line, or NULL. Owned. */
static char *
fmtp_get(const char *fmtp, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(fmtp, ";", 32);
    size_t length = strlen(name);

    for (unsigned i = 0; parts[i] != NULL; i++) {
        const char *part = g_strstrip(parts[i]);
        if (g_ascii_strncasecmp(part, name, length) == 0 && part[length] == '=')
            return g_strdup(part + length + 1);
    }
    return NULL;
}

/* What can be forwarded to everybody: H.264 in packetization-mode 1, profile 0 of VP9 and AV1. */
static bool
fmtp_fits(MediaCodec codec, const char *fmtp)
{
    if (codec == MEDIA_CODEC_H264) {
        g_autofree char *mode = fmtp_get(fmtp, "packetization-mode");
        return g_strcmp0(mode, "1") == 0;
    }
    if (codec == MEDIA_CODEC_VP9 || codec == MEDIA_CODEC_AV1) {
        g_autofree char *profile = fmtp_get(fmtp, codec == MEDIA_CODEC_VP9 ? "profile-id" : "profile");
        return profile == NULL || g_str_equal(profile, "0");
    }
    return true;
}

/* Constrained baseline is what everybody decodes. */
static bool
h264_is_baseline(const char *fmtp)
{
    g_autofree char *profile = fmtp_get(fmtp, "profile-level-id");
    return profile == NULL || g_ascii_strncasecmp(profile, "42", 2) == 0;
}

typedef struct {
    MediaCodec codec;
    bool rtx, red;
    char fmtp[MEDIA_SDP_FMTP_MAX + 1];
} Format;

static void
read_rtpmap(Format *formats, const char *value)
{
    unsigned payload_type;
    const char *rest;

    if (!read_number(value, PAYLOAD_TYPE_MAX, &payload_type, &rest) || *rest != ' ')
        return;
    g_auto(GStrv) parts = g_strsplit(rest + 1, "/", 3);
    if (parts[0] == NULL || parts[1] == NULL)
        return;
    formats[payload_type].rtx = g_ascii_strcasecmp(parts[0], "rtx") == 0;
    formats[payload_type].red = g_ascii_strcasecmp(parts[0], "red") == 0 && g_str_equal(parts[1], "48000");
    MediaCodec codec = media_codec_from_name(parts[0]);
    unsigned rate;
    if (codec != MEDIA_CODEC_NONE && read_number(parts[1], 1000000, &rate, NULL) &&
        rate == media_codec_get_clock_rate(codec))
        formats[payload_type].codec = codec;
}

static void
read_fmtp(Format *formats, const char *value)
{
    unsigned payload_type;
    const char *rest;

    if (read_number(value, PAYLOAD_TYPE_MAX, &payload_type, &rest) && *rest == ' ')
        g_strlcpy(formats[payload_type].fmtp, rest + 1, sizeof formats[payload_type].fmtp);
}

/* One entry per codec: the first that fits; for H.264 the first baseline one. */
static void
add_codec(MediaSdpSection *section, const Format *format, unsigned payload_type)
{
    MediaStream *stream = &section->stream;

    if (format->codec == MEDIA_CODEC_NONE || media_codec_get_kind(format->codec) != stream->kind ||
        !fmtp_fits(format->codec, format->fmtp))
        return;

    unsigned at = stream->n_codecs;
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        if (stream->codecs[i].codec != format->codec)
            continue;
        if (format->codec != MEDIA_CODEC_H264 || h264_is_baseline(section->fmtp[i]) || !h264_is_baseline(format->fmtp))
            return;
        at = i;
    }
    if (at == MEDIA_MAX_STREAM_CODECS)
        return;
    if (at == stream->n_codecs)
        stream->n_codecs++;
    stream->codecs[at] = (MediaStreamCodec){ .codec = format->codec, .payload_type = (uint8_t)payload_type };
    g_strlcpy(section->fmtp[at], format->fmtp, sizeof section->fmtp[at]);
}

static void
add_rtx(MediaStream *stream, const Format *format, unsigned payload_type)
{
    g_autofree char *apt = format->rtx ? fmtp_get(format->fmtp, "apt") : NULL;
    unsigned primary;

    if (apt == NULL || !read_number(apt, PAYLOAD_TYPE_MAX, &primary, NULL))
        return;
    int i = find_codec(stream, primary);
    if (i >= 0)
        stream->codecs[i].rtx_payload_type = (uint8_t)payload_type;
}

/* "111/111": each block is of this payload type. */
static void
add_red(MediaStream *stream, const Format *format, unsigned payload_type)
{
    unsigned primary, block;
    const char *rest;

    if (!format->red || !read_number(format->fmtp, PAYLOAD_TYPE_MAX, &primary, &rest))
        return;
    while (*rest == '/') {
        if (!read_number(rest + 1, PAYLOAD_TYPE_MAX, &block, &rest) || block != primary)
            return;
    }
    int i = *rest == '\0' ? find_codec(stream, primary) : -1;
    if (i >= 0 && stream->codecs[i].codec == MEDIA_CODEC_OPUS)
        stream->codecs[i].red_payload_type = (uint8_t)payload_type;
}

static bool
read_formats(MediaSdpSection *section, const GstSDPMedia *media, const Format *formats, GError **error)
{
    for (int pass = 0; pass < 2; pass++) { /* codecs before what refers to them */
        for (unsigned i = 0; i < gst_sdp_media_formats_len(media); i++) {
            const char *format = gst_sdp_media_get_format(media, i);
            unsigned payload_type;

            if (!read_number(format, PAYLOAD_TYPE_MAX, &payload_type, NULL)) {
                g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "'%.32s' is not a payload type", format);
                return false;
            }
            if (pass == 0)
                add_codec(section, &formats[payload_type], payload_type);
            else if (formats[payload_type].red)
                add_red(&section->stream, &formats[payload_type], payload_type);
            else
                add_rtx(&section->stream, &formats[payload_type], payload_type);
        }
    }
    return true;
}

/* Lines for payload types that are not in the m-line are ignored: Firefox writes them. */
static void
read_feedback(MediaStream *stream, const char *value)
{
    unsigned payload_type = 0;
    const char *rest = value + 1;
    bool all = value[0] == '*';

    if (!all && !read_number(value, PAYLOAD_TYPE_MAX, &payload_type, &rest))
        return;
    if (*rest != ' ')
        return;
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        MediaStreamCodec *codec = &stream->codecs[i];

        if (!all && codec->payload_type != payload_type)
            continue;
        if (g_str_equal(rest + 1, "nack"))
            codec->nack = true;
        else if (g_str_equal(rest + 1, "nack pli"))
            codec->pli = true;
        else if (g_str_equal(rest + 1, "ccm fir"))
            codec->fir = true;
        else if (g_str_equal(rest + 1, "transport-cc"))
            codec->transport_cc = true;
        else if (g_str_equal(rest + 1, "goog-remb"))
            codec->remb = true;
    }
}

static bool
read_extmap(MediaStream *stream, const char *value, uint8_t *seen, GError **error)
{
    unsigned id;
    const char *rest;

    if (!read_number(value, EXTMAP_MAX, &id, &rest) || id == 0 || id == EXTMAP_RESERVED ||
        (*rest != ' ' && *rest != '/') || seen[id]) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "bad or doubled extmap '%.64s'", value);
        return false;
    }
    seen[id] = 1;
    const char *uri = strchr(rest, ' ');
    g_auto(GStrv) parts = g_strsplit(uri != NULL ? uri + 1 : "", " ", 2);
    uint8_t *field = parts[0] != NULL ? media_sdp_extension_field(stream, parts[0]) : NULL;
    if (field != NULL)
        *field = (uint8_t)id;
    return true;
}

static void
read_ssrcs(MediaStream *stream, const GstSDPMedia *media)
{
    unsigned primary, second;
    const char *rest;
    const char *group = gst_sdp_media_get_attribute_val(media, "ssrc-group");

    if (group != NULL && g_str_has_prefix(group, "FID ") && read_number(group + 4, G_MAXUINT32, &primary, &rest) &&
        *rest == ' ' && read_number(rest + 1, G_MAXUINT32, &second, NULL)) {
        stream->ssrc = primary;
        stream->rtx_ssrc = second;
        return;
    }
    const char *ssrc = gst_sdp_media_get_attribute_val(media, "ssrc");
    if (ssrc != NULL && read_number(ssrc, G_MAXUINT32, &primary, &rest))
        stream->ssrc = primary;
}

static bool
read_attributes(MediaSdpSection *section, const GstSDPMedia *media, GError **error)
{
    uint8_t seen[EXTMAP_MAX + 1] = { 0 };

    for (unsigned i = 0; i < gst_sdp_media_attributes_len(media); i++) {
        const GstSDPAttribute *attribute = gst_sdp_media_get_attribute(media, i);
        const char *value = attribute->value != NULL ? attribute->value : "";

        if (g_str_equal(attribute->key, "rtcp-fb"))
            read_feedback(&section->stream, value);
        else if (g_str_equal(attribute->key, "sendrecv"))
            section->direction = MEDIA_DIRECTION_BOTH;
        else if (g_str_equal(attribute->key, "sendonly"))
            section->direction = MEDIA_DIRECTION_SEND;
        else if (g_str_equal(attribute->key, "recvonly"))
            section->direction = MEDIA_DIRECTION_RECV;
        else if (g_str_equal(attribute->key, "inactive"))
            section->direction = MEDIA_DIRECTION_INACTIVE;
        else if (g_str_equal(attribute->key, "extmap") && !read_extmap(&section->stream, value, seen, error))
            return false;
    }
    read_ssrcs(&section->stream, media);
    if ((section->direction & MEDIA_DIRECTION_SEND) != 0)
        media_sdp_read_simulcast(media, &section->stream);
    return true;
}

static bool
read_section(MediaSdpSection *section, const GstSDPMedia *media, GError **error)
{
    const char *kind = gst_sdp_media_get_media(media);
    const char *proto = gst_sdp_media_get_proto(media);
    const char *mid = gst_sdp_media_get_attribute_val(media, "mid");

    if (kind == NULL || proto == NULL || gst_sdp_media_formats_len(media) == 0) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "an m-line is incomplete");
        return false;
    }
    if (mid != NULL && (*mid == '\0' || strlen(mid) > MEDIA_MID_MAX)) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "a mid must have 1 to %d characters", MEDIA_MID_MAX);
        return false;
    }
    g_strlcpy(section->media, kind, sizeof section->media);
    g_strlcpy(section->proto, proto, sizeof section->proto);
    g_strlcpy(section->format, gst_sdp_media_get_format(media, 0), sizeof section->format);
    g_strlcpy(section->stream.mid, mid != NULL ? mid : "", sizeof section->stream.mid);

    bool audio = g_str_equal(kind, "audio");
    if (!audio && !g_str_equal(kind, "video"))
        return true; /* refused: data channels and the like */
    section->stream.kind = audio ? MEDIA_KIND_AUDIO : MEDIA_KIND_VIDEO;
    section->direction = MEDIA_DIRECTION_BOTH; /* RFC 8866 section 6.7: the default */

    g_autofree Format *formats = g_new0(Format, PAYLOAD_TYPE_MAX + 1);
    for (unsigned i = 0; i < gst_sdp_media_attributes_len(media); i++) {
        const GstSDPAttribute *attribute = gst_sdp_media_get_attribute(media, i);
        if (g_str_equal(attribute->key, "rtpmap") && attribute->value != NULL)
            read_rtpmap(formats, attribute->value);
        else if (g_str_equal(attribute->key, "fmtp") && attribute->value != NULL)
            read_fmtp(formats, attribute->value);
    }
    if (!read_formats(section, media, formats, error) || !read_attributes(section, media, error))
        return false;

    bool refused = gst_sdp_media_get_port(media) == RTP_PORT_REFUSED &&
                   gst_sdp_media_get_attribute_val(media, "bundle-only") == NULL;
    bool savpf = g_str_has_suffix(proto, "RTP/SAVPF");
    section->accepted = !refused && savpf && section->stream.n_codecs > 0;
    return true;
}

static bool
read_sections(MediaSdp *self, const GstSDPMessage *message, GError **error)
{
    g_autoptr(GHashTable) mids = g_hash_table_new(g_str_hash, g_str_equal);

    self->n_sections = gst_sdp_message_medias_len(message);
    if (self->n_sections == 0 || self->n_sections > MEDIA_SDP_MAX_SECTIONS) {
        g_set_error(error, MEDIA_ERROR, self->n_sections == 0 ? MEDIA_ERROR_INVALID : MEDIA_ERROR_LIMIT,
                    "the description has %u m-sections; 1 to %d are possible", self->n_sections,
                    MEDIA_SDP_MAX_SECTIONS);
        self->n_sections = 0;
        return false;
    }
    self->sections = g_new0(MediaSdpSection, self->n_sections);
    for (unsigned i = 0; i < self->n_sections; i++) {
        MediaSdpSection *section = &self->sections[i];

        if (!read_section(section, gst_sdp_message_get_media(message, i), error))
            return false;
        if (section->stream.mid[0] != '\0' && !g_hash_table_add(mids, section->stream.mid)) {
            g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "mid '%s' stands twice", section->stream.mid);
            return false;
        }
    }
    return true;
}

/* All accepted sections must be in one BUNDLE group, and a group may name only mids that exist. */
static bool
check_bundle(const MediaSdp *self, const GstSDPMessage *message, GError **error)
{
    const char *group = NULL;

    for (unsigned i = 0; group == NULL; i++) {
        const char *value = gst_sdp_message_get_attribute_val_n(message, "group", i);
        if (value == NULL)
            break;
        if (g_str_has_prefix(value, "BUNDLE"))
            group = value + strlen("BUNDLE");
    }
    if (group == NULL && self->n_sections == 1)
        return true;

    g_autofree char *list = g_strstrip(g_strdup(group != NULL ? group : ""));
    g_auto(GStrv) mids = g_strsplit(list, " ", MEDIA_SDP_MAX_SECTIONS + 1);
    for (unsigned i = 0; i < self->n_sections; i++) {
        const MediaSdpSection *section = &self->sections[i];
        if (section->accepted && !g_strv_contains((const char *const *)mids, section->stream.mid)) {
            g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED,
                        "section '%s' is not in a BUNDLE group: all media must be bundled", section->stream.mid);
            return false;
        }
    }
    for (unsigned i = 0; mids[i] != NULL; i++) {
        bool found = *mids[i] == '\0';
        for (unsigned k = 0; k < self->n_sections && !found; k++)
            found = g_str_equal(self->sections[k].stream.mid, mids[i]);
        if (!found) {
            g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "the BUNDLE group names '%.32s', which is no section",
                        mids[i]);
            return false;
        }
    }
    return true;
}

/* "sha-256 AB:CD..." (RFC 8122 section 5). Weak or unknown hashes are passed over. */
static bool
read_fingerprint(MediaTransportRemote *remote, const char *value, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, " ", 2);
    size_t size = parts[0] != NULL && parts[1] != NULL ? media_sdp_hash_size(parts[0]) : 0;

    if (size == 0 || remote->n_fingerprints == MEDIA_MAX_FINGERPRINTS)
        return true;
    uint8_t *digest = remote->fingerprints[remote->n_fingerprints].digest;
    const char *hex = g_strstrip(parts[1]);
    for (size_t i = 0; i < size; i++, hex += 3) {
        bool last = i + 1 == size;
        if (!g_ascii_isxdigit(hex[0]) || !g_ascii_isxdigit(hex[1]) || hex[2] != (last ? '\0' : ':')) {
            g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "malformed fingerprint '%.100s'", value);
            return false;
        }
        digest[i] = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
    }
    char *hash = remote->fingerprints[remote->n_fingerprints].hash;
    g_autofree char *lower = g_ascii_strdown(parts[0], -1);
    g_strlcpy(hash, lower, sizeof remote->fingerprints[0].hash);
    remote->n_fingerprints++;
    return true;
}

static MediaSetup
read_setup(const char *value)
{
    static const char *const names[] = { NULL, "actpass", "active", "passive" };

    for (unsigned i = MEDIA_SETUP_ACTPASS; value != NULL && i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(value, names[i]))
            return (MediaSetup)i;
    }
    return MEDIA_SETUP_NONE;
}

/* Transport attributes stand at the session or in the section whose transport the bundle uses: the first accepted one.
 */
static const char *
find_transport_attribute(const MediaSdp *self, const GstSDPMessage *message, const char *name, unsigned n)
{
    for (unsigned i = 0; i < self->n_sections; i++) {
        if (!self->sections[i].accepted)
            continue;
        const char *value = gst_sdp_media_get_attribute_val_n(gst_sdp_message_get_media(message, i), name, n);
        if (value != NULL)
            return value;
        break;
    }
    return gst_sdp_message_get_attribute_val_n(message, name, n);
}

static bool
read_transport(MediaSdp *self, const GstSDPMessage *message, GError **error)
{
    const char *ufrag = find_transport_attribute(self, message, "ice-ufrag", 0);
    const char *pwd = find_transport_attribute(self, message, "ice-pwd", 0);

    if (!media_sdp_check_ice(ufrag, pwd, &self->transport.ice, error))
        return false;
    for (unsigned i = 0; i < MEDIA_MAX_FINGERPRINTS * 2; i++) {
        const char *value = find_transport_attribute(self, message, "fingerprint", i);
        if (value == NULL)
            break;
        if (!read_fingerprint(&self->transport, value, error))
            return false;
    }
    if (self->transport.n_fingerprints == 0) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED,
                    "no a=fingerprint with SHA-256 or stronger: media must be DTLS-SRTP");
        return false;
    }
    self->setup = read_setup(find_transport_attribute(self, message, "setup", 0));
    return true;
}

static bool
has_usable_section(const MediaSdp *self, GError **error)
{
    for (unsigned i = 0; i < self->n_sections; i++) {
        if (self->sections[i].accepted)
            return true;
    }
    g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED,
                "no section has a codec that can be used here (Opus; VP8, H.264 mode 1, VP9, AV1)");
    return false;
}

MediaSdp *
media_sdp_parse(const char *text, GError **error)
{
    GstSDPMessage *message = NULL;
    g_autoptr(MediaSdp) self = g_new0(MediaSdp, 1);

    if (!check_size(text, error))
        return NULL;
    gst_sdp_message_new(&message);
    bool ok = gst_sdp_message_parse_buffer((const guint8 *)text, (guint)strlen(text), message) == GST_SDP_OK;
    if (!ok)
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "the description is not SDP (RFC 8866)");
    ok = ok && read_sections(self, message, error) && has_usable_section(self, error) &&
         check_bundle(self, message, error) && read_transport(self, message, error);
    gst_sdp_message_free(message);
    return ok ? g_steal_pointer(&self) : NULL;
}

void
media_sdp_free(MediaSdp *self)
{
    if (self == NULL)
        return;
    g_free(self->sections);
    g_free(self);
}
