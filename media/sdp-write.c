#define G_LOG_DOMAIN "media.sdp"

#include "media/sdp.h"

#include <gst/sdp/gstsdpmessage.h>
#include <string.h>

#include "media/sdp-names.h"
#include "media/sdp-simulcast.h"

enum {
    CANDIDATE_PRIORITY_UDP = 2130706431, /* RFC 8445 section 5.1.2: host, component 1 */
    CANDIDATE_PRIORITY_TCP = 1671430143, /* RFC 6544 section 4.2: passive host, below every UDP one */
    CANDIDATE_PRIORITY_STEP = 256,       /* the local preference is the second byte up */
    DUMMY_PORT = 9,                      /* RFC 9429 section 5.2.1 */
};

/* What we offer when we send: payload types as browsers number them themselves. */
static const struct {
    MediaStreamCodec codec;
    const char *fmtp;
} offered[] = {
    { { .codec = MEDIA_CODEC_OPUS, .payload_type = 111, .red_payload_type = 63 }, "minptime=10;useinbandfec=1" },
    { { .codec = MEDIA_CODEC_VP8, .payload_type = 96, .rtx_payload_type = 97 }, "" },
    { { .codec = MEDIA_CODEC_H264, .payload_type = 102, .rtx_payload_type = 103 },
      "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
    { { .codec = MEDIA_CODEC_VP9, .payload_type = 98, .rtx_payload_type = 99 }, "profile-id=0" },
    { { .codec = MEDIA_CODEC_AV1, .payload_type = 45, .rtx_payload_type = 46 }, "profile=0" },
};

void
media_sdp_section_init_offer(MediaSdpSection *section, MediaKind kind, const char *mid)
{
    *section = (MediaSdpSection){ .accepted = true, .direction = MEDIA_DIRECTION_SEND, .stream.kind = kind };
    g_strlcpy(section->media, media_kind_to_string(kind), sizeof section->media);
    g_strlcpy(section->proto, "UDP/TLS/RTP/SAVPF", sizeof section->proto);
    g_strlcpy(section->stream.mid, mid, sizeof section->stream.mid);
    for (size_t i = 0; i < G_N_ELEMENTS(offered); i++) {
        if (media_codec_get_kind(offered[i].codec.codec) != kind)
            continue;
        unsigned at = section->stream.n_codecs++;
        section->stream.codecs[at] = offered[i].codec;
        section->stream.codecs[at].nack = section->stream.codecs[at].pli = section->stream.codecs[at].fir =
            kind == MEDIA_KIND_VIDEO;
        section->stream.codecs[at].transport_cc = true;
        g_strlcpy(section->fmtp[at], offered[i].fmtp, sizeof section->fmtp[at]);
    }
    section->stream.ext_mid = 1;
    section->stream.ext_audio_level = kind == MEDIA_KIND_AUDIO ? 2 : 0;
    section->stream.ext_transport_cc = 3;
}

void
media_sdp_section_limit(MediaSdpSection *section, bool recv)
{
    MediaStream *stream = &section->stream;
    bool any_transport_cc = false;

    for (unsigned i = 0; i < stream->n_codecs; i++) {
        MediaStreamCodec *codec = &stream->codecs[i];
        codec->remb = false; /* transport-wide feedback does its work */
        codec->transport_cc = codec->transport_cc && stream->ext_transport_cc != 0;
        any_transport_cc = any_transport_cc || codec->transport_cc;
    }
    stream->ext_abs_send_time = 0;
    if (!recv) {
        stream->n_encodings = 0;
        stream->ext_dependency = 0;
        if (!any_transport_cc) /* numbers are of no use when nobody tells what became of them */
            stream->ext_transport_cc = 0;
    }
    if (stream->n_encodings == 0)
        stream->ext_rid = stream->ext_repaired_rid = 0;
}

static void add_text(GstSDPMedia *media, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
add_text(GstSDPMedia *media, const char *key, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    gst_sdp_media_add_attribute(media, key, value);
}

static void
add_extension(const char *uri, uint8_t id, void *data)
{
    add_text(data, "extmap", "%u %s", id, uri);
}

static void
add_codec(GstSDPMedia *media, const MediaSdpSection *section, unsigned i)
{
    const MediaStreamCodec *codec = &section->stream.codecs[i];
    unsigned pt = codec->payload_type;

    add_text(media, "rtpmap", "%u %s/%u%s", pt, media_codec_get_name(codec->codec),
             media_codec_get_clock_rate(codec->codec), codec->codec == MEDIA_CODEC_OPUS ? "/2" : "");
    if (codec->nack)
        add_text(media, "rtcp-fb", "%u nack", pt);
    if (codec->pli)
        add_text(media, "rtcp-fb", "%u nack pli", pt);
    if (codec->fir)
        add_text(media, "rtcp-fb", "%u ccm fir", pt);
    if (codec->transport_cc)
        add_text(media, "rtcp-fb", "%u transport-cc", pt);
    if (section->fmtp[i][0] != '\0')
        add_text(media, "fmtp", "%u %s", pt, section->fmtp[i]);
    if (codec->rtx_payload_type != 0) {
        add_text(media, "rtpmap", "%u rtx/%u", codec->rtx_payload_type, media_codec_get_clock_rate(codec->codec));
        add_text(media, "fmtp", "%u apt=%u", codec->rtx_payload_type, pt);
    }
    if (codec->red_payload_type != 0) {
        add_text(media, "rtpmap", "%u red/%u/2", codec->red_payload_type, media_codec_get_clock_rate(codec->codec));
        add_text(media, "fmtp", "%u %u/%u", codec->red_payload_type, pt, pt);
    }
}

static void
add_ssrcs(GstSDPMedia *media, const MediaSdpSection *section, const char *cname)
{
    const MediaStream *stream = &section->stream;
    const char *group = section->group[0] != '\0' ? section->group : "-";

    add_text(media, "msid", "%s %s-%s", group, group, stream->mid);
    if (stream->rtx_ssrc != 0)
        add_text(media, "ssrc-group", "FID %u %u", stream->ssrc, stream->rtx_ssrc);
    add_text(media, "ssrc", "%u cname:%s", stream->ssrc, cname);
    if (stream->rtx_ssrc != 0)
        add_text(media, "ssrc", "%u cname:%s", stream->rtx_ssrc, cname);
}

/* One UDP and one TCP candidate per address; later addresses are less preferred. */
static void
foreach_candidate(const MediaSdpLocal *local, void (*func)(const char *text, void *data), void *data)
{
    for (unsigned i = 0; local->addresses[i] != NULL; i++) {
        g_autofree char *udp =
            g_strdup_printf("%u 1 udp %u %s %u typ host", 2 * i + 1,
                            CANDIDATE_PRIORITY_UDP - i * CANDIDATE_PRIORITY_STEP, local->addresses[i], local->port);
        func(udp, data);
    }
    for (unsigned i = 0; local->addresses[i] != NULL; i++) {
        g_autofree char *tcp =
            g_strdup_printf("%u 1 tcp %u %s %u typ host tcptype passive", 2 * i + 2,
                            CANDIDATE_PRIORITY_TCP - i * CANDIDATE_PRIORITY_STEP, local->addresses[i], local->port);
        func(tcp, data);
    }
}

static void
add_candidate(const char *text, void *data)
{
    gst_sdp_media_add_attribute(data, "candidate", text);
}

static void
add_transport(GstSDPMedia *media, const MediaSdpLocal *local, bool first)
{
    static const char *const setups[] = {
        [MEDIA_SETUP_NONE] = "passive",
        [MEDIA_SETUP_ACTPASS] = "actpass",
        [MEDIA_SETUP_ACTIVE] = "active",
        [MEDIA_SETUP_PASSIVE] = "passive",
    };

    gst_sdp_media_add_attribute(media, "ice-ufrag", local->ice->ufrag);
    gst_sdp_media_add_attribute(media, "ice-pwd", local->ice->pwd);
    gst_sdp_media_add_attribute(media, "fingerprint", local->fingerprint);
    gst_sdp_media_add_attribute(media, "setup", setups[local->setup]);
    if (!first)
        return;
    foreach_candidate(local, add_candidate, media);
    gst_sdp_media_add_attribute(media, "end-of-candidates", NULL);
}

static void
fill_accepted(GstSDPMedia *media, const MediaSdpLocal *local, const MediaSdpSection *section, bool first)
{
    static const char *const directions[] = {
        [MEDIA_DIRECTION_INACTIVE] = "inactive",
        [MEDIA_DIRECTION_SEND] = "sendonly",
        [MEDIA_DIRECTION_RECV] = "recvonly",
        [MEDIA_DIRECTION_BOTH] = "sendrecv",
    };

    for (unsigned i = 0; i < section->stream.n_codecs; i++) {
        const MediaStreamCodec *codec = &section->stream.codecs[i];
        g_autofree char *pt = g_strdup_printf("%u", codec->payload_type);
        g_autofree char *rtx = g_strdup_printf("%u", codec->rtx_payload_type);
        g_autofree char *red = g_strdup_printf("%u", codec->red_payload_type);
        gst_sdp_media_add_format(media, pt);
        if (codec->rtx_payload_type != 0)
            gst_sdp_media_add_format(media, rtx);
        if (codec->red_payload_type != 0)
            gst_sdp_media_add_format(media, red);
    }
    add_transport(media, local, first);
    if (section->stream.mid[0] != '\0')
        gst_sdp_media_add_attribute(media, "mid", section->stream.mid);
    gst_sdp_media_add_attribute(media, directions[section->direction], NULL);
    gst_sdp_media_add_attribute(media, "rtcp-mux", NULL);
    gst_sdp_media_add_attribute(media, "rtcp-rsize", NULL);
    media_sdp_foreach_extension(&section->stream, add_extension, media);
    for (unsigned i = 0; i < section->stream.n_codecs; i++)
        add_codec(media, section, i);
    media_sdp_write_simulcast(&section->stream, media);
    if ((section->direction & MEDIA_DIRECTION_SEND) != 0)
        add_ssrcs(media, section, local->cname);
}

static void
add_section(GstSDPMessage *message, const MediaSdpLocal *local, const MediaSdpSection *section, bool first)
{
    GstSDPMedia *media = NULL;

    gst_sdp_media_new(&media);
    gst_sdp_media_set_media(media, section->media);
    gst_sdp_media_set_proto(media, section->proto);
    gst_sdp_media_set_port_info(media, section->accepted ? DUMMY_PORT : 0, 1);
    gst_sdp_media_add_connection(media, "IN", "IP4", "0.0.0.0", 0, 0);
    if (section->accepted) {
        fill_accepted(media, local, section, first);
    } else {
        gst_sdp_media_add_format(media, section->format[0] != '\0' ? section->format : "0");
        if (section->stream.mid[0] != '\0')
            gst_sdp_media_add_attribute(media, "mid", section->stream.mid);
        gst_sdp_media_add_attribute(media, "inactive", NULL);
    }
    gst_sdp_message_add_media(message, media);
    gst_sdp_media_free(media);
}

char *
media_sdp_write(const MediaSdpLocal *local, const MediaSdpSection *sections, unsigned n_sections)
{
    GstSDPMessage *message = NULL;
    g_autoptr(GString) bundle = g_string_new("BUNDLE");
    g_autofree char *id = g_strdup_printf("%" G_GUINT64_FORMAT, local->session_id);
    g_autofree char *version = g_strdup_printf("%" G_GUINT64_FORMAT, local->version);
    bool first = true;

    gst_sdp_message_new(&message);
    gst_sdp_message_set_version(message, "0");
    gst_sdp_message_set_origin(message, "-", id, version, "IN", "IP4", "127.0.0.1");
    gst_sdp_message_set_session_name(message, "-");
    gst_sdp_message_add_time(message, "0", "0", NULL);
    for (unsigned i = 0; i < n_sections; i++) {
        if (sections[i].accepted && sections[i].stream.mid[0] != '\0')
            g_string_append_printf(bundle, " %s", sections[i].stream.mid);
    }
    gst_sdp_message_add_attribute(message, "group", bundle->str);
    gst_sdp_message_add_attribute(message, "extmap-allow-mixed", NULL);
    gst_sdp_message_add_attribute(message, "msid-semantic", "WMS *");
    gst_sdp_message_add_attribute(message, "ice-lite", NULL);
    for (unsigned i = 0; i < n_sections; i++) {
        add_section(message, local, &sections[i], first);
        first = first && !sections[i].accepted;
    }

    char *text = gst_sdp_message_as_text(message);
    gst_sdp_message_free(message);
    return text;
}

static void
append_candidate(const char *text, void *data)
{
    g_string_append_printf(data, "a=candidate:%s\r\n", text);
}

char *
media_sdp_write_fragment(const MediaSdpLocal *local, const char *first_mid)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "a=ice-lite\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local->ice->ufrag,
                           local->ice->pwd);
    g_string_append_printf(text, "m=audio %d UDP/TLS/RTP/SAVPF 0\r\na=mid:%s\r\n", DUMMY_PORT, first_mid);
    foreach_candidate(local, append_candidate, text);
    g_string_append(text, "a=end-of-candidates\r\n");
    return g_string_free(text, FALSE);
}

bool
media_sdp_parse_fragment(const char *text, MediaIceCredentials *ret_ice, GError **error)
{
    g_autofree char *ufrag = NULL;
    g_autofree char *pwd = NULL;

    if (strnlen(text, MEDIA_SDP_MAX_BYTES + 1) > MEDIA_SDP_MAX_BYTES) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "the fragment is longer than %d bytes", MEDIA_SDP_MAX_BYTES);
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", MEDIA_SDP_MAX_LINES);
    for (unsigned i = 0; lines[i] != NULL; i++) {
        const char *line = g_strchomp(lines[i]);
        if (ufrag == NULL && g_str_has_prefix(line, "a=ice-ufrag:"))
            ufrag = g_strdup(line + strlen("a=ice-ufrag:"));
        else if (pwd == NULL && g_str_has_prefix(line, "a=ice-pwd:"))
            pwd = g_strdup(line + strlen("a=ice-pwd:"));
    }
    if (ufrag == NULL && pwd == NULL)
        return false;
    return media_sdp_check_ice(ufrag, pwd, ret_ice, error);
}
