/* media/sequence.h - 16-bit RTP sequence numbers made endless, and what is a jump (RFC 3550 appendix A.1)
 *
 * Pure. A zeroed MediaSequence is ready to use; there is nothing to free. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    MEDIA_SEQUENCE_MAX_DROPOUT = 3000,  /* further ahead is a jump */
    MEDIA_SEQUENCE_MAX_MISORDER = 1024, /* further behind is a jump */
};

#define MEDIA_SEQUENCE_FIRST_CYCLE (UINT64_C(1) << 32) /* so that nothing goes below 0 */

typedef enum {
    MEDIA_SEQUENCE_OK,        /* newer than all before, or late */
    MEDIA_SEQUENCE_RESTARTED, /* the second packet after a jump: counting starts again, higher than ever before */
    MEDIA_SEQUENCE_JUMPED,    /* the first after a jump: drop it, it may be a stray one */
} MediaSequenceVerdict;

typedef struct {
    bool started;
    bool jumped;
    uint16_t expected_after_jump;
    uint64_t highest;
} MediaSequence;

/* Written only for OK and RESTARTED. */
MediaSequenceVerdict media_sequence_receive(MediaSequence *self, uint16_t sequence, uint64_t *ret_extended);

/* For a retransmission: never moves anything. False when it lies outside of what could have been asked for. */
bool media_sequence_extend(const MediaSequence *self, uint16_t sequence, uint64_t *ret_extended);

/* The stream begins anew (another SSRC); extended numbers go on rising. */
void media_sequence_restart(MediaSequence *self);
