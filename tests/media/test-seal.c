#include "media/seal.h"

#include <string.h>

#include "media/srtp-in.h"
#include "media/srtp-out.h"
#include "reference-srtp.h"

enum { SSRC = 0xcafe0001, PACKET_BYTES = 2048 };

typedef struct {
    const char *name;
    MediaSrtpProfile profile;
    const MediaSealEngine *engine;
} Case;

static const Case cases[] = {
    { "evp/gcm-128", MEDIA_SRTP_AEAD_AES_128_GCM, &media_seal_evp },
    { "evp/gcm-256", MEDIA_SRTP_AEAD_AES_256_GCM, &media_seal_evp },
#ifdef HAVE_IPSEC_MB
    { "ipsec-mb/gcm-128", MEDIA_SRTP_AEAD_AES_128_GCM, &media_seal_mb },
    { "ipsec-mb/gcm-256", MEDIA_SRTP_AEAD_AES_256_GCM, &media_seal_mb },
#endif
    { "cm/sha1-80", MEDIA_SRTP_AES128_CM_SHA1_80, &media_seal_cm },
};

static void
make_master(MediaSrtpProfile profile, MediaSrtpMaster *ret_master)
{
    memset(ret_master, 0, sizeof(*ret_master));
    ret_master->profile = profile;
    for (unsigned i = 0; i < MEDIA_SRTP_MAX_KEY; i++)
        ret_master->key[i] = (uint8_t)(i * 37 + 11);
    for (unsigned i = 0; i < MEDIA_SRTP_MAX_SALT; i++)
        ret_master->salt[i] = (uint8_t)(i * 53 + 7);
}

/* A header with n_csrc CSRCs and an extension of n_words words (0: none); its size. */
static size_t
write_header(uint8_t *packet, uint16_t sequence, unsigned n_csrc, unsigned n_words)
{
    size_t size = 12 + (size_t)4 * n_csrc;
    const uint8_t header[12] = { (uint8_t)(0x80 | n_csrc | (n_words > 0 ? 0x10 : 0)),
                                 96,
                                 (uint8_t)(sequence >> 8),
                                 (uint8_t)sequence,
                                 1,
                                 2,
                                 3,
                                 4,
                                 SSRC >> 24,
                                 (SSRC >> 16) & 0xff,
                                 (SSRC >> 8) & 0xff,
                                 SSRC & 0xff };

    memset(packet, 0x5a, size);
    memcpy(packet, header, sizeof(header));
    if (n_words == 0)
        return size;
    memset(packet + size, 0x11, 4 + (size_t)4 * n_words);
    packet[size] = 0xbe;
    packet[size + 1] = 0xde;
    packet[size + 2] = 0;
    packet[size + 3] = (uint8_t)n_words;
    return size + 4 + (size_t)4 * n_words;
}

typedef struct {
    MediaSrtpOut *out;
    srtp_t reference;
    uint8_t payload[1400];
} SealTest;

/* Sealed by us and by libsrtp: the same bytes. */
static void
check_packet(SealTest *test, uint16_t sequence, size_t payload_size, uint8_t padding, unsigned n_words)
{
    uint8_t ours[PACKET_BYTES], theirs[PACKET_BYTES];
    MediaSealJob job = { .packet = ours, .payload = test->payload, .payload_size = payload_size, .padding = padding };
    int size;

    job.header_size = write_header(ours, sequence, n_words % 3, n_words);
    ours[0] |= padding > 0 ? 0x20 : 0;
    size = (int)(job.header_size + payload_size + padding);
    memset(theirs, 0, sizeof(theirs));
    memcpy(theirs, ours, job.header_size);
    memcpy(theirs + job.header_size, test->payload, payload_size);
    if (padding > 0)
        theirs[size - 1] = padding;

    g_assert_cmpint(srtp_protect(test->reference, theirs, &size), ==, srtp_err_status_ok);
    g_assert_true(media_srtp_out_protect_rtp(test->out, &job));
    g_assert_cmpmem(ours, job.header_size + payload_size + padding + media_srtp_out_get_overhead(test->out), theirs,
                    (size_t)size);
}

static SealTest *
seal_test_new(const Case *test_case)
{
    SealTest *test = g_new0(SealTest, 1);
    MediaSrtpMaster master;

    make_master(test_case->profile, &master);
    test->out = media_srtp_out_new(&master, test_case->engine);
    g_assert_nonnull(test->out);
    test->reference = reference_srtp_new(&master, ssrc_any_outbound);
    g_assert_nonnull(test->reference);
    for (size_t i = 0; i < sizeof(test->payload); i++)
        test->payload[i] = (uint8_t)(i * 7);
    return test;
}

