#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/export.h"

bool
gw_export_can_make(const GwArchive *self)
{
    (void)self;
    return false;
}

void
gw_export_make(GwArchive *self, const GwExportFacts *facts, const char *person)
{
    (void)self;
    (void)facts;
    (void)person;
}

const SigRoute gw_export_routes[] = { { NULL } };
