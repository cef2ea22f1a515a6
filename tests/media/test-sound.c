/* Sound from microphones to ears: who is forwarded in a large room, and RED both ways. */
#include <string.h>

#include "forwarding-fixture.h"
#include "media/red.h"
#include "media/room-sound.h"
#include "media/wire.h"

enum {
    RED_TYPE = 63,
    FRAME = 960, /* 20 ms */
    FRAME_US = 20 * 1000,
    N_MICROPHONES = 8,
    SPEECH = 20,
    QUIET = 90,
};

/* A sink that is not for people, as the journal's. */
typedef struct {
    MediaSink sink;
    unsigned n;
} Journal;

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    (void)track;
    (void)packets;
    ((Journal *)sink)->n += n_packets;
}

static const MediaSinkClass journal_sink = { .packets = on_packets };

static void
publish(Fixture *self, uint32_t ssrc, uint16_t sequence, uint8_t level)
{
    uint8_t bytes[] = { 0x90, AUDIO_TYPE,       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 1, 0x10, level, 0,
                        0,    (uint8_t)sequence };

    media_wire_put_16(bytes + 2, sequence);
    media_wire_put_32(bytes + 4, sequence * (uint32_t)FRAME);
    media_wire_put_32(bytes + 8, ssrc);
    media_receiver_on_rtp(self->receiver, bytes, sizeof bytes, media_worker_now_us(self->worker));
}

static void
test_suppressed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Journal journal = { .sink.klass = &journal_sink };
    uint16_t sequence = 100, last;
    MediaRtp rtp;

    fixture_view(self, self->audio);
    media_track_add_sink(self->audio, &journal.sink);
    for (; sequence < 110; sequence++, fake_worker_advance(FRAME_US))
        publish(self, AUDIO_SSRC, sequence, QUIET);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 10);
    fixture_get_rtp(self, 9, &rtp);
    last = rtp.sequence;

    media_track_set_suppressed(self->audio, true);
    fixture_forget(self);
    for (; sequence < 150; sequence++, fake_worker_advance(FRAME_US))
        publish(self, AUDIO_SSRC, sequence, QUIET);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    g_assert_cmpuint(journal.n, ==, 50);

    /* the last 100 ms first, then what comes; not a number is missing */
    media_track_set_suppressed(self->audio, false);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, MEDIA_TRACK_CATCH_UP_US / FRAME_US);
    publish(self, AUDIO_SSRC, sequence, QUIET);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, MEDIA_TRACK_CATCH_UP_US / FRAME_US + 1);
    for (unsigned i = 0; i < fixture_get_n_rtp(self); i++) {
        const FakePacket *packet = fixture_get_rtp(self, i, &rtp);
        g_assert_cmpuint(rtp.sequence, ==, (uint16_t)(last + 1 + i));
        g_assert_cmpuint(packet->payload[0], ==, 145 + i);
    }
    g_assert_cmpuint(journal.n, ==, 51); /* nothing twice */
    media_track_remove_sink(self->audio, &journal.sink);
}

/* A room of microphones on the fixture's receiver, each with its viewer. */
typedef struct {
    Fixture *fixture;
    MediaRoomSound *sound;
    MediaSourceCore *cores[N_MICROPHONES];
    uint8_t levels[N_MICROPHONES];
    uint16_t sequence;
    unsigned n_told;
} Room;

static void
on_told(void *data)
{
    ((Room *)data)->n_told++;
}

static void
room_set_up(Room *room, Fixture *fixture)
{
    *room = (Room){ .fixture = fixture, .sound = media_room_sound_new(fixture->worker, fixture->worker) };
    media_room_sound_set_func(room->sound, on_told, room);
    for (unsigned i = 0; i < N_MICROPHONES; i++) {
        char mid[2] = { (char)('A' + i), '\0' };
        MediaStream stream = fixture_make_audio_stream(mid, 0x3000 + i);

        room->levels[i] = QUIET;
        room->cores[i] = g_new0(MediaSourceCore, 1);
        media_ref_count_init(&room->cores[i]->n_refs);
        room->cores[i]->track = media_receiver_add_stream(fixture->receiver, &stream);
        fixture_view(fixture, room->cores[i]->track);
        media_room_sound_add(room->sound, room->cores[i]);
    }
}

static void
room_tear_down(Room *room)
{
    for (unsigned i = 0; i < N_MICROPHONES; i++) {
        char mid[2] = { (char)('A' + i), '\0' };
        media_receiver_remove_stream(room->fixture->receiver, mid);
    }
    media_room_sound_free(room->sound);
    for (unsigned i = 0; i < N_MICROPHONES; i++)
        media_source_core_unref(room->cores[i]);
}

