/* The first byte chooses the codec, the second how long the payload of the first packet is. Numbers that are shifted and
 * shifted back are as before, and nothing outside of the descriptor changes. */
#include <string.h>

#include "media/dependency.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MediaDependency dependency = { 0 };
    MediaDescriptor layer;

    if (size < 2)
        return 0;
    size_t length = MIN((size_t)data[1], size - 2);
    if (length == 0)
        return 0;
    g_autofree uint8_t *payload = g_memdup2(data + 2, length);
    media_descriptor_parse(data[0] % MEDIA_N_CODECS, payload, length, &layer);
    media_descriptor_shift(&layer, payload, 7, 9);
    media_descriptor_shift(&(MediaDescriptor){ 0 }, payload, 7, 9);
    media_descriptor_shift(&layer, payload, 0, 0);
    g_assert_true(memcmp(payload, data + 2, length) == 0);
    g_assert_cmpuint(layer.temporal, <, MEDIA_MAX_TEMPORAL_LAYERS);
    for (size_t at = 2 + length; at < size; at += length + 1) {
        if (media_dependency_read(&dependency, data + at, MIN(length + 1, size - at), &layer))
            g_assert_true(layer.temporal < MEDIA_MAX_TEMPORAL_LAYERS && layer.opens < MEDIA_MAX_TEMPORAL_LAYERS);
    }
    return 0;
}
