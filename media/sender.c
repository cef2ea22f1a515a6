#include "media/sender.h"

#include "media/ntp.h"
#include "media/rtcp-writer.h"
#include "media/viewer.h"

enum {
    REPORT_US = 1000 * 1000,
    REPORTS_SHARED_US = 100 * 1000, /* viewers are told together: one wake-up for many */
    REPORTS_PER_COMPOUND = 10,      /* with CNAMEs of 64 bytes these fit MEDIA_RTCP_MAX_COMPOUND */
    CNAME_MAX = 64,
    RTT_MAX_65536 = 10 * 65536, /* a longer round trip is a wrong answer */
};

struct MediaSender {
    MediaSenderLine line;
    char *cname;             /* owned */
    GPtrArray *viewers;      /* owned MediaViewer */
    MediaDownlink *downlink; /* owned */
};

static void
send_reports(MediaSender *self, MediaRtcpWriter *writer, const uint32_t *ssrcs, unsigned n_ssrcs)
{
    if (n_ssrcs == 0)
        return;
    media_rtcp_write_cname(writer, ssrcs, n_ssrcs, self->cname);
    media_transport_send_rtcp(self->line.transport, writer->bytes, writer->size);
    writer->size = 0;
}

static int64_t
get_next_report_us(int64_t now_us)
{
    return (now_us + REPORT_US) / REPORTS_SHARED_US * REPORTS_SHARED_US;
}

/* Sender reports of all who sent, in few compounds. Runs while somebody sends. */
static void
on_report(void *data)
{
    MediaSender *self = data;
    uint32_t ssrcs[REPORTS_PER_COMPOUND];
    unsigned n_ssrcs = 0;
    bool any = false;
    MediaRtcpWriter writer = { 0 };

    for (guint i = 0; i < self->viewers->len; i++) {
        MediaViewer *viewer = self->viewers->pdata[i];
        MediaRtcpSenderInfo info;

        if (!media_viewer_report(viewer, &info))
            continue;
        any = true;
        if (n_ssrcs == REPORTS_PER_COMPOUND) {
            send_reports(self, &writer, ssrcs, n_ssrcs);
            n_ssrcs = 0;
        }
        ssrcs[n_ssrcs] = media_viewer_get_ssrc(viewer);
        media_rtcp_write_sender_report(&writer, ssrcs[n_ssrcs++], &info);
    }
    send_reports(self, &writer, ssrcs, n_ssrcs);
    self->line.reporting = any;
    if (any)
        media_worker_start_timer(self->line.worker, &self->line.report_timer,
                                 get_next_report_us(media_worker_now_us(self->line.worker)), on_report, self);
}

MediaSender *
media_sender_new(MediaTransport *transport, const char *cname)
{
    MediaWorker *worker = media_transport_get_worker(transport);
    MEDIA_ASSERT_ON_WORKER(worker);
    MediaSender *self = g_new0(MediaSender, 1);

    self->downlink = media_downlink_new(transport);
    self->line = (MediaSenderLine){
        .transport = transport,
        .downlink = self->downlink,
        .worker = worker,
        .on_report = on_report,
        .data = self,
    };
    self->cname = g_strndup(cname, CNAME_MAX);
    self->viewers = g_ptr_array_new_with_free_func((GDestroyNotify)media_viewer_free);
    return self;
}

void
media_sender_free(MediaSender *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->line.worker);
    g_ptr_array_unref(self->viewers);
    media_downlink_free(self->downlink);
    media_worker_stop_timer(self->line.worker, &self->line.report_timer);
    g_free(self->cname);
    g_free(self);
}

MediaViewer *
media_sender_add_viewer(MediaSender *self, const MediaStream *stream)
{
    MEDIA_ASSERT_ON_WORKER(self->line.worker);
    if (self->viewers->len == MEDIA_MAX_SENDER_VIEWERS)
        return NULL;
    MediaViewer *viewer = media_viewer_new(&self->line, stream);
    g_ptr_array_add(self->viewers, viewer);
    media_downlink_add_viewer(self->downlink, viewer, stream->kind);
    return viewer;
}

void
media_sender_remove_viewer(MediaSender *self, MediaViewer *viewer)
{
    MEDIA_ASSERT_ON_WORKER(self->line.worker);
    media_downlink_remove_viewer(self->downlink, viewer);
    g_ptr_array_remove(self->viewers, viewer);
}

