#include "media/reception.h"

static void
update_jitter(MediaReception *self, uint32_t timestamp, int64_t arrival_us, uint32_t clock_rate)
{
    uint32_t transit = (uint32_t)(arrival_us * (int64_t)clock_rate / G_USEC_PER_SEC) - timestamp;
    int32_t difference = (int32_t)(transit - self->last_transit);
    uint32_t distance = difference < 0 ? 0u - (uint32_t)difference : (uint32_t)difference;

    self->last_transit = transit;
    if (!self->started || distance > 5 * clock_rate) /* a timestamp that jumped is not jitter */
        return;
    self->jitter_16 += distance - ((self->jitter_16 + 8) >> 4); /* appendix A.8 */
}

void
media_reception_received(MediaReception *self, uint64_t sequence, uint32_t timestamp, int64_t arrival_us,
                         uint32_t clock_rate)
{
    update_jitter(self, timestamp, arrival_us, clock_rate);
    self->received++;
    if (!self->started) {
        self->started = true;
        self->first = self->highest = sequence;
        return;
    }
    self->first = MIN(self->first, sequence);
    self->highest = MAX(self->highest, sequence);
}

void
media_reception_recovered(MediaReception *self)
{
    self->recovered++;
}

static uint64_t
get_expected(const MediaReception *self)
{
    return self->started ? self->highest - self->first + 1 : 0;
}

void
media_reception_report(MediaReception *self, MediaRtcpReportBlock *ret_block)
{
    uint64_t expected = get_expected(self);
    uint64_t expected_interval = expected - self->expected_prior;
    uint64_t received_interval = self->received - self->received_prior;
    uint64_t fraction = 0;

    if (expected_interval > received_interval)
        fraction = MIN((expected_interval - received_interval) * 256 / expected_interval, 255);
    self->expected_prior = expected;
    self->received_prior = self->received;
    *ret_block = (MediaRtcpReportBlock){
        .fraction_lost = (uint8_t)fraction,
        .lost = (int32_t)CLAMP((int64_t)(expected - self->received), -0x800000, 0x7fffff),
        .highest = (uint32_t)self->highest,
        .jitter = media_reception_get_jitter(self),
    };
}

uint64_t
media_reception_get_missing(const MediaReception *self)
{
    uint64_t expected = get_expected(self);
    uint64_t got = self->received + self->recovered;

    return expected > got ? expected - got : 0;
}

uint32_t
media_reception_get_jitter(const MediaReception *self)
{
    return self->jitter_16 >> 4;
}
