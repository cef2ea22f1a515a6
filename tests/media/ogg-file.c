#include "ogg-file.h"

#include <ogg/ogg.h>
#include <stdbool.h>
#include <string.h>

static void
append_pages(GByteArray *file, ogg_stream_state *stream)
{
    ogg_page page;

    while (ogg_stream_flush(stream, &page) != 0) {
        g_byte_array_append(file, page.header, (guint)page.header_len);
        g_byte_array_append(file, page.body, (guint)page.body_len);
    }
}

static void
put_packet(ogg_stream_state *stream, const void *bytes, size_t size, bool last)
{
    static ogg_int64_t number;
    ogg_packet packet = {
        .packet = (unsigned char *)bytes,
        .bytes = (long)size,
        .b_o_s = size > 8 && memcmp(bytes, "OpusHead", 8) == 0,
        .e_o_s = last,
        .packetno = number++,
    };

    g_assert_cmpint(ogg_stream_packetin(stream, &packet), ==, 0);
}

GByteArray *
ogg_file_new(unsigned n_frames, size_t size, uint8_t toc)
{
    GByteArray *file = g_byte_array_new();
    g_autofree uint8_t *frame = g_malloc0(size + 1);
    ogg_stream_state stream;

    ogg_stream_init(&stream, 77);
    put_packet(&stream, "OpusHead\1\1\0\0\200\273\0\0\0\0\0", 19, false);
    append_pages(file, &stream);
    put_packet(&stream, "OpusTags\0\0\0\0\0\0\0\0", 16, n_frames == 0);
    append_pages(file, &stream);
    frame[0] = toc;
    for (unsigned i = 0; i < n_frames; i++) {
        frame[1] = (uint8_t)i;
        put_packet(&stream, frame, size, i + 1 == n_frames);
        if (i % 50 == 49)
            append_pages(file, &stream);
    }
    append_pages(file, &stream);
    ogg_stream_clear(&stream);
    return file;
}