static void
room_run(Room *room, unsigned n_frames)
{
    for (; n_frames > 0; n_frames--, room->sequence++, fake_worker_advance(FRAME_US)) {
        for (uint32_t i = 0; i < N_MICROPHONES; i++)
            publish(room->fixture, 0x3000 + i, (uint16_t)(room->sequence + 1), room->levels[i]);
    }
}

/* Microphones of whom a viewer got anything in the last frame. */
static unsigned
count_heard(Room *room)
{
    unsigned n;

    fixture_forget(room->fixture);
    room_run(room, 1);
    n = fixture_get_n_rtp(room->fixture);
    fixture_forget(room->fixture);
    return n;
}

static bool
is_heard(Room *room, unsigned microphone)
{
    bool heard = false;
    MediaRtp rtp;

    fixture_forget(room->fixture);
    room_run(room, 1);
    for (unsigned i = 0; i < fixture_get_n_rtp(room->fixture); i++) {
        fixture_get_rtp(room->fixture, i, &rtp);
        heard |= rtp.ssrc == VIEW_SSRC + 10 * microphone;
    }
    return heard;
}

static void
test_loudest_three(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Room room;

    room_set_up(&room, self);
    room_run(&room, 50);
    g_assert_cmpuint(count_heard(&room), ==, 3);
    g_assert_cmpuint(room.n_told, ==, 0);

    room.levels[7] = SPEECH;
    room_run(&room, 10); /* 200 ms */
    g_assert_true(is_heard(&room, 7));
    g_assert_cmpuint(count_heard(&room), ==, 3);
    g_assert_true(media_room_sound_is_speaking(room.sound, room.cores[7]));
    g_assert_cmpuint(room.n_told, ==, 1);

    room.levels[7] = QUIET;
    room_run(&room, 100);
    g_assert_false(media_room_sound_is_speaking(room.sound, room.cores[7]));
    g_assert_cmpuint(room.n_told, ==, 2);
    room_tear_down(&room);
}

static void
test_floor(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Room room;

    room_set_up(&room, self);
    for (unsigned i = 0; i < 4; i++)
        room.levels[i] = SPEECH;
    room_run(&room, 50);
    g_assert_false(is_heard(&room, 6));
    media_room_sound_set_floor(room.sound, room.cores[6]);
    g_assert_true(is_heard(&room, 6));
    g_assert_cmpuint(count_heard(&room), ==, 4);
    media_room_sound_set_floor(room.sound, NULL);
    g_assert_false(is_heard(&room, 6));
    room_tear_down(&room);
}

/* When the seventh leaves, six are heard; who spoke and has gone does not speak. */
static void
test_leaving(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Room room;

    room_set_up(&room, self);
    room.levels[0] = SPEECH;
    room_run(&room, 50);
    g_assert_cmpuint(room.n_told, ==, 1);
    media_receiver_remove_stream(self->receiver, "A");
    media_receiver_remove_stream(self->receiver, "B");
    g_assert_cmpuint(room.n_told, ==, 2);
    g_assert_false(media_room_sound_is_speaking(room.sound, room.cores[0]));
    room_run(&room, 5);
    g_assert_cmpuint(count_heard(&room), ==, 6);
    room_tear_down(&room);
}

/* RED. */

static MediaViewer *
view_with_red(Fixture *self)
{
    const MediaStream stream = {
        .kind = MEDIA_KIND_AUDIO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_OPUS, VIEW_OPUS_TYPE, .red_payload_type = RED_TYPE } },
        .ssrc = VIEW_SSRC,
    };
    MediaViewer *viewer = media_sender_add_viewer(self->sender, &stream);

    media_viewer_set_track(viewer, self->audio);
    return viewer;
}

static void
report_loss(Fixture *self, uint8_t fraction)
{
    const MediaRtcpReportBlock block = { .ssrc = VIEW_SSRC, .fraction_lost = fraction };
    MediaRtcpWriter writer = { 0 };

    media_rtcp_write_receiver_report(&writer, 1, &block, 1);
    media_sender_on_rtcp(self->sender, writer.bytes, writer.size, media_worker_now_us(self->worker));
}

