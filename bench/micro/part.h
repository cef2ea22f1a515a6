/* bench/micro/part.h - one piece of the packet path, timed by itself
 *
 * Ownership: state is made and freed by the part. Single thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *name;
    unsigned n_ops;           /* in one run */
    void *(*set_up)(int how); /* NULL: not on this machine */
    int how;
    void (*prepare)(void *state); /* before each run, not timed; may be NULL */
    void (*run)(void *state, unsigned n_ops);
    void (*tear_down)(void *state);
} MicroPart;

extern const MicroPart micro_crypto[], micro_sending[], micro_tracking[]; /* each ends with a part without a name */
