/* media/ref-count.h - a count of references that threads share
 *
 * A value. GLib's own counts do the same; but Debian's GLib is not built with ThreadSanitizer, which then takes the last
 * thread's free for a race.
 * Thread: any. */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
    atomic_uint n;
} MediaRefCount;

static inline void
media_ref_count_init(MediaRefCount *self)
{
    atomic_init(&self->n, 1);
}

static inline void
media_ref_count_inc(MediaRefCount *self)
{
    atomic_fetch_add_explicit(&self->n, 1, memory_order_relaxed);
}

/* True when it was the last: what other threads did before their own is seen. */
static inline bool
media_ref_count_dec(MediaRefCount *self)
{
    return atomic_fetch_sub_explicit(&self->n, 1, memory_order_acq_rel) == 1;
}

G_END_DECLS
