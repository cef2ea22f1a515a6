/* gateway/admin/exposition.h - writes Prometheus' text format, version 0.0.4
 *
 * A metric is opened once (HELP, TYPE), then its samples follow. Names get the prefix yuanjian_.
 * Pure. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    GW_METRIC_COUNTER, /* the name ends in _total */
    GW_METRIC_GAUGE,
    GW_METRIC_HISTOGRAM,
} GwMetricType;

void gw_exposition_open(GString *text, const char *name, GwMetricType type, const char *help);

/* label: NULL, or one label's name; value of the label is escaped. */
void gw_exposition_add(GString *text, const char *name, const char *label, const char *label_value, double value);

/* Both at once, for a metric without labels. */
void gw_exposition_one(GString *text, const char *name, GwMetricType type, const char *help, double value);

G_END_DECLS
