#include <string.h>

#include "media/sdp.h"

#define DIGEST "5A:C6:39:AE:50:82:CE:50:58:A0:B5:9B:A1:21:42:1D:25:98:28:00:D9:31:B7:B5:89:0D:FE:37:97:0A:95:69"

static const char base[] = "v=0\r\n"
                           "o=- 1 1 IN IP4 127.0.0.1\r\n"
                           "s=-\r\n"
                           "t=0 0\r\n"
                           "a=group:BUNDLE 0 1\r\n"
                           "a=ice-ufrag:abcd\r\n"
                           "a=ice-pwd:0123456789012345678901\r\n"
                           "a=fingerprint:sha-256 " DIGEST "\r\n"
                           "a=setup:actpass\r\n"
                           "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                           "a=mid:0\r\n"
                           "a=sendonly\r\n"
                           "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                           "a=rtpmap:111 opus/48000/2\r\n"
                           "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"
                           "a=mid:1\r\n"
                           "a=sendonly\r\n"
                           "a=rtpmap:96 VP8/90000\r\n"
                           "a=rtcp-fb:96 nack\r\n"
                           "a=rtcp-fb:55 nack\r\n"
                           "a=rtpmap:97 rtx/90000\r\n"
                           "a=fmtp:97 apt=96\r\n"
                           "a=ssrc-group:FID 1000 2000\r\n";

/* The base description with one text replaced by another. */
static char *
edited(const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(base, from, 2);

    g_assert_nonnull(parts[1]);
    return g_strconcat(parts[0], to, parts[1], NULL);
}

static void
test_reads_what_a_publisher_offers(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaSdp) sdp = media_sdp_parse(base, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(sdp->n_sections, ==, 2);
    g_assert_cmpint(sdp->setup, ==, MEDIA_SETUP_ACTPASS);
    g_assert_cmpuint(sdp->transport.n_fingerprints, ==, 1);
    g_assert_cmpuint(sdp->transport.fingerprints[0].digest[0], ==, 0x5a);

    const MediaSdpSection *video = &sdp->sections[1];
    g_assert_true(video->accepted);
    g_assert_cmpuint(video->stream.n_codecs, ==, 1);
    g_assert_cmpint(video->stream.codecs[0].codec, ==, MEDIA_CODEC_VP8);
    g_assert_cmpuint(video->stream.codecs[0].rtx_payload_type, ==, 97);
    g_assert_true(video->stream.codecs[0].nack);
    g_assert_false(video->stream.codecs[0].pli);
    g_assert_cmpuint(video->stream.ssrc, ==, 1000);
    g_assert_cmpuint(video->stream.rtx_ssrc, ==, 2000);
    g_assert_cmpuint(sdp->sections[0].stream.ext_audio_level, ==, 1);
}

typedef struct {
    const char *name, *from, *to;
    int code; /* of MEDIA_ERROR; -1: accepted */
} Case;

static const Case cases[] = {
    { "not-sdp", "v=0", "hello", MEDIA_ERROR_INVALID },
    { "line-feeds-alone", "\r\n", "\n", -1 },
    { "mid-twice", "a=mid:1", "a=mid:0", MEDIA_ERROR_INVALID },
    { "mid-too-long", "a=mid:1", "a=mid:12345678901234567", MEDIA_ERROR_LIMIT },
    { "no-bundle", "a=group:BUNDLE 0 1\r\n", "", MEDIA_ERROR_UNSUPPORTED },
    { "bundle-misses-one", "BUNDLE 0 1", "BUNDLE 0", MEDIA_ERROR_UNSUPPORTED },
    { "bundle-names-a-stranger", "BUNDLE 0 1", "BUNDLE 0 1 7", MEDIA_ERROR_INVALID },
    { "payload-type-2-to-the-32", "SAVPF 111", "SAVPF 4294967296", MEDIA_ERROR_INVALID },
    { "payload-type-is-a-word", "SAVPF 111", "SAVPF X", MEDIA_ERROR_INVALID },
    { "no-format", "SAVPF 111", "SAVPF", MEDIA_ERROR_INVALID },
    { "extmap-0", "a=extmap:1 ", "a=extmap:0 ", MEDIA_ERROR_INVALID },
    { "extmap-15", "a=extmap:1 ", "a=extmap:15 ", MEDIA_ERROR_INVALID },
    { "extmap-256", "a=extmap:1 ", "a=extmap:256 ", MEDIA_ERROR_INVALID },
    { "extmap-twice", "a=rtpmap:111", "a=extmap:1 urn:x\r\na=rtpmap:111", MEDIA_ERROR_INVALID },
    { "no-fingerprint", "a=fingerprint:sha-256 " DIGEST "\r\n", "", MEDIA_ERROR_UNSUPPORTED },
    { "sha-1-only", "sha-256", "sha-1", MEDIA_ERROR_UNSUPPORTED },
    { "fingerprint-in-upper-case-name", "sha-256", "SHA-256", -1 },
    { "fingerprint-cut-short", ":0A:95:69", ":0A:95", MEDIA_ERROR_INVALID },
    { "fingerprint-too-long", ":0A:95:69", ":0A:95:69:00", MEDIA_ERROR_INVALID },
    { "no-ufrag", "a=ice-ufrag:abcd\r\n", "", MEDIA_ERROR_INVALID },
    { "pwd-too-short", "0123456789012345678901", "012345678901234567890", MEDIA_ERROR_INVALID },
    { "ufrag-with-a-colon", "a=ice-ufrag:abcd", "a=ice-ufrag:ab:cd", MEDIA_ERROR_INVALID },
    { "one-codec-unknown", "VP8/90000", "H265/90000", -1 },
    { "wrong-clock-rate", "opus/48000", "opus/8000", -1 },
    { "one-section-refused", "m=video 9", "m=video 0", -1 },
};

