#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"

/* "people.import" {units: [{id, name, name_en?, tier, parent?}], people: [{id, name, display, unit, role}],
 *                  terminals: [{id, name, unit}]}: ids are given; what is there already is left alone. */

static const char *
get(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static bool
import_unit(GwPeople *self, JsonObject *row, GError **error)
{
    const GwNewUnit unit = { get(row, "id"), get(row, "name"), get(row, "name_en"), get(row, "tier"),
                             get(row, "parent") };

    if (unit.id == NULL || unit.name == NULL || unit.tier == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "a unit has id, name and tier");
        return false;
    }
    return gw_directory_get_unit(self->directory, unit.id) != NULL ||
           gw_directory_add_unit(self->directory, &unit, error) != NULL;
}

static bool
import_person(GwPeople *self, JsonObject *row, GError **error)
{
    const GwNewPerson person = { get(row, "id"), get(row, "name"), get(row, "display"), get(row, "unit"),
                                 get(row, "role") };

    if (person.id == NULL || person.name == NULL || person.display == NULL || person.unit == NULL ||
        person.role == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "a person has id, name, display, unit and role");
        return false;
    }
    return gw_directory_get_person(self->directory, person.id) != NULL ||
           gw_directory_add_person(self->directory, &person, error) != NULL;
}

static bool
import_terminal(GwPeople *self, JsonObject *row, GError **error)
{
    const GwNewTerminal terminal = { get(row, "id"), get(row, "name"), get(row, "unit") };

    if (terminal.id == NULL || terminal.name == NULL || terminal.unit == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "a terminal has id, name and unit");
        return false;
    }
    return gw_directory_get_terminal(self->directory, terminal.id) != NULL ||
           gw_directory_add_terminal(self->directory, &terminal, error) != NULL;
}

static bool
import_rows(GwPeople *self, JsonArray *rows, bool (*import)(GwPeople *, JsonObject *, GError **), GError **error)
{
    for (unsigned i = 0; i < json_array_get_length(rows); i++) {
        JsonNode *row = json_array_get_element(rows, i);

        if (!JSON_NODE_HOLDS_OBJECT(row)) {
            g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "a row is not an object");
            return false;
        }
        if (!import(self, json_node_get_object(row), error))
            return false;
    }
    return true;
}

const SigParam gw_people_import_params[] = {
    { .name = "units", .type = SIG_TYPE_ARRAY },
    { .name = "people", .type = SIG_TYPE_ARRAY },
    { .name = "terminals", .type = SIG_TYPE_ARRAY },
    { NULL },
};

void
gw_people_handle_import(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwAuditEntry entry = { .who = "owner", .action = "people.import" };

    gw_people_note(self, &entry);
    if (!import_rows(self, json_object_get_array_member(params, "units"), import_unit, &error) ||
        !import_rows(self, json_object_get_array_member(params, "people"), import_person, &error) ||
        !import_rows(self, json_object_get_array_member(params, "terminals"), import_terminal, &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    gw_audit_reply_command(self->audit, GW_REPLY_TAKE_AWAY, request, NULL);
}
