/* What packets and descriptions say of layers, and choosing among them. */
#include <string.h>

#include "media/dependency.h"
#include "media/layer-choice.h"
#include "media/sdp.h"
#include "media/track-layers.h"

typedef struct {
    const char *name;
    MediaCodec codec;
    uint8_t payload[8];
    size_t size;
    MediaDescriptor wanted;
} Row;

static const Row rows[] = {
    { "VP8 without layers", MEDIA_CODEC_VP8, { 0x10, 1 }, 2, { 0 } },
    { "VP8 that may be entered",
      MEDIA_CODEC_VP8,
      { 0x90, 0xe0, 0x81, 0x02, 7, 0x60 },
      6,
      { .temporal = 1,
        .enters = true,
        .picture_at = 2,
        .base_at = 4,
        .wide_picture = true,
        .base = 7,
        .picture = 258 } },
    { "VP8, not the start of a frame: not entered",
      MEDIA_CODEC_VP8,
      { 0x80, 0xe0, 0x05, 7, 0xa0 },
      5,
      { .temporal = 2, .picture_at = 2, .base_at = 3, .base = 7, .picture = 5 } },
    { "VP8, picture number alone", MEDIA_CODEC_VP8, { 0x90, 0x80, 5 }, 3, { .picture_at = 2, .picture = 5 } },
    { "VP8, layer without numbers", MEDIA_CODEC_VP8, { 0x90, 0x20, 0x40 }, 3, { .temporal = 1 } },
    { "VP8, cut short", MEDIA_CODEC_VP8, { 0x90, 0xe0, 0x81, 0x02, 7 }, 5, { 0 } },
    { "VP8, half a picture number", MEDIA_CODEC_VP8, { 0x90, 0x80, 0x81 }, 3, { 0 } },
    { "VP9 that opens",
      MEDIA_CODEC_VP9,
      { 0xa8, 0x81, 2, 0x30, 9, 1 },
      6,
      { .temporal = 1, .opens = 3, .picture_at = 1, .base_at = 4, .wide_picture = true, .base = 9, .picture = 258 } },
    { "VP9 flexible", MEDIA_CODEC_VP9, { 0xb8, 0x05, 0x40, 1 }, 4, { .temporal = 2, .picture_at = 1, .picture = 5 } },
    { "VP9 of the eighth layer", MEDIA_CODEC_VP9, { 0x38, 0xe0, 1 }, 3, { .temporal = 3 } },
    { "VP9, cut short", MEDIA_CODEC_VP9, { 0xa8, 0x81, 2, 0x30 }, 4, { 0 } },
    { "H.264 says nothing", MEDIA_CODEC_H264, { 0x65, 0xe0, 0x81 }, 3, { 0 } },
};

static void
test_descriptor(const void *data)
{
    const Row *row = data;
    MediaDescriptor got;
    g_autofree uint8_t *exact = g_memdup2(row->payload, row->size);

    media_descriptor_parse(row->codec, exact, row->size, &got);
    g_assert_cmpuint(got.temporal, ==, row->wanted.temporal);
    g_assert_cmpuint(got.opens, ==, row->wanted.opens);
    g_assert_cmpint(got.enters, ==, row->wanted.enters);
    g_assert_cmpuint(got.picture_at, ==, row->wanted.picture_at);
    g_assert_cmpuint(got.base_at, ==, row->wanted.base_at);
    g_assert_cmpuint(got.picture, ==, row->wanted.picture);
    g_assert_cmpuint(got.base, ==, row->wanted.base);
    g_assert_cmpint(got.wide_picture, ==, row->wanted.wide_picture);
}

static void
test_numbers_are_shifted(void)
{
    uint8_t payload[] = { 0x90, 0xe0, 0xff, 0xff, 255, 0x60 };
    MediaDescriptor descriptor;

    media_descriptor_parse(MEDIA_CODEC_VP8, payload, sizeof payload, &descriptor);
    media_descriptor_shift(&descriptor, payload, 2, 3);
    g_assert_cmpmem(payload, sizeof payload, "\x90\xe0\x80\x01\x02\x60", 6); /* both went round */
    uint8_t narrow[] = { 0x90, 0x80, 0x7f };
    media_descriptor_parse(MEDIA_CODEC_VP8, narrow, sizeof narrow, &descriptor);
    media_descriptor_shift(&descriptor, narrow, (uint16_t)-1, 0);
    g_assert_cmpuint(narrow[2], ==, 0x7e);
}

