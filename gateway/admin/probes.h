/* gateway/admin/probes.h - /healthz, /readyz and /metrics: is it alive, can it work, what are its figures
 *
 * /metrics is Prometheus text, for this machine or an administrator.
 * Thread: main. */
#pragma once

#include "gateway/gateway.h"

G_BEGIN_DECLS

/* gateway outlives the server. */
void gw_probes_add_routes(const Gateway *gateway);

/* The text of /metrics; owned. */
char *gw_metrics_format(const Gateway *gateway);

G_END_DECLS
