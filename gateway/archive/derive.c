#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/derivatives.h"
#include "gateway/people/secret.h"
#include "recorder/order.h"

/* archive.composite, archive.redact, and what ends them. A composite is made at once, for who may watch; a redaction waits for a
 * second person. On record first, then the row, then the work. */

enum { MAX_WAITING = 20 /* on this node */ };

static const char *const layouts[] = { "side-by-side", "speaker", NULL };

static bool
can_be_made(GwAsk *ask)
{
    if (ask->entry->state == GW_ENTRY_SEALED)
        return true;
    gw_ask_fail(ask, SIG_ERROR_STATE, "Only of a sealed recording something can be made.");
    return false;
}

/* archive.composite */

static void
on_row(GwAsk *ask, const GwRows *rows)
{
    gw_derivatives_add(ask->archive->jobs.derivatives, gw_rows_text(rows, 0, GW_DERIVATIVE_ID));
    json_object_set_object_member(ask->result, "derivative", gw_derivative_to_json(ask, rows, 0));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static void
write_composite(GwAsk *ask)
{
    const GwNewDerivative derivative = {
        .session = ask->entry->session,
        .kind = "composite",
        .layout = gw_ask_get(ask, "layout"),
        .state = "waiting",
        .who = ask->asker.audit,
        .display = ask->asker.display,
        .at_ms = gw_ask_now_ms(ask),
    };

    gw_ask_query(ask, gw_derivative_to_statement(ask->id, &derivative), on_row);
}

static void
on_waiting(GwAsk *ask, const GwRows *rows)
{
    JsonObject *detail = NULL;

    if (gw_rows_int(rows, 0, 0) >= MAX_WAITING) {
        gw_ask_fail(ask, SIG_ERROR_LIMIT, "Too much is being made: try again when some of it is there.");
        return;
    }
    ask->id = gw_secret_new_id("derivative");
    detail = gw_object_with_text("derivative", ask->id);
    gw_object_set_text(detail, "layout", gw_ask_get(ask, "layout"));
    gw_ask_log(ask, "archive.composite", NULL, detail, write_composite);
}

/* What is there, or coming, is not made twice. */
static void
on_same(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0) {
        json_object_set_object_member(ask->result, "derivative", gw_derivative_to_json(ask, rows, 0));
        gw_ask_reply(ask);
        return;
    }
    gw_ask_query(ask, gw_statement_new("SELECT count(*) FROM derivative WHERE state IN ('waiting', 'making')"),
                 on_waiting);
}

static void
composite_found(GwAsk *ask)
{
    GwStatement *statement = NULL;

    if (!can_be_made(ask))
        return;
    statement =
        gw_statement_new("SELECT " GW_DERIVATIVE_COLUMNS " FROM derivative WHERE session = ?1 AND layout = ?2 AND"
                         " kind = 'composite' AND export IS NULL AND state IN ('waiting', 'making', 'ready')"
                         " ORDER BY at_ms DESC LIMIT 1");
    gw_statement_text(statement, ask->entry->session);
    gw_statement_text(statement, gw_ask_get(ask, "layout"));
    gw_ask_query(ask, statement, on_same);
}

static void
composite(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), composite_found);
}

/* archive.redact: ask->detail is {edits}, in the form in which they are kept. */

static const char *
get_detail(const GwAsk *ask, const char *name)
{
    return json_object_get_string_member_with_default(ask->detail, name, NULL);
}

static void
ask_second(GwAsk *ask, const GwRows *rows)
{
    g_autofree char *options = g_strdup_printf("{\"derivative\":\"%s\"}", ask->id);
    const GwNewRequest request = {
        .what = "redact",
        .session = ask->entry->session,
        .reason = gw_ask_get(ask, "reason"),
        .options = options,
    };

    json_object_set_object_member(ask->result, "derivative", gw_derivative_to_json(ask, rows, 0));
    gw_requests_add(ask, &request);
}

