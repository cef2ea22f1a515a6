/* gateway/reports/formula.h - how a place in the ranking comes about: in whole numbers, so that anybody can do it again
 *
 * Each part is a share (this many of that many), in thousandths, rounded down. The score is the mean of the shares by their weights,
 * in thousandths, rounded down; a part of which there was nothing (0 of 0) is left out, with its weight. Other weights (weights.h) are
 * another version; old ones stay. Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    GW_PART_RESPONSE, /* roll-calls answered, of those that were to be */
    GW_PART_IN_TIME,  /* tickets that were not overdue, of those issued */
    GW_PART_LASTING,  /* replies that were not sent back, of all */
    GW_PART_COVERED,  /* offices that were inspected, of all */
    GW_N_PARTS,
} GwPart;

typedef struct {
    int64_t of, all; /* 0 <= of <= all */
} GwShare;

typedef struct {
    unsigned version, weights[GW_N_PARTS];
} GwFormula;

extern const GwFormula gw_formula_built_in; /* version 1 */

const char *gw_part_to_string(GwPart part);
/* -1: there was nothing of it. */
int gw_share_get_permille(const GwShare *share);
/* -1: there was nothing at all. */
int gw_formula_get_score(const GwFormula *self, const GwShare shares[GW_N_PARTS]);

G_END_DECLS
