#include "media/clip.h"

#include <gio/gio.h>
#include <ogg/ogg.h>
#include <string.h>

#include "media/error.h"
#include "media/opus-toc.h"
#include "media/ref-count.h"

enum {
    HEAD_MIN_SIZE = 19,   /* RFC 7845 section 5.1 */
    MAX_RTP_FRAME = 1200, /* what fits one packet */
};

typedef struct {
    uint32_t offset; /* in bytes */
    uint16_t size;
    uint32_t duration_us;
} Frame;

struct MediaClip {
    MediaRefCount refs;
    GByteArray *bytes; /* owned */
    GArray *frames;    /* owned; Frame */
    int64_t duration_us;
};

/* libogg's two states, and how far the headers are. */
typedef struct {
    ogg_sync_state sync;
    ogg_stream_state stream;
    bool stream_started;
    bool ended; /* the last page of the stream was seen */
    unsigned n_headers;
} Demuxer;

static void
demuxer_clear(Demuxer *self)
{
    if (self->stream_started)
        ogg_stream_clear(&self->stream);
    ogg_sync_clear(&self->sync);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Demuxer, demuxer_clear)

static bool
refuse(GError **error, const char *why)
{
    g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "not a usable Ogg Opus file: %s", why);
    return false;
}

static bool
add_frame(MediaClip *self, const ogg_packet *packet, GError **error)
{
    int64_t duration_us = media_opus_get_duration_us(packet->packet, (size_t)packet->bytes);

    if (duration_us == 0)
        return refuse(error, "a packet is not Opus");
    if (packet->bytes > MAX_RTP_FRAME)
        return refuse(error, "a packet is larger than fits the network");
    if (self->duration_us + duration_us > (int64_t)MEDIA_CLIP_MAX_SECONDS * G_USEC_PER_SEC) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "longer than %d seconds", MEDIA_CLIP_MAX_SECONDS);
        return false;
    }

    Frame frame = {
        .offset = self->bytes->len,
        .size = (uint16_t)packet->bytes,
        .duration_us = (uint32_t)duration_us,
    };
    g_byte_array_append(self->bytes, packet->packet, (guint)packet->bytes);
    g_array_append_val(self->frames, frame);
    self->duration_us += duration_us;
    return true;
}

static bool
check_head(const ogg_packet *packet, GError **error)
{
    const uint8_t *head = packet->packet;

    if (packet->bytes < HEAD_MIN_SIZE || memcmp(head, "OpusHead", 8) != 0)
        return refuse(error, "it does not begin with OpusHead");
    if (head[8] > 15)
        return refuse(error, "its version is unknown");
    if (head[9] < 1 || head[9] > 2 || head[18] != 0)
        return refuse(error, "it has more than two channels");
    return true;
}

static bool
take_packet(MediaClip *self, Demuxer *demuxer, const ogg_packet *packet, GError **error)
{
    switch (demuxer->n_headers) {
    case 0:
        demuxer->n_headers++;
        return check_head(packet, error);
    case 1:
        demuxer->n_headers++;
        if (packet->bytes < 8 || memcmp(packet->packet, "OpusTags", 8) != 0)
            return refuse(error, "OpusTags is missing");
        return true;
    default:
        return add_frame(self, packet, error);
    }
}

static bool
take_page(MediaClip *self, Demuxer *demuxer, ogg_page *page, GError **error)
{
    ogg_packet packet;
    int got;

    if (!demuxer->stream_started) {
        if (!ogg_page_bos(page))
            return refuse(error, "its beginning is missing");
        ogg_stream_init(&demuxer->stream, ogg_page_serialno(page));
        demuxer->stream_started = true;
    }
    if (demuxer->ended || ogg_stream_pagein(&demuxer->stream, page) != 0)
        return refuse(error, "it holds more than one stream");
    while ((got = ogg_stream_packetout(&demuxer->stream, &packet)) != 0) {
        if (got < 0)
            return refuse(error, "a page is missing");
        if (!take_packet(self, demuxer, &packet, error))
            return false;
    }
    demuxer->ended = ogg_page_eos(page) != 0;
    return true;
}

static bool
demux(MediaClip *self, const uint8_t *bytes, size_t size, GError **error)
{
    g_auto(Demuxer) demuxer = { 0 };
    ogg_page page;
    long n;

    ogg_sync_init(&demuxer.sync);
    char *buffer = ogg_sync_buffer(&demuxer.sync, (long)size);
    if (buffer == NULL)
        return refuse(error, "no memory");
    if (size > 0)
        memcpy(buffer, bytes, size);
    ogg_sync_wrote(&demuxer.sync, (long)size);

    size_t used = 0;
    while ((n = ogg_sync_pageseek(&demuxer.sync, &page)) != 0) {
        if (n < 0)
            return refuse(error, "damaged");
        used += (size_t)n;
        if (!take_page(self, &demuxer, &page, error))
            return false;
    }
    if (used != size || !demuxer.ended)
        return refuse(error, "cut off");
    if (self->frames->len == 0)
        return refuse(error, "it holds no sound");
    return true;
}

MediaClip *
media_clip_new(const uint8_t *bytes, size_t size, GError **error)
{
    if (size > MEDIA_CLIP_MAX_BYTES) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_LIMIT, "larger than %d bytes", MEDIA_CLIP_MAX_BYTES);
        return NULL;
    }
    g_autoptr(MediaClip) self = g_new0(MediaClip, 1);

    media_ref_count_init(&self->refs);
    self->bytes = g_byte_array_new();
    self->frames = g_array_new(FALSE, FALSE, sizeof(Frame));
    if (!demux(self, bytes, size, error))
        return NULL;
    return g_steal_pointer(&self);
}

MediaClip *
media_clip_new_from_file(const char *path, GError **error)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInputStream) stream = g_file_read(file, NULL, error);
    g_autofree uint8_t *bytes = g_malloc(MEDIA_CLIP_MAX_BYTES + 1);
    gsize size = 0;

    if (stream == NULL ||
        !g_input_stream_read_all(G_INPUT_STREAM(stream), bytes, MEDIA_CLIP_MAX_BYTES + 1, &size, NULL, error))
        return NULL;
    MediaClip *self = media_clip_new(bytes, size, error);
    if (self == NULL)
        g_prefix_error(error, "%s: ", path);
    return self;
}

MediaClip *
media_clip_ref(MediaClip *self)
{
    media_ref_count_inc(&self->refs);
    return self;
}

void
media_clip_unref(MediaClip *self)
{
    if (self == NULL || !media_ref_count_dec(&self->refs))
        return;
    g_byte_array_unref(self->bytes);
    g_array_unref(self->frames);
    g_free(self);
}

int64_t
media_clip_get_duration_us(const MediaClip *self)
{
    return self->duration_us;
}

size_t
media_clip_get_n_frames(const MediaClip *self)
{
    return self->frames->len;
}

MediaClipFrame
media_clip_get_frame(const MediaClip *self, size_t i)
{
    const Frame *frame = &g_array_index(self->frames, Frame, i);

    return (MediaClipFrame){
        .bytes = self->bytes->data + frame->offset,
        .size = frame->size,
        .duration_us = frame->duration_us,
    };
}
