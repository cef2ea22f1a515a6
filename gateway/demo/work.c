#define G_LOG_DOMAIN "gateway.demo"

#include "gateway/demo/work.h"

#include <string.h>

#include "gateway/duty/duty-priv.h"
#include "gateway/reports/reports-priv.h"
#include "gateway/tickets/tickets-priv.h"

struct GwDemoWork {
    GwDemoSubjects subjects;
};

/* Done one after the other; %s are the times of now, see fill(). */
static const struct {
    const char *person, *method, *params;
} steps[] = {
    { "demo-inspector-city", "duty.add",
      "{\"unit\":\"demo-city\",\"from\":\"FROM\",\"until\":\"UNTIL\",\"leader\":\"demo-inspector-city\",\"members\":[]"
      "}" },
    { "demo-inspector-city", "duty.add",
      "{\"unit\":\"demo-city\",\"from\":\"UNTIL\",\"until\":\"NEXT\",\"leader\":\"demo-inspector-province\","
      "\"members\":"
      "[\"demo-inspector-city\"]}" },
    { "demo-inspector-city", "duty.publish", "{\"unit\":\"demo-city\"}" },
    { "demo-inspector-city", "tickets.create",
      "{\"client\":\"demo-work-1\",\"units\":[\"demo-office-1\"],\"type\":\"files\",\"text\":\"走访记录缺五份,"
      "请补齐。\"}" },
    { "demo-inspector-city", "tickets.create",
      "{\"client\":\"demo-work-2\",\"units\":[\"demo-office-2\"],\"type\":\"equipment\",\"text\":"
      "\"谈话室摄像机无画面。\"}" },
    { "demo-inspector-city", "tickets.create",
      "{\"client\":\"demo-work-3\",\"units\":[\"demo-office-1\"],\"type\":\"premises\",\"text\":"
      "\"公示栏内容已过期,请更换后拍照回复。\"}" },
    { "demo-office-staff", "tickets.reply", "{\"ticket\":\"TICKET\",\"text\":\"已补齐并归档。\"}" },
    { "demo-inspector-city", "tickets.close", "{\"ticket\":\"TICKET\"}" },
    { "demo-inspector-city", "duty.now", "{}" },
    { "demo-inspector-city", "duty.line",
      "{\"shift\":\"SHIFT\",\"text\":\"9 时 20 分,云桥县线路中断约 5 分钟,已恢复。\"}" },
    { "demo-inspector-city", "duty.note", "{\"shift\":\"SHIFT\",\"text\":\"石榴县明早 9 点前报送走访名单。\"}" },
    { "demo-inspector-city", "reports.draft", "{\"unit\":\"demo-city\",\"period\":\"MONTH\",\"language\":\"zh\"}" },
};

typedef struct {
    GwDemoWork *work;
    GwAdminRequest *request;
    char *ticket, *shift; /* ids, as they come */
    unsigned step;
} Doing;

static void go_on(Doing *doing);

static void
finish(Doing *doing)
{
    gw_admin_reply_object(doing->request, json_object_new());
    g_free(doing->ticket);
    g_free(doing->shift);
    g_free(doing);
}

/* "2026-03-29T08:00", on the node's clock, some hours from now. */
static char *
make_time(int hours)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(GDateTime) then = g_date_time_add_hours(now, hours);

    return g_date_time_format(then, "%Y-%m-%dT%H:00");
}

static void
replace(GString *text, const char *word, const char *value)
{
    g_string_replace(text, word, value != NULL ? value : "none", 0);
}

static JsonNode *
fill(const Doing *doing, const char *params)
{
    g_autoptr(GString) text = g_string_new(params);
    g_autofree char *from = make_time(-1), *until = make_time(8), *next = make_time(20);
    g_autofree char *month = g_strndup(from, strlen("2026-03"));

    replace(text, "FROM", from);
    replace(text, "UNTIL", until);
    replace(text, "NEXT", next);
    replace(text, "MONTH", month);
    replace(text, "TICKET", doing->ticket);
    replace(text, "SHIFT", doing->shift);
    return json_from_string(text->str, NULL);
}

