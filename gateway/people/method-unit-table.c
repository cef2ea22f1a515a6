#include <string.h>

#include "gateway/audit/reply.h"
#include "gateway/people/csv.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/unit-import.h"
#include "gateway/people/unit-table.h"

/* Units as a table: from the page, within the asker's part of the tree, and from the owner's command line. */

static const char *const languages[] = { "zh", "en", NULL };

static const SigParam import_params[] = {
    { .name = "text",
      .type = SIG_TYPE_STRING,
      .min = 1,
      .max = GW_CSV_MAX_BYTES,
      .summary = "CSV with a header: 编号/id, 名称/name, 英文名/name_en, 层级/tier, 上级/parent, 辖区/areas" },
    { .name = "apply", .type = SIG_TYPE_BOOLEAN, .summary = "false: only say what would change" },
    { NULL },
};

static const SigParam export_params[] = {
    { .name = "language", .type = SIG_TYPE_STRING, .values = languages, .summary = "of the header" },
    { NULL },
};

typedef struct {
    GwPeople *people;
    const GwIdentity *identity;
} Asker;

static bool
is_allowed(const char *unit, void *user_data)
{
    const Asker *asker = user_data;

    return gw_people_reaches(asker->people, asker->identity, GW_ACCESS_ADMINISTRATOR, unit);
}

static bool
is_owners(const char *unit, void *user_data)
{
    (void)unit;
    (void)user_data;

    return true;
}

static unsigned
count(JsonObject *judged, const char *name)
{
    return json_array_get_length(json_object_get_array_member(judged, name));
}

/* How many of what; the rows themselves are the table. */
static JsonObject *
detail_of(JsonObject *judged)
{
    static const char *const names[] = { "add", "change", "move" };
    JsonObject *detail = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        json_object_set_int_member(detail, names[i], count(judged, names[i]));
    return detail;
}

/* NULL and error, or what was judged and, when asked for and nothing was wrong, applied. */
static JsonObject *
run(GwUnitImport *import, bool apply, GError **error)
{
    g_autoptr(JsonObject) judged = gw_unit_import_to_json(import);
    bool applies = apply && gw_unit_import_get_n_faults(import) == 0;

    if (applies && !gw_unit_import_apply(import, gw_people_now_ms(), error))
        return NULL;
    json_object_set_boolean_member(judged, "applied", applies);
    return g_steal_pointer(&judged);
}

static void
handle_import(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const char *text = json_object_get_string_member(params, "text");
    bool apply = json_object_get_boolean_member(params, "apply");
    Asker asker = { self, gw_identity_of_client(sig_request_get_client(request)) };
    g_autoptr(GError) error = NULL;
    g_autoptr(GwUnitImport) import = gw_unit_import_new(self->directory, text, strlen(text), false, &error);
    JsonObject *answer = NULL;

    if (import != NULL) {
        gw_unit_import_check(import, is_allowed, &asker);
        answer = run(import, apply, &error);
    }
    if (answer == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    if (!json_object_get_boolean_member(answer, "applied")) {
        sig_request_reply_object(request, answer);
        return;
    }
    gw_people_note_request(self, request, "unit.import", NULL, detail_of(answer));
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, answer);
    gw_people_tree_changed(self);
}

static const SigMethod import_row = {
    .name = "units.import",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = import_params,
    .summary = "Units from a table, all or nothing: says what would change and every fault with its line, or does it",
    .result = "{rows, same, add: [{line, id, name, tier, parent?}], change: [{line, id, name, before}], move: [{line, "
              "id, name,"
              " from?, to}], n_faults, faults: [{line, fault, value?, other_line?}], applied}",
    .handle = handle_import,
};

static void
handle_export(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GPtrArray *units = gw_directory_list_units(self->directory);
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    JsonObject *answer = json_object_new();

    for (guint i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        if (unit->closed_ms == 0 && gw_people_reaches(self, identity, GW_ACCESS_ADMINISTRATOR, unit->id))
            g_ptr_array_add(own, (void *)unit);
    }
    g_autofree char *text = gw_units_to_csv(self->directory, own, json_object_get_string_member(params, "language"));
    json_object_set_string_member(answer, "text", text);
    sig_request_reply_object(request, answer);
}

static const SigMethod export_row = {
    .name = "units.export",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = export_params,
    .summary = "The units of the asker's part of the tree as the table that units.import takes",
    .result = "{text}",
    .handle = handle_export,
};

const SigMethod *const gw_unit_table_methods[] = { &import_row, &export_row, NULL };

/* The owner's. */

enum { MAX_PATH = 4096 };

const SigParam gw_unit_import_params[] = {
    { .name = "file", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_PATH },
    { .name = "apply", .type = SIG_TYPE_BOOLEAN, .optional = true },
    { NULL },
};

/* What spreadsheets of this country write when nobody tells them otherwise. */
static char *
to_utf8(char *text, size_t *length)
{
    size_t written = 0;
    char *converted = NULL;

    if (g_utf8_validate(text, (gssize)*length, NULL))
        return text;
    converted = g_convert(text, (gssize)*length, "UTF-8", "GB18030", NULL, &written, NULL);
    if (converted == NULL)
        return text;
    g_free(text);
    *length = written;
    return converted;
}

static JsonArray *
lines_of(JsonObject *judged)
{
    static const char *const names[] = { "faults", "add", "change", "move" };
    JsonArray *lines = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        JsonArray *rows = json_object_get_array_member(judged, names[i]);

        for (unsigned k = 0; k < json_array_get_length(rows); k++) {
            JsonObject *row = json_array_get_object_element(rows, k);
            const char *word = json_object_get_string_member_with_default(row, "fault", names[i]);
            const char *name = json_object_get_string_member_with_default(row, "name", NULL);
            g_autofree char *line =
                g_strdup_printf("line %" G_GINT64_FORMAT ": %s %s", json_object_get_int_member(row, "line"), word,
                                name != NULL ? name : json_object_get_string_member_with_default(row, "value", ""));
            json_array_add_string_element(lines, line);
        }
    }
    return lines;
}

void
gw_people_handle_unit_import(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    g_autofree char *text = NULL;
    size_t length = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GwUnitImport) import = NULL;
    JsonObject *answer = NULL;

    if (!g_file_get_contents(json_object_get_string_member(params, "file"), &text, &length, &error)) {
        gw_admin_fail(request, SIG_ERROR_BAD_PARAMS, "%s", error->message);
        return;
    }
    text = to_utf8(text, &length);
    import = gw_unit_import_new(self->directory, text, length, true, &error);
    if (import != NULL) {
        gw_unit_import_check(import, is_owners, NULL);
        answer = run(import, json_object_get_boolean_member_with_default(params, "apply", false), &error);
    }
    if (answer == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    json_object_set_array_member(answer, "lines", lines_of(answer));
    if (json_object_get_boolean_member(answer, "applied")) {
        const GwAuditEntry entry = { .who = "owner", .action = "unit.import" };
        gw_audit_add(self->audit, &entry, detail_of(answer));
        gw_people_tree_changed(self);
    }
    gw_admin_reply_object(request, answer);
}

void
gw_people_handle_unit_export(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    JsonObject *answer = json_object_new();
    g_autofree char *text = gw_units_to_csv(self->directory, gw_directory_list_units(self->directory), "zh");
    (void)params;

    json_object_set_string_member(answer, "text", text);
    gw_admin_reply_object(request, answer);
}
