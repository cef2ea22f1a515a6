#include "gateway/reports/formula.h"

static const struct {
    const char *name;
    unsigned weight;
} parts[GW_N_PARTS] = {
    [GW_PART_RESPONSE] = { "response", 40 },
    [GW_PART_IN_TIME] = { "in-time", 30 },
    [GW_PART_LASTING] = { "lasting", 15 },
    [GW_PART_COVERED] = { "covered", 15 },
};

const char *
gw_part_to_string(GwPart part)
{
    return parts[part].name;
}

unsigned
gw_formula_get_weight(GwPart part)
{
    return parts[part].weight;
}

int
gw_share_get_permille(const GwShare *share)
{
    return share->all > 0 ? (int)(CLAMP(share->of, 0, share->all) * 1000 / share->all) : -1;
}

int
gw_formula_get_score(const GwShare shares[GW_N_PARTS])
{
    unsigned sum = 0, weights = 0;

    for (GwPart part = 0; part < GW_N_PARTS; part++) {
        int permille = gw_share_get_permille(&shares[part]);
        if (permille < 0)
            continue;
        sum += parts[part].weight * (unsigned)permille;
        weights += parts[part].weight;
    }
    return weights > 0 ? (int)(sum / weights) : -1;
}
