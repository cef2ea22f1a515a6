/* gateway/people/unit-import.h - many units from a table, all or nothing
 *
 * First it is read and judged as a whole: what is new, what changes, what moves, and every fault with its line. Only a table
 * without a fault can be applied, and then in one transaction. Ownership: the caller; valid until the tree changes. Thread:
 * main.
 *
 * Columns, by their header in Chinese or English: 编号 id, 名称 name, 英文名 name_en, 层级 tier, 上级 parent, 辖区 areas. name
 * is required, all others may be missing. Without an id a unit is known by its name, if it is the only one of it. parent is an
 * id or a name; empty: stays where it is. An empty field of a unit that is there changes nothing. */
#pragma once

#include "gateway/people/directory.h"

G_BEGIN_DECLS

enum { GW_UNIT_IMPORT_MAX_FAULTS = 500 }; /* told at once; there may be more */

typedef struct GwUnitImport GwUnitImport;

/* Whether a unit that is there may be touched, or have another put under it. */
typedef bool (*GwUnitAllowed)(const char *unit, void *user_data);

/* roots: a new unit may be without a parent. Fails with SIG_ERROR_BAD_PARAMS when it is no table at all. */
GwUnitImport *gw_unit_import_new(GwDirectory *directory, const char *text, size_t length, bool roots,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_unit_import_free(GwUnitImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwUnitImport, gw_unit_import_free)

/* Judges the rows; once. */
void gw_unit_import_check(GwUnitImport *self, GwUnitAllowed allowed, void *user_data);
unsigned gw_unit_import_get_n_faults(const GwUnitImport *self);

/* {rows, same, add: [{line, id?, name, parent?}], change: [{line, id, name, before?}], move: [{line, id, name, from?, to}],
 *  faults: [{line, fault, value?, other_line?}], n_faults}; faults: "no-name", "bad-id", "too-long", "no-tier",
 * "double-id", "double-name", "several-of-name", "no-parent", "no-such-parent", "several-parents", "loop", "too-deep",
 * "closed", "not-yours", "too-many". Owned. */
JsonObject *gw_unit_import_to_json(const GwUnitImport *self);

/* Only without faults. */
bool gw_unit_import_apply(GwUnitImport *self, int64_t now_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
