#include "simulcast-model.h"

#include "media/ntp.h"
#include "media/wire.h"

enum {
    LAYERS = 3,
    DESCRIPTOR = 6,
    MARK_AT = DESCRIPTOR + 10, /* frame, index */
    MAX_NEEDS = 3,
    LATE_US = 40 * 1000,
    FIRST_SSRC = 0x5000,
};

/* packets per frame, bytes per packet, width: 0 the largest */
static const struct {
    unsigned n_packets, size, width;
} sizes[MODEL_ENCODINGS] = { { 4, 1000, 1280 }, { 2, 600, 640 }, { 1, 400, 320 } };

typedef struct {
    unsigned encoding, temporal;
    bool key;
    unsigned n_needs, needs[MAX_NEEDS];
    int64_t taken_us;
    /* the spectator's */
    unsigned n_got;
    bool decoded;
} Frame;

typedef struct {
    int64_t due_us;
    uint32_t ssrc;
    uint16_t sequence;
    uint32_t timestamp;
    size_t size;
    uint8_t payload[1200];
} Packet;

typedef struct {
    bool empty;
    unsigned frame, index, temporal;
    uint16_t picture;
    uint8_t base;
    uint32_t timestamp;
    int64_t sent_us;
} Got;

static void
tell_time(Model *self)
{
    int64_t now_us = media_worker_now_us(self->fixture.worker);

    for (unsigned i = 0; i < MODEL_ENCODINGS; i++) {
        MediaRtcpWriter writer = { 0 };
        MediaRtcpSenderInfo info = {
            .ntp = media_ntp_from_monotonic(now_us),
            .timestamp = self->encodings[i].timestamp_base + (uint32_t)(now_us * 90 / 1000),
        };
        media_rtcp_write_sender_report(&writer, self->encodings[i].ssrc, &info);
        media_receiver_on_rtcp(self->fixture.receiver, writer.bytes, writer.size, now_us);
    }
}

void
model_set_up(Model *self, guint32 seed)
{
    *self = (Model){ .rand = g_rand_new_with_seed(seed) };
    fixture_set_up(&self->fixture);
    MediaStream stream = fixture_make_video_stream("cam", 0);
    stream.n_encodings = MODEL_ENCODINGS;
    for (unsigned i = 0; i < MODEL_ENCODINGS; i++) {
        ModelEncoding *encoding = &self->encodings[i];

        *encoding = (ModelEncoding){ .ssrc = FIRST_SSRC + i, .key_wanted = true };
        encoding->sequence = (uint16_t)g_rand_int(self->rand);
        encoding->picture = (uint16_t)g_rand_int_range(self->rand, 0, 0x8000);
        encoding->base = (uint8_t)g_rand_int(self->rand);
        encoding->timestamp_base = g_rand_int(self->rand);
        stream.encodings[i].ssrc = encoding->ssrc;
    }
    self->track = media_receiver_add_stream(self->fixture.receiver, &stream);
    self->downlink = media_downlink_new(self->fixture.to);
    self->line = (MediaSenderLine){
        .transport = self->fixture.to,
        .worker = self->fixture.worker,
        .downlink = self->downlink,
        .reporting = true,
    };
    MediaStream viewed = {
        .kind = MEDIA_KIND_VIDEO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_VP8, VIEW_VP8_TYPE, VIEW_VP8_RTX_TYPE, .nack = true, .pli = true } },
        .ssrc = VIEW_SSRC,
        .rtx_ssrc = VIEW_SSRC + 1,
    };
    self->viewer = media_viewer_new(&self->line, &viewed);
    self->frames = g_array_new(FALSE, FALSE, sizeof(Frame));
    self->late = g_array_new(FALSE, FALSE, sizeof(Packet));
    self->got = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    tell_time(self);
}

void
model_tear_down(Model *self)
{
    media_viewer_free(self->viewer);
    media_downlink_free(self->downlink);
    fixture_tear_down(&self->fixture);
    g_array_unref(self->frames);
    g_array_unref(self->late);
    g_hash_table_unref(self->got);
    g_rand_free(self->rand);
}

static void
deliver(Model *self, const Packet *packet)
{
    fixture_publish(&self->fixture, &(Sent){ packet->ssrc, VP8_TYPE, packet->sequence, packet->timestamp, NULL, 0,
                                             packet->payload, packet->size });
}

static void
deliver_late(Model *self)
{
    for (guint i = 0; i < self->late->len;) {
        Packet packet = g_array_index(self->late, Packet, i);

        if (packet.due_us > media_worker_now_us(self->fixture.worker)) {
            i++;
            continue;
        }
        g_array_remove_index(self->late, i);
        deliver(self, &packet);
    }
}

