#include "media/twcc.h"

#include "media/wire.h"

#define FIRST_SEQUENCE (UINT64_C(1) << 32)

enum {
    DELTA_US = 250,
    REFERENCE_US = 64 * 1000,
    FIXED_SIZE = 20,     /* header, SSRCs, base, count, reference time, feedback number */
    BODY_SIZE = 16,      /* the same without the RTCP header */
    VECTOR_STATUSES = 7, /* two-bit symbols in one chunk */
    RUN_MAX = 8191,
    MAX_REORDER = 64, /* a late packet as near as this is reported again */
    MAX_JUMP = MEDIA_TWCC_WINDOW / 2,
};

typedef enum {
    STATUS_LOST = 0,
    STATUS_SMALL = 1, /* one byte of delta */
    STATUS_LARGE = 2, /* two */
} Status;

static void
restart(MediaTwcc *self, uint16_t sequence)
{
    self->started = true;
    self->next = self->highest = FIRST_SEQUENCE + (self->highest & ~UINT64_C(0xffff)) + 0x10000 + sequence;
}

void
media_twcc_received(MediaTwcc *self, uint16_t sequence, int64_t arrival_us)
{
    if (!self->started)
        restart(self, sequence);
    int16_t ahead = (int16_t)(sequence - (uint16_t)self->highest);
    if (ahead > MAX_JUMP || ahead < -MAX_JUMP) {
        restart(self, sequence);
        ahead = 0;
    }

    uint64_t extended = self->highest + (uint64_t)(int64_t)ahead;
    self->highest = MAX(self->highest, extended);
    if (extended < self->next && self->next - extended <= MAX_REORDER)
        self->next = extended;
    if (self->highest - self->next >= MEDIA_TWCC_WINDOW)
        self->next = self->highest - MEDIA_TWCC_WINDOW + 1;
    self->arrivals[extended % MEDIA_TWCC_WINDOW].sequence = extended;
    self->arrivals[extended % MEDIA_TWCC_WINDOW].arrival_us = arrival_us;
}

size_t
media_twcc_get_n_pending(const MediaTwcc *self)
{
    return self->started ? (size_t)(self->highest + 1 - self->next) : 0;
}

static bool
find_arrival(const MediaTwcc *self, uint64_t sequence, int64_t *ret_arrival_us)
{
    if (self->arrivals[sequence % MEDIA_TWCC_WINDOW].sequence != sequence)
        return false;
    *ret_arrival_us = self->arrivals[sequence % MEDIA_TWCC_WINDOW].arrival_us;
    return true;
}

/* The statuses and deltas of one feedback, before they are laid out. */
typedef struct {
    size_t n;
    size_t deltas_size;
    int64_t reference; /* in REFERENCE_US */
    uint8_t statuses[MEDIA_TWCC_MAX_REPORT];
    int16_t deltas[MEDIA_TWCC_MAX_REPORT];
} Report;

/* False when the next packet's time is too far from the one before for 16 bits: it goes into the next feedback. */
static bool
add_status(Report *report, bool arrived, int64_t ticks, int64_t *last_ticks)
{
    if (!arrived) {
        report->statuses[report->n++] = STATUS_LOST;
        return true;
    }
    int64_t delta = ticks - *last_ticks;
    if (delta < INT16_MIN || delta > INT16_MAX)
        return false;
    bool small = delta >= 0 && delta <= UINT8_MAX;

    *last_ticks = ticks;
    report->deltas_size += small ? 1 : 2;
    report->deltas[report->n] = (int16_t)delta;
    report->statuses[report->n++] = small ? STATUS_SMALL : STATUS_LARGE;
    return true;
}

static void
gather(const MediaTwcc *self, Report *report)
{
    int64_t last_ticks = 0;
    bool referred = false;

    for (uint64_t sequence = self->next; sequence <= self->highest && report->n < MEDIA_TWCC_MAX_REPORT; sequence++) {
        int64_t arrival_us = 0;
        bool arrived = find_arrival(self, sequence, &arrival_us);

        if (arrived && !referred) {
            referred = true;
            report->reference = arrival_us / REFERENCE_US;
            last_ticks = report->reference * (REFERENCE_US / DELTA_US);
        }
        if (!add_status(report, arrived, arrival_us / DELTA_US, &last_ticks))
            return;
    }
}

/* Run-length chunks where seven or more are alike, else vectors of two-bit symbols. At NULL only counts. */
static size_t
put_chunks(const Report *report, uint8_t *at)
{
    size_t n_chunks = 0;

    for (size_t i = 0; i < report->n; n_chunks++) {
        size_t run = 1;
        uint16_t chunk = 0;

        while (i + run < report->n && report->statuses[i + run] == report->statuses[i])
            run++;
        if (run >= VECTOR_STATUSES || i + run == report->n) {
            chunk = (uint16_t)(report->statuses[i] << 13 | run);
            i += run;
        } else {
            chunk = 0xc000;
            for (size_t k = 0; k < VECTOR_STATUSES && i < report->n; k++, i++)
                chunk |= (uint16_t)(report->statuses[i] << (2 * (VECTOR_STATUSES - 1 - k)));
        }
        if (at != NULL)
            media_wire_put_16(at + 2 * n_chunks, chunk);
    }
    return n_chunks;
}