static void
test_case(const void *data)
{
    const Case *c = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = edited(c->from, c->to);
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, &error);

    if (c->code < 0)
        g_assert_no_error(error);
    else
        g_assert_error(error, MEDIA_ERROR, c->code);
    g_assert_true((sdp != NULL) == (c->code < 0));
}

static void
test_no_usable_codec(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *audio = edited("opus/48000/2", "PCMU/8000");
    g_auto(GStrv) parts = g_strsplit(audio, "VP8/90000", 2);
    g_autofree char *text = g_strconcat(parts[0], "theora/90000", parts[1], NULL);

    g_assert_null(media_sdp_parse(text, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED);
}

/* The base with n times the line, then whether it is refused as too long. */
static void
assert_limit(const char *line, unsigned n, bool refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(base);

    for (unsigned i = 0; i < n; i++)
        g_string_append(text, line);
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text->str, &error);
    g_assert_true((sdp == NULL) == refused);
    if (refused)
        g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT);
    else
        g_assert_no_error(error);
}

static void
test_limits(void)
{
    unsigned lines = 0;

    for (const char *p = base; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_limit("a=x\r\n", MEDIA_SDP_MAX_LINES - lines, false);
    assert_limit("a=x\r\n", MEDIA_SDP_MAX_LINES - lines + 1, true);
    assert_limit("a=x\r\n", 10000, true);
    assert_limit("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", MEDIA_SDP_MAX_SECTIONS - 2, false);
    assert_limit("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", MEDIA_SDP_MAX_SECTIONS - 1, true);

    g_autoptr(GString) mega = g_string_new(base);
    g_string_append(mega, "a=");
    for (unsigned i = 0; i < 1024 * 1024; i++)
        g_string_append_c(mega, 'x');
    g_autoptr(GError) error = NULL;
    g_assert_null(media_sdp_parse(mega->str, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT);
}

static void
test_h264_prefers_baseline_in_mode_1(void)
{
    g_autofree char *text =
        edited("SAVPF 96 97\r\na=mid:1\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n",
               "SAVPF 100 101 102\r\na=mid:1\r\na=sendonly\r\n"
               "a=rtpmap:100 H264/90000\r\na=fmtp:100 packetization-mode=0;profile-level-id=42e01f\r\n"
               "a=rtpmap:101 H264/90000\r\na=fmtp:101 packetization-mode=1;profile-level-id=640c1f\r\n"
               "a=rtpmap:102 H264/90000\r\na=fmtp:102 profile-level-id=42e01f;packetization-mode=1\r\n");
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, NULL);

    g_assert_nonnull(sdp);
    g_assert_cmpuint(sdp->sections[1].stream.n_codecs, ==, 1);
    g_assert_cmpuint(sdp->sections[1].stream.codecs[0].payload_type, ==, 102);
}

/* RFC 2198 for Opus, as browsers write it: "red" and the payload type of its blocks. */
static void
test_red(void)
{
    static const struct {
        const char *rtpmap, *fmtp;
        bool agreed;
    } lines_of[] = {
        { "red/48000/2", "111/111", true },      { "RED/48000/2", "111/111/111", true },
        { "red/48000/2", "111", true },          { "red/48000/2", "111/63", false },
        { "red/48000/2", "111/", false },        { "red/48000/2", "", false },
        { "red/48000/2", "111/111;x=1", false }, { "red/8000", "111/111", false },
        { "red/48000/2", "9/9", false },         { "red/48000/2", "111/99999999", false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines_of); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *lines =
            g_strdup_printf("SAVPF 63 111\r\na=rtpmap:63 %s\r\na=fmtp:63 %s\r\n", lines_of[i].rtpmap, lines_of[i].fmtp);
        g_autofree char *text = edited("SAVPF 111\r\n", lines);
        g_autoptr(MediaSdp) sdp = media_sdp_parse(text, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(sdp->sections[0].stream.n_codecs, ==, 1);
        g_assert_cmpuint(sdp->sections[0].stream.codecs[0].red_payload_type, ==, lines_of[i].agreed ? 63 : 0);
    }
}

static char *
write_offer(void)
{
    static const char *const addresses[] = { "192.0.2.7", "::1", NULL };
    static const MediaIceCredentials ice = { "wxyz", "abcdefghijklmnopqrstuvwx" };
    MediaSdpLocal local = { 7, 3, &ice, "sha-256 " DIGEST, MEDIA_SETUP_ACTPASS, "cname", addresses, 40001 };
    MediaSdpSection sections[2];

    media_sdp_section_init_offer(&sections[0], MEDIA_KIND_VIDEO, "s0");
    media_sdp_section_init_offer(&sections[1], MEDIA_KIND_AUDIO, "s1");
    sections[0].stream.ssrc = 11;
    sections[0].stream.rtx_ssrc = 12;
    sections[1].stream.ssrc = 13;
    g_strlcpy(sections[0].group, "family", sizeof sections[0].group);
    return media_sdp_write(&local, sections, 2);
}

static void
test_what_is_written_reads_back(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = write_offer();
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(sdp->transport.ice.ufrag, ==, "wxyz");
    g_assert_cmpuint(sdp->sections[0].stream.n_codecs, ==, 4);
    g_assert_cmpuint(sdp->sections[0].stream.ssrc, ==, 11);
    g_assert_cmpuint(sdp->sections[0].stream.rtx_ssrc, ==, 12);
    g_assert_cmpint(sdp->sections[1].direction, ==, MEDIA_DIRECTION_SEND);
    g_assert_cmpuint(sdp->sections[1].stream.codecs[0].red_payload_type, ==, 63);
    g_assert_nonnull(strstr(text, "a=rtpmap:63 red/48000/2\r\n"));
    g_assert_nonnull(strstr(text, "a=ice-lite\r\n"));
    g_assert_nonnull(strstr(text, " udp 2130706431 192.0.2.7 40001 typ host\r\n"));
    g_assert_nonnull(strstr(text, " ::1 40001 typ host tcptype passive\r\n"));
    g_assert_nonnull(strstr(text, "a=msid:family family-s0\r\n"));
}

static void
test_fragment(void)
{
    MediaIceCredentials ice = { 0 };
    g_autoptr(GError) error = NULL;

    g_assert_false(media_sdp_parse_fragment("a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", &ice, &error));
    g_assert_no_error(error);
    g_assert_true(media_sdp_parse_fragment("a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n", &ice, &error));
    g_assert_cmpstr(ice.ufrag, ==, "abcd");
    g_assert_false(media_sdp_parse_fragment("a=ice-ufrag:abcd\r\n", &ice, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/sdp/red", test_red);
    g_test_add_func("/media/sdp/reads-what-a-publisher-offers", test_reads_what_a_publisher_offers);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/media/sdp/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/media/sdp/no-usable-codec", test_no_usable_codec);
    g_test_add_func("/media/sdp/limits", test_limits);
    g_test_add_func("/media/sdp/h264-prefers-baseline-in-mode-1", test_h264_prefers_baseline_in_mode_1);
    g_test_add_func("/media/sdp/what-is-written-reads-back", test_what_is_written_reads_back);
    g_test_add_func("/media/sdp/fragment", test_fragment);
    return g_test_run();
}
