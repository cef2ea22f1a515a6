/* What is done per packet, or per packet and viewer, besides cryptography and system calls. */
#include <string.h>

#include "bench/micro/part.h"
#include "media/nack.h"
#include "media/packet-store.h"
#include "media/rewriter.h"
#include "media/rtp.h"
#include "media/sequence.h"
#include "media/timer-wheel.h"
#include "media/twcc.h"

enum { PACKET_BYTES = 1200, HEADER_BYTES = 20, N_TIMERS = 1000, FRAME = 5, N_MISSING = 20 };

static const uint8_t one_packet[PACKET_BYTES] = { 0x90, 96,   0x12, 0x34, 0,    0,    0, 1, 1,    2,    3, 4,
                                                  0xbe, 0xde, 0,    1,    0x10, 0x7f, 0, 0, 0x90, 0x80, 1, 2 };

/* Five packets a frame, 25 frames per second. */
static void
number_packet(MediaPacket *packet, uint64_t n)
{
    packet->sequence = MEDIA_SEQUENCE_FIRST_CYCLE + n;
    packet->timestamp = (uint32_t)(n / FRAME * 3600);
    packet->marker = n % FRAME == FRAME - 1;
    packet->arrival_us = (int64_t)(n / FRAME) * 40000 + 1;
}

typedef struct {
    MediaPacket packet;
    MediaRewriter rewriter;
    MediaPacketStore *store;
    uint64_t n;
    uint32_t sum; /* so that nothing is left out as useless */
} Track;

static void *
set_up_track(int how)
{
    Track *self = g_new0(Track, 1);
    MediaStream stream = {
        .kind = MEDIA_KIND_VIDEO,
        .n_codecs = 1,
        .codecs[0] = { .codec = MEDIA_CODEC_VP8, .payload_type = 96, .rtx_payload_type = 97 },
        .ext_transport_cc = 3,
        .ext_abs_send_time = 2,
        .ssrc = 1,
        .rtx_ssrc = 2,
    };

    (void)how;
    self->packet = (MediaPacket){
        .data = one_packet,
        .size = PACKET_BYTES,
        .payload_offset = HEADER_BYTES,
        .payload_size = PACKET_BYTES - HEADER_BYTES,
        .payload_type = 96,
        .audio_level = -1,
        .codec = MEDIA_CODEC_VP8,
    };
    number_packet(&self->packet, self->n);
    media_rewriter_init(&self->rewriter, &stream, 1000, 2000, 3000);
    media_rewriter_restart(&self->rewriter, &self->packet, 1);
    self->store = media_packet_store_new(MEDIA_KIND_VIDEO);
    return self;
}

static void
tear_down_track(void *state)
{
    Track *self = state;

    media_packet_store_free(self->store);
    g_free(self);
}

static void
run_rewrite(void *state, unsigned n_ops)
{
    Track *self = state;
    uint8_t header[MEDIA_REWRITER_MAX_HEADER];

    for (unsigned i = 0; i < n_ops; i++) {
        MediaRewritten rewritten = { .now_us = self->packet.arrival_us };
        number_packet(&self->packet, self->n++);
        if (media_rewriter_map(&self->rewriter, &self->packet, &rewritten))
            self->sum +=
                (uint32_t)media_rewriter_write_header(&self->rewriter, &self->packet, &rewritten, header) + header[3];
    }
}

static void
run_parse(void *state, unsigned n_ops)
{
    Track *self = state;

    for (unsigned i = 0; i < n_ops; i++) {
        MediaRtp rtp;
        size_t size = 0;
        if (media_rtp_parse(one_packet, PACKET_BYTES, &rtp) && media_rtp_find_extension(&rtp, 1, &size) != NULL)
            self->sum += (uint32_t)(rtp.payload_size + size);
    }
}

static void
run_store_add(void *state, unsigned n_ops)
{
    Track *self = state;

    for (unsigned i = 0; i < n_ops; i++) {
        number_packet(&self->packet, self->n++);
        media_packet_store_add(self->store, &self->packet);
    }
}

static void
prepare_store_find(void *state)
{
    run_store_add(state, 512);
}

static void
run_store_find(void *state, unsigned n_ops)
{
    Track *self = state;
    uint64_t newest = media_packet_store_get_newest(self->store);

    for (unsigned i = 0; i < n_ops; i++) {
        const MediaPacket *found = media_packet_store_find(self->store, newest - i * 7 % 64);
        self->sum += found != NULL ? found->data[20] : 0;
    }
}

