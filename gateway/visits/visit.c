#define G_LOG_DOMAIN "gateway.visit"

#include <string.h>

#include "gateway/visits/visits-priv.h"

GwVisit *
gw_visit_new(GwVisits *visits)
{
    GwVisit *self = g_new0(GwVisit, 1);

    self->visits = visits;
    self->language = "zh";
    self->observers = gw_observers_new();
    return self;
}

void
gw_visit_free(GwVisit *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->observers);
    g_free(self->booking.id);
    g_free(self->booking.session);
    g_free(self->booking.subject);
    g_free(self->booking.terminal);
    g_free(self->booking.unit);
    g_strfreev(self->booking.visitors);
    g_free(self->booking.privileged_reason);
    g_free(self->end.cause);
    g_free(self->end.by);
    g_free(self->end.note);
    g_free(self->last_action);
    g_free(self->last_by);
    g_free(self);
}

const char *
gw_side_to_string(GwSide side)
{
    return side == GW_SIDE_FAMILY ? "family" : "terminal";
}

const char *
gw_visit_state_to_string(GwSessionState state)
{
    switch (state) {
    case GW_SESSION_OPEN:
        return "waiting";
    case GW_SESSION_SEALED:
        return "ended";
    default:
        return gw_session_state_to_string(state);
    }
}

bool
gw_visit_is_over(const GwVisit *self)
{
    return self->state >= GW_SESSION_ENDED;
}

/* The store. */

static char **
visitors_from_text(const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    if (node != NULL && JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); i++)
            g_strv_builder_add(builder, json_array_get_string_element(array, i));
    }
    return g_strv_builder_end(builder);
}

static char *
visitors_to_text(char **visitors)
{
    g_autoptr(JsonArray) array = json_array_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);

    for (char **visitor = visitors; *visitor != NULL; visitor++)
        json_array_add_string_element(array, *visitor);
    json_node_set_array(node, array);
    return json_to_string(node, FALSE);
}

static void
read_booking(GwBooking *booking, const GwRows *rows, unsigned row)
{
    booking->id = g_strdup(gw_rows_text(rows, row, 0));
    booking->session = g_strdup(gw_rows_text(rows, row, 1));
    booking->subject = g_strdup(gw_rows_text(rows, row, 2));
    booking->visitors = visitors_from_text(gw_rows_text(rows, row, 3));
    booking->terminal = g_strdup(gw_rows_text(rows, row, 4));
    booking->unit = g_strdup(gw_rows_text(rows, row, 5));
    booking->starts_ms = gw_rows_int(rows, row, 6);
    booking->recording_class = gw_recording_class_from_string(gw_rows_text(rows, row, 8));
    if (booking->recording_class == GW_CLASS_UNKEPT) /* no visit is that */
        booking->recording_class = GW_CLASS_UNKNOWN;
    booking->privileged_reason = g_strdup(gw_rows_text(rows, row, 9));
}

GwVisit *
gw_visit_from_row(GwVisits *visits, const GwRows *rows, unsigned row)
{
    GwVisit *self = gw_visit_new(visits);
    const char *state = gw_rows_text(rows, row, 10);

    read_booking(&self->booking, rows, row);
    self->clock = (GwVisitClock){
        .minutes = (unsigned)gw_rows_int(rows, row, 7),
        .live_since_ms = gw_rows_int(rows, row, 11),
        .paused_ms = gw_rows_int(rows, row, 12),
        .lost_ms = gw_rows_int(rows, row, 13),
        .hand = (GwClockHand)CLAMP(gw_rows_int(rows, row, 14), GW_CLOCK_RUNS, GW_CLOCK_LOST),
        .since_ms = gw_rows_int(rows, row, 15),
        .warned = (unsigned)gw_rows_int(rows, row, 16),
    };
    self->state = g_strcmp0(state, "waiting") == 0 ? GW_SESSION_OPEN : gw_session_state_from_string(state);
    if (self->state == GW_SESSION_N_STATES)
        self->state = GW_SESSION_ENDED;
    self->subject_here = gw_rows_int(rows, row, 17) != 0;
    self->consent = gw_rows_int(rows, row, 18) != 0;
    self->end.cause = g_strdup(gw_rows_text(rows, row, 19));
    self->end.at_ms = gw_rows_int(rows, row, 20);
    self->end.by = g_strdup(gw_rows_text(rows, row, 21));
    self->end.note = g_strdup(gw_rows_text(rows, row, 22));
    return self;
}

