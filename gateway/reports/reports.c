#include "gateway/reports/reports.h"

#include "gateway/reports/reports-priv.h"

enum { TICK_S = 5 };

static const GwQuestionMethod *const tables[] = { gw_report_draft_methods,
                                                  gw_report_edit_methods,
                                                  gw_report_event_methods,
                                                  gw_report_coverage_methods,
                                                  gw_report_ranking_methods,
                                                  gw_report_weights_methods,
                                                  NULL };

const GwQuestionMethod *
gw_reports_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

int64_t
gw_reports_now_ms(const GwReports *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

static gboolean
on_tick(void *data)
{
    GwReports *self = data;

    gw_fact_log_catch_up(self->facts, NULL, NULL);
    return G_SOURCE_CONTINUE;
}

GwReports *
gw_reports_new_at(const Gateway *gateway, GwFactLog *facts, GTimeZone *zone, GError **error)
{
    g_autoptr(GwReports) self = g_new0(GwReports, 1);
    const GwQuestionRow row = { gateway, self, NULL };

    self->gateway = gateway;
    self->facts = facts;
    self->zone = g_time_zone_ref(zone);
    self->rows = g_ptr_array_new_with_free_func(g_free);
    self->weights = g_ptr_array_new_with_free_func(gw_weights_free);
    if (!gw_weights_load(self, error))
        return NULL;
    if (gateway->server == NULL)
        return g_steal_pointer(&self);
    gw_question_add_methods(&row, tables, self->rows);
    sig_server_add_routes(gateway->server, gw_report_print_routes, self);
    sig_server_add_routes(gateway->server, gw_report_event_routes, self);
    /* A unit's place is written down soon after what happened there. */
    self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    return g_steal_pointer(&self);
}

GwReports *
gw_reports_new(const Gateway *gateway, GwFactLog *facts, GError **error)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();

    return gw_reports_new_at(gateway, facts, zone, error);
}

void
gw_reports_free(GwReports *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_ptr_array_unref(self->rows);
    g_ptr_array_unref(self->weights);
    g_time_zone_unref(self->zone);
    g_free(self);
}