/* T0 T2 T1 T2; the second T2 needs both others, every other T1 needs the T1 before: only the rest may be entered. */
static Frame
plan_frame(ModelEncoding *encoding, bool *ret_enters)
{
    static const unsigned pattern[] = { 0, 2, 1, 2 };
    unsigned at = encoding->phase++;
    Frame frame = { .temporal = pattern[at % 4], .key = encoding->key_wanted };

    *ret_enters = false;
    if (frame.key) {
        encoding->phase = 1;
        encoding->key_wanted = false;
        frame.temporal = 0;
        return frame;
    }
    frame.needs[frame.n_needs++] = encoding->newest[0];
    *ret_enters = at % 4 == 1 || at % 8 == 2;
    for (unsigned i = 1; i <= frame.temporal && !*ret_enters; i++)
        frame.needs[frame.n_needs++] = encoding->newest[i];
    return frame;
}

static void
write_packet(Packet *packet, const ModelEncoding *encoding, const Frame *frame, unsigned index, bool enters)
{
    uint8_t *p = packet->payload;

    p[0] = index == 0 ? 0x90 : 0x80;
    p[1] = 0xe0;
    media_wire_put_16(p + 2, encoding->picture | 0x8000);
    p[4] = encoding->base;
    p[5] = (uint8_t)(frame->temporal << 6 | (enters ? 0x20 : 0));
    p[6] = frame->key ? 0x10 : 0x11;
    p[9] = 0x9d;
    p[10] = 0x01;
    p[11] = 0x2a;
    p[12] = (uint8_t)sizes[frame->encoding].width;
    p[13] = (uint8_t)(sizes[frame->encoding].width >> 8);
    p[14] = (uint8_t)(sizes[frame->encoding].width * 9 / 16);
    p[15] = (uint8_t)(sizes[frame->encoding].width * 9 / 16 >> 8);
}

static void
send_frame(Model *self, unsigned i)
{
    ModelEncoding *encoding = &self->encodings[i];
    int64_t now_us = media_worker_now_us(self->fixture.worker);
    bool enters;
    Frame frame = plan_frame(encoding, &enters);

    frame.encoding = i;
    frame.taken_us = now_us;
    encoding->picture = (encoding->picture + 1) & 0x7fff;
    encoding->base = (uint8_t)(encoding->base + (frame.temporal == 0));
    for (unsigned layer = frame.temporal; layer < LAYERS; layer += frame.key ? 1 : LAYERS)
        encoding->newest[layer] = self->frames->len;
    for (unsigned k = 0; k < sizes[i].n_packets; k++) {
        Packet packet = {
            .due_us = now_us + LATE_US,
            .ssrc = encoding->ssrc,
            .sequence = encoding->sequence++,
            .timestamp = encoding->timestamp_base + (uint32_t)(now_us * 90 / 1000),
            .size = sizes[i].size / (1 + frame.temporal),
        };
        write_packet(&packet, encoding, &frame, k, enters);
        media_wire_put_32(packet.payload + MARK_AT, self->frames->len);
        packet.payload[MARK_AT + 4] = (uint8_t)k;
        if ((unsigned)g_rand_int_range(self->rand, 0, 100) < self->loss_percent)
            g_array_append_val(self->late, packet);
        else
            deliver(self, &packet);
        self->n_late = MAX(self->n_late, self->late->len);
    }
    g_array_append_val(self->frames, frame);
}

static void
hear_requests(Model *self)
{
    GArray *compounds = fake_transport_get_rtcp(self->fixture.from);

    for (guint i = 0; i < compounds->len; i++) {
        const FakePacket *compound = &g_array_index(compounds, FakePacket, i);
        MediaRtcpReader reader;
        MediaRtcpPacket packet;

        g_assert_true(media_rtcp_reader_init(&reader, compound->payload, compound->payload_size));
        while (media_rtcp_reader_next(&reader, &packet)) {
            if (packet.type != MEDIA_RTCP_PSFB || packet.count != MEDIA_RTCP_FMT_PLI)
                continue;
            ModelEncoding *encoding = &self->encodings[media_rtcp_get_media_ssrc(&packet) - FIRST_SSRC];
            encoding->key_wanted = true;
            encoding->n_keys_asked++;
        }
    }
    g_array_set_size(compounds, 0);
}

static void
get(Model *self, uint16_t number, const MediaRtp *rtp, const uint8_t *payload, size_t size, int64_t sent_us)
{
    Got *got = g_new0(Got, 1);
    uint32_t extended;

    if (self->highest == 0)
        self->lowest = self->highest = 0x10000u + number;
    extended = self->highest + (uint32_t)(int32_t)(int16_t)(number - (uint16_t)self->highest);
    self->highest = MAX(self->highest, extended);
    *got = (Got){ .empty = size == 0, .timestamp = rtp->timestamp, .sent_us = sent_us };
    if (size > 0) {
        g_assert_cmpuint(size, >, MARK_AT + 4);
        got->picture = media_wire_get_16(payload + 2) & 0x7fff;
        got->base = payload[4];
        got->temporal = payload[5] >> 6;
        got->frame = media_wire_get_32(payload + MARK_AT);
        got->index = payload[MARK_AT + 4];
        g_assert_cmpuint(got->frame, <, self->frames->len);
    }
    if (g_hash_table_contains(self->got, GUINT_TO_POINTER(extended)))
        g_free(got); /* asked for twice */
    else
        g_hash_table_insert(self->got, GUINT_TO_POINTER(extended), got);
}

