#include "gateway/people/people-priv.h"

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GPtrArray *units = gw_directory_list_units(self->directory);
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    (void)params;

    for (unsigned i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];

        if (!gw_people_covers(self, identity->unit, unit->id))
            continue;
        JsonObject *object = gw_people_unit_to_json(self, unit->id);
        json_object_set_string_member(object, "tier", unit->tier);
        if (unit->parent != NULL)
            json_object_set_string_member(object, "parent", unit->parent);
        else
            json_object_set_null_member(object, "parent");
        json_array_add_object_element(list, object);
    }
    json_object_set_array_member(answer, "units", list);
    sig_request_reply_object(request, answer);
}

const SigMethod gw_method_units_list = {
    .name = "units.list",
    .access = GW_ACCESS_ADMINISTRATOR,
    .summary = "The units of the asker's part of the tree",
    .result = "{units: [{id, name, name_en?, tier, parent}]}",
    .handle = handle_list,
};
