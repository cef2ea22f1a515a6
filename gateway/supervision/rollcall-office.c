#include "gateway/supervision/rollcall-priv.h"

static const char *const states[] = {
    [GW_OFFICE_RINGING] = "ringing",   [GW_OFFICE_ANSWERED] = "answered", [GW_OFFICE_ABSENT] = "absent",
    [GW_OFFICE_DECLINED] = "declined", [GW_OFFICE_BUSY] = "busy",         [GW_OFFICE_NO_TERMINAL] = "no-terminal",
    [GW_OFFICE_EXCUSED] = "excused",
};

GwOffice *
gw_office_new(GwRollcall *rollcall, const char *unit, const char *name, const char *terminal)
{
    GwOffice *self = g_new0(GwOffice, 1);

    gw_callee_init(&self->base, &rollcall->base, unit, name, terminal);
    return self;
}

void
gw_office_free(void *office)
{
    GwOffice *self = office;

    gw_callee_clear(&self->base);
    g_free(self->signer);
    g_free(self->by);
    g_free(self->picture);
    g_free(self->busy_with);
    g_free(self);
}

const char *
gw_office_state_to_string(GwOfficeState state)
{
    return states[state];
}

GwOfficeState
gw_office_state_from_string(const char *word)
{
    GwOfficeState state = 0;

    while (state < GW_OFFICE_N_STATES && g_strcmp0(states[state], word) != 0)
        state++;
    return state;
}

static void
set_text(JsonObject *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_string_member(object, name, value);
}

JsonObject *
gw_office_to_row(const GwOffice *self)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "number", self->base.number);
    json_object_set_string_member(object, "unit", self->base.unit);
    json_object_set_string_member(object, "name", self->base.name);
    set_text(object, "terminal", self->base.terminal);
    json_object_set_string_member(object, "state", states[self->state]);
    json_object_set_int_member(object, "calls", self->calls);
    if (self->called_ms != 0)
        json_object_set_int_member(object, "called_ms", self->called_ms);
    if (self->answered_ms != 0) {
        json_object_set_int_member(object, "answered_ms", self->answered_ms);
        json_object_set_double_member(object, "seconds", (double)((self->answered_ms - self->called_ms) / 100) / 10);
    }
    set_text(object, "signer", self->signer);
    set_text(object, "reason", self->base.reason);
    set_text(object, "by", self->by);
    set_text(object, "picture_sha256", self->picture);
    return object;
}

JsonObject *
gw_office_to_json(const GwOffice *self)
{
    const GwCallee *base = &self->base;
    JsonObject *object = gw_office_to_row(self);

    gw_callee_add_moment(base, object);
    if (self->state == GW_OFFICE_RINGING)
        json_object_set_int_member(object, "until_ms", self->until_ms);
    set_text(object, "busy_with", self->busy_with);
    json_object_set_boolean_member(object, "connected", base->party != NULL && gw_party_is_connected(base->party));
    json_object_set_boolean_member(object, "left", self->left);
    if (self->picture != NULL) {
        g_autofree char *url = g_strdup_printf("/api/v1/rollcalls/%s/pictures/%u?%.8s", base->gathering->head.id,
                                               base->number, self->picture);
        json_object_set_string_member(object, "picture_url", url);
    }
    return object;
}

GwStatement *
gw_office_make_statement(const GwOffice *self)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO rollcall_office (rollcall, number, unit, name, terminal, state, called_ms, until_ms, answered_ms,"
        " calls, signer, reason, who, picture) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        " ON CONFLICT (rollcall, number) DO UPDATE SET terminal = excluded.terminal, state = excluded.state,"
        " called_ms = excluded.called_ms, until_ms = excluded.until_ms, answered_ms = excluded.answered_ms,"
        " calls = excluded.calls, signer = excluded.signer, reason = excluded.reason, who = excluded.who,"
        " picture = excluded.picture");

    gw_statement_text(statement, self->base.gathering->head.id);
    gw_statement_int(statement, self->base.number);
    gw_statement_text(statement, self->base.unit);
    gw_statement_text(statement, self->base.name);
    gw_statement_text(statement, self->base.terminal);
    gw_statement_text(statement, states[self->state]);
    gw_statement_int(statement, self->called_ms);
    gw_statement_int(statement, self->until_ms);
    gw_statement_int(statement, self->answered_ms);
    gw_statement_int(statement, self->calls);
    gw_statement_text(statement, self->signer);
    gw_statement_text(statement, self->base.reason);
    gw_statement_text(statement, self->by);
    gw_statement_text(statement, self->picture);
    return statement;
}
