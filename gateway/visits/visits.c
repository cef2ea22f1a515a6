#define G_LOG_DOMAIN "gateway.visits"

#include "gateway/visits/visits.h"

#include "gateway/visits/visits-priv.h"

enum { TICK_MS = 1000 };

#define MEMORY_MS (INT64_C(36) * 3600 * 1000) /* visits that are over are kept in memory this long after their slot */
#define ALIVE_MS  INT64_C(5000)
#define UNSURE_US (INT64_C(10) * 60 * G_USEC_PER_SEC) /* time to set it right again */

int64_t
gw_visits_now_ms(const GwVisits *self)
{
    return gw_sessions_now_ms(self->sessions);
}

GwVisit *
gw_visits_find(GwVisits *self, const char *id)
{
    return g_hash_table_lookup(self->by_id, id);
}

GwVisit *
gw_visits_find_for(GwVisits *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwVisit *visit = gw_visits_find(self, id);

    if (visit != NULL && identity != NULL &&
        gw_people_reaches(self->gateway->people, identity, GW_ACCESS_OFFICER, visit->booking.unit))
        return visit;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such visit.");
    return NULL;
}

static bool
comes_before(const GwVisit *a, const GwVisit *b)
{
    bool a_runs = gw_session_state_is_running(a->state), b_runs = gw_session_state_is_running(b->state);

    return a_runs != b_runs ? a_runs : a->booking.starts_ms < b->booking.starts_ms;
}

GwVisit *
gw_visits_current_of_terminal(GwVisits *self, const char *terminal)
{
    const GPtrArray *visits = g_hash_table_lookup(self->by_terminal, terminal);
    GwVisit *best = NULL;

    for (guint i = 0; visits != NULL && i < visits->len; i++) {
        GwVisit *visit = visits->pdata[i];
        if (visit->state == GW_SESSION_SCHEDULED || gw_visit_is_over(visit))
            continue;
        if (best == NULL || comes_before(visit, best))
            best = visit;
    }
    return best;
}

bool
gw_visits_terminal_is_busy(GwVisits *self, const char *terminal)
{
    return gw_visits_current_of_terminal(self, terminal) != NULL;
}

GwSubjects *
gw_visits_get_subjects(const GwVisits *self)
{
    return self->subjects;
}

/* Connections. */

static void
open_family(GwVisits *self, SigClient *client, const GwIdentity *identity)
{
    GwVisit *visit = gw_visits_find(self, identity->id);

    if (visit == NULL)
        return;
    SigClient *before = visit->family;
    visit->family = client;
    /* What the page before had is not the new one's: it enters again. (people/ closes the one before.) */
    if (before != NULL)
        gw_visit_leave(visit, GW_SIDE_FAMILY);
    gw_visit_tell_changed(visit);
}

static void
leave_terminal(GwVisits *self, const char *terminal)
{
    g_autoptr(GList) visits = g_hash_table_get_values(self->by_id);

    for (GList *item = visits; item != NULL; item = item->next) {
        GwVisit *visit = item->data;
        if (visit->sides[GW_SIDE_TERMINAL].entered && g_strcmp0(visit->booking.terminal, terminal) == 0)
            gw_visit_leave(visit, GW_SIDE_TERMINAL);
    }
}

static void
open_terminal(GwVisits *self, SigClient *client, const GwIdentity *identity)
{
    SigClient *before = g_hash_table_lookup(self->terminals, identity->id);

    g_hash_table_replace(self->terminals, g_strdup(identity->id), client);
    if (before != NULL)
        leave_terminal(self, identity->id);
    GwVisit *visit = gw_visits_current_of_terminal(self, identity->id);
    if (visit != NULL)
        gw_visit_tell_changed(visit);
}

static void
on_client_opened(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwVisits *self = user_data;

    if (identity->seat == GW_SEAT_VISIT)
        open_family(self, client, identity);
    else if (identity->seat == GW_SEAT_TERMINAL)
        open_terminal(self, client, identity);
    else if ((identity->access & GW_ACCESS_OFFICER) != 0)
        g_ptr_array_add(self->consoles, client);
}

static void
close_console(GwVisits *self, SigClient *client)
{
    g_autoptr(GList) visits = g_hash_table_get_values(self->by_id);

    g_ptr_array_remove_fast(self->consoles, client);
    for (GList *item = visits; item != NULL; item = item->next)
        gw_visit_unobserve(item->data, client);
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwVisits *self = user_data;

    if (identity->seat == GW_SEAT_VISIT) {
        GwVisit *visit = gw_visits_find(self, identity->id);
        if (visit == NULL || visit->family != client)
            return;
        visit->family = NULL;
        gw_visit_leave(visit, GW_SIDE_FAMILY);
    } else if (identity->seat == GW_SEAT_TERMINAL) {
        if (g_hash_table_lookup(self->terminals, identity->id) != client)
            return;
        g_hash_table_remove(self->terminals, identity->id);
        leave_terminal(self, identity->id);
    } else {
        close_console(self, client);
    }
}

