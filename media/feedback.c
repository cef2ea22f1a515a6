#include "media/feedback.h"

#include "media/rtcp-writer.h"
#include "media/wire.h"

enum {
    INTERVAL_US = 50 * 1000,
    MAX_PENDING = 200, /* then it does not wait for its time */
};

void
media_feedback_init(MediaFeedback *self, MediaTransport *transport, uint32_t ssrc)
{
    *self = (MediaFeedback){ .transport = transport, .ssrc = ssrc };
}

void
media_feedback_clear(MediaFeedback *self)
{
    media_worker_stop_timer(media_transport_get_worker(self->transport), &self->timer);
    g_clear_pointer(&self->twcc, g_free);
}

void
media_feedback_agree(MediaFeedback *self, uint8_t extension)
{
    if (extension == 0)
        return;
    self->extension = extension;
    if (self->twcc == NULL)
        self->twcc = g_new0(MediaTwcc, 1);
}

static void
send(MediaFeedback *self)
{
    MediaRtcpWriter writer;

    for (unsigned i = 0; i < 2 && media_twcc_get_n_pending(self->twcc) > 0; i++) {
        writer.size = 0;
        media_rtcp_write_receiver_report(&writer, self->ssrc, NULL, 0); /* RFC 3550 section 6.1: it comes first */
        if (!media_twcc_write(self->twcc, &writer, self->ssrc, self->media_ssrc))
            return;
        media_transport_send_rtcp(self->transport, writer.bytes, writer.size);
    }
}

static void
on_timer(void *data)
{
    MediaFeedback *self = data;

    self->running = false;
    send(self);
}

void
media_feedback_received(MediaFeedback *self, const MediaRtp *rtp, int64_t arrival_us)
{
    size_t size;
    const uint8_t *value = media_rtp_find_extension(rtp, self->extension, &size);

    if (value == NULL || size != 2)
        return;
    media_twcc_received(self->twcc, media_wire_get_16(value), arrival_us);
    self->media_ssrc = rtp->ssrc;
    if (media_twcc_get_n_pending(self->twcc) >= MAX_PENDING) {
        send(self);
    } else if (!self->running) {
        self->running = true;
        media_worker_start_timer(media_transport_get_worker(self->transport), &self->timer, arrival_us + INTERVAL_US,
                                 on_timer, self);
    }
}
