#include "media/playout.h"

#include <string.h>

#include "media/clip.h"
#include "media/track-input.h"

enum {
    PAYLOAD_TYPE = 111, /* ours alone: viewers have their own */
    REPORT_US = 1000 * 1000,
    MAX_FRAMES_AT_ONCE = 5, /* when the worker was late */
    CLOCK_RATE_KHZ = 48,
};

/* Somebody who waits for the end of a clip. */
typedef struct {
    MediaWorkerFunc func;
    void *data;
} Finished;

struct MediaPlayout {
    MediaWorker *worker; /* borrowed */
    MediaTrack *track;   /* owned */
    MediaClockOffset clock;
    MediaTimer frame_timer, finished_timer;

    MediaClip *clip; /* owned reference; NULL: silent */
    size_t next_frame;
    int64_t due_us;   /* of the next frame */
    Finished current; /* of the clip */
    GArray *finished; /* owned; Finished that are due to be told */

    uint32_t ssrc, timestamp; /* of the next frame */
    uint16_t sequence;
    int64_t line_us;   /* the moment that timestamp stands for; 0: nothing was sent yet */
    int64_t report_us; /* when the last sender report was made */
};

MediaPlayout *
media_playout_new(MediaWorker *worker)
{
    MEDIA_ASSERT_ON_WORKER(worker);
    MediaPlayout *self = g_new0(MediaPlayout, 1);
    MediaTrackOwner owner = { .kind = MEDIA_KIND_AUDIO, .clock = &self->clock };

    self->worker = worker;
    self->track = media_track_new(worker, &owner);
    self->finished = g_array_new(FALSE, FALSE, sizeof(Finished));
    self->ssrc = g_random_int();
    self->timestamp = g_random_int();
    self->sequence = (uint16_t)g_random_int_range(0, 0x8000);
    return self;
}

void
media_playout_free(MediaPlayout *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->worker);
    media_worker_stop_timer(self->worker, &self->frame_timer);
    media_worker_stop_timer(self->worker, &self->finished_timer);
    media_track_free(self->track);
    media_clip_unref(self->clip);
    g_array_unref(self->finished);
    g_free(self);
}

MediaTrack *
media_playout_get_track(MediaPlayout *self)
{
    return self->track;
}

/* One per call, because the function may free the playout. */
static void
on_finished_timer(void *data)
{
    MediaPlayout *self = data;
    Finished finished = g_array_index(self->finished, Finished, 0);

    g_array_remove_index(self->finished, 0);
    if (self->finished->len > 0)
        media_worker_start_timer(self->worker, &self->finished_timer, media_worker_now_us(self->worker),
                                 on_finished_timer, self);
    finished.func(finished.data);
}

static void
end_clip(MediaPlayout *self)
{
    media_worker_stop_timer(self->worker, &self->frame_timer);
    g_clear_pointer(&self->clip, media_clip_unref);
    if (self->current.func == NULL)
        return;
    g_array_append_val(self->finished, self->current);
    self->current = (Finished){ 0 };
    media_worker_start_timer(self->worker, &self->finished_timer, media_worker_now_us(self->worker), on_finished_timer,
                             self);
}

/* The playout's clock is the worker's, so it needs no guessing. */
static void
report(MediaPlayout *self)
{
    MediaSenderReport sender_report = {
        .ntp = media_ntp_from_monotonic(self->due_us),
        .timestamp = self->timestamp,
        .ssrc = self->ssrc,
        .arrival_us = self->due_us,
    };

    if (self->report_us != 0 && self->due_us - self->report_us < REPORT_US)
        return;
    self->report_us = self->due_us;
    media_clock_offset_learn(&self->clock, sender_report.ntp, self->due_us);
    media_track_set_sender_report(self->track, &sender_report);
}

static void
send_frame(MediaPlayout *self, const MediaClipFrame *frame)
{
    uint8_t bytes[MEDIA_TRACK_MAX_PACKET];
    MediaRtpWriter writer;
    MediaRtp rtp = {
        .payload_type = PAYLOAD_TYPE,
        .marker = self->next_frame == 0, /* RFC 7587 section 4.2: a talk spurt begins */
        .sequence = self->sequence++,
        .timestamp = self->timestamp,
        .ssrc = self->ssrc,
    };

    media_rtp_writer_init(&writer, bytes, sizeof bytes, &rtp, false);
    rtp.header_size = (uint16_t)media_rtp_writer_finish(&writer);
    rtp.payload_size = (uint16_t)frame->size;
    memcpy(bytes + rtp.header_size, frame->bytes, frame->size);

    MediaTrackInput input = {
        .data = bytes,
        .size = rtp.header_size + frame->size,
        .rtp = &rtp,
        .codec = MEDIA_CODEC_OPUS,
        .audio_level = -1,
        .arrival_us = media_worker_now_us(self->worker),
    };
    media_track_accept(self->track, &input);
}

static void
on_frame_timer(void *data)
{
    MediaPlayout *self = data;
    int64_t now_us = media_worker_now_us(self->worker);

    for (unsigned i = 0; i < MAX_FRAMES_AT_ONCE && self->due_us <= now_us; i++) {
        if (self->next_frame == media_clip_get_n_frames(self->clip)) {
            end_clip(self);
            return;
        }
        MediaClipFrame frame = media_clip_get_frame(self->clip, self->next_frame);
        report(self);
        send_frame(self, &frame);
        self->next_frame++;
        self->timestamp += (uint32_t)(frame.duration_us * CLOCK_RATE_KHZ / 1000);
        self->due_us += frame.duration_us;
        self->line_us = self->due_us;
    }
    media_worker_start_timer(self->worker, &self->frame_timer, self->due_us, on_frame_timer, self);
}

void
media_playout_play(MediaPlayout *self, MediaClip *clip, MediaWorkerFunc finished, void *data)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    int64_t now_us = media_worker_now_us(self->worker);

    end_clip(self);
    self->clip = media_clip_ref(clip);
    self->current = (Finished){ .func = finished, .data = data };
    self->next_frame = 0;
    self->due_us = MAX(now_us, self->line_us);
    if (self->line_us != 0) /* silence counts */
        self->timestamp += (uint32_t)((self->due_us - self->line_us) * CLOCK_RATE_KHZ / 1000);
    self->line_us = self->due_us;
    media_worker_start_timer(self->worker, &self->frame_timer, self->due_us, on_frame_timer, self);
}

void
media_playout_stop(MediaPlayout *self)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    end_clip(self);
}
