#include "gateway/cases/cases-priv.h"

/* Results on their way to a platform, as an administrator sees them: which, how often tried, and why not yet. What they say is
 * not shown: an administrator sees no cases. */

JsonObject *
gw_deliveries_to_json(const GwCases *self, const GwPlatform *platform)
{
    JsonObject *object = json_object_new();
    const GwCallback *next = NULL;
    GHashTableIter iter;
    void *value = NULL;
    int64_t waiting = 0, done = 0;

    g_hash_table_iter_init(&iter, self->callbacks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwCallback *callback = value;
        if (!g_str_equal(callback->platform, platform->id))
            continue;
        waiting += !callback->done;
        done += callback->done;
        if (!callback->done && (next == NULL || callback->next_ms < next->next_ms))
            next = callback;
    }
    json_object_set_int_member(object, "waiting", waiting);
    json_object_set_int_member(object, "done", done);
    if (next != NULL) {
        json_object_set_int_member(object, "next_ms", next->next_ms);
        gw_object_set_text(object, "message", next->message);
    }
    return object;
}

static int
compare(const void *a, const void *b)
{
    const GwCallback *one = *(GwCallback *const *)a, *other = *(GwCallback *const *)b;

    if (one->done != other->done)
        return one->done ? 1 : -1;
    return (other->made_ms > one->made_ms) - (other->made_ms < one->made_ms);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const GwPlatform *platform = gw_platforms_find_for(self, request, params);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    JsonObject *answer = NULL;
    JsonArray *rows = NULL;
    GHashTableIter iter;
    void *value = NULL;

    if (platform == NULL)
        return;
    g_hash_table_iter_init(&iter, self->callbacks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (g_str_equal(((const GwCallback *)value)->platform, platform->id))
            g_ptr_array_add(found, value);
    }
    g_ptr_array_sort(found, compare);
    answer = json_object_new();
    rows = json_array_new();
    for (guint i = 0; i < MIN(found->len, GW_CASES_MAX_ROWS); i++) {
        const GwCallback *callback = found->pdata[i];
        JsonObject *row = gw_callback_to_json(callback);
        json_object_set_string_member(row, "case", callback->case_id);
        json_object_set_int_member(row, "made_ms", callback->made_ms);
        json_array_add_object_element(rows, row);
    }
    json_object_set_array_member(answer, "deliveries", rows);
    sig_request_reply_object(request, answer);
}

static void
handle_retry(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCases *self = user_data;
    const GwPlatform *platform = gw_platforms_find_for(self, request, params);
    JsonObject *answer = NULL;
    GHashTableIter iter;
    void *value = NULL;

    if (platform == NULL)
        return;
    g_hash_table_iter_init(&iter, self->callbacks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwCallback *callback = value;
        if (!callback->done && g_str_equal(callback->platform, platform->id))
            callback->next_ms = MIN(callback->next_ms, gw_cases_now_ms(self));
    }
    const GwActor actor = gw_cases_actor_of(request);
    gw_platforms_note(self, &actor, "platform.retry", platform);
    answer = json_object_new();
    json_object_set_object_member(answer, "deliveries", gw_deliveries_to_json(self, platform));
    sig_request_reply_object(request, answer);
}

static const SigParam one_params[] = {
    { .name = "platform", .type = SIG_TYPE_STRING, .min = 1, .max = GW_CASES_MAX_ID }, { NULL }
};

static const SigMethod list_row = {
    .name = "platforms.deliveries",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = one_params,
    .summary = "Results of cases to one platform: those that wait first, then the newest; what they say is not shown.",
    .result = "{deliveries: [{case, state: pending | done, tries, made_ms, next_ms?, message?}]}",
    .handle = handle_list,
};

static const SigMethod retry_row = {
    .name = "platforms.retry",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = one_params,
    .summary = "Posts at once what waits for its next try.",
    .result = "{deliveries: {waiting, done, next_ms?, message?}}",
    .handle = handle_retry,
};

const SigMethod *const gw_delivery_methods[] = { &list_row, &retry_row, NULL };
