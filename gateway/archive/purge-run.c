#define G_LOG_DOMAIN "gateway.archive"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/archive/derivatives.h"
#include "gateway/archive/folder.h"
#include "gateway/archive/health.h"
#include "gateway/archive/purge.h"

/* An approved purge whose time has come, recording by recording:
 *
 *     one is taken by a single statement, if nothing holds it and it is still past its time
 *     its tombstone is in the log (with the rule and both persons), or everything stops
 *     its key is destroyed, its folder removed
 *     its row says so
 *
 * After a crash the one that was taken is gone through again; its tombstone may then stand there twice. ask->detail: the
 * purge; ask->id: its id; ask->params has "unit" of the purge and "session" of the one that was taken. */

enum { SAVE_MS = 60000 };

static void take_next(GwAsk *ask);

static GwStatement *
make_mark(const GwAsk *ask, const char *sql)
{
    GwStatement *statement = gw_statement_new(sql);

    gw_statement_text(statement, ask->id);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    return statement;
}

static void
stop(GwAsk *ask, const char *why)
{
    GwStatement *statement = gw_statement_new("UPDATE purge SET state = 'stopped', stopped = ?2 WHERE id = ?1");
    g_autofree char *object = g_strconcat("purge:", ask->id, NULL);

    g_critical("purge %s has stopped: %s", ask->id, why);
    gw_ask_note(ask, "archive.purge-stopped", object, gw_object_with_text("why", why));
    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, why);
    gw_store_run(ask->archive->gateway->store, statement, NULL, NULL);
    gw_archive_tell_waiting(ask->archive, gw_ask_get(ask, "unit"));
    gw_ask_reply(ask);
}

static void
on_finished(GwAsk *ask)
{
    gw_archive_tell_waiting(ask->archive, gw_ask_get(ask, "unit"));
    gw_ask_reply(ask);
}

static void
finish(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    g_autofree char *object = g_strconcat("purge:", ask->id, NULL);

    g_ptr_array_add(statements,
                    make_mark(ask, "UPDATE purge_item SET state = 'spared', why = (SELECT CASE"
                                   " WHEN r.held > 0 THEN 'held' WHEN r.until_ms >= ?2 THEN 'kept longer'"
                                   " ELSE r.state END FROM recording r WHERE r.session = purge_item.session)"
                                   " WHERE purge = ?1 AND state = 'planned' AND EXISTS (SELECT 1 FROM purge p"
                                   " WHERE p.id = ?1 AND p.state = 'running')"));
    g_ptr_array_add(statements, make_mark(ask, "UPDATE purge SET state = 'done', done_ms = ?2 WHERE id = ?1 AND state ="
                                               " 'running'"));
    gw_ask_note(ask, "archive.purge-done", object, NULL);
    gw_ask_write(ask, statements, on_finished);
}

/* One recording. */

static void
on_gone(GwAsk *ask)
{
    const char *session = gw_ask_get(ask, "session");

    g_hash_table_remove(ask->archive->cache, session);
    gw_archive_tell_changed(ask->archive, session);
    take_next(ask);
}

static void
on_removed(GwAsk *ask, void *data, const GError *error)
{
    GPtrArray *statements = NULL;
    GwStatement *item = NULL, *row = NULL, *derived = NULL;
    const char *session = gw_ask_get(ask, "session");

    (void)data;
    if (error != NULL) {
        stop(ask, error->message);
        return;
    }
    item = gw_statement_new("UPDATE purge_item SET state = 'destroyed', leaf = ?3 WHERE purge = ?1 AND session = ?2");
    gw_statement_text(item, ask->id);
    gw_statement_text(item, session);
    if (ask->leaf >= 0)
        gw_statement_int(item, ask->leaf);
    else
        gw_statement_null(item);
    row = gw_statement_new("UPDATE recording SET state = 'destroyed' WHERE session = ?1");
    gw_statement_text(row, session);
    derived = gw_statement_new("UPDATE derivative SET state = CASE WHEN state IN ('waiting', 'making') THEN 'cancelled'"
                               " ELSE 'removed' END WHERE session = ?1 AND state IN ('asked', 'waiting', 'making',"
                               " 'ready')");
    gw_statement_text(derived, session);
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, item);
    g_ptr_array_add(statements, row);
    gw_health_forget(ask->archive, session);
    g_ptr_array_add(statements, derived);
    gw_ask_write(ask, statements, on_gone);
}

static void
destroy_folder(GwAsk *ask)
{
    gw_derivatives_cancel_session(ask->archive->jobs.derivatives, gw_ask_get(ask, "session"));
    gw_work_run(ask, gw_folder_destroy, gw_folder_new(ask->archive, gw_ask_get(ask, "session")), gw_folder_free,
                on_removed);
}

