/* Packets leave and feedback comes in, of any bytes: each record is a kind, a length and the body of a feedback packet.
 * The estimate stays within its bounds, and so does the padding that is asked for. */
#include "media/bandwidth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(MediaBandwidth) bandwidth = media_bandwidth_new();
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
    int64_t now_us = G_USEC_PER_SEC;

    for (size_t at = 0; at + 2 <= size && at < 65536; at += 2 + data[at + 1]) {
        size_t length = MIN((size_t)data[at + 1], size - at - 2);
        g_autofree uint8_t *body = g_memdup2(data + at + 2, length);
        MediaRtcpPacket packet = { MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_TWCC, body, length };

        for (int i = data[at] & 15; i >= 0; i--)
            media_bandwidth_sent(bandwidth, 1200, now_us += 500);
        media_bandwidth_probe(bandwidth, (uint32_t)data[at] << 16, now_us);
        media_bandwidth_on_feedback(bandwidth, statuses, media_twcc_read(&packet, statuses, MEDIA_TWCC_WINDOW), now_us);
        g_assert_true(media_bandwidth_get(bandwidth, now_us) >= 5000);
        g_assert_true(media_bandwidth_get_padding(bandwidth, now_us) < 200 * 1000);
        now_us += (data[at] >> 4) * 10000;
    }
    return 0;
}
