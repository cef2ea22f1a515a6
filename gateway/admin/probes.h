/* gateway/admin/probes.h - /healthz, /readyz and /metrics: is it alive, can it work, what are its figures
 *
 * /metrics is Prometheus text, for this machine or an administrator.
 * Thread: main. */
#pragma once

#include "gateway/archive/archive.h"
#include "gateway/scrub/scrub.h"
#include "gateway/sessions/sessions.h"

G_BEGIN_DECLS

/* Whose figures are shown; all of it outlives the server. */
typedef struct {
    const Gateway *gateway;
    GwSessions *sessions;     /* NULL: none yet */
    const GwArchive *archive; /* likewise */
    const GwScrub *scrub;     /* likewise */
} GwProbes;

void gw_probes_add_routes(const GwProbes *probes);

/* The text of /metrics; owned. */
char *gw_metrics_format(const GwProbes *probes);

G_END_DECLS