static void
put_deltas(const Report *report, uint8_t *at)
{
    for (size_t i = 0; i < report->n; i++) {
        if (report->statuses[i] == STATUS_SMALL) {
            *at++ = (uint8_t)report->deltas[i];
        } else if (report->statuses[i] == STATUS_LARGE) {
            media_wire_put_16(at, (uint16_t)report->deltas[i]);
            at += 2;
        }
    }
}

bool
media_twcc_write(MediaTwcc *self, MediaRtcpWriter *writer, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    Report report = { 0 };

    if (media_twcc_get_n_pending(self) == 0)
        return false;
    gather(self, &report);

    size_t chunks_size = 2 * put_chunks(&report, NULL);
    size_t unpadded = FIXED_SIZE + chunks_size + report.deltas_size;
    size_t size = (unpadded + 3) / 4 * 4;
    uint8_t *at = media_rtcp_write_header(writer, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_TWCC, size);
    if (at == NULL)
        return false;
    media_wire_put_32(at + 4, sender_ssrc);
    media_wire_put_32(at + 8, media_ssrc);
    media_wire_put_16(at + 12, (uint16_t)self->next);
    media_wire_put_16(at + 14, (uint16_t)report.n);
    media_wire_put_24(at + 16, (uint32_t)report.reference & 0xffffff);
    at[19] = self->n_feedbacks++;
    put_chunks(&report, at + FIXED_SIZE);
    put_deltas(&report, at + FIXED_SIZE + chunks_size);
    for (size_t i = unpadded; i < size; i++)
        at[i] = 0;
    if (size != unpadded) { /* RTCP padding, so that zeros are not taken for deltas */
        at[0] |= 0x20;
        at[size - 1] = (uint8_t)(size - unpadded);
    }
    self->next += report.n;
    return true;
}

/* Unpacks the status chunks; false when they end before count statuses. ret_chunks_size: bytes they took. */
static bool
read_chunks(const MediaRtcpPacket *packet, MediaTwccStatus *statuses, uint8_t *symbols, size_t n, size_t *ret_size)
{
    uint16_t base = media_wire_get_16(packet->body + 8);
    size_t at = BODY_SIZE;

    for (size_t i = 0; i < n; at += 2) {
        if (at + 2 > packet->size)
            return false;
        uint16_t chunk = media_wire_get_16(packet->body + at);
        bool vector = (chunk & 0x8000) != 0;
        bool wide = (chunk & 0x4000) != 0;
        size_t run = vector ? (wide ? 7 : 14) : (size_t)(chunk & RUN_MAX);

        if (run == 0)
            return false;
        for (size_t k = 0; k < run && i < n; k++, i++) {
            symbols[i] = (uint8_t)(chunk >> 13 & 3);
            if (vector)
                symbols[i] = wide ? (uint8_t)(chunk >> (12 - 2 * k) & 3) : (uint8_t)(chunk >> (13 - k) & 1);
            statuses[i] = (MediaTwccStatus){ .sequence = (uint16_t)(base + i) };
        }
    }
    *ret_size = at - BODY_SIZE;
    return true;
}

size_t
media_twcc_read(const MediaRtcpPacket *packet, MediaTwccStatus *statuses, size_t max)
{
    uint8_t symbols[MEDIA_TWCC_MAX_READ];
    size_t chunks_size;

    if (packet->type != MEDIA_RTCP_RTPFB || packet->count != MEDIA_RTCP_FMT_TWCC || packet->size < BODY_SIZE)
        return 0;
    size_t n = media_wire_get_16(packet->body + 10);
    if (n > MIN(max, (size_t)MEDIA_TWCC_MAX_READ)) /* nobody reports so much at once to us */
        return 0;
    if (!read_chunks(packet, statuses, symbols, n, &chunks_size))
        return 0;

    size_t at = BODY_SIZE + chunks_size;
    int64_t ticks = (int64_t)media_wire_get_24(packet->body + 12) * (REFERENCE_US / DELTA_US);
    for (size_t i = 0; i < n; i++) {
        size_t size = symbols[i] == STATUS_LOST ? 0 : symbols[i] == STATUS_SMALL ? 1 : 2;

        if (size == 0)
            continue;
        if (symbols[i] > STATUS_LARGE || at + size > packet->size)
            return 0;
        ticks += size == 1 ? packet->body[at] : (int16_t)media_wire_get_16(packet->body + at);
        at += size;
        statuses[i].arrived = true;
        statuses[i].arrival_us = ticks * DELTA_US;
    }
    return n;
}
