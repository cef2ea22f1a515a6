/* gateway/people/unit-table.h - units as a table of text: its columns, and the export
 *
 * Ownership and thread: as the functions say; main. */
#pragma once

#include "gateway/people/directory.h"

G_BEGIN_DECLS

typedef enum {
    GW_UNIT_ID,
    GW_UNIT_NAME,
    GW_UNIT_NAME_EN,
    GW_UNIT_TIER,
    GW_UNIT_PARENT,
    GW_UNIT_AREAS,
    GW_UNIT_N_COLUMNS,
} GwUnitColumn;

/* What the header calls them. */
extern const struct GwUnitColumnName {
    const char *en, *zh;
} gw_unit_columns[GW_UNIT_N_COLUMNS];

/* The table of these units (GwUnit); language "zh" or "en" for the header. A parent that is not among them stays empty. Owned. */
char *gw_units_to_csv(GwDirectory *directory, const GPtrArray *units, const char *language);

G_END_DECLS