static char *
get_first(JsonObject *result, const char *member)
{
    JsonArray *list = json_object_has_member(result, member) ? json_object_get_array_member(result, member) : NULL;

    if (list == NULL || json_array_get_length(list) == 0)
        return NULL;
    return g_strdup(json_object_get_string_member(json_array_get_object_element(list, 0), "id"));
}

static void
on_settled(const GError *error, void *user_data)
{
    Doing *doing = user_data;
    (void)error;

    go_on(doing);
}

static void
on_step(JsonObject *result, const GError *error, void *user_data)
{
    Doing *doing = user_data;

    if (error != NULL) {
        /* The first is refused where it has been done before. */
        if (doing->step > 0)
            g_message("demonstration: %s: %s", steps[doing->step].method, error->message);
        finish(doing);
        return;
    }
    if (doing->ticket == NULL && strcmp(steps[doing->step].method, "tickets.create") == 0)
        doing->ticket = get_first(result, "tickets");
    if (strcmp(steps[doing->step].method, "duty.now") == 0)
        doing->shift = get_first(result, "shifts");
    doing->step++;
    if (gw_audit_has_log(doing->work->subjects.gateway->audit))
        gw_audit_settle(doing->work->subjects.gateway->audit, on_settled, doing);
    else
        go_on(doing);
}

static void
call(Doing *doing, const GwIdentity *identity, JsonObject *params)
{
    const GwDemoSubjects *subjects = &doing->work->subjects;
    const char *method = steps[doing->step].method;
    GwQuestionRow row = { .gateway = subjects->gateway };

    if (g_str_has_prefix(method, "tickets.")) {
        row.subject = subjects->tickets;
        row.run = gw_tickets_find_method(method)->run;
    } else if (g_str_has_prefix(method, "duty.")) {
        row.subject = subjects->duty;
        row.run = gw_duty_find_method(method)->run;
    } else {
        row.subject = subjects->reports;
        row.run = gw_reports_find_method(method)->run;
    }
    gw_question_run(&row, identity, params, NULL, on_step, doing);
}

static void
go_on(Doing *doing)
{
    GwPeople *people = doing->work->subjects.gateway->people;
    const GwPerson *person =
        doing->step < G_N_ELEMENTS(steps) ? gw_people_get_person(people, steps[doing->step].person) : NULL;

    if (person == NULL) {
        finish(doing);
        return;
    }
    g_autofree char *audit = g_strconcat("person:", person->id, NULL);
    const GwIdentity identity = {
        .seat = GW_SEAT_CONSOLE,
        .access = person->access,
        .id = person->id,
        .display = person->display,
        .unit = person->unit,
        .audit = audit,
    };
    g_autoptr(JsonNode) params = fill(doing, steps[doing->step].params);
    call(doing, &identity, json_node_get_object(params));
}

static void
on_seen(GwRows *rows, const GError *error, void *user_data)
{
    Doing *doing = user_data;

    if (error != NULL || gw_rows_int(rows, 0, 0) > 0)
        finish(doing);
    else
        go_on(doing);
}

static void
handle_work(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwDemoWork *self = user_data;
    Doing *doing = g_new0(Doing, 1);
    (void)params;

    doing->work = self;
    doing->request = request;
    gw_store_run(self->subjects.gateway->store, gw_statement_new("SELECT count(*) FROM duty_shift"), on_seen, doing);
}

static const GwAdminCommand rows[] = {
    { "demo.work", NULL, handle_work },
    { NULL },
};

GwDemoWork *
gw_demo_work_new(GwAdmin *admin, const GwDemoSubjects *subjects)
{
    GwDemoWork *self = g_new0(GwDemoWork, 1);

    self->subjects = *subjects;
    gw_admin_add_commands(admin, rows, self);
    return self;
}

void
gw_demo_work_free(GwDemoWork *self)
{
    g_free(self);
}
