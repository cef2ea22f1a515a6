/* tests/media/fake-worker.h - a worker of the test's own: virtual time, one thread
 *
 * Linked instead of worker.c, whose functions it defines. One for all. */
#pragma once

#include "media/worker.h"

MediaWorker *fake_worker_reset(int64_t now_us);
MediaWorker *fake_worker_get(void);

/* Ends the pass, then goes on tick by tick. */
void fake_worker_advance(int64_t us);
void fake_worker_end_pass(void);
size_t fake_worker_get_n_timers(void);
