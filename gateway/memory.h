/* gateway/memory.h - gives memory back to the system after many people have left
 *
 * What a peer held is freed when it goes; glibc keeps it for the next. After a roll-call of hundreds that is tens of
 * megabytes, which this gives back. A few milliseconds of work, done on main, and only after a large fall.
 * Ownership: the service.
 * Thread:    main. */
#pragma once

#include "media/node.h"

G_BEGIN_DECLS

typedef struct GwMemory GwMemory;

GwMemory *gw_memory_new(MediaNode *node); /* borrowed: it must outlive this */
void gw_memory_free(GwMemory *self);

/* Pure: whether n peers after so many are a fall worth the work; keeps *peak. */
bool gw_memory_has_fallen(unsigned n_peers, unsigned *peak);

G_END_DECLS
