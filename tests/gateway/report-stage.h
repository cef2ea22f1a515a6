/* tests/gateway/report-stage.h - duty and reports over the tree of ticket-stage.h: what was recorded is written into the audit record
 * by hand, at a time that stands still
 *
 * Header only: each test is one program. */
#pragma once

#include "gateway/duty/duty-priv.h"
#include "gateway/reports/reports-priv.h"
#include "ticket-stage.h"

typedef struct {
    TicketStage base; /* first; its result and error are of the last question */
    GwFactLog *facts;
    GwDuty *duty;
    GwReports *reports;
} ReportStage;

static inline void
report_stage_begin(ReportStage *self)
{
    TicketStage *base = &self->base;
    g_autoptr(GError) error = NULL;

    ticket_stage_open(base, SUMMER_ZONE);
    if (gw_people_get_unit(base->gateway.people, "ministry") == NULL)
        ticket_stage_furnish(base);
    self->facts = gw_fact_log_new(&base->gateway);
    self->duty = gw_duty_new_at(&base->gateway, self->facts, base->zone);
    self->duty->now = ticket_stage_now;
    self->duty->clock_data = base;
    self->reports = gw_reports_new_at(&base->gateway, self->facts, base->zone, &error);
    g_assert_no_error(error);
    self->reports->now = ticket_stage_now;
    self->reports->clock_data = base;
}

static inline void
report_stage_drop(ReportStage *self)
{
    gw_store_flush(self->base.scratch.store);
    g_clear_pointer(&self->reports, gw_reports_free);
    g_clear_pointer(&self->duty, gw_duty_free);
    g_clear_pointer(&self->facts, gw_fact_log_free);
}

static inline void
report_stage_end(ReportStage *self)
{
    report_stage_drop(self);
    ticket_stage_clear(&self->base);
}

/* detail: JSON, may be NULL. */
static inline void
report_stage_record(ReportStage *self, const char *who, const char *action, const char *object, const char *detail)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO audit (at_ms, who, action, object, detail) VALUES (?1, ?2, ?3, ?4, ?5)");

    gw_statement_int(statement, self->base.now_ms);
    gw_statement_text(statement, who);
    gw_statement_text(statement, action);
    gw_statement_text(statement, object);
    gw_statement_text(statement, detail);
    gw_store_run(self->base.scratch.store, statement, NULL, NULL);
}

/* Asks by name, of either subject, and waits. */
static inline bool
report_stage_try(ReportStage *self, const char *person, const char *method, const char *params)
{
    TicketStage *base = &self->base;
    bool of_duty = g_str_has_prefix(method, "duty.");
    const GwQuestionMethod *row = of_duty ? gw_duty_find_method(method) : gw_reports_find_method(method);
    const GwPerson *who = gw_people_get_person(base->gateway.people, person);
    g_autofree char *audit = g_strconcat("person:", person, NULL);
    g_autoptr(JsonNode) node = json_from_string(params, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(row);
    g_assert_nonnull(node);
    g_assert_nonnull(who);
    const GwIdentity identity = {
        .seat = GW_SEAT_CONSOLE,
        .access = who->access,
        .id = person,
        .display = person,
        .unit = who->unit,
        .audit = audit,
    };
    const GwQuestionRow question = { &base->gateway, of_duty ? (void *)self->duty : self->reports, row->run };
    base->answered = 0;
    g_clear_error(&base->error);
    if (!sig_params_check(row->method.params, json_node_get_object(node), &error))
        ticket_stage_on_answer(NULL, error, base);
    else
        gw_question_run(&question, &identity, json_node_get_object(node), NULL, ticket_stage_on_answer, base);
    ticket_stage_wait(base, 1);
    return base->error == NULL;
}

static inline JsonObject *
report_stage_ask(ReportStage *self, const char *person, const char *method, const char *params)
{
    if (!report_stage_try(self, person, method, params))
        g_error("%s of %s failed: %s", method, person, self->base.error->message);
    return self->base.result;
}

static inline void
report_stage_refuse(ReportStage *self, const char *person, const char *method, const char *params, SigError code)
{
    if (report_stage_try(self, person, method, params))
        g_error("%s of %s was not refused", method, person);
    g_assert_error(self->base.error, SIG_ERROR, (int)code);
}

/* One with {"MEMBER": "ID"MORE}. */
static inline JsonObject *
report_stage_act(ReportStage *self, const char *person, const char *method, const char *id, const char *more)
{
    const char *member = g_str_has_prefix(method, "duty.") ? "shift" : "report";
    g_autofree char *params = g_strdup_printf("{\"%s\":\"%s\"%s}", member, id, more);

    return report_stage_ask(self, person, method, params);
}

static inline void
report_stage_refuse_act(ReportStage *self, const char *person, const char *method, const char *id, const char *more,
                        SigError code)
{
    const char *member = g_str_has_prefix(method, "duty.") ? "shift" : "report";
    g_autofree char *params = g_strdup_printf("{\"%s\":\"%s\"%s}", member, id, more);

    report_stage_refuse(self, person, method, params, code);
}

static inline JsonObject *
report_stage_nth(JsonObject *result, const char *member, unsigned i)
{
    return json_array_get_object_element(json_object_get_array_member(result, member), i);
}

static inline unsigned
report_stage_count(JsonObject *result, const char *member)
{
    return json_array_get_length(json_object_get_array_member(result, member));
}