typedef struct {
    uint8_t bytes[32];
    size_t at;
} Bits;

static void
put(Bits *bits, unsigned n, unsigned value)
{
    for (; n > 0; n--, bits->at++)
        bits->bytes[bits->at / 8] |= (uint8_t)((value >> (n - 1) & 1) << (7 - bits->at % 8));
}

/* L1T2: template 0 is the base (both targets may switch there), 1 the layer above. */
static Bits
write_structure(void)
{
    static const unsigned indications[2][2] = { { 2, 2 }, { 0, 1 } };
    Bits bits = { 0 };

    put(&bits, 1, 1); /* start and end of a frame */
    put(&bits, 1, 1);
    put(&bits, 6, 5); /* template 5, the first */
    put(&bits, 16, 1000);
    put(&bits, 5, 0x10); /* a structure */
    put(&bits, 6, 5);
    put(&bits, 5, 1); /* two targets */
    put(&bits, 2, 1); /* a temporal layer more */
    put(&bits, 2, 3);
    for (unsigned i = 0; i < 2; i++) {
        put(&bits, 2, indications[i][0]);
        put(&bits, 2, indications[i][1]);
    }
    put(&bits, 1, 0);             /* the base needs nothing */
    put(&bits, 6, 0x20 | 0 << 1); /* the other the frame before */
    put(&bits, 1, 0);             /* no chains: ns(3) of 0 */
    put(&bits, 1, 1);
    put(&bits, 16, 1279);
    put(&bits, 16, 719);
    return bits;
}

static void
test_dependency_descriptor(void)
{
    Bits bits = write_structure();
    size_t size = (bits.at + 7) / 8;
    MediaDependency dependency = { 0 };
    MediaDescriptor descriptor;
    uint8_t base[] = { 0xc5, 3, 0xe9 }, above[] = { 0xc6, 3, 0xea }, stranger[] = { 0xc7, 3, 0xea };

    g_assert_false(media_dependency_read(&dependency, base, sizeof base, &descriptor)); /* no structure yet */
    for (size_t cut = 0; cut < size; cut++) {
        g_autofree uint8_t *exact = g_memdup2(bits.bytes, cut);
        g_assert_false(media_dependency_read(&dependency, exact, cut, &descriptor));
    }
    g_assert_true(media_dependency_read(&dependency, bits.bytes, size, &descriptor));
    g_assert_cmpuint(dependency.width, ==, 1280);
    g_assert_cmpuint(dependency.height, ==, 720);
    g_assert_true(media_dependency_read(&dependency, base, sizeof base, &descriptor));
    g_assert_cmpuint(descriptor.temporal, ==, 0);
    g_assert_cmpuint(descriptor.opens, ==, 1);
    g_assert_true(media_dependency_read(&dependency, above, sizeof above, &descriptor));
    g_assert_cmpuint(descriptor.temporal, ==, 1);
    g_assert_cmpuint(descriptor.opens, ==, 0);
    g_assert_false(media_dependency_read(&dependency, stranger, sizeof stranger, &descriptor));
}

static MediaDescriptor
read_layer(MediaTrackLayers *layers, MediaCodec codec, const uint8_t *dependency, size_t size)
{
    static const uint8_t minimal[] = { 0x10, 0 }; /* of VP8: the start of a partition, and nothing else */
    MediaTrackInput input = { .dependency = dependency, .dependency_size = size };
    MediaPacket packet = { .codec = codec, .data = minimal, .payload_size = sizeof minimal };

    media_track_layers_read(layers, &input, &packet);
    return packet.layer;
}

static void
test_any_codec_may_bring_the_extension(void)
{
    static const MediaCodec codecs[] = { MEDIA_CODEC_VP8, MEDIA_CODEC_H264, MEDIA_CODEC_AV1 };
    static const uint8_t above[] = { 0xc6, 3, 0xea };
    Bits bits = write_structure();

    for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
        MediaTrackLayers layers = { 0 };

        g_assert_cmpuint(read_layer(&layers, codecs[i], above, sizeof above).temporal, ==, 0); /* no structure yet */
        g_assert_cmpuint(read_layer(&layers, codecs[i], bits.bytes, (bits.at + 7) / 8).opens, ==, 1);
        g_assert_cmpuint(read_layer(&layers, codecs[i], above, sizeof above).temporal, ==, 1);
        g_assert_cmpuint(read_layer(&layers, codecs[i], NULL, 0).temporal, ==, 0);
    }
}