static void
bind_life(GwStatement *statement, const GwVisit *self)
{
    gw_statement_text(statement, gw_visit_state_to_string(self->state));
    gw_statement_int(statement, self->clock.live_since_ms);
    gw_statement_int(statement, self->clock.paused_ms);
    gw_statement_int(statement, self->clock.lost_ms);
    gw_statement_int(statement, self->clock.hand);
    gw_statement_int(statement, self->clock.since_ms);
    gw_statement_int(statement, self->clock.warned);
    gw_statement_int(statement, self->subject_here);
    gw_statement_int(statement, self->consent);
    gw_statement_text(statement, self->end.cause);
    gw_statement_int(statement, self->end.at_ms);
    gw_statement_text(statement, self->end.by);
    gw_statement_text(statement, self->end.note);
}

void
gw_visit_write(const GwVisit *self)
{
    const GwBooking *booking = &self->booking;
    g_autofree char *visitors = visitors_to_text(booking->visitors);
    GwStatement *statement = gw_statement_new(
        "INSERT INTO visit (id, session, subject, visitors, terminal, unit, starts_ms, minutes, class, reason, state,"
        " live_ms, paused_ms, lost_ms, hand, since_ms, warned, subject_here, consent, end_cause, end_ms, end_by,"
        " end_note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
        " ?21, ?22, ?23) ON CONFLICT (id) DO UPDATE SET minutes = excluded.minutes, class = excluded.class,"
        " reason = excluded.reason, state = excluded.state, live_ms = excluded.live_ms,"
        " paused_ms = excluded.paused_ms, lost_ms = excluded.lost_ms, hand = excluded.hand,"
        " since_ms = excluded.since_ms, warned = excluded.warned, subject_here = excluded.subject_here,"
        " consent = excluded.consent, end_cause = excluded.end_cause, end_ms = excluded.end_ms,"
        " end_by = excluded.end_by, end_note = excluded.end_note");

    gw_statement_text(statement, booking->id);
    gw_statement_text(statement, booking->session);
    gw_statement_text(statement, booking->subject);
    gw_statement_text(statement, visitors);
    gw_statement_text(statement, booking->terminal);
    gw_statement_text(statement, booking->unit);
    gw_statement_int(statement, booking->starts_ms);
    gw_statement_int(statement, self->clock.minutes);
    gw_statement_text(statement, gw_recording_class_to_string(booking->recording_class));
    gw_statement_text(statement, booking->privileged_reason);
    bind_life(statement, self);
    gw_store_run(self->visits->gateway->store, statement, NULL, NULL);
}

/* What the pages see. */

static bool
is_line_present(const GwVisit *self, GwSide side)
{
    return gw_visit_get_client(self, side) != NULL || gw_party_is_by_token(self->sides[side].party);
}

static bool
is_line_connected(const GwVisit *self, GwSide side)
{
    return gw_party_is_connected(self->sides[side].party);
}

const GwVisitLine gw_visit_line = { .is_present = is_line_present, .is_connected = is_line_connected };

bool
gw_visit_is_present(const GwVisit *self, GwSide side)
{
    return self->session != NULL && !gw_visit_is_over(self) && self->visits->line->is_present(self, side);
}

bool
gw_visit_is_connected(const GwVisit *self, GwSide side)
{
    return self->session != NULL && !gw_visit_is_over(self) && self->visits->line->is_connected(self, side);
}

