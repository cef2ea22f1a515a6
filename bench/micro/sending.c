/* Datagrams out and in over loopback, one by one and in runs: ns per packet of 1,216 bytes. Loopback bills the way to the
 * receiving socket to who sends. */
#include <stdio.h>
#include <string.h>

#include "bench/micro/part.h"
#include "media/send-run.h"
#include "media/udp.h"

enum { PACKET_BYTES = 1216, N_PACKETS = 512, N_DRAINED = 64 };

typedef struct {
    MediaUdp *from, *to;
    MediaSendTarget target;
    MediaSendRun *run;
    unsigned length; /* of a run */
    unsigned n_drained;
} Sending;

static void
on_run(void *data, const MediaSendRun *run)
{
    Sending *self = data;

    media_udp_send(self->from, &run->target->path.local, &run->target->path.remote, run->bytes, run->used, (uint16_t)run->segment_size);
}

static void *
set_up_sending(int how)
{
    Sending *self = g_new0(Sending, 1);
    MediaAddress local;
    g_autoptr(GError) error = NULL;

    media_address_parse("127.0.0.1", 0, &local);
    self->from = media_udp_new(&local, &error);
    self->to = self->from != NULL ? media_udp_new(&local, &error) : NULL;
    if (self->to == NULL) {
        fprintf(stderr, "micro: %s\n", error->message);
        media_udp_free(self->from);
        g_free(self);
        return NULL;
    }
    local.port = media_udp_get_port(self->to);
    self->target.path.remote = local;
    self->run = g_new(MediaSendRun, 1);
    media_send_run_init(self->run, on_run, self);
    self->length = (unsigned)how;
    return self;
}

static void
tear_down_sending(void *state)
{
    Sending *self = state;

    media_udp_free(self->from);
    media_udp_free(self->to);
    g_free(self->run);
    g_free(self);
}

static void
on_datagram(void *data, const MediaPath *path, uint8_t *bytes, size_t size)
{
    Sending *self = data;

    (void)path;
    (void)bytes;
    self->n_drained += size == PACKET_BYTES;
}

static void
drain(void *state)
{
    Sending *self = state;
    unsigned before;

    do {
        before = self->n_drained;
        media_udp_drain(self->to, on_datagram, self);
    } while (self->n_drained != before);
}

static void
send_packets(Sending *self, unsigned n_packets)
{
    for (unsigned i = 0; i < n_packets; i++) {
        uint8_t *packet = media_send_run_reserve(self->run, &self->target, PACKET_BYTES);
        memset(packet, 0, 64);
        media_send_run_commit(self->run, PACKET_BYTES);
        if (i % self->length == self->length - 1)
            media_send_run_flush(self->run);
    }
    media_send_run_flush(self->run);
}

static void
run_send(void *state, unsigned n_ops)
{
    send_packets(state, n_ops);
}

static void
prepare_drain(void *state)
{
    Sending *self = state;

    drain(state);
    self->n_drained = 0;
    send_packets(self, N_DRAINED);
}

static void
run_drain(void *state, unsigned n_ops)
{
    Sending *self = state;

    while (self->n_drained < n_ops) {
        unsigned before = self->n_drained;
        media_udp_drain(self->to, on_datagram, self);
        if (self->n_drained == before)
            break; /* the socket was too small for all of them */
    }
}

const MicroPart micro_sending[] = {
    { "send, one by one", N_PACKETS, set_up_sending, 1, drain, run_send, tear_down_sending },
    { "send, GSO runs of 5", N_PACKETS, set_up_sending, 5, drain, run_send, tear_down_sending },
    { "send, GSO runs of 16", N_PACKETS, set_up_sending, 16, drain, run_send, tear_down_sending },
    { "receive, sent one by one", N_DRAINED, set_up_sending, 1, prepare_drain, run_drain, tear_down_sending },
    { "receive, sent in GSO runs of 16", N_DRAINED, set_up_sending, 16, prepare_drain, run_drain, tear_down_sending },
    { NULL },
};
