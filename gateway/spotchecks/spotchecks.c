#define G_LOG_DOMAIN "gateway.spotchecks"

#include "gateway/spotchecks/spotchecks.h"

#include "gateway/archive/archive-priv.h"
#include "gateway/spotchecks/spotchecks-priv.h"

enum { TICK_S = 5, MAX_AT_ONCE = 50 };

static const SigEvent events[] = {
    { .name = "spotcheck.changed",
      .params = (const SigParam[]){ { .name = "spotcheck", .type = SIG_TYPE_OBJECT }, { NULL } },
      .summary = "A spot check that one may see is new, was opened, drawn, or something came of it" },
    { NULL },
};

static const GwQuestionMethod *const tables[] = { gw_spotcheck_methods, gw_spotcheck_plan_methods,
                                                  gw_spotcheck_act_methods, NULL };

const GwQuestionMethod *
gw_spotchecks_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

int64_t
gw_spotchecks_now_ms(const GwSpotchecks *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

static int64_t
get_steady_us(const GwSpotchecks *self)
{
    return self->steady_us != NULL ? self->steady_us(self->clock_data) : g_get_monotonic_time();
}

/* Sealed plans whose time has come. */

static void
note_open(GwSpotchecks *self, const GwSpotcheck *spotcheck, const char *head)
{
    g_autoptr(JsonNode) node = json_from_string(head, NULL);
    g_autofree char *object = g_strconcat("spot-check:", spotcheck->id, NULL);
    const GwAuditEntry entry = { .who = "system", .action = "spot-check.open", .object = object };
    JsonObject *detail = gw_object_with_text("published", spotcheck->published);

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        json_object_set_member(detail, "list_sha256",
                               json_object_dup_member(json_node_get_object(node), "list_sha256"));
    gw_audit_add(self->gateway->audit, &entry, detail);
}

static void
on_reread(GwRows *rows, const GError *error, void *user_data)
{
    GwSpotcheck *spotcheck = error == NULL && gw_rows_get_count(rows) > 0 ? gw_spotcheck_from_row(rows, 0) : NULL;

    if (spotcheck != NULL)
        gw_spotcheck_tell(user_data, spotcheck);
    gw_spotcheck_free(spotcheck);
}

static void
open_one(GwSpotchecks *self, const GwSpotcheck *spotcheck, const char *items_closed)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *head = gw_spotcheck_open_text(self, spotcheck->id, "head", spotcheck->head, &error);
    g_autofree char *items =
        head != NULL ? gw_spotcheck_open_text(self, spotcheck->id, "items", items_closed, &error) : NULL;
    GwStatement *open = NULL, *read = NULL;

    if (items == NULL) {
        g_warning("spot check %s cannot be opened: %s", spotcheck->id, error->message);
        return;
    }
    note_open(self, spotcheck, head);
    open =
        gw_statement_new("UPDATE spotcheck SET state = 'planned', head = ?2, items = ?3, opened_ms = ?4 WHERE id = ?1"
                         " AND state = 'sealed'");
    gw_statement_text(open, spotcheck->id);
    gw_statement_text(open, head);
    gw_statement_text(open, items);
    gw_statement_int(open, gw_spotchecks_now_ms(self));
    gw_store_run(self->gateway->store, open, NULL, NULL);
    read = gw_statement_new("SELECT " GW_SPOTCHECK_COLUMNS " FROM spotcheck WHERE id = ?1");
    gw_statement_text(read, spotcheck->id);
    gw_store_run(self->gateway->store, read, on_reread, self);
}

static void
on_due(GwRows *rows, const GError *error, void *user_data)
{
    GwSpotchecks *self = user_data;

    self->opening = false;
    for (unsigned i = 0; error == NULL && i < gw_rows_get_count(rows); i++) {
        GwSpotcheck *spotcheck = gw_spotcheck_from_row(rows, i);
        open_one(self, spotcheck, gw_rows_text(rows, i, 16));
        gw_spotcheck_free(spotcheck);
    }
}

void
gw_spotchecks_tick(GwSpotchecks *self)
{
    GwStatement *statement = NULL;
    int64_t now_ms = gw_spotchecks_now_ms(self);

    gw_clock_tick(&self->clock, now_ms, get_steady_us(self));
    /* A clock that somebody has set does not open what is sealed. */
    if (self->opening || gw_clock_get_doubt(&self->clock, now_ms) != NULL)
        return;
    self->opening = true;
    statement = gw_statement_new("SELECT " GW_SPOTCHECK_COLUMNS ", items FROM spotcheck WHERE state = 'sealed' AND"
                                 " opens_ms <= ?1 ORDER BY opens_ms LIMIT ?2");
    gw_statement_int(statement, now_ms);
    gw_statement_int(statement, MAX_AT_ONCE);
    gw_store_run(self->gateway->store, statement, on_due, self);
}

static gboolean
on_tick(void *data)
{
    gw_spotchecks_tick(data);
    return G_SOURCE_CONTINUE;
}

GwSpotchecks *
gw_spotchecks_new(const Gateway *gateway, GwSubjects *subjects)
{
    GwSpotchecks *self = g_new0(GwSpotchecks, 1);
    const GwQuestionRow row = { .gateway = gateway, .subject = self };

    self->gateway = gateway;
    self->subjects = subjects;
    self->rows = g_ptr_array_new_with_free_func(g_free);
    if (gateway->server == NULL)
        return self;
    gw_question_add_methods(&row, tables, self->rows);
    sig_server_add_events(gateway->server, events);
    self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    return self;
}

void
gw_spotchecks_free(GwSpotchecks *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_ptr_array_unref(self->rows);
    g_free(self);
}
