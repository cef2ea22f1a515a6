#include "gateway/gatherings/gathering.h"
#include "gateway/ice.h"

/* Methods that are the same for every kind. */

enum { MAX_LIST = 200 };

static const GwIdentity *
get_identity(SigRequest *request)
{
    SigClient *client = sig_request_get_client(request);

    return client != NULL ? gw_identity_of_client(client) : NULL;
}

GwGathering *
gw_gathering_of_request(const GwGatherings *self, SigRequest *request, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    GwGathering *gathering = gw_gatherings_find_for(
        self, get_identity(request), json_object_get_string_member(params, self->kind->words.param), &error);

    if (gathering == NULL)
        sig_request_fail_error(request, error);
    return gathering;
}

GwCallee *
gw_callee_of_request(const GwGatherings *self, SigRequest *request, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    GwCallee *callee = gw_gatherings_find_callee_of_call(self, get_identity(request),
                                                         json_object_get_string_member(params, "call"), &error);

    if (callee == NULL)
        sig_request_fail_error(request, error);
    return callee;
}

void
gw_gathering_run(const GwGatherings *self, SigRequest *request, JsonObject *params, GwGatheringStep step)
{
    GwGathering *gathering = gw_gathering_of_request(self, request, params);
    g_autoptr(GError) error = NULL;

    if (gathering == NULL)
        return;
    if (step(gathering, request, params, &error))
        sig_request_reply(request, NULL);
    else
        sig_request_fail_error(request, error);
}

/* Lists and single ones: what is not in memory is asked of the store. */

typedef struct {
    GwGatherings *all;
    SigRequest *request;
    bool one;
} Pending;

static JsonObject *
make_row(GwGatherings *self, const GwIdentity *identity, const GwRows *rows, unsigned row)
{
    const GwGathering *known = g_hash_table_lookup(self->by_id, gw_rows_text(rows, row, 0));

    if (known != NULL)
        return gw_gathering_is_seen_by(known, identity) ? self->kind->stored->to_row(known) : NULL;
    if (!gw_gatherings_may_see(self, identity, gw_rows_text(rows, row, 1), gw_rows_text(rows, row, 2)))
        return NULL;
    return self->kind->stored->stored_to_row(self, rows, row);
}

static JsonObject *
make_list(GwGatherings *self, const GwIdentity *identity, const GwRows *rows)
{
    JsonObject *result = json_object_new();
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *row = make_row(self, identity, rows, i);
        if (row != NULL)
            json_array_add_object_element(list, row);
    }
    json_object_set_array_member(result, self->kind->stored->list, list);
    return result;
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    GwGatherings *self = pending->all;
    const GwIdentity *identity = get_identity(pending->request);
    JsonObject *result = NULL;

    if (error != NULL) {
        sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    if (!pending->one) {
        sig_request_reply_object(pending->request, make_list(self, identity, rows));
        return;
    }
    if (gw_rows_get_count(rows) > 0 &&
        gw_gatherings_may_see(self, identity, gw_rows_text(rows, 0, 1), gw_rows_text(rows, 0, 2)))
        result = self->kind->stored->stored_to_result(self, rows);
    if (result != NULL)
        sig_request_reply_object(pending->request, result);
    else
        sig_request_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no such %s.", self->kind->words.word);
}

static void
ask_store(GwGatherings *self, SigRequest *request, const char *id)
{
    Pending *pending = g_new0(Pending, 1);
    GwStatement *statement =
        gw_statement_new(id != NULL ? self->kind->stored->select_one : self->kind->stored->select_all);

    *pending = (Pending){ self, request, id != NULL };
    if (id != NULL)
        gw_statement_text(statement, id);
    else
        gw_statement_int(statement, MAX_LIST);
    gw_store_run(self->gateway->store, statement, on_rows, pending);
}

void
gw_gathering_handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    (void)params;
    ask_store(user_data, request, NULL);
}

void
gw_gathering_handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwGatherings *self = user_data;
    const char *id = json_object_get_string_member(params, self->kind->words.param);

    if (!g_hash_table_contains(self->by_id, id)) {
        ask_store(self, request, id);
        return;
    }
    const GwGathering *gathering = gw_gathering_of_request(self, request, params);
    if (gathering != NULL)
        sig_request_reply_object(request, self->kind->stored->to_result(gathering));
}

/* Looking on. */

void
gw_gathering_handle_watch(SigRequest *request, JsonObject *params, void *user_data)
{
    GwGatherings *self = user_data;
    GwGathering *gathering = gw_gathering_of_request(self, request, params);
    g_autoptr(GError) error = NULL;

    if (gathering == NULL)
        return;
    if (!gw_gathering_watch(gathering, sig_request_get_client(request), &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_array_member(
        result, "ice_servers",
        gw_ice_to_json(&self->gateway->config->ice, get_identity(request)->id, g_get_real_time() / G_USEC_PER_SEC));
    sig_request_reply_object(request, result);
}

static bool
step_unwatch(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    (void)params;
    (void)error;
    gw_gathering_unwatch(self, sig_request_get_client(request));
    return true;
}

void
gw_gathering_handle_unwatch(SigRequest *request, JsonObject *params, void *user_data)
{
    gw_gathering_run(user_data, request, params, step_unwatch);
}