static void
on_terminal_changed(const GwTerminal *terminal, void *user_data)
{
    GwVisit *visit = gw_visits_current_of_terminal(user_data, terminal->id);

    if (visit != NULL)
        gw_visit_tell_changed(visit);
}

/* Notices that nobody chose the language of are spoken in that of the family's page. */
static void
on_client_language(SigClient *client, const GwIdentity *identity, const char *language, void *user_data)
{
    GwVisit *visit = identity->seat == GW_SEAT_VISIT ? gw_visits_find(user_data, identity->id) : NULL;

    if (visit != NULL && visit->family == client)
        visit->language = g_strcmp0(language, "en") == 0 ? "en" : "zh";
}

typedef struct {
    GwVisits *visits;
    const char *person;
} Changed;

/* What this console may not see any more it does not see any more: at once, also its media. */
static void
on_console_changed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Changed *changed = user_data;
    GwVisits *self = changed->visits;
    g_autoptr(GList) visits = NULL;

    if (identity->seat != GW_SEAT_CONSOLE || !g_str_equal(identity->id, changed->person))
        return;
    g_ptr_array_remove_fast(self->consoles, client);
    if ((identity->access & GW_ACCESS_OFFICER) != 0)
        g_ptr_array_add(self->consoles, client);
    visits = g_hash_table_get_values(self->by_id);
    for (GList *item = visits; item != NULL; item = item->next) {
        const GwVisit *visit = item->data;
        if (!gw_people_reaches(self->gateway->people, identity, GW_ACCESS_OFFICER, visit->booking.unit))
            gw_visit_unobserve(item->data, client);
    }
}

static void
on_rights_changed(const char *person, void *user_data)
{
    Changed changed = { user_data, person };

    gw_people_foreach_client(changed.visits->gateway->people, on_console_changed, &changed);
}

static const GwPeopleListener people_listener = {
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
    .terminal_changed = on_terminal_changed,
    .client_language = on_client_language,
    .rights_changed = on_rights_changed,
};

/* What people/ asks. */

static bool
on_visit_is_open(const char *id, void *user_data)
{
    GwVisit *visit = gw_visits_find(user_data, id);

    return visit != NULL && !gw_visit_is_over(visit);
}

static bool
on_visit_is_held(const char *id, void *user_data)
{
    GwVisit *visit = gw_visits_find(user_data, id);

    return visit != NULL && visit->family != NULL;
}

static JsonObject *
on_visit_to_json(const char *id, GwSeat seat, void *user_data)
{
    GwVisit *visit = gw_visits_find(user_data, id);

    return visit != NULL ? gw_visit_to_json(visit, seat) : NULL;
}

static JsonObject *
on_terminal_visit(const char *terminal, void *user_data)
{
    GwVisit *visit = gw_visits_current_of_terminal(user_data, terminal);

    return visit != NULL ? gw_visit_to_json(visit, GW_SEAT_TERMINAL) : NULL;
}

static const GwVisitLookup people_lookup = {
    .visit_is_open = on_visit_is_open,
    .visit_is_held = on_visit_is_held,
    .visit_to_json = on_visit_to_json,
    .terminal_visit = on_terminal_visit,
};

/* What sessions/ asks: which party a page is. */

static GwParty *
party_of_side(GwVisit *visit, GwSide side, const char *wanted, GError **error)
{
    if (wanted != NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "\"visit\" is for the console: leave it out.");
        return NULL;
    }
    if (visit == NULL || visit->session == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "There is no visit to answer now.");
        return NULL;
    }
    return visit->sides[side].party;
}

static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    GwVisits *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(client);
    GwVisit *visit = NULL;

    if (identity->seat == GW_SEAT_VISIT)
        return party_of_side(gw_visits_find(self, identity->id), GW_SIDE_FAMILY, id, error);
    if (identity->seat == GW_SEAT_TERMINAL)
        return party_of_side(gw_visits_current_of_terminal(self, identity->id), GW_SIDE_TERMINAL, id, error);
    if (id == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "\"visit\" is required from the console.");
        return NULL;
    }
    visit = gw_visits_find_for(self, identity, id, error);
    if (visit == NULL)
        return NULL;
    GwObserver *observer = gw_visit_find_observer(visit, client);
    if (observer != NULL)
        return observer->party;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Observe the visit first (visits.observe).");
    return NULL;
}

/* Time. */

static void
write_alive(GwVisits *self, bool running)
{
    int64_t now_ms = gw_visits_now_ms(self);

    if (!running || now_ms - self->alive_ms < ALIVE_MS)
        return;
    self->alive_ms = now_ms;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO visit_alive (id, at_ms) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms");
    gw_statement_int(statement, now_ms);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

static void
shift_visit(GwVisit *visit, int64_t step_ms)
{
    gw_visit_clock_shift(&visit->clock, step_ms);
    if (visit->resumes_until_ms != 0)
        visit->resumes_until_ms += step_ms;
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        if (visit->sides[side].away_since_ms != 0)
            visit->sides[side].away_since_ms += step_ms;
    }
    gw_visit_write(visit);
    gw_visit_tell_changed(visit);
}

