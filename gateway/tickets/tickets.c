#define G_LOG_DOMAIN "gateway.tickets"

#include "gateway/tickets/tickets.h"

#include "gateway/tickets/tickets-priv.h"

enum { TICK_S = 10 };

#define MINUTE_MS INT64_C(60000)

static const SigEvent events[] = {
    { .name = "ticket.changed",
      .params = (const SigParam[]){ { .name = "ticket", .type = SIG_TYPE_OBJECT }, { NULL } },
      .summary = "A ticket that one may see is new, or something was done to it" },
    { NULL },
};

static const GwQuestionMethod *const tables[] = { gw_ticket_list_methods,   gw_ticket_get_methods,
                                                  gw_ticket_create_methods, gw_ticket_act_methods,
                                                  gw_ticket_type_methods,   NULL };

const GwQuestionMethod *
gw_tickets_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

int64_t
gw_tickets_now_ms(const GwTickets *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

static int64_t
get_steady_us(const GwTickets *self)
{
    return self->steady_us != NULL ? self->steady_us(self->clock_data) : g_get_monotonic_time();
}

void
gw_tickets_tick(GwTickets *self)
{
    int64_t now_ms = gw_tickets_now_ms(self), minute = get_steady_us(self) / 1000 / MINUTE_MS;

    if (minute != self->minute)
        g_hash_table_remove_all(self->misses);
    self->minute = minute;
    gw_clock_tick(&self->clock, now_ms, get_steady_us(self));
    gw_tickets_climb(self);
}

static gboolean
on_tick(void *data)
{
    gw_tickets_tick(data);
    return G_SOURCE_CONTINUE;
}

static void
add_methods(GwTickets *self)
{
    const GwQuestionRow of = { .gateway = self->gateway, .subject = self };

    gw_question_add_methods(&of, tables, self->rows);
    sig_server_add_events(self->gateway->server, events);
    sig_server_add_routes(self->gateway->server, gw_ticket_picture_routes, self);
    sig_server_add_routes(self->gateway->server, gw_ticket_sheet_routes, self);
}

GwTickets *
gw_tickets_new_at(const Gateway *gateway, GTimeZone *zone, GError **error)
{
    g_autoptr(GwTickets) self = g_new0(GwTickets, 1);

    self->gateway = gateway;
    self->zone = g_time_zone_ref(zone);
    self->dir = g_build_filename(gateway->config->data_dir, "tickets", NULL);
    self->rows = g_ptr_array_new_with_free_func(g_free);
    self->misses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->gone = g_cancellable_new();
    if (!gw_ticket_types_load(self, error) || !gw_tickets_load_deadlines(self, error))
        return NULL;
    if (gateway->server != NULL) {
        add_methods(self);
        self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    }
    return g_steal_pointer(&self);
}

GwTickets *
gw_tickets_new(const Gateway *gateway, GError **error)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();

    return gw_tickets_new_at(gateway, zone, error);
}

void
gw_tickets_free(GwTickets *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel(self->gone);
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_clear_pointer(&self->types, g_ptr_array_unref);
    g_ptr_array_unref(self->rows);
    g_hash_table_unref(self->misses);
    g_object_unref(self->gone);
    g_time_zone_unref(self->zone);
    g_free(self->dir);
    g_free(self);
}
