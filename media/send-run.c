#include "media/send-run.h"

#include "media/framing.h"

enum { MAX_PACKET = 2048 };

void
media_send_run_init(MediaSendRun *self, MediaSendRunFunc send, void *data)
{
    self->send = send;
    self->data = data;
    self->target = NULL;
    self->segment_size = 0;
    self->used = 0;
    self->n_segments = 0;
    self->closed = false;
}

/* RFC 4571: over TCP each packet has its length before it. */
static size_t
get_prefix(const MediaSendTarget *target)
{
    return target->path.connection != NULL ? MEDIA_FRAMING_HEADER : 0;
}

static bool
fits(const MediaSendRun *self, const MediaSendTarget *target, size_t size)
{
    if (self->target != target || self->closed || target->gso_refused)
        return false;
    return size <= self->segment_size && self->n_segments < MEDIA_RUN_MAX_SEGMENTS &&
           self->used + size <= MEDIA_RUN_MAX_BYTES;
}

uint8_t *
media_send_run_reserve(MediaSendRun *self, MediaSendTarget *target, size_t size)
{
    size_t prefix = get_prefix(target);

    if (size == 0 || size > MAX_PACKET)
        return NULL;
    if (self->n_segments > 0 && !fits(self, target, prefix + size))
        media_send_run_flush(self);
    self->target = target;
    return self->bytes + self->used + prefix;
}

void
media_send_run_commit(MediaSendRun *self, size_t size)
{
    size_t prefix = get_prefix(self->target);

    if (prefix > 0) {
        self->bytes[self->used] = (uint8_t)(size >> 8);
        self->bytes[self->used + 1] = (uint8_t)size;
    }
    if (self->n_segments == 0)
        self->segment_size = prefix + size;
    self->closed = prefix + size < self->segment_size;
    self->used += prefix + size;
    self->n_segments++;
}

void
media_send_run_flush(MediaSendRun *self)
{
    if (self->n_segments > 0)
        self->send(self->data, self);
    self->target = NULL;
    self->used = 0;
    self->n_segments = 0;
    self->closed = false;
}

void
media_send_run_flush_target(MediaSendRun *self, const MediaSendTarget *target)
{
    if (self->target == target)
        media_send_run_flush(self);
}
