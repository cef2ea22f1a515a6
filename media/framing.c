#include "media/framing.h"

#include <string.h>

bool
media_framing_push(MediaFraming *self, const uint8_t *bytes, size_t size, MediaFramingFunc func, void *data)
{
    while (size > 0) {
        size_t want = MEDIA_FRAMING_HEADER;
        size_t n;

        if (self->used >= MEDIA_FRAMING_HEADER)
            want += (size_t)self->partial[0] << 8 | self->partial[1];
        n = MIN(size, want - self->used);
        memcpy(self->partial + self->used, bytes, n);
        self->used += n;
        bytes += n;
        size -= n;
        if (self->used < want)
            continue;
        if (want == MEDIA_FRAMING_HEADER) {
            size_t length = (size_t)self->partial[0] << 8 | self->partial[1];

            if (length == 0 || length > MEDIA_MAX_PACKET)
                return false;
            continue;
        }
        self->used = 0;
        if (!func(data, self->partial + MEDIA_FRAMING_HEADER, want - MEDIA_FRAMING_HEADER))
            return false;
    }
    return true;
}
