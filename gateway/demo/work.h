/* gateway/demo/work.h - a day's work for the demonstration: a roster, tickets, a line in the log, a bulletin
 *
 * The admin row "demo.work": done once, by methods that pages call, in the name of the demonstration's people; what they did is on the
 * audit record like anything else. Ownership: the service. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/duty/duty.h"
#include "gateway/reports/reports.h"
#include "gateway/tickets/tickets.h"

G_BEGIN_DECLS

typedef struct GwDemoWork GwDemoWork;

/* All borrowed, and outlive it. */
typedef struct {
    const Gateway *gateway;
    GwTickets *tickets;
    GwDuty *duty;
    GwReports *reports;
} GwDemoSubjects;

GwDemoWork *gw_demo_work_new(GwAdmin *admin, const GwDemoSubjects *subjects);
void gw_demo_work_free(GwDemoWork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDemoWork, gw_demo_work_free)

G_END_DECLS