static void
on_hashed(GwAsk *ask, void *data, const GError *error)
{
    const GwFolder *folder = data;
    JsonObject *detail = gw_object_with_text("purge", ask->id);
    g_autofree char *object = g_strconcat("session:", gw_ask_get(ask, "session"), NULL);

    if (error != NULL) {
        json_object_unref(detail);
        stop(ask, error->message);
        return;
    }
    gw_object_set_text(detail, "manifest_sha256", folder->manifest_sha256);
    gw_object_set_text(detail, "rule", json_object_get_string_member(ask->detail, "rule"));
    gw_object_set_text(detail, "planned_by", json_object_get_string_member(ask->detail, "planned_by"));
    gw_object_set_text(detail, "approved_by", json_object_get_string_member(ask->detail, "approved_by"));
    gw_ask_log(ask, GW_ARCHIVE_TOMBSTONE, object, detail, destroy_folder);
}

static void
on_next(GwAsk *ask, const GwRows *rows)
{
    const char *doubt = gw_clock_get_doubt(&ask->archive->clock, gw_ask_now_ms(ask));

    if (gw_rows_get_count(rows) == 0) {
        finish(ask);
        return;
    }
    if (doubt != NULL) {
        stop(ask, doubt);
        return;
    }
    json_object_set_string_member(ask->params, "session", gw_rows_text(rows, 0, 0));
    gw_work_run(ask, gw_folder_hash_manifest, gw_folder_new(ask->archive, gw_rows_text(rows, 0, 0)), gw_folder_free,
                on_hashed);
}

/* A hold that is written after this statement comes too late, and is told so (holds.c). */
static void
take_next(GwAsk *ask)
{
    gw_ask_query(
        ask,
        make_mark(ask,
                  "UPDATE purge_item SET state = 'destroying' WHERE purge = ?1 AND session = (SELECT i.session FROM"
                  " purge_item i JOIN recording r ON r.session = i.session JOIN purge p ON p.id = i.purge WHERE i.purge"
                  " = ?1 AND p.state = 'running' AND (i.state = 'destroying' OR (i.state = 'planned' AND r.state ="
                  " 'sealed' AND r.until_ms <= ?2 AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.session = i.session AND"
                  " h.lifted_ms = 0))) ORDER BY i.state, i.session LIMIT 1) RETURNING session"),
        on_next);
}

/* One purge. */

static void
on_due(GwAsk *ask, const GwRows *rows)
{
    g_autofree char *object = NULL;

    if (gw_rows_get_count(rows) == 0) {
        gw_ask_reply(ask);
        return;
    }
    ask->id = g_strdup(gw_rows_text(rows, 0, 0));
    ask->detail = gw_object_with_text("rule", gw_rows_text(rows, 0, 1));
    gw_object_set_text(ask->detail, "planned_by", gw_rows_text(rows, 0, 2));
    gw_object_set_text(ask->detail, "approved_by", gw_rows_text(rows, 0, 3));
    ask->archive->clock.newest_ms = gw_rows_int(rows, 0, 4);
    gw_object_set_text(ask->params, "unit", gw_rows_text(rows, 0, 5));
    const char *doubt = gw_clock_get_doubt(&ask->archive->clock, gw_ask_now_ms(ask));
    if (doubt != NULL) {
        stop(ask, doubt);
        return;
    }
    object = g_strconcat("purge:", ask->id, NULL);
    gw_ask_log(ask, "archive.purge-begun", object, json_object_ref(ask->detail), take_next);
}

static void
run_due(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "UPDATE purge SET state = 'running' WHERE id = (SELECT id FROM purge WHERE state IN ('approved', 'running') AND"
        " executes_ms <= ?1 ORDER BY executes_ms LIMIT 1) RETURNING id, rule, who, approver, (SELECT"
        " coalesce(max(began_ms + duration_ms), 0) FROM recording WHERE state IN ('sealed', 'sealing', 'recording')), "
        "unit");

    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_ask_query(ask, statement, on_due);
}

static void
on_run(JsonObject *result, const GError *error, void *user_data)
{
    GwArchive *self = user_data;

    (void)result;
    if (error != NULL)
        g_warning("a purge will be gone on with later: %s", error->message);
    self->purging = false;
}

void
gw_purges_tick(GwArchive *self)
{
    static const GwAsker nobody = { .audit = (char *)"system", .display = (char *)"system", .is_owner = true };
    const GwAskRow row = { .archive = self, .run = run_due };
    int64_t now_ms = gw_sessions_now_ms(self->sessions);

    if (gw_clock_tick(&self->clock, now_ms, self->steady_us != NULL ? self->steady_us() : g_get_monotonic_time()))
        g_warning("the clock of this machine was set: nothing is purged for a day");
    if (now_ms - self->clock.saved_ms >= SAVE_MS || now_ms < self->clock.saved_ms) {
        self->clock.saved_ms = now_ms;
        gw_store_run(self->gateway->store, gw_clock_to_statement(&self->clock, now_ms), NULL, NULL);
    }
    if (self->purging)
        return;
    self->purging = true;
    gw_ask_run(&row, &nobody, NULL, on_run, self);
}