static MediaViewer *
find_viewer(MediaSender *self, uint32_t ssrc)
{
    for (guint i = 0; i < self->viewers->len; i++) {
        if (media_viewer_get_ssrc(self->viewers->pdata[i]) == ssrc)
            return self->viewers->pdata[i];
    }
    return NULL;
}

/* RFC 3550 section 6.4.1: now - LSR - DLSR. */
static void
learn_rtt(MediaSender *self, const MediaRtcpReportBlock *block, int64_t arrival_us)
{
    if (block->last_sr == 0)
        return;
    uint32_t now = media_ntp_middle(media_ntp_from_monotonic(arrival_us));
    uint32_t rtt = now - block->last_sr - block->since_last_sr;

    if (rtt > RTT_MAX_65536)
        return;
    self->line.rtt_us = MAX((int64_t)rtt * G_USEC_PER_SEC / 65536, 1);
    media_downlink_on_rtt(self->downlink, self->line.rtt_us);
}

static void
on_report_blocks(MediaSender *self, const MediaRtcpPacket *packet, int64_t arrival_us)
{
    for (unsigned i = 0; i < packet->count; i++) {
        MediaRtcpReportBlock block;
        media_rtcp_get_report_block(packet, i, &block);
        MediaViewer *viewer = find_viewer(self, block.ssrc);

        if (viewer == NULL)
            continue;
        media_viewer_on_report_block(viewer, &block);
        learn_rtt(self, &block, arrival_us);
    }
}

static void
on_nack(MediaSender *self, const MediaRtcpPacket *packet)
{
    MediaViewer *viewer = find_viewer(self, media_rtcp_get_media_ssrc(packet));
    unsigned n = viewer != NULL ? media_rtcp_get_n_nacks(packet) : 0;

    for (unsigned i = 0; i < n; i++) {
        uint16_t sequences[MEDIA_RTCP_NACK_SEQUENCES];
        media_viewer_on_nack(viewer, sequences, media_rtcp_get_nack(packet, i, sequences));
    }
}

static void
on_payload_feedback(MediaSender *self, const MediaRtcpPacket *packet)
{
    MediaViewer *viewer = find_viewer(self, media_rtcp_get_media_ssrc(packet));
    uint32_t remb;

    switch (packet->count) {
    case MEDIA_RTCP_FMT_PLI:
        if (viewer != NULL)
            media_viewer_on_keyframe_request(viewer);
        break;
    case MEDIA_RTCP_FMT_FIR:
        for (guint i = 0; i < self->viewers->len; i++) {
            if (media_rtcp_fir_names(packet, media_viewer_get_ssrc(self->viewers->pdata[i])))
                media_viewer_on_keyframe_request(self->viewers->pdata[i]);
        }
        break;
    case MEDIA_RTCP_FMT_REMB:
        if (media_rtcp_get_remb(packet, &remb))
            media_downlink_on_remb(self->downlink, remb);
        break;
    default:
        break;
    }
}

void
media_sender_on_rtcp(MediaSender *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    MEDIA_ASSERT_ON_WORKER(self->line.worker);
    MediaRtcpReader reader;
    MediaRtcpPacket part;

    if (!media_rtcp_reader_init(&reader, packet, size))
        return;
    while (media_rtcp_reader_next(&reader, &part)) {
        if (part.type == MEDIA_RTCP_SR || part.type == MEDIA_RTCP_RR)
            on_report_blocks(self, &part, arrival_us);
        else if (part.type == MEDIA_RTCP_PSFB)
            on_payload_feedback(self, &part);
        else if (part.type == MEDIA_RTCP_RTPFB && part.count == MEDIA_RTCP_FMT_NACK)
            on_nack(self, &part);
        else if (part.type == MEDIA_RTCP_RTPFB && part.count == MEDIA_RTCP_FMT_TWCC)
            media_downlink_on_feedback(self->downlink, &part);
    }
}

void
media_sender_on_ready(MediaSender *self)
{
    MEDIA_ASSERT_ON_WORKER(self->line.worker);
    for (guint i = 0; i < self->viewers->len; i++)
        media_viewer_on_ready(self->viewers->pdata[i]);
}

void
media_sender_get_stats(const MediaSender *self, MediaSenderStats *ret_stats)
{
    media_downlink_get_stats(self->downlink, ret_stats);
}

int64_t
media_sender_get_first_sent_us(const MediaSender *self)
{
    return self->line.first_sent_us;
}
