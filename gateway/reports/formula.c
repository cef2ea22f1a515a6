#include "gateway/reports/formula.h"

static const char *const parts[GW_N_PARTS] = {
    [GW_PART_RESPONSE] = "response",
    [GW_PART_IN_TIME] = "in-time",
    [GW_PART_LASTING] = "lasting",
    [GW_PART_COVERED] = "covered",
};

const GwFormula gw_formula_built_in = {
    .version = 1,
    .weights = {
        [GW_PART_RESPONSE] = 40,
        [GW_PART_IN_TIME] = 30,
        [GW_PART_LASTING] = 15,
        [GW_PART_COVERED] = 15,
    },
};

const char *
gw_part_to_string(GwPart part)
{
    return parts[part];
}

int
gw_share_get_permille(const GwShare *share)
{
    return share->all > 0 ? (int)(CLAMP(share->of, 0, share->all) * 1000 / share->all) : -1;
}

int
gw_formula_get_score(const GwFormula *self, const GwShare shares[GW_N_PARTS])
{
    unsigned sum = 0, weights = 0;

    for (GwPart part = 0; part < GW_N_PARTS; part++) {
        int permille = gw_share_get_permille(&shares[part]);
        if (permille < 0)
            continue;
        sum += self->weights[part] * (unsigned)permille;
        weights += self->weights[part];
    }
    return weights > 0 ? (int)(sum / weights) : -1;
}
