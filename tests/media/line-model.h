/* tests/media/line-model.h - a line in virtual time: one bottleneck with a queue, and the feedback that comes back over it
 *
 * Packets that do not fit the queue are dropped, others leave it in order at the line's rate and arrive delay_us (and some
 * jitter) later. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "media/bandwidth.h"

enum { LINE_MAX_FLOWS = 2 };

typedef struct {
    uint32_t rate; /* bit/s */
    size_t queue;  /* bytes */
    int64_t delay_us, jitter_us;
    unsigned loss_percent; /* by nature */
    unsigned feedback_loss_percent;
    bool feedback_twice, feedback_disordered;
} LineModel;

/* Who sends over it: frames of a picture whose rate follows the estimate (as far as the source goes), and sound. */
typedef struct {
    MediaBandwidth *bandwidth; /* owned */
    uint32_t source;           /* bit/s at most */
    uint32_t steps[4];         /* if not 0: the rates there are, ascending; the best that fits is sent */
    bool no_probes;
    uint32_t estimate, sent_rate; /* now; of the last second */
    uint64_t bytes_sent, bytes_arrived, packets_lost;
    int64_t worst_delay_us; /* of any packet, since it was last set to 0 */
    struct LineFlowState *state;
} LineFlow;

typedef struct LineSimulation LineSimulation;

LineSimulation *line_simulation_new(const LineModel *model);
void line_simulation_free(LineSimulation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LineSimulation, line_simulation_free)

void line_simulation_set(LineSimulation *self, const LineModel *model);
LineFlow *line_simulation_add(LineSimulation *self, uint32_t source);
void line_simulation_run(LineSimulation *self, int64_t us);

/* Mean of the estimate while running for so long. */
uint32_t line_simulation_mean(LineSimulation *self, const LineFlow *flow, int64_t us);
