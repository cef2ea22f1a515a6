#include "recorder/track.h"

#include <string.h>

enum {
    KEYFRAME_INTERVAL_US = 4 * G_USEC_PER_SEC, /* players seek to key frames */
    SENDER_REPORT_SIZE = 28,
    RTCP_SENDER_REPORT = 200,
};

RecRings *
rec_rings_new(unsigned n_rings, size_t bytes)
{
    static _Atomic uint64_t next_id = 1;
    RecRings *self = g_new0(RecRings, 1);

    self->id = atomic_fetch_add(&next_id, 1);
    self->n_rings = n_rings;
    self->rings = g_new0(RecRing *, n_rings);
    for (unsigned i = 0; i < n_rings; i++)
        self->rings[i] = rec_ring_new(bytes);
    return self;
}

void
rec_rings_free(RecRings *self)
{
    for (unsigned i = 0; i < self->n_rings; i++)
        rec_ring_free(self->rings[i]);
    g_free(self->rings);
    g_free(self);
}

const char *
rec_loss_to_string(RecLoss loss)
{
    static const char *const names[] = { [REC_LOSS_RING] = "ring", [REC_LOSS_DISK] = "disk" };

    return names[loss];
}

/* The ring of this thread; NULL when more threads than expected bring packets. */
static RecRing *
get_ring(RecRings *self)
{
    static _Thread_local struct {
        uint64_t id;
        RecRing *ring;
    } mine;

    if (mine.id != self->id) {
        unsigned i = atomic_fetch_add(&self->n_taken, 1);
        mine.id = self->id;
        mine.ring = i < self->n_rings ? self->rings[i] : NULL;
    }
    return mine.ring;
}

static void
put(RecTrack *self, const RecRingRecord *record, const uint8_t *data)
{
    RecRing *ring = get_ring(self->rings);
    uint8_t *room = ring ? rec_ring_reserve(ring, sizeof *record + record->size) : NULL;

    if (!room) {
        if (!record->is_report)
            atomic_fetch_add_explicit(&self->lost, 1, memory_order_relaxed);
        return;
    }
    memcpy(room, record, sizeof *record);
    memcpy(room + sizeof *record, data, record->size);
    rec_ring_commit(ring);
    if (!record->is_report)
        atomic_fetch_add_explicit(&self->packets, 1, memory_order_relaxed);
}

static void
on_packets(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets)
{
    RecTrack *self = (RecTrack *)sink;

    (void)track;
    for (size_t i = 0; i < n_packets; i++) {
        const MediaPacket *packet = &packets[i];
        RecRingRecord record = {
            .track = self,
            .arrival_us = packet->arrival_us,
            .sequence = packet->sequence,
            .size = packet->size,
            .codec = packet->codec,
            .recovered = packet->recovered,
        };
        put(self, &record, packet->data);
    }
}

/* RFC 3550 section 6.4.1, without blocks; the counters are not known here and stay zero. */
static void
write_sender_report(uint8_t *bytes, const MediaSenderReport *report)
{
    uint32_t ssrc = GUINT32_TO_BE(report->ssrc), timestamp = GUINT32_TO_BE(report->timestamp);
    uint64_t ntp = GUINT64_TO_BE(report->ntp);

    memset(bytes, 0, SENDER_REPORT_SIZE);
    bytes[0] = 2 << 6;
    bytes[1] = RTCP_SENDER_REPORT;
    bytes[3] = SENDER_REPORT_SIZE / 4 - 1;
    memcpy(bytes + 4, &ssrc, sizeof ssrc);
    memcpy(bytes + 8, &ntp, sizeof ntp);
    memcpy(bytes + 16, &timestamp, sizeof timestamp);
}

static void
on_sender_report(MediaSink *sink, MediaTrack *track, const MediaSenderReport *report)
{
    RecTrack *self = (RecTrack *)sink;
    uint8_t bytes[SENDER_REPORT_SIZE];
    RecRingRecord record = {
        .track = self,
        .arrival_us = report->arrival_us,
        .size = sizeof bytes,
        .is_report = true,
    };

    (void)track;
    write_sender_report(bytes, report);
    put(self, &record, bytes);
}

bool
rec_id_is_valid(const char *id)
{
    size_t size = id ? strlen(id) : 0;

    return size > 0 && size <= REC_ID_MAX && id[0] != '.' &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static char *
cut_label(const char *label)
{
    g_autofree char *valid = g_utf8_make_valid(label ? label : "", -1);
    size_t size = strlen(valid);

    if (size <= REC_LABEL_MAX_BYTES)
        return g_steal_pointer(&valid);
    const char *end = g_utf8_find_prev_char(valid, valid + REC_LABEL_MAX_BYTES + 1);
    return g_strndup(valid, end - valid);
}

RecTrack *
rec_track_new(RecRings *rings, const RecTrackInfo *info)
{
    static const MediaSinkClass klass = {
        .packets = on_packets,
        .sender_report = on_sender_report,
    };
    RecTrack *self = g_new0(RecTrack, 1);

    self->sink.klass = &klass;
    self->sink.keyframe_interval_us = KEYFRAME_INTERVAL_US;
    self->rings = rings;
    self->session = g_strdup(info->session);
    self->id = g_strdup(info->track);
    self->party = cut_label(info->party);
    self->label = cut_label(info->label);
    self->kind = info->kind;
    return self;
}

void
rec_track_free(RecTrack *self)
{
    g_free(self->session);
    g_free(self->id);
    g_free(self->party);
    g_free(self->label);
    g_free(self);
}

MediaSink *
rec_track_get_sink(RecTrack *self)
{
    return &self->sink;
}

uint64_t
rec_track_get_packets(const RecTrack *self)
{
    return atomic_load_explicit(&self->packets, memory_order_relaxed);
}