static void
write_redaction(GwAsk *ask)
{
    const GwNewDerivative derivative = {
        .session = ask->entry->session,
        .kind = "redaction",
        .layout = gw_ask_get(ask, "layout"),
        .reason = gw_ask_get(ask, "reason"),
        .edits = get_detail(ask, "edits"),
        .state = "asked",
        .who = ask->asker.audit,
        .display = ask->asker.display,
        .at_ms = gw_ask_now_ms(ask),
    };

    gw_ask_query(ask, gw_derivative_to_statement(ask->id, &derivative), ask_second);
}

static void
redact_found(GwAsk *ask)
{
    JsonObject *detail = NULL;

    if (!can_be_made(ask))
        return;
    ask->id = gw_secret_new_id("derivative");
    detail = gw_object_with_text("derivative", ask->id);
    gw_object_set_text(detail, "layout", gw_ask_get(ask, "layout"));
    gw_object_set_text(detail, "reason", gw_ask_get(ask, "reason"));
    gw_object_set_text(detail, "edits", get_detail(ask, "edits"));
    gw_ask_log(ask, "archive.redact-asked", NULL, detail, write_redaction);
}

static void
redact(GwAsk *ask)
{
    g_autoptr(RecOrder) order = rec_order_new();
    g_autoptr(GError) error = NULL;
    JsonArray *given = json_object_get_array_member(ask->params, "edits");
    g_autoptr(JsonNode) edits = NULL;
    g_autofree char *text = NULL;

    if (json_array_get_length(given) == 0 || !rec_order_add_edits(order, given, &error)) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "These are no edits: %s.",
                    error != NULL ? error->message : "there is not one");
        return;
    }
    edits = rec_order_edits_to_json(order);
    text = json_to_string(edits, FALSE);
    ask->detail = gw_object_with_text("edits", text);
    gw_ask_find(ask, gw_ask_get(ask, "session"), redact_found);
}

/* The second person has decided. ask->detail: the request, with "derivative". */

static void
on_decided(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0 && strcmp(gw_rows_text(rows, 0, 1), "waiting") == 0)
        gw_derivatives_add(ask->archive->jobs.derivatives, gw_rows_text(rows, 0, 0));
    ask->then(ask);
}

static void
decide(GwAsk *ask, const char *state, GwAskFunc next)
{
    GwStatement *statement = gw_statement_new("UPDATE derivative SET state = ?2, approver_display = ?3, request = ?4"
                                              " WHERE id = ?1 AND state = 'asked' RETURNING id, state");

    gw_statement_text(statement, get_detail(ask, "derivative"));
    gw_statement_text(statement, state);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_text(statement, get_detail(ask, "id"));
    ask->then = next;
    gw_ask_query(ask, statement, on_decided);
}

void
gw_redactions_make_approved(GwAsk *ask, GwAskFunc next)
{
    decide(ask, "waiting", next);
}

void
gw_redactions_refuse(GwAsk *ask, GwAskFunc next)
{
    decide(ask, "refused", next);
}

/* archive.derivative-cancel, archive.derivative-remove: ask->id is the derivative's. */

static void
on_changed(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "It has just become something else: look again.");
        return;
    }
    json_object_set_object_member(ask->result, "derivative", gw_derivative_to_json(ask, rows, 0));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static void
write_cancelled(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("UPDATE derivative SET state = 'cancelled' WHERE id = ?1 AND state IN ('waiting', 'making')"
                         " RETURNING " GW_DERIVATIVE_COLUMNS);

    gw_derivatives_cancel(ask->archive->jobs.derivatives, ask->id);
    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_changed);
}

static void
cancel_found(GwAsk *ask)
{
    gw_ask_log(ask, "archive.derivative-cancelled", NULL, gw_object_with_text("derivative", ask->id), write_cancelled);
}