static void
receive(Model *self)
{
    for (unsigned i = 0; i < fixture_get_n_rtp(&self->fixture); i++) {
        MediaRtp rtp;
        const FakePacket *packet = fixture_get_rtp(&self->fixture, i, &rtp);

        if (rtp.ssrc == VIEW_SSRC)
            get(self, rtp.sequence, &rtp, packet->payload, packet->payload_size, packet->sent_us);
        else
            get(self, media_wire_get_16(packet->payload), &rtp, packet->payload + 2, packet->payload_size - 2,
                packet->sent_us);
    }
    g_array_set_size(fake_transport_get_rtp(self->fixture.to), 0);
}

static void
ask_again(Model *self)
{
    for (uint32_t number = MAX(self->lowest, self->highest > 200 ? self->highest - 200 : 0); number < self->highest;
         number++) {
        uint16_t wanted = (uint16_t)number;
        if (!g_hash_table_contains(self->got, GUINT_TO_POINTER(number)))
            media_viewer_on_nack(self->viewer, &wanted, 1);
    }
}

void
model_step(Model *self)
{
    hear_requests(self);
    deliver_late(self);
    for (unsigned i = 0; i < MODEL_ENCODINGS; i++) {
        if (!self->encodings[i].stopped)
            send_frame(self, i);
    }
    fake_worker_advance(MODEL_FRAME_US);
    receive(self);
    ask_again(self);
    receive(self);
}

void
model_run(Model *self, int64_t us)
{
    for (int64_t done_us = 0; done_us < us; done_us += MODEL_FRAME_US)
        model_step(self);
}

ModelView
model_watch(Model *self)
{
    ModelView view = { -1, -1, 0, 0, 0 };
    int64_t before_us = 0;
    uint32_t from = self->lowest;

    for (; from <= self->highest && self->highest != 0; from++) {
        const Got *got = g_hash_table_lookup(self->got, GUINT_TO_POINTER(from));
        if (got == NULL || got->empty || got->index > 0)
            continue;
        const Frame *frame = &g_array_index(self->frames, Frame, got->frame);
        view.temporal =
            (int)frame->encoding != view.encoding ? (int)frame->temporal : MAX(view.temporal, (int)frame->temporal);
        view.encoding = (int)frame->encoding;
        view.n_frames++;
        view.n_keys += frame->key;
        if (before_us != 0)
            view.longest_us = MAX(view.longest_us, got->sent_us - before_us);
        before_us = got->sent_us;
    }
    return view;
}

static bool
can_decode(Model *self, const Frame *frame)
{
    for (unsigned i = 0; i < frame->n_needs; i++) {
        if (!g_array_index(self->frames, Frame, frame->needs[i]).decoded)
            return false;
    }
    return true;
}

static void
assert_follows(const Frame *frame, const Got *got, const Got *before)
{
    g_assert_cmpuint(got->picture, ==, (before->picture + 1) & 0x7fff);
    if (!frame->key)
        g_assert_cmpuint(got->base, ==, (uint8_t)(before->base + (got->temporal == 0)));
    g_assert_cmpint((int32_t)(got->timestamp - before->timestamp), >, 0);
}

/* What was still missing when the viewer began anew (it was suspended): nobody needs it after the next key frame. */
static bool
is_given_up(const Model *self, const Got *got, bool broken)
{
    g_assert_true(got != NULL || self->n_late > 0);
    if (got == NULL)
        return true;
    return broken && !got->empty && !g_array_index(self->frames, Frame, got->frame).key;
}

void
model_assert_whole(Model *self)
{
    const Got *before = NULL;
    unsigned n_left = 0, n_missing = 0;
    bool broken = false;

    for (uint32_t number = self->lowest; number <= self->highest; number++) {
        const Got *got = g_hash_table_lookup(self->got, GUINT_TO_POINTER(number));

        broken = is_given_up(self, got, broken);
        n_missing += got == NULL;
        if (broken)
            continue;
        if (got->empty) {
            g_assert_cmpuint(self->n_late, >, 0);
            continue;
        }
        Frame *frame = &g_array_index(self->frames, Frame, got->frame);
        if (got->index == 0)
            frame->n_got = 0;
        frame->n_got++;
        if (got->index + 1 < sizes[frame->encoding].n_packets)
            continue;
        if (frame->n_got != sizes[frame->encoding].n_packets) {
            n_left++; /* of a layer that was left meanwhile */
            g_assert_cmpuint(self->n_late, >, 0);
            g_assert_cmpuint(frame->temporal, >, 0);
            continue;
        }
        g_assert_true(can_decode(self, frame));
        frame->decoded = true;
        if (before != NULL && self->n_late == 0)
            assert_follows(frame, got, before);
        before = got;
    }
    g_assert_false(broken);
    g_assert_cmpuint(n_left, <=, self->frames->len / 50);
    g_assert_cmpuint(n_missing, <=, self->frames->len / 50);
}
