/* media/ntp.h - NTP timestamps (32.32) and the worker's clock, and how a peer's clock relates to ours
 *
 * Pure but for media_ntp_from_monotonic(), which reads both clocks once per process: everything we send is on one line,
 * whatever the wall clock does later. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

int64_t media_ntp_to_us(uint64_t ntp); /* since 1900; the era is the caller's */
uint64_t media_ntp_from_us(int64_t us);

/* Any thread. */
uint64_t media_ntp_from_monotonic(int64_t monotonic_us);

/* The middle 32 bits, as LSR and DLSR have them. */
uint32_t media_ntp_middle(uint64_t ntp);

/* How far the clock of a publisher's sender reports is from ours, by the fastest report (the least delayed by queues).
 * Sound and picture of one publisher share it, so that they stay in step. A zeroed one knows nothing. */
typedef struct {
    bool known;
    int64_t offset_us; /* ours - theirs */
} MediaClockOffset;

void media_clock_offset_learn(MediaClockOffset *self, uint64_t ntp, int64_t arrival_us);
int64_t media_clock_offset_to_local_us(const MediaClockOffset *self, uint64_t ntp);
