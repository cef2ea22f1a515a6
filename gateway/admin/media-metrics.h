/* gateway/admin/media-metrics.h - the figures of media/ for /metrics
 *
 * Thread: main. */
#pragma once

#include <glib.h>

#include "media/node.h"

G_BEGIN_DECLS

void gw_media_metrics_add(GString *text, MediaNode *node);

G_END_DECLS