/* A device without a page passed its check when its media flows. */
bool
gw_visit_is_ready(const GwVisit *self, GwSide side)
{
    const GwVisitSide *state = &self->sides[side];

    if (!gw_visit_is_present(self, side))
        return false;
    return state->entered || (gw_party_is_by_token(state->party) && gw_visit_is_connected(self, side));
}

bool
gw_visit_is_subject_here(const GwVisit *self)
{
    return self->subject_here || (self->session != NULL && gw_party_is_by_token(self->sides[GW_SIDE_TERMINAL].party));
}

static bool
is_terminal_online(const GwVisit *self)
{
    const GwTerminal *terminal = gw_people_get_terminal(self->visits->gateway->people, self->booking.terminal);

    return (terminal != NULL && terminal->online) || gw_visit_is_present(self, GW_SIDE_TERMINAL);
}

GwWaiting
gw_visit_get_waiting(const GwVisit *self)
{
    GwWaitingInput input = {
        .open = self->state != GW_SESSION_SCHEDULED,
        .family_ready = gw_visit_is_ready(self, GW_SIDE_FAMILY),
        .terminal_online = is_terminal_online(self),
        .terminal_ready = gw_visit_is_ready(self, GW_SIDE_TERMINAL),
        .subject_here = gw_visit_is_subject_here(self),
        .recordable = self->session == NULL || gw_session_get_recording(self->session).state != GW_RECORDING_FAILED,
    };

    return gw_waiting_decide(&input);
}

static JsonObject *
party_to_json(const GwVisit *self, GwSide side, GwSeat seat)
{
    JsonObject *object = json_object_new();
    GwParty *party = self->session != NULL ? self->sides[side].party : NULL;

    json_object_set_boolean_member(object, "present", gw_visit_is_present(self, side));
    json_object_set_boolean_member(object, "ready", gw_visit_is_ready(self, side));
    json_object_set_boolean_member(object, "connected", gw_visit_is_connected(self, side));
    if (side == GW_SIDE_FAMILY)
        json_object_set_boolean_member(object, "consent", self->consent);
    if (seat == GW_SEAT_CONSOLE && party != NULL && gw_session_state_is_running(self->state))
        json_object_set_object_member(object, "quality", gw_party_quality_to_json(party));
    return object;
}

static JsonObject *
visitor_to_json(const GwVisitor *visitor, bool numbers)
{
    JsonObject *object = gw_visitor_to_json(visitor);

    if (numbers)
        gw_visitor_add_masked(visitor, object);
    return object;
}

static JsonObject *
people_to_json(const GwVisit *self, JsonObject *object, bool numbers)
{
    const GwSubject *subject = gw_subjects_find(self->visits->subjects, self->booking.subject);
    JsonArray *visitors = json_array_new();

    if (subject != NULL)
        json_object_set_object_member(object, "subject", gw_subject_to_json(subject));
    for (char **id = self->booking.visitors; *id != NULL; id++) {
        const GwVisitor *visitor = gw_subjects_find_visitor(self->visits->subjects, *id);
        if (visitor != NULL)
            json_array_add_object_element(visitors, visitor_to_json(visitor, numbers));
    }
    json_object_set_array_member(object, "visitors", visitors);
    return object;
}

JsonObject *
gw_visit_make_card(const GwVisit *self)
{
    JsonObject *card = people_to_json(self, json_object_new(), true);
    GwPeople *people = self->visits->gateway->people;
    const GwTerminal *terminal = gw_people_get_terminal(people, self->booking.terminal);
    JsonObject *unit = gw_people_unit_to_json(people, self->booking.unit);

    json_object_set_string_member(card, "visit", self->booking.id);
    if (terminal != NULL) {
        JsonObject *object = json_object_new();
        json_object_set_string_member(object, "id", terminal->id);
        json_object_set_string_member(object, "name", terminal->name);
        json_object_set_object_member(card, "terminal", object);
    }
    if (unit != NULL)
        json_object_set_object_member(card, "unit", unit);
    return card;
}

