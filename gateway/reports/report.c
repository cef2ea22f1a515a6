#include "gateway/reports/report.h"

static const char *const states[] = {
    [GW_REPORT_DRAFT] = "draft",
    [GW_REPORT_IN_REVIEW] = "in-review",
    [GW_REPORT_REFUSED] = "refused",
    [GW_REPORT_APPROVED] = "approved",
};

static const struct {
    const char *name;
    GwReportState next;
    unsigned from; /* bits of states */
    bool by_another;
} acts[GW_REPORT_N_ACTS] = {
    [GW_REPORT_SAVE] = { "save", GW_REPORT_DRAFT, 1 << GW_REPORT_DRAFT | 1 << GW_REPORT_REFUSED, false },
    [GW_REPORT_SUBMIT] = { "submit", GW_REPORT_IN_REVIEW, 1 << GW_REPORT_DRAFT | 1 << GW_REPORT_REFUSED, false },
    [GW_REPORT_REFUSE] = { "refuse", GW_REPORT_REFUSED, 1 << GW_REPORT_IN_REVIEW, true },
    [GW_REPORT_APPROVE] = { "approve", GW_REPORT_APPROVED, 1 << GW_REPORT_IN_REVIEW, true },
};

const char *
gw_report_state_to_string(GwReportState state)
{
    return states[state];
}

const char *
gw_report_act_to_string(GwReportAct act)
{
    return acts[act].name;
}

GwReportState
gw_report_get_next(GwReportAct act)
{
    return acts[act].next;
}

static GwReportState
state_from_string(const char *text)
{
    for (GwReportState state = 0; state < GW_REPORT_N_STATES; state++) {
        if (g_strcmp0(states[state], text) == 0)
            return state;
    }
    return GW_REPORT_APPROVED; /* of a newer program: nothing may be done to it */
}

GwReport *
gw_report_from_row(const GwRows *rows, unsigned row)
{
    GwReport *self = g_new0(GwReport, 1);
    char **const texts[] = { &self->id,    &self->kind, &self->unit,    &self->period,   &self->language,
                             &self->title, &self->body, &self->display, &self->approver, &self->sha256 };
    const unsigned first = G_N_ELEMENTS(texts);

    for (unsigned i = 0; i < first; i++)
        *texts[i] = g_strdup(gw_rows_text(rows, row, i));
    self->state = state_from_string(gw_rows_text(rows, row, first));
    self->year = (unsigned)gw_rows_int(rows, row, first + 1);
    self->number = (unsigned)gw_rows_int(rows, row, first + 2);
    self->n = (unsigned)gw_rows_int(rows, row, first + 3);
    self->from_ms = gw_rows_int(rows, row, first + 4);
    self->until_ms = gw_rows_int(rows, row, first + 5);
    self->made_ms = gw_rows_int(rows, row, first + 6);
    self->upto = gw_rows_int(rows, row, first + 7);
    self->wrote = gw_rows_int(rows, row, first + 8) != 0;
    return self;
}

void
gw_report_free(GwReport *self)
{
    if (self == NULL)
        return;
    g_free(self->id);
    g_free(self->kind);
    g_free(self->unit);
    g_free(self->period);
    g_free(self->language);
    g_free(self->title);
    g_free(self->body);
    g_free(self->display);
    g_free(self->approver);
    g_free(self->sha256);
    g_free(self);
}

const char *
gw_report_refuse(const GwReport *self, GwReportAct act, bool *ret_theirs)
{
    *ret_theirs = false;
    if (self->state == GW_REPORT_APPROVED)
        return "This report is approved: it is locked.";
    if ((acts[act].from & 1U << self->state) == 0)
        return self->state == GW_REPORT_IN_REVIEW ? "This report is in review." : "This report is not in review.";
    *ret_theirs = acts[act].by_another && self->wrote;
    return *ret_theirs ? "Who has written on a report does not judge it: somebody else has to." : NULL;
}
