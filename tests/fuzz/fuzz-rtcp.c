/* What a compound promises is there: every getter may be called on a packet that the reader hands out. */
#include "media/rtcp.h"
#include "media/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(const MediaRtcpPacket *packet)
{
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
    MediaRtcpReportBlock block;
    uint16_t sequences[MEDIA_RTCP_NACK_SEQUENCES];
    uint32_t bitrate;

    for (unsigned i = 0; (packet->type == MEDIA_RTCP_SR || packet->type == MEDIA_RTCP_RR) && i < packet->count; i++)
        media_rtcp_get_report_block(packet, i, &block);
    for (unsigned i = 0; i < media_rtcp_get_n_nacks(packet); i++)
        g_assert_cmpuint(media_rtcp_get_nack(packet, i, sequences), <=, MEDIA_RTCP_NACK_SEQUENCES);
    for (unsigned i = 0; packet->type == MEDIA_RTCP_BYE && i < packet->count; i++)
        media_rtcp_get_bye_ssrc(packet, i);
    media_rtcp_fir_names(packet, 1);
    media_rtcp_get_remb(packet, &bitrate);
    g_assert_cmpuint(media_twcc_read(packet, statuses, G_N_ELEMENTS(statuses)), <=, G_N_ELEMENTS(statuses));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MediaRtcpReader reader;
    MediaRtcpPacket packet;

    if (!media_rtcp_reader_init(&reader, data, size))
        return 0;
    while (media_rtcp_reader_next(&reader, &packet))
        read_all(&packet);
    g_assert_cmpuint(reader.left, ==, 0);
    return 0;
}