static void
on_cancel(GwAsk *ask, const GwRows *rows)
{
    const char *state = gw_rows_get_count(rows) > 0 ? gw_rows_text(rows, 0, GW_DERIVATIVE_STATE) : NULL;

    if (state == NULL || g_strcmp0(gw_rows_text(rows, 0, GW_DERIVATIVE_WHO), ask->asker.audit) != 0)
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such derivative of yours.");
    else if ((strcmp(state, "waiting") != 0 && strcmp(state, "making") != 0) ||
             !gw_rows_is_null(rows, 0, GW_DERIVATIVE_EXPORT))
        gw_ask_fail(ask, SIG_ERROR_STATE, "It is not being made.");
    else
        gw_ask_find(ask, gw_rows_text(rows, 0, GW_DERIVATIVE_SESSION), cancel_found);
}

static void
cancel(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "derivative"));
    gw_ask_query(ask, gw_derivative_find_statement(ask->id), on_cancel);
}

static void
write_removed(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("UPDATE derivative SET state = 'removed' WHERE id = ?1 AND state = 'ready'"
                         " RETURNING " GW_DERIVATIVE_COLUMNS);

    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_changed);
}

static void
on_removed(GwAsk *ask, void *data, const GError *error)
{
    (void)data;
    if (error == NULL) {
        write_removed(ask);
        return;
    }
    g_warning("archive: %s", error->message);
    gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "It could not be removed: try again.");
}

static void
remove_files(GwAsk *ask)
{
    GwFolder *folder = gw_folder_new(ask->archive, ask->entry->session);

    folder->dir = g_strdup(GW_DERIVATIVES_DIR);
    folder->name = g_strdup(ask->id);
    gw_work_run(ask, gw_folder_remove_derivative, folder, gw_folder_free, on_removed);
}

static void
remove_found(GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("derivative", ask->id);

    gw_object_set_text(detail, "reason", gw_ask_get(ask, "reason"));
    gw_ask_log(ask, "archive.derivative-removed", NULL, detail, remove_files);
}

/* What was given out in an export, or says what was taken out of a recording, stays. */
static void
on_remove(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0)
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such derivative.");
    else if (strcmp(gw_rows_text(rows, 0, GW_DERIVATIVE_STATE), "ready") != 0 ||
             strcmp(gw_rows_text(rows, 0, GW_DERIVATIVE_KIND), "composite") != 0 ||
             !gw_rows_is_null(rows, 0, GW_DERIVATIVE_EXPORT))
        gw_ask_fail(ask, SIG_ERROR_STATE, "Only a composite that was given to nobody can be removed.");
    else
        gw_ask_find(ask, gw_rows_text(rows, 0, GW_DERIVATIVE_SESSION), remove_found);
}

static void
remove_composite(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "derivative"));
    gw_ask_query(ask, gw_derivative_find_statement(ask->id), on_remove);
}

#define PARAM_LAYOUT                                                                                                   \
    {                                                                                                                  \
        .name = "layout", .type = SIG_TYPE_STRING, .values = layouts                                                   \
    }

const GwArchiveMethod gw_derive_methods[] = {
    { { .name = "archive.composite",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ GW_PARAM_ID("session"), PARAM_LAYOUT, { NULL } },
        .summary = "Makes one playable picture of a recording; archive.job tells how far it is.",
        .result = "{derivative}",
        .handle = gw_ask_on_request },
      composite },
    { { .name = "archive.redact",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("session"),
                                      PARAM_LAYOUT,
                                      { .name = "edits", .type = SIG_TYPE_ARRAY, .min = 1, .max = REC_ORDER_MAX_EDITS },
                                      GW_PARAM_REASON,
                                      { NULL } },
        .summary = "Asks a second person for a copy in which sound or pictures are taken out; the original stays.",
        .result = "{request, derivative}",
        .handle = gw_ask_on_request },
      redact },
    { { .name = "archive.derivative-cancel",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ GW_PARAM_ID("derivative"), { NULL } },
        .summary = "Gives up what the asker had asked for while it is being made.",
        .result = "{derivative}",
        .handle = gw_ask_on_request },
      cancel },
    { { .name = "archive.derivative-remove",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("derivative"), GW_PARAM_REASON, { NULL } },
        .summary = "Removes a composite; it can be made anew.",
        .result = "{derivative}",
        .handle = gw_ask_on_request },
      remove_composite },
    { { NULL }, NULL },
};
