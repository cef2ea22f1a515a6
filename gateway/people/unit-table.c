#include "gateway/people/unit-table.h"

#include "gateway/people/csv.h"
#include "gateway/people/tree.h"

const struct GwUnitColumnName gw_unit_columns[GW_UNIT_N_COLUMNS] = {
    [GW_UNIT_ID] = { "id", "编号" },
    [GW_UNIT_NAME] = { "name", "名称" },
    [GW_UNIT_NAME_EN] = { "name_en", "英文名" },
    [GW_UNIT_TIER] = { "tier", "层级" },
    [GW_UNIT_PARENT] = { "parent", "上级" },
    [GW_UNIT_AREAS] = { "areas", "辖区" },
};

char *
gw_units_to_csv(GwDirectory *directory, const GPtrArray *units, const char *language)
{
    g_autoptr(GString) text = g_string_new("\xef\xbb\xbf"); /* so that spreadsheets read it as UTF-8 */
    g_autoptr(GHashTable) among = g_hash_table_new(NULL, NULL);

    for (GwUnitColumn column = 0; column < GW_UNIT_N_COLUMNS; column++)
        g_string_append_printf(text, "%s%s", column > 0 ? "," : "",
                               g_strcmp0(language, "en") == 0 ? gw_unit_columns[column].en
                                                              : gw_unit_columns[column].zh);
    g_string_append(text, "\r\n");
    for (guint i = 0; i < units->len; i++)
        g_hash_table_add(among, units->pdata[i]);
    for (guint i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        const GwUnit *parent = gw_directory_get_unit(directory, unit->parent);
        g_autofree char *areas = gw_areas_to_string(unit->areas);
        const char *fields[GW_UNIT_N_COLUMNS] = { unit->id,
                                                  unit->name,
                                                  unit->name_en,
                                                  unit->tier,
                                                  parent != NULL && g_hash_table_contains(among, parent) ? parent->id
                                                                                                         : NULL,
                                                  areas };

        for (GwUnitColumn column = 0; column < GW_UNIT_N_COLUMNS; column++) {
            g_string_append(text, column > 0 ? "," : "");
            gw_csv_append(text, fields[column] != NULL ? fields[column] : "");
        }
        g_string_append(text, "\r\n");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
