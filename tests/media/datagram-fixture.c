#include "datagram-fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "media/rtcp-writer.h"
#include "media/rtp.h"
#include "media/wire.h"

static void
on_sent(void *data, const MediaAddress *to, const uint8_t *bytes, size_t size)
{
    Datagrams *self = data;

    g_assert_cmpuint(size, <=, MEDIA_MAX_PACKET);
    self->n_sent++;
    for (unsigned i = 0; i < N_PARTIES; i++) {
        if (!media_address_equal(to, &self->parties[i].address))
            continue;
        if (self->keep)
            g_ptr_array_add(self->parties[i].got, g_bytes_new(bytes, size));
        return;
    }
    self->n_strange++;
}

static void
on_state_changed(MediaTransport *transport G_GNUC_UNUSED, MediaTransportState state, void *data)
{
    if (state == MEDIA_TRANSPORT_READY)
        media_sender_on_ready(((DatagramParty *)data)->sender);
}

static void
on_rtp(MediaTransport *transport G_GNUC_UNUSED, const uint8_t *packet, size_t size, int64_t arrival_us, void *data)
{
    media_receiver_on_rtp(((DatagramParty *)data)->receiver, packet, size, arrival_us);
}

static void
on_rtcp(MediaTransport *transport G_GNUC_UNUSED, const uint8_t *packet, size_t size, int64_t arrival_us, void *data)
{
    media_receiver_on_rtcp(((DatagramParty *)data)->receiver, packet, size, arrival_us);
    media_sender_on_rtcp(((DatagramParty *)data)->sender, packet, size, arrival_us);
}

static const MediaTransportEvents events = {
    .state_changed = on_state_changed,
    .rtp_received = on_rtp,
    .rtcp_received = on_rtcp,
};

MediaAddress
datagrams_make_address(unsigned i)
{
    MediaAddress address;
    char ip[32];

    g_snprintf(ip, sizeof ip, "198.%u.%u.%u", 18 + (i >> 16) % 2, (i >> 8) & 255, i & 255);
    g_assert_true(media_address_parse(ip, (uint16_t)(1024 + i % 50000), &address));
    return address;
}

/* ICE and DTLS-SRTP */