typedef struct {
    MediaNack nack;
    uint64_t sequence;
    int64_t now_us;
    unsigned lose_one_in; /* 0: none */
    unsigned n_asked;
} Nack;

static void *
set_up_nack(int how)
{
    Nack *self = g_new0(Nack, 1);

    self->lose_one_in = (unsigned)how;
    self->sequence = MEDIA_SEQUENCE_FIRST_CYCLE;
    return self;
}

/* A loss is asked for once it is due, and comes a round trip of N_MISSING packets later. */
static void
run_nack(void *state, unsigned n_ops)
{
    Nack *self = state;
    uint16_t asked[MEDIA_NACK_MAX_MISSING];

    for (unsigned i = 0; i < n_ops; i++) {
        uint64_t sequence = self->sequence++;
        self->now_us += 5000;
        if (self->lose_one_in == 0 || sequence % self->lose_one_in != 0)
            media_nack_received(&self->nack, sequence, self->now_us);
        if (self->lose_one_in != 0 && sequence % self->lose_one_in == N_MISSING - 1)
            media_nack_received(&self->nack, sequence - (N_MISSING - 1), self->now_us);
        if (media_nack_get_due_us(&self->nack) <= self->now_us)
            self->n_asked += (unsigned)media_nack_collect(&self->nack, self->now_us, asked, G_N_ELEMENTS(asked));
    }
}

typedef struct {
    MediaTimerWheel wheel;
    MediaTimer timers[N_TIMERS];
    int64_t now_us;
    unsigned n_fired;
} Wheel;

static void
on_timer(void *data)
{
    ((Wheel *)data)->n_fired++;
}

static void
start(Wheel *self, unsigned i, int64_t due_us)
{
    self->timers[i].due_us = due_us;
    self->timers[i].func = on_timer;
    self->timers[i].data = self;
    media_timer_wheel_start(&self->wheel, &self->timers[i]);
}

static void *
set_up_wheel(int how)
{
    Wheel *self = g_new0(Wheel, 1);

    (void)how;
    media_timer_wheel_init(&self->wheel, 0);
    return self;
}

static void
run_wheel_restart(void *state, unsigned n_ops)
{
    Wheel *self = state;

    for (unsigned i = 0; i < n_ops; i++)
        start(self, i % N_TIMERS, self->now_us + (i * 37 % 100 + 1) * 1000);
}

static void
run_wheel_fire(void *state, unsigned n_ops)
{
    Wheel *self = state;

    for (unsigned i = 0; i < n_ops; i++) {
        start(self, i % N_TIMERS, self->now_us + (i * 37 % 100 + 1) * 1000);
        if (i % N_TIMERS == N_TIMERS - 1) {
            self->now_us += 200 * 1000;
            media_timer_wheel_advance(&self->wheel, self->now_us);
        }
    }
}

static void *
set_up_twcc(int how)
{
    (void)how;
    return g_new0(MediaTwcc, 1);
}

/* As a publisher of 250 packets per second gets it, ten times a second. */
static void
run_twcc(void *state, unsigned n_ops)
{
    MediaTwcc *self = state;
    MediaRtcpWriter writer;

    for (unsigned i = 0; i < n_ops; i++) {
        media_twcc_received(self, (uint16_t)(self->highest + 1), (int64_t)self->highest * 4000);
        if (i % 25 != 24)
            continue;
        writer.size = 0;
        media_twcc_write(self, &writer, 1, 2);
    }
}

const MicroPart micro_tracking[] = {
    { "RTP header read, with an extension", 100000, set_up_track, 0, NULL, run_parse, tear_down_track },
    { "store, add", 20000, set_up_track, 0, NULL, run_store_add, tear_down_track },
    { "store, find", 100000, set_up_track, 0, prepare_store_find, run_store_find, tear_down_track },
    { "header rewritten for a viewer", 100000, set_up_track, 0, NULL, run_rewrite, tear_down_track },
    { "NACK, nothing lost", 100000, set_up_nack, 0, NULL, run_nack, g_free },
    { "NACK, one in fifty lost", 100000, set_up_nack, 50, NULL, run_nack, g_free },
    { "timer wheel, restart one of 1,000", 100000, set_up_wheel, 0, NULL, run_wheel_restart, g_free },
    { "timer wheel, start and fire", 100000, set_up_wheel, 0, NULL, run_wheel_fire, g_free },
    { "transport-wide feedback, a packet noted and reported", 100000, set_up_twcc, 0, NULL, run_twcc, g_free },
    { NULL },
};