static size_t
send_and_count_blocks(Fixture *self, uint16_t sequence)
{
    MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1];
    MediaRtp rtp;
    size_t n;

    fixture_forget(self);
    publish(self, AUDIO_SSRC, sequence, QUIET);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 1);
    const FakePacket *packet = fixture_get_rtp(self, 0, &rtp);
    if (rtp.payload_type == VIEW_OPUS_TYPE)
        return 0;
    g_assert_cmpuint(rtp.payload_type, ==, RED_TYPE);
    g_assert_true(media_red_parse(packet->payload, packet->payload_size, blocks, &n));
    for (size_t i = 0; i < n; i++) {
        g_assert_cmpuint(blocks[i].payload_type, ==, VIEW_OPUS_TYPE);
        g_assert_cmpuint(blocks[i].timestamp_offset, ==, (n - 1 - i) * FRAME);
        g_assert_cmpuint(blocks[i].size, ==, 1);
        g_assert_cmpuint(*blocks[i].data, ==, (uint8_t)(sequence - (n - 1 - i)));
    }
    return n;
}

static void
test_red_by_loss(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewer *viewer = view_with_red(self);
    MediaViewerStats stats;

    publish(self, AUDIO_SSRC, 1, QUIET);
    fake_worker_end_pass();
    g_assert_cmpuint(send_and_count_blocks(self, 2), ==, 0);
    report_loss(self, 8);
    g_assert_cmpuint(send_and_count_blocks(self, 3), ==, 2);
    report_loss(self, 40);
    g_assert_cmpuint(send_and_count_blocks(self, 4), ==, 3);
    g_assert_cmpuint(send_and_count_blocks(self, 6), ==, 0); /* the one before is missing: as it is */
    for (unsigned i = 0; i < 11; i++, fake_worker_advance(1000000))
        report_loss(self, 0);
    g_assert_cmpuint(send_and_count_blocks(self, 7), ==, 0);
    media_viewer_get_stats(viewer, &stats);
    g_assert_cmpuint(stats.redundant, ==, 2);
}

static void
test_red_was_not_agreed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_view(self, self->audio);
    publish(self, AUDIO_SSRC, 1, QUIET);
    fake_worker_end_pass();
    report_loss(self, 255);
    g_assert_cmpuint(send_and_count_blocks(self, 2), ==, 0);
}

static void
publish_red(Fixture *self, uint16_t sequence, size_t n_older)
{
    uint8_t bytes[3] = { (uint8_t)(sequence - 2), (uint8_t)(sequence - 1), (uint8_t)sequence }, payload[64];
    const MediaRedBlock newest = { .payload_type = AUDIO_TYPE, .size = 1, .data = bytes + 2 };
    const MediaRedBlock older[] = { { AUDIO_TYPE, 2 * FRAME, 1, bytes }, { AUDIO_TYPE, FRAME, 1, bytes + 1 } };
    size_t size = media_red_build(&newest, older + 2 - n_older, n_older, payload, sizeof payload);

    fixture_publish(self,
                    &(Sent){ AUDIO_SSRC, RED_TYPE, sequence, sequence * (uint32_t)FRAME, NULL, 0, payload, size });
}

/* Everybody gets plain Opus; what was lost comes from its successors, once. */
static void
test_red_of_a_publisher(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t order[] = { 10, 11, 13, 12, 14, 17, 16, 15 }; /* 12, 15 and 16 were lost */
    MediaStream stream = fixture_make_audio_stream("a", AUDIO_SSRC);
    MediaTrackStats stats;
    MediaRtp rtp;

    stream.codecs[0].red_payload_type = RED_TYPE;
    media_receiver_add_stream(self->receiver, &stream);
    fixture_view(self, self->audio);
    publish_red(self, 10, 0);
    publish_red(self, 11, 1);
    publish_red(self, 13, 2);
    publish_red(self, 14, 2);
    publish_red(self, 17, 2);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, G_N_ELEMENTS(order));
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        const FakePacket *packet = fixture_get_rtp(self, i, &rtp);
        g_assert_cmpuint(rtp.payload_type, ==, VIEW_OPUS_TYPE);
        g_assert_cmpuint(packet->payload_size, ==, 1);
        g_assert_cmpuint(packet->payload[0], ==, order[i]);
    }
    media_track_get_stats(self->audio, &stats);
    g_assert_cmpuint(stats.recovered, ==, 3);
    g_assert_cmpuint(stats.lost, ==, 0);
}

#define ADD(name, func) g_test_add("/media/sound/" name, Fixture, NULL, set_up, func, tear_down)

static void
set_up(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_set_up(self);
}

static void
tear_down(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_tear_down(self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("suppressed-for-people-alone", test_suppressed);
    ADD("loudest-three-of-eight", test_loudest_three);
    ADD("who-has-the-floor-is-heard", test_floor);
    ADD("six-are-left", test_leaving);
    ADD("red-by-reported-loss", test_red_by_loss);
    ADD("red-that-was-not-agreed", test_red_was_not_agreed);
    ADD("red-of-a-publisher", test_red_of_a_publisher);
    return g_test_run();
}
