#include <string.h>

#include "gateway/audit/reply.h"
#include "gateway/visits/visits-priv.h"

/* visit.* of the owner's command line. */

static const GwActor owner = { .audit = "owner" };

static int
compare_starts(const void *a, const void *b)
{
    const GwVisit *first = a, *second = b;

    return (first->booking.starts_ms > second->booking.starts_ms) -
           (first->booking.starts_ms < second->booking.starts_ms);
}

static void
handle_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    g_autoptr(GList) visits = g_list_sort(g_hash_table_get_values(self->by_id), compare_starts);
    JsonArray *array = json_array_new();
    JsonObject *result = json_object_new();

    (void)params;
    for (GList *item = visits; item != NULL; item = item->next)
        json_array_add_object_element(array, gw_visit_to_json(item->data, GW_SEAT_CONSOLE));
    json_object_set_array_member(result, "visits", array);
    gw_admin_reply_object(request, result);
}

static void
answer(GwVisits *self, GwAdminRequest *request, JsonObject *result, const GError *error)
{
    if (result != NULL)
        gw_audit_reply_command(self->gateway->audit, GW_REPLY_GRANT, request, result);
    else
        gw_admin_fail_error(request, error);
}

static void
handle_create(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    JsonObject *result = gw_visits_create_from_json(user_data, params, &owner, &error);

    answer(user_data, request, result, error);
}

static void
handle_link(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    JsonObject *result =
        gw_visits_link_to_json(user_data, json_object_get_string_member(params, "visit"), &owner, &error);

    answer(user_data, request, result, error);
}

/* visit.import: whole lists, of another program's making. */

static const char *
get_string(JsonObject *row, const char *name)
{
    JsonNode *node = json_object_get_member(row, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static int64_t
get_int(JsonObject *row, const char *name)
{
    JsonNode *node = json_object_get_member(row, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node) : 0;
}

static bool
import_subject(GwVisits *self, JsonObject *row, GError **error)
{
    GwSubjectImport import = {
        .id = get_string(row, "id"),
        .name = get_string(row, "name"),
        .number = get_string(row, "number"),
        .unit = get_string(row, "unit"),
    };

    if (import.id == NULL || import.number == NULL || import.unit == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "A subject has id, name, number and unit.");
        return false;
    }
    return gw_visits_import_subject(self, &import, error);
}

static bool
import_visitor(GwVisits *self, JsonObject *row, GError **error)
{
    GwVisitorImport import = {
        .id = get_string(row, "id"),
        .subject = get_string(row, "subject"),
        .name = get_string(row, "name"),
        .relation = get_string(row, "relation"),
        .phone = get_string(row, "phone"),
        .id_number = get_string(row, "id_number"),
    };

    if (import.id == NULL || import.subject == NULL || import.relation == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "A visitor has id, subject, name and relation.");
        return false;
    }
    return gw_visits_import_visitor(self, &import, error);
}

static bool
book(GwVisits *self, const GwVisitImport *import, JsonObject *ended, GError **error)
{
    GwVisitEnd end = { 0 };

    if (ended == NULL) {
        GwVisit *visit = gw_visits_book(self, import, error);
        if (visit != NULL)
            gw_visit_watch(visit);
        return visit != NULL;
    }
    end.cause = (char *)get_string(ended, "cause");
    end.at_ms = get_int(ended, "at_ms");
    end.note = (char *)get_string(ended, "note");
    if (!gw_end_cause_is_known(end.cause)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "%s: there is no such cause of an end.", import->id);
        return false;
    }
    return gw_visits_book_ended(self, import, &end, error);
}

static bool
import_visit(GwVisits *self, JsonObject *row, GError **error)
{
    JsonNode *visitors = json_object_get_member(row, "visitors");
    JsonNode *ended = json_object_get_member(row, "ended");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    GwVisitImport import = {
        .id = get_string(row, "id"),
        .subject = get_string(row, "subject"),
        .terminal = get_string(row, "terminal"),
        .starts_ms = get_int(row, "starts_ms"),
        .minutes = (unsigned)CLAMP(get_int(row, "minutes"), 0, 1000),
        .recording_class = gw_recording_class_from_string(get_string(row, "recording_class")),
        .privileged_reason = get_string(row, "privileged_reason"),
    };

    if (import.id == NULL || import.subject == NULL || import.terminal == NULL || visitors == NULL ||
        !JSON_NODE_HOLDS_ARRAY(visitors)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "A visit has id, subject, visitors, terminal, starts_ms, minutes and recording_class.");
        return false;
    }
    if (gw_visits_find(self, import.id) != NULL)
        return true;
    for (guint i = 0; i < json_array_get_length(json_node_get_array(visitors)); i++) {
        JsonNode *id = json_array_get_element(json_node_get_array(visitors), i);
        g_strv_builder_add(
            builder, JSON_NODE_HOLDS_VALUE(id) && json_node_get_string(id) != NULL ? json_node_get_string(id) : "");
    }
    g_auto(GStrv) ids = g_strv_builder_end(builder);
    import.visitors = (const char *const *)ids;
    return book(self, &import, ended != NULL && JSON_NODE_HOLDS_OBJECT(ended) ? json_node_get_object(ended) : NULL,
                error);
}

typedef bool (*ImportRow)(GwVisits *self, JsonObject *row, GError **error);

static bool
import_list(GwVisits *self, JsonArray *rows, ImportRow import, GError **error)
{
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonNode *node = json_array_get_element(rows, i);
        if (!JSON_NODE_HOLDS_OBJECT(node)) {
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "A row is not an object.");
            return false;
        }
        if (!import(self, json_node_get_object(node), error))
            return false;
    }
    return true;
}

static void
handle_import(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;

    if (!import_list(user_data, json_object_get_array_member(params, "subjects"), import_subject, &error) ||
        !import_list(user_data, json_object_get_array_member(params, "visitors"), import_visitor, &error) ||
        !import_list(user_data, json_object_get_array_member(params, "visits"), import_visit, &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    gw_admin_reply(request, NULL);
}

enum { MAX_IMPORT = 20000 };

static const SigParam link_params[] = { { .name = "visit", .type = SIG_TYPE_STRING, .min = 1, .max = 64 }, { NULL } };
static const SigParam import_params[] = {
    { .name = "subjects", .type = SIG_TYPE_ARRAY, .max = MAX_IMPORT },
    { .name = "visitors", .type = SIG_TYPE_ARRAY, .max = MAX_IMPORT },
    { .name = "visits", .type = SIG_TYPE_ARRAY, .max = MAX_IMPORT },
    { NULL },
};

static const GwAdminCommand rows[] = {
    { .name = "visit.list", .handle = handle_list },
    { .name = "visit.create", .params = gw_visit_create_params, .handle = handle_create },
    { .name = "visit.link", .params = link_params, .handle = handle_link },
    { .name = "visit.import", .params = import_params, .handle = handle_import },
    { NULL },
};

void
gw_visits_add_commands(GwVisits *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