static void
seal_test_free(SealTest *test)
{
    media_srtp_out_free(test->out);
    srtp_dealloc(test->reference);
    g_free(test);
}

static void
test_same_bytes_as_libsrtp(gconstpointer data)
{
    static const size_t sizes[] = { 0,  1,   15,  16,  17,  31,  47,  48,   63,   64,
                                    65, 127, 128, 129, 255, 256, 500, 1000, 1200, 1400 };
    static const uint8_t paddings[] = { 0, 1, 2, 15, 16, 255 };
    SealTest *test = seal_test_new(data);
    uint16_t sequence = 100;

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(paddings); k++)
            for (unsigned n_words = 0; n_words < 6; n_words++)
                check_packet(test, sequence++, sizes[i], paddings[k], n_words);
    seal_test_free(test);
}

static void
test_roll_over(gconstpointer data)
{
    SealTest *test = seal_test_new(data);
    unsigned sequence = 65000;

    /* three times round, with gaps and with packets that come late across the wrap */
    for (unsigned i = 0; i < 400; i++) {
        check_packet(test, (uint16_t)sequence, 100, 0, i % 4);
        if (i % 3 == 0)
            check_packet(test, (uint16_t)(sequence - 200), 20, 0, 0);
        sequence += 501;
    }
    seal_test_free(test);
}

static void
test_window(gconstpointer data)
{
    SealTest *test = seal_test_new(data);
    uint8_t packet[PACKET_BYTES];
    MediaSealJob job = { .packet = packet, .payload = test->payload, .payload_size = 10 };

    job.header_size = write_header(packet, 5000, 0, 0);
    g_assert_true(media_srtp_out_protect_rtp(test->out, &job));
    job.header_size = write_header(packet, 5000, 0, 0);
    g_assert_false(media_srtp_out_protect_rtp(test->out, &job));
    job.header_size = write_header(packet, 5000 - MEDIA_SRTP_WINDOW + 1, 0, 0);
    g_assert_true(media_srtp_out_protect_rtp(test->out, &job));
    job.header_size = write_header(packet, 5000 - MEDIA_SRTP_WINDOW, 0, 0);
    g_assert_false(media_srtp_out_protect_rtp(test->out, &job));
    seal_test_free(test);
}

static void
test_first_packet_cannot_be_preceded_across_zero(void)
{
    SealTest *test = seal_test_new(&cases[0]);
    uint8_t packet[PACKET_BYTES];
    MediaSealJob job = { .packet = packet, .payload = test->payload, .payload_size = 10 };

    job.header_size = write_header(packet, 3, 0, 0);
    g_assert_true(media_srtp_out_protect_rtp(test->out, &job));
    job.header_size = write_header(packet, 65535, 0, 0);
    g_assert_false(media_srtp_out_protect_rtp(test->out, &job));
    seal_test_free(test);
}

static void
set_ssrc(uint8_t *packet, uint32_t ssrc)
{
    for (unsigned i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
}

static void
test_outgoing_ssrcs_are_limited(void)
{
    SealTest *test = seal_test_new(&cases[0]);
    uint8_t packet[PACKET_BYTES];
    MediaSealJob job = { .packet = packet, .payload = test->payload, .payload_size = 10 };

    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i <= MEDIA_SRTP_OUT_MAX_SSRCS; i++) {
            job.header_size = write_header(packet, (uint16_t)(1 + round), 0, 0);
            set_ssrc(packet, i * 0x01010101);
            g_assert_cmpint(media_srtp_out_protect_rtp(test->out, &job), ==, i < MEDIA_SRTP_OUT_MAX_SSRCS);
        }
    }
    seal_test_free(test);
}

static void
test_rtcp_same_bytes_as_libsrtp(gconstpointer data)
{
    SealTest *test = seal_test_new(data);

    for (size_t size = 8; size <= 1000; size += size < 64 ? 4 : 52) {
        uint8_t ours[PACKET_BYTES] = { 0x81, 201, 0, 7, 1, 2, 3, 4 }, theirs[PACKET_BYTES];
        int their_size = (int)size;
        size_t our_size = size;

        memcpy(ours + 8, test->payload, size - 8);
        memcpy(theirs, ours, size);
        g_assert_cmpint(srtp_protect_rtcp(test->reference, theirs, &their_size), ==, srtp_err_status_ok);
        g_assert_true(media_srtp_out_protect_rtcp(test->out, ours, &our_size));
        g_assert_cmpmem(ours, our_size, theirs, (size_t)their_size);
    }
    seal_test_free(test);
}

/* what comes in */