void
gw_visits_follow_clock(GwVisits *self)
{
    int64_t step_ms = gw_sessions_take_clock_step_ms(self->sessions);
    g_autoptr(GList) visits = g_hash_table_get_values(self->by_id);

    if (step_ms == 0)
        return;
    self->unsure_until_us = g_get_monotonic_time() + UNSURE_US;
    self->alive_ms = 0;
    g_warning("the clock was set by %.1f s: visits go on, and none that waits is over by it for some minutes",
              (double)step_ms / 1000);
    for (GList *item = visits; item != NULL; item = item->next) {
        GwVisit *visit = item->data;
        if (gw_session_state_is_running(visit->state))
            shift_visit(visit, step_ms);
    }
}

bool
gw_visits_is_clock_unsure(const GwVisits *self)
{
    return self->unsure_until_us != 0 && g_get_monotonic_time() < self->unsure_until_us;
}

void
gw_visits_tick(GwVisits *self)
{
    g_autoptr(GList) visits = g_hash_table_get_values(self->by_id);
    bool running = false;

    gw_visits_follow_clock(self);
    self->memory_from_ms = MAX(self->memory_from_ms, gw_visits_now_ms(self) - MEMORY_MS);
    for (GList *item = visits; item != NULL; item = item->next) {
        GwVisit *visit = item->data;
        gw_visit_watch(visit);
        gw_visit_tell_quality(visit);
        running |= gw_session_state_is_running(visit->state);
        if (gw_visit_is_over(visit) && visit->revoked && visit->booking.starts_ms < self->memory_from_ms)
            gw_visits_forget(self, visit);
    }
    write_alive(self, running);
}

static gboolean
on_tick(void *data)
{
    gw_visits_tick(data);
    return G_SOURCE_CONTINUE;
}

/* Building. */

static void
free_visit(void *visit)
{
    gw_visit_free(visit);
}

static int64_t
read_alive(GwStore *store)
{
    g_autoptr(GwRows) rows = gw_store_query(store, gw_statement_new("SELECT at_ms FROM visit_alive"), NULL);

    return rows != NULL && gw_rows_get_count(rows) > 0 ? gw_rows_int(rows, 0, 0) : 0;
}

static bool
load(GwVisits *self, GError **error)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_VISIT_COLUMNS ", session.peers FROM visit"
                                              " LEFT JOIN session ON session.id = visit.session"
                                              " WHERE visit.state <> 'ended' OR starts_ms >= ?1");
    g_autoptr(GwRows) rows = NULL;
    int64_t alive_ms = read_alive(self->gateway->store);

    self->memory_from_ms = gw_visits_now_ms(self) - MEMORY_MS;
    gw_statement_int(statement, self->memory_from_ms);
    rows = gw_store_query(self->gateway->store, statement, error);
    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwVisit *visit = gw_visits_adopt(self, gw_visit_from_row(self, rows, i));
        if (visit->session != NULL && !gw_rows_is_null(rows, i, GW_VISIT_N_COLUMNS))
            gw_session_skip_ordinals(visit->session, (unsigned)gw_rows_int(rows, i, GW_VISIT_N_COLUMNS));
        if (gw_session_state_is_running(visit->state))
            gw_visit_bring_back(visit, alive_ms);
    }
    return rows != NULL;
}

GwVisits *
gw_visits_new(const Gateway *gateway, GwSessions *sessions, GError **error)
{
    g_autoptr(GwVisits) self = g_new0(GwVisits, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->line = &gw_visit_line;
    self->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_visit);
    self->by_terminal = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    self->terminals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->consoles = g_ptr_array_new();
    self->voices = gw_voices_new(gateway->config->visit.voices_dir);
    self->subjects = gw_subjects_new(gateway->store, error);
    if (self->subjects == NULL || !load(self, error))
        return NULL;
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_add_party_lookup(sessions, on_party_of_client, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    gw_people_set_visit_lookup(gateway->people, &people_lookup, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_party_methods, self);
        sig_server_add_methods(gateway->server, gw_console_visit_methods, self);
        sig_server_add_methods(gateway->server, gw_control_methods, self);
        sig_server_add_events(gateway->server, gw_visit_events);
    }
    return g_steal_pointer(&self);
}

void
gw_visits_free(GwVisits *self)
{
    if (self == NULL)
        return;
    if (self->tick_source != 0)
        g_source_remove(self->tick_source);
    g_autoptr(GList) visits = self->by_id != NULL ? g_hash_table_get_values(self->by_id) : NULL;
    for (GList *item = visits; item != NULL; item = item->next) {
        GwVisit *visit = item->data;
        gw_visit_drop_observers(visit);
        gw_visits_forget(self, visit);
    }
    g_clear_pointer(&self->by_id, g_hash_table_unref);
    g_clear_pointer(&self->by_terminal, g_hash_table_unref);
    g_clear_pointer(&self->terminals, g_hash_table_unref);
    g_clear_pointer(&self->consoles, g_ptr_array_unref);
    gw_voices_free(self->voices);
    gw_subjects_free(self->subjects);
    g_free(self);
}
