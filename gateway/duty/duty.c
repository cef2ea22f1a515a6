#include "gateway/duty/duty.h"

#include "gateway/duty/duty-priv.h"

static const SigEvent events[] = {
    { .name = "duty.changed",
      .params = (const SigParam[]){ { .name = "unit", .type = SIG_TYPE_STRING }, { NULL } },
      .summary = "The roster, a log or the open items of a unit that one reaches are others" },
    { NULL },
};

static const GwQuestionMethod *const tables[] = { gw_duty_roster_methods, gw_duty_log_methods, gw_duty_item_methods,
                                                  gw_duty_hand_over_methods, NULL };

const GwQuestionMethod *
gw_duty_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

int64_t
gw_duty_now_ms(const GwDuty *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

GwDuty *
gw_duty_new_at(const Gateway *gateway, GwFactLog *facts, GTimeZone *zone)
{
    GwDuty *self = g_new0(GwDuty, 1);
    const GwQuestionRow row = { gateway, self, NULL };

    self->gateway = gateway;
    self->facts = facts;
    self->zone = g_time_zone_ref(zone);
    self->rows = g_ptr_array_new_with_free_func(g_free);
    if (gateway->server == NULL)
        return self;
    gw_question_add_methods(&row, tables, self->rows);
    sig_server_add_events(gateway->server, events);
    return self;
}

GwDuty *
gw_duty_new(const Gateway *gateway, GwFactLog *facts)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();

    return gw_duty_new_at(gateway, facts, zone);
}

void
gw_duty_free(GwDuty *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->rows);
    g_time_zone_unref(self->zone);
    g_free(self);
}