typedef struct {
    MediaSrtpIn *in;
    srtp_t sender;
} OpenTest;

static void
open_test_init(OpenTest *test, const Case *test_case)
{
    MediaSrtpMaster master;

    make_master(test_case->profile, &master);
    test->in = media_srtp_in_new(&master, test_case->engine);
    test->sender = reference_srtp_new(&master, ssrc_any_outbound);
    g_assert_nonnull(test->in);
}

static void
open_test_clear(OpenTest *test)
{
    media_srtp_in_free(test->in);
    srtp_dealloc(test->sender);
}

static size_t
protect(OpenTest *test, uint8_t *packet, uint16_t sequence, uint32_t ssrc)
{
    int size = (int)write_header(packet, sequence, 1, 2) + 50;

    set_ssrc(packet, ssrc);
    g_assert_cmpint(srtp_protect(test->sender, packet, &size), ==, srtp_err_status_ok);
    return (size_t)size;
}

static void
test_incoming_is_opened_once(gconstpointer data)
{
    const Case *test_case = data;
    OpenTest test;
    uint8_t packet[PACKET_BYTES] = { 0 }, copy[PACKET_BYTES];
    size_t size, copy_size;

    open_test_init(&test, test_case);
    size = copy_size = protect(&test, packet, 1, SSRC);
    memcpy(copy, packet, size);
    g_assert_true(media_srtp_in_unprotect_rtp(test.in, packet, &size));
    g_assert_cmpuint(size, ==, 12 + 4 + 12 + 50);
    g_assert_false(media_srtp_in_unprotect_rtp(test.in, copy, &copy_size));
    open_test_clear(&test);
}

static void
test_truncated_and_flipped_are_refused(gconstpointer data)
{
    const Case *test_case = data;
    OpenTest test;
    uint8_t packet[PACKET_BYTES] = { 0 }, copy[PACKET_BYTES];
    size_t whole;

    open_test_init(&test, test_case);
    whole = protect(&test, packet, 1, SSRC);
    for (size_t i = 0; i < whole; i++) {
        size_t size = i;

        memcpy(copy, packet, i);
        g_assert_false(media_srtp_in_unprotect_rtp(test.in, copy, &size));
        size = whole;
        memcpy(copy, packet, whole);
        copy[i] ^= 0x10;
        g_assert_false(media_srtp_in_unprotect_rtp(test.in, copy, &size));
    }
    g_assert_true(media_srtp_in_unprotect_rtp(test.in, packet, &whole));
    open_test_clear(&test);
}

static void
test_incoming_ssrcs_are_limited(void)
{
    OpenTest test;
    uint8_t packet[PACKET_BYTES] = { 0 };

    open_test_init(&test, &cases[0]);
    for (uint16_t sequence = 1; sequence < 3; sequence++) {
        for (uint32_t i = 0; i < MEDIA_SRTP_IN_MAX_SSRCS + 3; i++) {
            size_t size = protect(&test, packet, sequence, 1000 + i);

            g_assert_cmpint(media_srtp_in_unprotect_rtp(test.in, packet, &size), ==, i < MEDIA_SRTP_IN_MAX_SSRCS);
        }
    }
    open_test_clear(&test);
}

/* Late, early, twice, across roll-overs, with and without loss: whatever libsrtp takes, we take, and nothing else. */
static void
test_takes_what_libsrtp_takes(gconstpointer data)
{
    enum { N_SENT = 150000, KEPT = 2048, MAX_LATE = 1400 };
    const Case *test_case = data;
    g_autofree uint8_t *kept = g_malloc0(KEPT * 128);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    unsigned n_taken = 0, n_refused = 0;
    MediaSrtpMaster master;
    OpenTest test;

    open_test_init(&test, test_case);
    make_master(test_case->profile, &master);
    srtp_t reference = reference_srtp_new(&master, ssrc_any_inbound);
    for (unsigned i = 0; i < N_SENT; i++) {
        uint8_t *packet = kept + i % KEPT * 128, ours[128], theirs[128];
        int size = (int)write_header(packet, (uint16_t)(60000 + i), 0, 0) + 20;
        unsigned late = g_rand_int_range(rand, 0, 8) == 0 ? (unsigned)g_rand_int_range(rand, 0, MAX_LATE) : 0;

        g_assert_cmpint(srtp_protect(test.sender, packet, &size), ==, srtp_err_status_ok);
        if (i / 3000 % 5 == 4 && i % 7 != 0) /* a bad line for a while */
            continue;
        memcpy(ours, kept + (i - MIN(late, i)) % KEPT * 128, sizeof ours);
        memcpy(theirs, ours, sizeof theirs);
        size_t our_size = (size_t)size;
        bool taken = media_srtp_in_unprotect_rtp(test.in, ours, &our_size);
        g_assert_cmpint(taken, ==, srtp_unprotect(reference, theirs, &size) == srtp_err_status_ok);
        if (taken)
            g_assert_cmpmem(ours, our_size, theirs, (size_t)size);
        n_taken += taken;
        n_refused += !taken;
    }
    g_assert_cmpuint(n_taken, >, N_SENT / 2);
    g_assert_cmpuint(n_refused, >, 1000);
    srtp_dealloc(reference);
    open_test_clear(&test);
}

