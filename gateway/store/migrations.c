#include "gateway/store/migrations.h"

static const GwMigration migrations[] = {
    { 1, "audit", gw_audit_schema_1 },
    { 2, "people", gw_people_schema_1 },
    { 0 },
};

const GwMigration *
gw_migrations_get(void)
{
    return migrations;
}