enum { MS = 1000, S = 1000 * MS };

static const MediaLayerOption menu[] = {
    { .encoding = 2, .spatial = 0, .temporal = 0, .bitrate = 100000 },
    { .encoding = 2, .spatial = 0, .temporal = 1, .bitrate = 150000 },
    { .encoding = 1, .spatial = 1, .temporal = 1, .bitrate = 400000 },
    { .encoding = 0, .spatial = 2, .temporal = 1, .bitrate = 1200000 },
};

static void
test_down_at_once_up_after_a_while(void)
{
    MediaLayerChoice choice = { 0 };

    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, UINT32_MAX, 1 * S), ==, 3);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1100000, 2 * S), ==, 3); /* it swings by itself */
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 700000, 2 * S), ==, 2);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1250000, 3 * S), ==, 2); /* it just fits */
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1250000, 9 * S), ==, 2);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1400000, 10 * S), ==, 2);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1400000, 10 * S + 900 * MS), ==, 2);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 1400000, 11 * S), ==, 3);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 4, 20000, 12 * S), ==, 0); /* the cheapest, if need be */
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu, 3, 20000, 12 * S), ==, 0);
    g_assert_cmpuint(media_layer_choice_pick(&choice, menu + 2, 2, UINT32_MAX, 12 * S), ==, 1); /* its own has gone */
}

static void
test_a_swinging_estimate_does_not_swing_the_picture(void)
{
    MediaLayerChoice choice = { 0 };
    unsigned n_changes = 0;
    size_t before = 0;

    for (int64_t now_us = 1 * S; now_us < 61 * S; now_us += 100 * MS) {
        uint32_t budget = now_us / (2 * S) % 2 == 0 ? 1500000 : 600000;
        size_t now = media_layer_choice_pick(&choice, menu, 4, budget, now_us);
        n_changes += now != before;
        before = now;
    }
    g_assert_cmpuint(n_changes, <=, 8); /* of 30 swings */
}

static const char offer[] =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=fingerprint:sha-256 "
    "5A:C6:39:AE:50:82:CE:50:58:A0:B5:9B:A1:21:42:1D:25:98:28:00:D9:31:B7:B5:89:0D:FE:37:97:0A:95:"
    "69\r\na=setup:actpass\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";

#define RID_EXTENSIONS                                                                                                 \
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"                                                    \
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"

typedef struct {
    const char *name, *lines;
    unsigned n_encodings;
    const char *answered; /* a=simulcast of our answer; NULL: none */
} Simulcast;

static const Simulcast simulcasts[] = {
    { "three", RID_EXTENSIONS "a=rid:f send\r\na=rid:h send\r\na=rid:q send\r\na=simulcast:send f;h;q\r\n", 3,
      "recv f;h;q" },
    { "four, the first three",
      RID_EXTENSIONS "a=rid:a send\r\na=rid:b send\r\na=rid:c send\r\na=rid:d send\r\na=simulcast:send a;b;c;d\r\n", 3,
      "recv a;b;c" },
    { "one paused, one with alternatives",
      RID_EXTENSIONS "a=rid:a send pt=96\r\na=rid:b send\r\na=rid:c send\r\na=simulcast:recv x send ~a;b,c\r\n", 2,
      "recv a;b" },
    { "one is none", RID_EXTENSIONS "a=rid:f send\r\na=simulcast:send f\r\n", 0, NULL },
    { "no extension for rids", "a=rid:f send\r\na=rid:h send\r\na=simulcast:send f;h\r\n", 0, NULL },
    { "not declared", RID_EXTENSIONS "a=rid:f send\r\na=simulcast:send f;h;q\r\n", 0, NULL },
    { "declared to receive", RID_EXTENSIONS "a=rid:f recv\r\na=rid:h recv\r\na=simulcast:send f;h\r\n", 0, NULL },
    { "twice the same", RID_EXTENSIONS "a=rid:f send\r\na=simulcast:send f;f;f\r\n", 0, NULL },
    { "nonsense", RID_EXTENSIONS "a=rid:f send\r\na=rid\r\na=simulcast:send ;;~;,, send \r\n", 0, NULL },
    { "bad and overlong names",
      RID_EXTENSIONS "a=rid:f!x send\r\na=rid:12345678901234567 send\r\na=rid:ok send\r\na=simulcast:send "
                     "f!x;12345678901234567;ok\r\n",
      0, NULL },
    { "by SSRC alone", "a=ssrc-group:SIM 1 2 3\r\na=ssrc-group:FID 1 11\r\na=ssrc-group:FID 3 13\r\n", 3, NULL },
    { "an SSRC that is none", "a=ssrc-group:SIM 1 2 4294967296\r\n", 0, NULL },
};

