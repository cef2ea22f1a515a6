/* recorder/evidence/draft-priv.h - what package.c takes over from a sealed draft */
#pragma once

#include "recorder/evidence/draft.h"
#include "recorder/evidence/item.h"

G_BEGIN_DECLS

/* Borrowed; of RecPackageItem *. */
const GPtrArray *rec_package_draft_get_items(const RecPackageDraft *self);
bool rec_package_draft_is_sealed(const RecPackageDraft *self);

G_END_DECLS
