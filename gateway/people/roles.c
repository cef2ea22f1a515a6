#include "gateway/people/directory.h"

static const uint32_t role_access[] = {
    GW_ACCESS_OFFICER,    GW_ACCESS_ADMINISTRATOR, GW_ACCESS_SECURITY, GW_ACCESS_AUDITOR,
    GW_ACCESS_PROCURATOR, GW_ACCESS_INSPECTOR,     GW_ACCESS_OFFICE,
};
const char *const gw_roles[] = { "officer",    "administrator", "security", "auditor",
                                 "procurator", "inspector",     "office",   NULL };

const char *
gw_role_to_string(uint32_t access)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(role_access); i++) {
        if (access & role_access[i])
            return gw_roles[i];
    }
    return "nobody";
}

uint32_t
gw_role_from_string(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(role_access); i++) {
        if (g_strcmp0(gw_roles[i], name) == 0)
            return role_access[i];
    }
    return 0;
}

JsonArray *
gw_roles_to_json(uint32_t access)
{
    JsonArray *roles = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(role_access); i++) {
        if (access & role_access[i])
            json_array_add_string_element(roles, gw_roles[i]);
    }
    return roles;
}
