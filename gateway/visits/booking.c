#define G_LOG_DOMAIN "gateway.visit"

#include "gateway/visits/visits-priv.h"

enum {
    MAX_OPEN_VISITS = 100000, /* not over, of the whole node */
    CODE_AFTER_SLOT_MS = 60 * 60 * 1000,
    FAR_MS_DAYS = 400,
};

static bool
fail(GError **error, SigError code, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, code, message);
    return false;
}

static bool
check_people(GwVisits *self, const GwVisitImport *import, GError **error)
{
    unsigned n_visitors = 0;

    if (gw_subjects_find(self->subjects, import->subject) == NULL)
        return fail(error, SIG_ERROR_NOT_FOUND, "There is no such subject.");
    if (gw_people_get_terminal(self->gateway->people, import->terminal) == NULL)
        return fail(error, SIG_ERROR_NOT_FOUND, "There is no such terminal.");
    for (const char *const *id = import->visitors; *id != NULL; id++, n_visitors++) {
        const GwVisitor *visitor = gw_subjects_find_visitor(self->subjects, *id);
        if (visitor == NULL || g_strcmp0(visitor->subject, import->subject) != 0)
            return fail(error, SIG_ERROR_BAD_PARAMS, "A visitor is not on this subject's approved list.");
    }
    if (n_visitors < 1 || n_visitors > GW_MAX_VISITORS_OF_VISIT)
        return fail(error, SIG_ERROR_BAD_PARAMS, "One to three approved visitors take part in a visit.");
    return true;
}

static bool
check_slot(GwVisits *self, const GwVisitImport *import, GError **error)
{
    int64_t now_ms = gw_visits_now_ms(self), far_ms = FAR_MS_DAYS * INT64_C(24) * 3600 * 1000;

    if (import->minutes < 1 || import->minutes > self->gateway->config->visit.longest_min) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "A visit lasts 1 to %u minutes.",
                    self->gateway->config->visit.longest_min);
        return false;
    }
    if (import->starts_ms < now_ms - far_ms || import->starts_ms > now_ms + far_ms)
        return fail(error, SIG_ERROR_BAD_PARAMS, "The slot is more than a year away.");
    if (import->recording_class != GW_CLASS_RECORDED && import->recording_class != GW_CLASS_PRIVILEGED)
        return fail(error, SIG_ERROR_BAD_PARAMS, "The recording class is \"recorded\" or \"privileged\".");
    if (import->recording_class == GW_CLASS_PRIVILEGED &&
        (import->privileged_reason == NULL || *import->privileged_reason == '\0'))
        return fail(error, SIG_ERROR_BAD_PARAMS, "A privileged visit needs its reason (privileged_reason).");
    return true;
}

static bool
overlaps(const GwVisit *visit, const GwVisitImport *import)
{
    int64_t end_ms = visit->booking.starts_ms + visit->clock.minutes * INT64_C(60000);

    return !gw_visit_is_over(visit) && g_strcmp0(visit->booking.terminal, import->terminal) == 0 &&
           import->starts_ms < end_ms &&
           visit->booking.starts_ms < import->starts_ms + import->minutes * INT64_C(60000);
}

static bool
check_free(GwVisits *self, const GwVisitImport *import, GError **error)
{
    const GPtrArray *visits = g_hash_table_lookup(self->by_terminal, import->terminal);

    if (g_hash_table_size(self->by_id) >= MAX_OPEN_VISITS)
        return fail(error, SIG_ERROR_LIMIT, "Too many visits are booked.");
    for (guint i = 0; visits != NULL && i < visits->len; i++) {
        if (overlaps(visits->pdata[i], import))
            return fail(error, SIG_ERROR_STATE, "This terminal has another visit in that slot: choose another one.");
    }
    return true;
}

static GPtrArray *
ensure_list(GwVisits *self, const char *terminal)
{
    GPtrArray *visits = g_hash_table_lookup(self->by_terminal, terminal);

    if (visits == NULL) {
        visits = g_ptr_array_new();
        g_hash_table_insert(self->by_terminal, g_strdup(terminal), visits);
    }
    return visits;
}

void
gw_visits_forget(GwVisits *self, GwVisit *visit)
{
    if (visit->session != NULL)
        gw_sessions_remove(self->sessions, visit->session);
    g_ptr_array_remove_fast(ensure_list(self, visit->booking.terminal), visit);
    g_hash_table_remove(self->by_id, visit->booking.id);
}

