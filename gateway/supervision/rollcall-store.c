#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/supervision/rollcall-priv.h"

/* Roll-calls and their offices in the store. */

void
gw_rollcall_write(const GwRollcall *self)
{
    const GwGatheringHead *head = &self->base.head;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO rollcall (id, session, name, unit, person, display, clock_s, class, state, started_ms, ended_ms,"
        " total, answered, sheet, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_ms = excluded.ended_ms,"
        " answered = excluded.answered, sheet = excluded.sheet, sha256 = excluded.sha256");

    gw_statement_text(statement, head->id);
    gw_statement_text(statement, head->session);
    gw_statement_text(statement, head->name);
    gw_statement_text(statement, head->unit);
    gw_statement_text(statement, head->person);
    gw_statement_text(statement, head->display);
    gw_statement_int(statement, self->clock_s);
    gw_statement_text(statement, gw_recording_class_to_string(head->recording_class));
    gw_statement_text(statement, gw_rollcall_is_over(self) ? "ended" : "running");
    gw_statement_int(statement, head->started_ms);
    gw_statement_int(statement, head->ended_ms);
    gw_statement_int(statement, self->base.callees->len);
    gw_statement_int(statement, gw_rollcall_count(self, GW_OFFICE_ANSWERED));
    gw_statement_text(statement, self->sheet.text);
    gw_statement_text(statement, self->sheet.sha256);
    gw_store_run(self->base.all->gateway->store, statement, NULL, NULL);
}

void
gw_rollcall_write_offices(const GwRollcall *self)
{
    GPtrArray *statements = g_ptr_array_new();

    for (guint i = 0; i < self->base.callees->len; i++)
        g_ptr_array_add(statements, gw_office_make_statement(self->base.callees->pdata[i]));
    gw_store_run_all(self->base.all->gateway->store, statements, NULL, NULL);
}

static void
read_office(GwOffice *office, const GwRows *rows, unsigned row)
{
    GwOfficeState state = gw_office_state_from_string(gw_rows_text(rows, row, 3));

    office->state = state < GW_OFFICE_N_STATES ? state : GW_OFFICE_ABSENT;
    office->called_ms = gw_rows_int(rows, row, 4);
    office->until_ms = gw_rows_int(rows, row, 5);
    office->answered_ms = gw_rows_int(rows, row, 6);
    office->calls = (unsigned)gw_rows_int(rows, row, 7);
    office->signer = g_strdup(gw_rows_text(rows, row, 8));
    gw_callee_set_reason(&office->base, gw_rows_text(rows, row, 9));
    office->by = g_strdup(gw_rows_text(rows, row, 10));
    office->picture = g_strdup(gw_rows_text(rows, row, 11));
}

static bool
load_offices(GwRollcall *self, GError **error)
{
    GwStatement *statement =
        gw_statement_new("SELECT unit, name, terminal, state, called_ms, until_ms, answered_ms, calls, signer, reason,"
                         " who, picture FROM rollcall_office WHERE rollcall = ?1 ORDER BY number");
    g_autoptr(GwRows) rows = NULL;

    gw_statement_text(statement, self->base.head.id);
    rows = gw_store_query(self->base.all->gateway->store, statement, error);
    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwOffice *office =
            gw_office_new(self, gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 1), gw_rows_text(rows, i, 2));
        read_office(office, rows, i);
    }
    return rows != NULL;
}

static GwRollcall *
read_head(GwRollcalls *rollcalls, const GwRows *rows, unsigned row)
{
    GwRollcall *self = gw_rollcall_new(rollcalls);

    self->clock_s = (unsigned)gw_rows_int(rows, row, 6);
    self->base.head = (GwGatheringHead){
        .id = g_strdup(gw_rows_text(rows, row, 0)),
        .session = g_strdup(gw_rows_text(rows, row, 1)),
        .name = g_strdup(gw_rows_text(rows, row, 2)),
        .unit = g_strdup(gw_rows_text(rows, row, 3)),
        .person = g_strdup(gw_rows_text(rows, row, 4)),
        .display = g_strdup(gw_rows_text(rows, row, 5)),
        .audit = g_strconcat("person:", gw_rows_text(rows, row, 4), NULL),
        .recording_class = gw_recording_class_from_string(gw_rows_text(rows, row, 7)),
        .started_ms = gw_rows_int(rows, row, 8),
    };
    return self;
}

bool
gw_rollcalls_load(GwRollcalls *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->base.gateway->store,
        gw_statement_new("SELECT rollcall.id, rollcall.session, name, rollcall.unit, person, display, clock_s,"
                         " rollcall.class, started_ms, session.peers FROM rollcall"
                         " LEFT JOIN session ON session.id = rollcall.session WHERE rollcall.state = 'running'"),
        error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwRollcall *rollcall = read_head(self, rows, i);
        if (!load_offices(rollcall, error)) {
            gw_rollcall_free(rollcall);
            return false;
        }
        if (!gw_gathering_attach(&rollcall->base, GW_SESSION_LIVE)) {
            g_warning("roll-call %s cannot go on: its session is there already", rollcall->base.head.id);
            gw_rollcall_free(rollcall);
            continue;
        }
        if (!gw_rows_is_null(rows, i, 9))
            gw_session_skip_ordinals(rollcall->base.live, (unsigned)gw_rows_int(rows, i, 9));
        gw_gatherings_adopt(&self->base, &rollcall->base);
        gw_rollcall_bring_back(rollcall);
    }
    return rows != NULL;
}
