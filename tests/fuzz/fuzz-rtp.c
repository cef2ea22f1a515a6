/* What is read of a header lies inside the packet; a header written with the same values is read back alike. */
#include "media/rtp.h"
#include "media/rtx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[MEDIA_RTX_MAX_PACKET];
    MediaRtp rtp, again;

    if (!media_rtp_parse(data, size, &rtp))
        return 0;
    g_assert_cmpuint((size_t)rtp.header_size + rtp.payload_size, <=, size);
    for (unsigned id = 0; id < 256; id++) {
        size_t value_size = 0;
        const uint8_t *value = media_rtp_find_extension(&rtp, (uint8_t)id, &value_size);
        g_assert_true(value == NULL || (value > data && value + value_size <= data + rtp.header_size));
    }
    size_t unwrapped = media_rtx_unwrap(&rtp, data, 96, 1, bytes);
    g_assert_cmpuint(unwrapped, <=, sizeof bytes);
    g_assert_true(unwrapped == 0 || media_rtp_parse(bytes, unwrapped, &again));
    return 0;
}