static void
test_simulcast(const void *data)
{
    const Simulcast *row = data;
    g_autofree char *text = g_strconcat(offer, row->lines, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, &error);
    const MediaIceCredentials ice = { "abcd", "0123456789012345678901" };
    static const char *const addresses[] = { NULL };
    const MediaSdpLocal local = { .ice = &ice, .fingerprint = "sha-256 00", .cname = "x", .addresses = addresses };

    g_assert_no_error(error);
    MediaSdpSection *section = &sdp->sections[0];
    g_assert_cmpuint(section->stream.n_encodings, ==, row->n_encodings);
    if (g_str_equal(row->name, "by SSRC alone")) {
        g_assert_cmpuint(section->stream.encodings[2].ssrc, ==, 3);
        g_assert_cmpuint(section->stream.encodings[2].rtx_ssrc, ==, 13);
        g_assert_cmpuint(section->stream.encodings[1].rtx_ssrc, ==, 0);
    }
    section->direction = MEDIA_DIRECTION_RECV;
    media_sdp_section_limit(section, true);
    g_autofree char *answer = media_sdp_write(&local, sdp->sections, 1);
    const char *line = strstr(answer, "a=simulcast:");
    g_assert_true((line != NULL) == (row->answered != NULL));
    g_assert_true((strstr(answer, "rtp-stream-id") != NULL) == (row->n_encodings > 0 && row->answered != NULL));
    if (line != NULL)
        g_assert_true(g_str_has_prefix(line + strlen("a=simulcast:"), row->answered));
}

/* What a hostile offer costs is bounded, however long its lists are. */
static void
test_endless_lists(void)
{
    g_autoptr(GString) text = g_string_new(offer);

    g_string_append(text, RID_EXTENSIONS);
    for (unsigned i = 0; i < 4000; i++)
        g_string_append_printf(text, "a=rid:r%u send\r\n", i);
    g_string_append(text, "a=simulcast:send r0");
    for (unsigned i = 0; i < 20000; i++)
        g_string_append(text, ";x");
    g_string_append(text, ";r1\r\n");
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text->str, NULL);
    g_assert_nonnull(sdp);
    g_assert_cmpuint(sdp->sections[0].stream.n_encodings, ==, 0); /* r1 came too late */
}

static void
add(const char *group, const char *name, const void *data, void (*func)(const void *data))
{
    g_autofree char *path = g_strdelimit(g_strconcat("/media/layers/", group, "/", name, NULL), " ,", '-');

    g_test_add_data_func(path, data, func);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        add("descriptor", rows[i].name, &rows[i], test_descriptor);
    for (size_t i = 0; i < G_N_ELEMENTS(simulcasts); i++)
        add("sdp", simulcasts[i].name, &simulcasts[i], test_simulcast);
    g_test_add_func("/media/layers/sdp/endless-lists", test_endless_lists);
    g_test_add_func("/media/layers/descriptor/numbers-are-shifted", test_numbers_are_shifted);
    g_test_add_func("/media/layers/dependency-descriptor", test_dependency_descriptor);
    g_test_add_func("/media/layers/any-codec-may-bring-the-extension", test_any_codec_may_bring_the_extension);
    g_test_add_func("/media/layers/choice/down-at-once-up-after-a-while", test_down_at_once_up_after_a_while);
    g_test_add_func("/media/layers/choice/a-swinging-estimate-does-not-swing-the-picture",
                    test_a_swinging_estimate_does_not_swing_the_picture);
    return g_test_run();
}