GwVisit *
gw_visits_adopt(GwVisits *self, GwVisit *visit)
{
    g_autoptr(JsonObject) card = gw_visit_make_card(visit);
    g_autofree char *object = g_strconcat("visit:", visit->booking.id, NULL);
    GwSessionInfo info = {
        .id = visit->booking.session,
        .kind = "visit",
        .unit = visit->booking.unit,
        .object = object,
        .recording_class = visit->booking.recording_class,
        .state = gw_session_state_is_running(visit->state) ? GW_SESSION_SUSPENDED : visit->state,
        .live_since_ms = visit->clock.live_since_ms,
        .reason = visit->booking.privileged_reason,
        .card = card,
    };

    g_hash_table_insert(self->by_id, visit->booking.id, visit);
    g_ptr_array_add(ensure_list(self, visit->booking.terminal), visit);
    if (gw_visit_is_over(visit))
        return visit;
    visit->session = gw_sessions_add(self->sessions, &info, &gw_visit_session_handler, visit);
    g_assert(visit->session != NULL);
    for (GwSide side = 0; side < GW_N_SIDES; side++)
        visit->sides[side].party = gw_session_add_party(visit->session, gw_side_to_string(side), GW_ROLE_PARTY);
    return visit;
}

static bool
check_id(GwVisits *self, const GwVisitImport *import, GError **error)
{
    if (import->id != NULL && !gw_visit_id_is_valid(import->id))
        return fail(error, SIG_ERROR_BAD_PARAMS, "An id is 1 to 64 letters, digits, dots, '-' or '_'.");
    if (import->id != NULL && gw_visits_find(self, import->id) != NULL)
        return fail(error, SIG_ERROR_STATE, "There is a visit of this id already.");
    return true;
}

static GwVisit *
make(GwVisits *self, const GwVisitImport *import)
{
    GwVisit *visit = gw_visit_new(self);

    visit->booking = (GwBooking){
        .id = import->id != NULL ? g_strdup(import->id) : g_uuid_string_random(),
        .session = g_uuid_string_random(),
        .subject = g_strdup(import->subject),
        .visitors = g_strdupv((char **)import->visitors),
        .terminal = g_strdup(import->terminal),
        .unit = g_strdup(gw_people_get_terminal(self->gateway->people, import->terminal)->unit),
        .starts_ms = import->starts_ms,
        .recording_class = import->recording_class,
        .privileged_reason =
            import->recording_class == GW_CLASS_PRIVILEGED ? g_strdup(import->privileged_reason) : NULL,
    };
    visit->clock.minutes = import->minutes;
    visit->state = GW_SESSION_SCHEDULED;
    return visit;
}

GwVisit *
gw_visits_book(GwVisits *self, const GwVisitImport *import, GError **error)
{
    if (!check_id(self, import, error) || !check_people(self, import, error) || !check_slot(self, import, error) ||
        !check_free(self, import, error))
        return NULL;
    GwVisit *visit = gw_visits_adopt(self, make(self, import));
    gw_visit_write(visit);
    return visit;
}

bool
gw_visits_book_ended(GwVisits *self, const GwVisitImport *import, const GwVisitEnd *end, GError **error)
{
    if (!check_id(self, import, error) || !check_people(self, import, error) || !check_slot(self, import, error))
        return false;
    GwVisit *visit = make(self, import);
    visit->state = GW_SESSION_ENDED;
    visit->end = (GwVisitEnd){ .cause = g_strdup(end->cause), .at_ms = end->at_ms, .note = g_strdup(end->note) };
    gw_visits_adopt(self, visit);
    gw_visit_write(visit);
    return true;
}

bool
gw_visits_import_subject(GwVisits *self, const GwSubjectImport *subject, GError **error)
{
    if (gw_people_get_unit(self->gateway->people, subject->unit) == NULL)
        return fail(error, SIG_ERROR_NOT_FOUND, "There is no such unit.");
    return gw_subjects_add(self->subjects, subject, error);
}

bool
gw_visits_import_visitor(GwVisits *self, const GwVisitorImport *visitor, GError **error)
{
    return gw_subjects_add_visitor(self->subjects, visitor, error);
}

const char *
gw_visits_import_visit(GwVisits *self, const GwVisitImport *import, GError **error)
{
    GwVisit *visit = gw_visits_book(self, import, error);

    return visit != NULL ? visit->booking.id : NULL;
}

char *
gw_visits_new_code(GwVisits *self, const char *id, int64_t *ret_expires_ms, GError **error)
{
    GwVisit *visit = gw_visits_find(self, id);
    int64_t now_ms = gw_visits_now_ms(self), slot_ends_ms = 0, expires_ms = 0;

    if (visit == NULL || gw_visit_is_over(visit)) {
        fail(error, visit == NULL ? SIG_ERROR_NOT_FOUND : SIG_ERROR_STATE,
             visit == NULL ? "There is no such visit." : "This visit is over: it needs no link any more.");
        return NULL;
    }
    slot_ends_ms = visit->booking.starts_ms + visit->clock.minutes * INT64_C(60000);
    expires_ms = MAX(slot_ends_ms, now_ms) + CODE_AFTER_SLOT_MS;
    char *code = gw_people_new_visit_code(self->gateway->people, visit->booking.id, expires_ms);
    if (code == NULL) {
        fail(error, SIG_ERROR_UNAVAILABLE, "No code could be made: try again.");
        return NULL;
    }
    *ret_expires_ms = expires_ms;
    return code;
}