static void
add_times(const GwVisit *self, JsonObject *object)
{
    int64_t ends_ms = gw_visit_clock_get_end_ms(&self->clock, gw_visits_now_ms(self->visits));

    json_object_set_int_member(object, "starts_ms", self->booking.starts_ms);
    json_object_set_int_member(object, "minutes", self->clock.minutes);
    if (self->clock.live_since_ms != 0)
        json_object_set_int_member(object, "live_since_ms", self->clock.live_since_ms);
    if (ends_ms != 0 && !gw_visit_is_over(self))
        json_object_set_int_member(object, "ends_at_ms", ends_ms);
    if (self->state == GW_SESSION_SUSPENDED)
        json_object_set_int_member(object, "resumes_until_ms", self->resumes_until_ms);
    if (self->state < GW_SESSION_LIVE)
        json_object_set_string_member(object, "waiting_for", gw_waiting_to_string(gw_visit_get_waiting(self)));
}

static void
add_end(const GwVisit *self, JsonObject *object, GwSeat seat)
{
    if (self->end.cause == NULL)
        return;
    JsonObject *end = json_object_new();
    json_object_set_string_member(end, "cause", self->end.cause);
    json_object_set_int_member(end, "at_ms", self->end.at_ms);
    if (seat == GW_SEAT_CONSOLE && self->end.by != NULL)
        json_object_set_string_member(end, "by", self->end.by);
    if (seat == GW_SEAT_CONSOLE && self->end.note != NULL)
        json_object_set_string_member(end, "note", self->end.note);
    json_object_set_object_member(object, "end", end);
}

static void
add_observers(const GwVisit *self, JsonObject *object)
{
    JsonArray *observers = json_array_new();
    const char *talk = self->session != NULL ? gw_session_get_talk(self->session) : NULL;

    for (guint i = 0; i < self->observers->len; i++) {
        const GwObserver *observer = self->observers->pdata[i];
        JsonObject *row = json_object_new();
        json_object_set_string_member(row, "id", observer->person);
        json_object_set_string_member(row, "display", observer->display);
        json_array_add_object_element(observers, row);
    }
    json_object_set_array_member(object, "observers", observers);
    if (talk == NULL)
        talk = "nobody";
    json_object_set_string_member(object, "talk_to", strcmp(talk, GW_TALK_TO_ALL) == 0 ? "both" : talk);
}

static JsonObject *
terminal_to_json(const GwVisit *self)
{
    JsonObject *object = gw_people_terminal_to_json(self->visits->gateway->people, self->booking.terminal);

    if (object == NULL) {
        object = json_object_new();
        json_object_set_string_member(object, "id", self->booking.terminal);
    }
    json_object_set_boolean_member(object, "online", is_terminal_online(self));
    return object;
}

JsonObject *
gw_visit_to_json(GwVisit *self, GwSeat seat)
{
    JsonObject *object = json_object_new();
    JsonObject *parties = json_object_new();

    json_object_set_string_member(object, "id", self->booking.id);
    json_object_set_string_member(object, "session", self->booking.session);
    json_object_set_string_member(object, "kind", "visit");
    json_object_set_string_member(object, "state", gw_visit_state_to_string(self->state));
    people_to_json(self, object, seat == GW_SEAT_CONSOLE);
    json_object_set_object_member(object, "terminal", terminal_to_json(self));
    add_times(self, object);
    json_object_set_string_member(object, "recording_class",
                                  gw_recording_class_to_string(self->booking.recording_class));
    if (self->booking.privileged_reason != NULL)
        json_object_set_string_member(object, "privileged_reason", self->booking.privileged_reason);
    json_object_set_object_member(parties, "family", party_to_json(self, GW_SIDE_FAMILY, seat));
    json_object_set_object_member(parties, "terminal", party_to_json(self, GW_SIDE_TERMINAL, seat));
    json_object_set_object_member(object, "parties", parties);
    add_end(self, object, seat);
    if (self->session != NULL)
        json_object_set_object_member(object, "recording", gw_session_recording_to_json(self->session));
    if (seat == GW_SEAT_CONSOLE)
        add_observers(self, object);
    return object;
}