static uint32_t
compute_crc(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* RFC 8489 section 14: type, length, value; the length in the header already counts it. */
static uint8_t *
add_attribute(uint8_t *bytes, size_t *size, uint16_t type, size_t value_size)
{
    uint8_t *attribute = bytes + *size;

    media_wire_put_16(attribute, type);
    media_wire_put_16(attribute + 2, (uint16_t)value_size);
    *size += 4 + (value_size + 3) / 4 * 4;
    media_wire_put_16(bytes + 2, (uint16_t)(*size - 20));
    return attribute + 4;
}

size_t
datagrams_build_check(const DatagramParty *party, const uint8_t *more, size_t more_size, uint8_t bytes[DATAGRAM_BYTES])
{
    static const uint8_t head[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 'b', 'i', 'n', 'd' };
    g_autofree char *name = g_strdup_printf("%s:far", party->local.ufrag);
    size_t size = sizeof head;

    g_assert_cmpuint(more_size, <, DATAGRAM_BYTES / 2);
    memset(bytes, 0, DATAGRAM_BYTES);
    memcpy(bytes, head, sizeof head);
    uint8_t *value = add_attribute(bytes, &size, 0x0006, strlen(name));
    memcpy(value, name, strlen(name));
    if (more_size >= 4)
        memcpy(bytes + size, more, more_size / 4 * 4);
    size += more_size / 4 * 4;
    size_t covered = size;
    value = add_attribute(bytes, &size, 0x0008, 20);
    HMAC(EVP_sha1(), party->local.pwd, (int)strlen(party->local.pwd), bytes, covered, value, NULL);
    covered = size;
    value = add_attribute(bytes, &size, 0x8028, 4);
    media_wire_put_32(value, compute_crc(bytes, covered) ^ 0x5354554e);
    return size;
}

static MediaDtlsResult
make_keys(uint8_t party)
{
    MediaDtlsResult result = { .in = { .profile = MEDIA_SRTP_AEAD_AES_128_GCM },
                               .out = { .profile = MEDIA_SRTP_AEAD_AES_128_GCM },
                               .record = { .key_size = 16 } };

    memset(result.in.key, 1 + party, sizeof result.in.key);
    memset(result.out.key, 101 + party, sizeof result.out.key);
    memset(result.record.client_key, 201 + party, sizeof result.record.client_key);
    return result;
}

static void
connect_party(Datagrams *self, unsigned i)
{
    static const uint8_t hello[] = { 22, 0xfe, 0xfd };
    DatagramParty *party = &self->parties[i];
    MediaTransportRemote remote = { .ice.ufrag = "far", .n_fingerprints = 1 };
    MediaDtlsResult keys = make_keys((uint8_t)i);
    uint8_t bytes[DATAGRAM_BYTES];
    size_t size;

    g_strlcpy(remote.fingerprints[0].hash, "sha-256", sizeof remote.fingerprints[0].hash);
    media_transport_set_remote(party->transport, &remote);
    size = datagrams_build_check(party, NULL, 0, bytes);
    fake_net_receive(&party->address, bytes, size);
    fake_net_receive(&party->address, hello, sizeof hello);
    fake_net_finish_handshake(&keys);
    party->seal = reference_srtp_new(&keys.in, ssrc_any_outbound);
    party->open = reference_srtp_new(&keys.out, ssrc_any_inbound);
    g_assert_cmpint(media_transport_get_state(party->transport), ==, MEDIA_TRANSPORT_READY);
}

/* what they publish and watch */

static MediaStream
make_sound(uint32_t ssrc)
{
    return (MediaStream){
        .kind = MEDIA_KIND_AUDIO,
        .mid = "a",
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_OPUS, OPUS_TYPE, 0, RED_TYPE, .nack = true, .transport_cc = true } },
        .ext_mid = EXT_MID,
        .ext_audio_level = EXT_LEVEL,
        .ext_transport_cc = EXT_TWCC,
        .ssrc = ssrc,
    };
}

static MediaStream
make_picture(uint32_t ssrc)
{
    return (MediaStream){
        .kind = MEDIA_KIND_VIDEO,
        .mid = "v",
        .n_codecs = 4,
        .codecs = { { MEDIA_CODEC_VP8, VP8_TYPE, VP8_TYPE + 1, .nack = true, .pli = true, .transport_cc = true },
                    { MEDIA_CODEC_VP9, VP9_TYPE, VP9_TYPE + 1, .nack = true, .pli = true, .transport_cc = true },
                    { MEDIA_CODEC_AV1, AV1_TYPE, AV1_TYPE + 1, .nack = true, .pli = true, .remb = true },
                    { MEDIA_CODEC_H264, H264_TYPE, H264_TYPE + 1, .nack = true, .fir = true, .remb = true } },
        .ext_mid = EXT_MID,
        .ext_rid = EXT_RID,
        .ext_repaired_rid = EXT_REPAIRED_RID,
        .ext_transport_cc = EXT_TWCC,
        .ext_dependency = EXT_DEPENDENCY,
        .ssrc = ssrc,
        .rtx_ssrc = ssrc != 0 ? ssrc + 1 : 0,
    };
}

static void
publish(DatagramParty *party, unsigned i)
{
    MediaStream sound = make_sound(SOUND_SSRC + i);
    MediaStream picture = make_picture(PICTURE_SSRC + 2 * i);
    MediaStream layers = make_picture(0);

    g_strlcpy(layers.mid, "s", sizeof layers.mid);
    layers.n_encodings = 2;
    g_strlcpy(layers.encodings[0].rid, "h", sizeof layers.encodings[0].rid);
    g_strlcpy(layers.encodings[1].rid, "l", sizeof layers.encodings[1].rid);
    party->tracks[0] = media_receiver_add_stream(party->receiver, &sound);
    party->tracks[1] = media_receiver_add_stream(party->receiver, &picture);
    party->tracks[2] = media_receiver_add_stream(party->receiver, &layers);
}

