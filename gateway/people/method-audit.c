#include "gateway/people/people-priv.h"

#define LIMIT 100

static const SigParam params_rows[] = {
    { .name = "before",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = INT64_MAX,
      .summary = "id: older ones" },
    { .name = "limit",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = 1000,
      .summary = "100 if not said" },
    { NULL },
};

static const char *const columns[] = { "id", "at_ms", "who", "action", "object", "detail", "address" };

enum { DETAIL = 5 };

static JsonObject *
row_to_json(const GwRows *rows, unsigned row)
{
    JsonObject *entry = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (gw_rows_is_null(rows, row, i))
            continue;
        if (i < 2)
            json_object_set_int_member(entry, columns[i], gw_rows_int(rows, row, i));
        else if (i != DETAIL)
            json_object_set_string_member(entry, columns[i], gw_rows_text(rows, row, i));
        else
            json_object_set_member(entry, columns[i], json_from_string(gw_rows_text(rows, row, i), NULL));
    }
    return entry;
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    SigRequest *request = user_data;

    if (error != NULL) {
        sig_request_fail(request, SIG_ERROR_UNAVAILABLE, "the audit log cannot be read now; try again");
        return;
    }

    JsonObject *answer = json_object_new();
    JsonArray *entries = json_array_new();
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        json_array_add_object_element(entries, row_to_json(rows, i));
    json_object_set_array_member(answer, "entries", entries);
    sig_request_reply_object(request, answer);
}

static void
handle(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    int64_t before = json_object_get_int_member_with_default(params, "before", 0);
    int64_t limit = json_object_get_int_member_with_default(params, "limit", LIMIT);

    gw_audit_list(self->audit, before, (unsigned)limit, on_rows, request);
}

const SigMethod gw_method_audit_list = {
    .name = "audit.list",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_AUDITOR,
    .params = params_rows,
    .summary = "What happened on this node, newest first",
    .result = "{entries: [{id, at_ms, who, action, object?, detail?, address?}]}",
    .handle = handle,
};