static void
test_rtcp_is_taken_once(gconstpointer data)
{
    const Case *test_case = data;
    uint8_t packets[3][PACKET_BYTES], copy[PACKET_BYTES];
    size_t sizes[3];
    OpenTest test;

    open_test_init(&test, test_case);
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t plain[12] = { 0x81, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, (uint8_t)i };
        int size = sizeof plain;

        memcpy(packets[i], plain, sizeof plain);
        g_assert_cmpint(srtp_protect_rtcp(test.sender, packets[i], &size), ==, srtp_err_status_ok);
        sizes[i] = (size_t)size;
    }
    const unsigned order[] = { 1, 0, 1, 2, 0, 2 };
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        size_t size = sizes[order[i]];
        bool first = i < 2 || i == 3;

        memcpy(copy, packets[order[i]], size);
        g_assert_cmpint(media_srtp_in_unprotect_rtcp(test.in, copy, &size), ==, first);
        if (first)
            g_assert_cmpuint(copy[11], ==, order[i]);
    }
    open_test_clear(&test);
}

static void
test_rtcp_has_to_be_whole_and_encrypted(gconstpointer data)
{
    const Case *test_case = data;
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(test_case->profile);
    uint8_t packet[PACKET_BYTES] = { 0x80, 201, 0, 1, 1, 2, 3, 4 }, copy[PACKET_BYTES];
    OpenTest test;
    int protected_size = 8;
    size_t whole, size;

    open_test_init(&test, test_case);
    g_assert_cmpint(srtp_protect_rtcp(test.sender, packet, &protected_size), ==, srtp_err_status_ok);
    whole = (size_t)protected_size;
    for (size = 0; size < whole; size++) {
        size_t n = size;

        memcpy(copy, packet, size);
        g_assert_false(media_srtp_in_unprotect_rtcp(test.in, copy, &n));
    }
    memcpy(copy, packet, whole);
    copy[whole - 4 - (info->aead ? 0 : info->tag_size)] &= 0x7f;
    size = whole;
    g_assert_false(media_srtp_in_unprotect_rtcp(test.in, copy, &size));
    g_assert_true(media_srtp_in_unprotect_rtcp(test.in, packet, &whole));
    g_assert_cmpuint(whole, ==, 8);
    open_test_clear(&test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct {
            const char *path;
            GTestDataFunc func;
        } tests[] = {
            { "/media/seal/same-bytes-as-libsrtp/%s", test_same_bytes_as_libsrtp },
            { "/media/seal/roll-over/%s", test_roll_over },
            { "/media/seal/rtcp-same-bytes-as-libsrtp/%s", test_rtcp_same_bytes_as_libsrtp },
            { "/media/seal/nothing-is-sealed-twice/%s", test_window },
            { "/media/srtp-in/opened-once/%s", test_incoming_is_opened_once },
            { "/media/srtp-in/truncated-and-flipped-are-refused/%s", test_truncated_and_flipped_are_refused },
            { "/media/srtp-in/takes-what-libsrtp-takes/%s", test_takes_what_libsrtp_takes },
            { "/media/srtp-in/rtcp-is-taken-once/%s", test_rtcp_is_taken_once },
            { "/media/srtp-in/rtcp-has-to-be-whole-and-encrypted/%s", test_rtcp_has_to_be_whole_and_encrypted },
        };

        for (unsigned k = 0; k < G_N_ELEMENTS(tests); k++) {
            g_autoptr(GString) path = g_string_new(tests[k].path);

            g_string_replace(path, "%s", cases[i].name, 0);
            g_test_add_data_func(path->str, &cases[i], tests[k].func);
        }
    }
    g_test_add_func("/media/seal/first-packet-cannot-be-preceded-across-zero",
                    test_first_packet_cannot_be_preceded_across_zero);
    g_test_add_func("/media/srtp-out/ssrcs-are-limited", test_outgoing_ssrcs_are_limited);
    g_test_add_func("/media/srtp-in/ssrcs-are-limited", test_incoming_ssrcs_are_limited);
    return g_test_run();
}
