#include "media/srtp-streams.h"

#include "media/prefetch.h"

enum { START = 4 }; /* slots; a power of two, doubled when it is three quarters full */

void
media_srtp_streams_init(MediaSrtpStreams *self)
{
    *self = (MediaSrtpStreams){ .n_slots = START };
    self->slots = g_new0(MediaSrtpStream, self->n_slots);
}

void
media_srtp_streams_clear(MediaSrtpStreams *self)
{
    g_clear_pointer(&self->slots, g_free);
}

static unsigned
get_place(uint32_t ssrc)
{
    return (ssrc * UINT32_C(2654435761)) >> 16;
}

/* The SSRC's slot, or the free one where it belongs. */
static MediaSrtpStream *
find_slot(MediaSrtpStream *slots, unsigned n_slots, uint32_t ssrc)
{
    unsigned i = get_place(ssrc);

    while (slots[i % n_slots].used && slots[i % n_slots].ssrc != ssrc)
        i++;
    return &slots[i % n_slots];
}

MediaSrtpStream *
media_srtp_streams_find(MediaSrtpStreams *self, uint32_t ssrc, unsigned max)
{
    if (self->last != NULL && self->last->ssrc == ssrc)
        return self->last;
    MediaSrtpStream *stream = find_slot(self->slots, self->n_slots, ssrc);

    return stream->used || self->n_streams < max ? stream : NULL;
}

void
media_srtp_streams_prefetch(const MediaSrtpStreams *self, uint32_t ssrc)
{
    media_prefetch(&self->slots[get_place(ssrc) % self->n_slots], offsetof(MediaSrtpStream, rtcp));
}

static void
grow(MediaSrtpStreams *self)
{
    unsigned n_slots = self->n_slots * 2;
    MediaSrtpStream *slots = g_new0(MediaSrtpStream, n_slots);

    for (unsigned i = 0; i < self->n_slots; i++) {
        if (self->slots[i].used)
            *find_slot(slots, n_slots, self->slots[i].ssrc) = self->slots[i];
    }
    g_free(self->slots);
    self->slots = slots;
    self->n_slots = n_slots;
}

MediaSrtpStream *
media_srtp_streams_keep(MediaSrtpStreams *self, MediaSrtpStream *stream, uint32_t ssrc)
{
    if (!stream->used) {
        if ((self->n_streams + 1) * 4 > self->n_slots * 3) {
            grow(self);
            stream = find_slot(self->slots, self->n_slots, ssrc);
        }
        *stream = (MediaSrtpStream){ .used = true, .ssrc = ssrc };
        self->n_streams++;
    }
    self->last = stream;
    return stream;
}
