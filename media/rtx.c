#include "media/rtx.h"

#include <string.h>

#include "media/wire.h"

enum { SEQUENCE_SIZE = 2 };

size_t
media_rtx_unwrap(const MediaRtp *rtp, const uint8_t *packet, uint8_t payload_type, uint32_t ssrc,
                 uint8_t ret_bytes[MEDIA_RTX_MAX_PACKET])
{
    size_t header_size = rtp->header_size;

    if (rtp->payload_size <= SEQUENCE_SIZE || header_size + rtp->payload_size - SEQUENCE_SIZE > MEDIA_RTX_MAX_PACKET)
        return 0;
    size_t payload_size = (size_t)rtp->payload_size - SEQUENCE_SIZE;

    memcpy(ret_bytes, packet, header_size);
    memcpy(ret_bytes + header_size, packet + header_size + SEQUENCE_SIZE, payload_size);
    ret_bytes[0] &= (uint8_t)~0x20; /* no padding */
    ret_bytes[1] = (uint8_t)((packet[1] & 0x80) | payload_type);
    memcpy(ret_bytes + 2, packet + header_size, SEQUENCE_SIZE);
    media_wire_put_32(ret_bytes + 8, ssrc);
    return header_size + payload_size;
}