static void
watch(DatagramParty *party, const DatagramParty *other)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(other->tracks); i++) {
        uint32_t ssrc = VIEW_SSRC + 10 * party->n_viewers++;
        MediaStream stream = i == 0 ? make_sound(ssrc) : make_picture(ssrc);

        media_viewer_set_track(media_sender_add_viewer(party->sender, &stream), other->tracks[i]);
    }
}

static void
add_party(Datagrams *self, unsigned i)
{
    DatagramParty *party = &self->parties[i];

    g_snprintf(party->local.ufrag, sizeof party->local.ufrag, "near%u", i);
    g_snprintf(party->local.pwd, sizeof party->local.pwd, "0123456789012345678901%u", i);
    party->address = datagrams_make_address(i);
    party->got = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    party->transport = media_transport_new(fake_worker_get(), NULL, &party->local, &events, party);
    party->receiver = media_receiver_new(party->transport);
    party->sender = media_sender_new(party->transport, "party@example");
    connect_party(self, i);
    publish(party, i);
}

void
datagrams_set_up(Datagrams *self)
{
    *self = (Datagrams){ 0 };
    g_random_set_seed(7983);
    media_address_hash(&self->parties[0].address); /* takes its own seed, once */
    g_random_set_seed(7983);
    fake_net_set_up(DATAGRAM_START_US, on_sent, self);
    for (unsigned i = 0; i < N_PARTIES; i++)
        add_party(self, i);
    watch(&self->parties[WATCHER], &self->parties[SPEAKER]);
    watch(&self->parties[WATCHER], &self->parties[HOSTILE]);
    watch(&self->parties[HOSTILE], &self->parties[SPEAKER]);
}

void
datagrams_tear_down(Datagrams *self)
{
    for (unsigned i = 0; i < N_PARTIES; i++) {
        DatagramParty *party = &self->parties[i];

        media_receiver_free(party->receiver);
        media_sender_free(party->sender);
        media_transport_free(party->transport);
        srtp_dealloc(party->seal);
        srtp_dealloc(party->open);
        g_ptr_array_unref(party->got);
    }
    g_assert_cmpuint(fake_worker_get_n_timers(), ==, 0);
    fake_net_tear_down();
}

/* datagrams */

void
datagrams_send_raw(const MediaAddress *from, const uint8_t *bytes, size_t size)
{
    fake_net_receive(from, bytes, size);
}

bool
datagrams_send_rtp(Datagrams *self, unsigned party, const uint8_t *bytes, size_t size)
{
    uint8_t sealed[DATAGRAM_BYTES];
    int n = (int)size;

    if (size < MEDIA_RTP_HEADER_SIZE || size > sizeof sealed - SRTP_MAX_TRAILER_LEN)
        return false;
    memcpy(sealed, bytes, size);
    if (srtp_protect(self->parties[party].seal, sealed, &n) != srtp_err_status_ok)
        return false;
    fake_net_receive(&self->parties[party].address, sealed, (size_t)n);
    return true;
}

bool
datagrams_send_rtcp(Datagrams *self, unsigned party, const uint8_t *bytes, size_t size)
{
    uint8_t sealed[DATAGRAM_BYTES];
    int n = (int)size;

    if (size < 8 || size > sizeof sealed - SRTP_MAX_TRAILER_LEN - 4)
        return false;
    memcpy(sealed, bytes, size);
    if (srtp_protect_rtcp(self->parties[party].seal, sealed, &n) != srtp_err_status_ok)
        return false;
    fake_net_receive(&self->parties[party].address, sealed, (size_t)n);
    return true;
}

bool
datagrams_speak(Datagrams *self)
{
    DatagramParty *speaker = &self->parties[SPEAKER], *watcher = &self->parties[WATCHER];
    bool kept = self->keep;
    MediaRtcpWriter report = { 0 };
    uint8_t packet[12 + 8] = { 0x80, OPUS_TYPE };

    /* the watcher is there, however long it was silent */
    media_rtcp_write_receiver_report(&report, 1, NULL, 0);
    g_assert_true(datagrams_send_rtcp(self, WATCHER, report.bytes, report.size));
    g_ptr_array_set_size(watcher->got, 0);
    media_wire_put_16(packet + 2, ++speaker->next_sequence);
    media_wire_put_32(packet + 4, 960u * speaker->next_sequence);
    media_wire_put_32(packet + 8, SOUND_SSRC + SPEAKER);
    memcpy(packet + 12, "\xfcspeaking", 8);
    self->keep = true;
    g_assert_true(datagrams_send_rtp(self, SPEAKER, packet, sizeof packet));
    self->keep = kept;
    return datagrams_take_rtp(self, WATCHER, VIEW_SSRC, "\xfcspeaki") == 1;
}

void
datagrams_show(Datagrams *self)
{
    static const uint8_t frame[] = { 0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01 };
    uint8_t packet[12 + 500] = { 0x80, 0x80 | VP8_TYPE };
    uint16_t n = self->parties[SPEAKER].next_picture++;

    media_wire_put_16(packet + 2, n);
    media_wire_put_32(packet + 4, 3000u * n);
    media_wire_put_32(packet + 8, PICTURE_SSRC + 2 * SPEAKER);
    memcpy(packet + 12, frame, sizeof frame);
    packet[13] |= n % 8 != 0; /* not a key frame */
    g_assert_true(datagrams_send_rtp(self, SPEAKER, packet, sizeof packet));
}

unsigned
datagrams_take_rtp(Datagrams *self, unsigned party, uint32_t ssrc, const char *payload)
{
    GPtrArray *got = self->parties[party].got;
    unsigned count = 0;

    for (guint i = 0; i < got->len; i++) {
        uint8_t bytes[DATAGRAM_BYTES];
        gsize size;
        const uint8_t *sealed = g_bytes_get_data(got->pdata[i], &size);
        int n = (int)size;
        MediaRtp rtp;

        memcpy(bytes, sealed, size);
        if (size < MEDIA_RTP_HEADER_SIZE || bytes[0] >> 6 != 2 || (bytes[1] >= 192 && bytes[1] <= 223) ||
            media_wire_get_32(bytes + 8) != ssrc)
            continue;
        g_assert_cmpint(srtp_unprotect(self->parties[party].open, bytes, &n), ==, srtp_err_status_ok);
        g_assert_true(media_rtp_parse(bytes, (size_t)n, &rtp));
        count += payload == NULL || (rtp.payload_size >= strlen(payload) &&
                                     memcmp(bytes + rtp.header_size, payload, strlen(payload)) == 0);
    }
    g_ptr_array_set_size(got, 0);
    return count;
}

unsigned
datagrams_take_rtcp(Datagrams *self, unsigned party, uint8_t type, uint8_t fmt)
{
    GPtrArray *got = self->parties[party].got;
    unsigned count = 0;

    for (guint i = 0; i < got->len; i++) {
        uint8_t bytes[DATAGRAM_BYTES];
        gsize size;
        const uint8_t *sealed = g_bytes_get_data(got->pdata[i], &size);
        int n = (int)size;
        MediaRtcpReader reader;
        MediaRtcpPacket packet;

        memcpy(bytes, sealed, size);
        if (size < 8 || bytes[1] < 192 || bytes[1] > 223)
            continue;
        g_assert_cmpint(srtp_unprotect_rtcp(self->parties[party].open, bytes, &n), ==, srtp_err_status_ok);
        g_assert_true(media_rtcp_reader_init(&reader, bytes, (size_t)n));
        while (media_rtcp_reader_next(&reader, &packet))
            count += packet.type == type && packet.count == fmt;
    }
    g_ptr_array_set_size(got, 0);
    return count;
}
