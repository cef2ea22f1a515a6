#include "gateway/audit/reply.h"
#include "gateway/visits/visits-priv.h"

/* What an officer reads and books. */

enum { MAX_ID = 64, MAX_LIST = 2000, MAX_NOTE = 2000, MAX_REASON = 500 };

/* An answer that waits for the store. */
typedef struct {
    GwVisits *visits;
    SigRequest *request;
    char *person, *visit; /* who asks; the visit that is asked for */
    JsonObject *result;   /* so far */
    char *session;
} Pending;

static Pending *
pending_new(GwVisits *self, SigRequest *request, const char *visit)
{
    Pending *pending = g_new0(Pending, 1);
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;

    pending->visits = self;
    pending->request = request;
    pending->person = g_strdup(identity != NULL ? identity->id : NULL);
    pending->visit = g_strdup(visit);
    pending->result = json_object_new();
    return pending;
}

static void
pending_free(Pending *pending)
{
    json_object_unref(pending->result);
    g_free(pending->person);
    g_free(pending->visit);
    g_free(pending->session);
    g_free(pending);
}

static void
pending_reply(Pending *pending)
{
    sig_request_reply_object(pending->request, json_object_ref(pending->result));
    pending_free(pending);
}

static void
pending_fail(Pending *pending, const GError *error)
{
    sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
    g_message("%s", error->message);
    pending_free(pending);
}

static bool
covers(const Pending *pending, const GwVisit *visit)
{
    return pending->person != NULL && gw_people_person_reaches(pending->visits->gateway->people, pending->person,
                                                               GW_ACCESS_OFFICER, visit->booking.unit);
}

/* visits.list */

static int
compare_starts(const void *a, const void *b)
{
    const GwVisit *first = *(GwVisit *const *)a, *second = *(GwVisit *const *)b;

    return (first->booking.starts_ms > second->booking.starts_ms) -
           (first->booking.starts_ms < second->booking.starts_ms);
}

static void
reply_from_memory(Pending *pending, int64_t from_ms, int64_t to_ms)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    JsonArray *array = json_array_new();
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, pending->visits->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwVisit *visit = value;
        if (visit->booking.starts_ms >= from_ms && visit->booking.starts_ms < to_ms && covers(pending, visit))
            g_ptr_array_add(found, visit);
    }
    g_ptr_array_sort(found, compare_starts);
    for (guint i = 0; i < MIN(found->len, MAX_LIST); i++)
        json_array_add_object_element(array, gw_visit_to_json(found->pdata[i], GW_SEAT_CONSOLE));
    json_object_set_array_member(pending->result, "visits", array);
    pending_reply(pending);
}

static void
on_list_rows(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    JsonArray *array = json_array_new();

    if (error != NULL) {
        json_array_unref(array);
        pending_fail(pending, error);
        return;
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwVisit) stored = gw_visit_from_row(pending->visits, rows, i);
        GwVisit *known = gw_visits_find(pending->visits, stored->booking.id);
        if (covers(pending, stored))
            json_array_add_object_element(array, gw_visit_to_json(known != NULL ? known : stored, GW_SEAT_CONSOLE));
    }
    json_object_set_array_member(pending->result, "visits", array);
    pending_reply(pending);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    int64_t from_ms = json_object_get_int_member(params, "from_ms");
    int64_t to_ms = json_object_get_int_member(params, "to_ms");
    Pending *pending = pending_new(self, request, NULL);

    if (from_ms >= self->memory_from_ms) {
        reply_from_memory(pending, from_ms, to_ms);
        return;
    }
    GwStatement *statement =
        gw_statement_new("SELECT " GW_VISIT_COLUMNS " FROM visit WHERE starts_ms >= ?1 AND starts_ms < ?2"
                         " ORDER BY starts_ms LIMIT ?3");
    gw_statement_int(statement, from_ms);
    gw_statement_int(statement, to_ms);
    gw_statement_int(statement, MAX_LIST);
    gw_store_run(self->gateway->store, statement, on_list_rows, pending);
}

/* visits.get: the visit, then its events, then its notes. */

static void
on_notes(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    JsonArray *notes = json_array_new();

    for (unsigned i = 0; error == NULL && i < gw_rows_get_count(rows); i++) {
        JsonObject *note = json_object_new();
        json_object_set_int_member(note, "at_ms", gw_rows_int(rows, i, 0));
        json_object_set_string_member(note, "by", gw_rows_text(rows, i, 1));
        json_object_set_string_member(note, "text", gw_rows_text(rows, i, 2));
        json_array_add_object_element(notes, note);
    }
    json_object_set_array_member(pending->result, "notes", notes);
    if (error != NULL)
        pending_fail(pending, error);
    else
        pending_reply(pending);
}

static void
on_events(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL) {
        pending_fail(pending, error);
        return;
    }
    json_object_set_array_member(pending->result, "events", gw_session_events_to_json(rows, 0));
    GwStatement *statement = gw_statement_new("SELECT at_ms, display, text FROM note WHERE session = ?1 ORDER BY id");
    gw_statement_text(statement, pending->session);
    gw_store_run(pending->visits->gateway->store, statement, on_notes, pending);
}

static void
add_visit(Pending *pending, GwVisit *visit)
{
    if (!covers(pending, visit)) {
        sig_request_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no such visit.");
        pending_free(pending);
        return;
    }
    pending->session = g_strdup(visit->booking.session);
    json_object_set_object_member(pending->result, "visit", gw_visit_to_json(visit, GW_SEAT_CONSOLE));
    gw_sessions_read_events(pending->visits->sessions, pending->session, on_events, pending);
}

static void
on_visit_row(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL) {
        pending_fail(pending, error);
        return;
    }
    if (gw_rows_get_count(rows) == 0) {
        sig_request_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no such visit.");
        pending_free(pending);
        return;
    }
    g_autoptr(GwVisit) stored = gw_visit_from_row(pending->visits, rows, 0);
    add_visit(pending, stored);
}

static void
handle_get(SigRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    const char *id = json_object_get_string_member(params, "visit");
    GwVisit *visit = gw_visits_find(self, id);
    Pending *pending = pending_new(self, request, id);

    if (visit != NULL) {
        add_visit(pending, visit);
        return;
    }
    GwStatement *statement = gw_statement_new("SELECT " GW_VISIT_COLUMNS " FROM visit WHERE visit.id = ?1");
    gw_statement_text(statement, id);
    gw_store_run(self->gateway->store, statement, on_visit_row, pending);
}

/* visits.create, visits.link */

static JsonObject *
make_link(GwVisits *self, const char *visit, GError **error)
{
    int64_t expires_ms = 0;
    g_autofree char *code = gw_visits_new_code(self, visit, &expires_ms, error);

    if (code == NULL)
        return NULL;
    g_autofree char *url = g_strdup_printf("%s/visit/%s", gw_people_get_public_url(self->gateway->people), code);
    JsonObject *link = json_object_new();
    json_object_set_string_member(link, "url", url);
    json_object_set_string_member(link, "code", code);
    json_object_set_int_member(link, "expires_ms", expires_ms);
    return link;
}

JsonObject *
gw_visits_create_from_json(GwVisits *self, JsonObject *params, const GwActor *actor, GError **error)
{
    JsonArray *array = json_object_get_array_member(params, "visitors");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < json_array_get_length(array); i++) {
        const char *id = json_node_get_string(json_array_get_element(array, i));
        g_strv_builder_add(builder, id != NULL ? id : "");
    }
    g_auto(GStrv) visitors = g_strv_builder_end(builder);
    GwVisitImport import = {
        .subject = json_object_get_string_member(params, "subject"),
        .visitors = (const char *const *)visitors,
        .terminal = json_object_get_string_member(params, "terminal"),
        .starts_ms = json_object_get_int_member(params, "starts_ms"),
        .minutes = (unsigned)json_object_get_int_member(params, "minutes"),
        .recording_class = gw_recording_class_from_string(json_object_get_string_member(params, "recording_class")),
        .privileged_reason = json_object_get_string_member_with_default(params, "privileged_reason", NULL),
    };
    GwVisit *visit = gw_visits_book(self, &import, error);
    g_autoptr(JsonObject) link = visit != NULL ? make_link(self, visit->booking.id, error) : NULL;
    if (link == NULL)
        return NULL;
    gw_session_set_authority(visit->session, actor->audit);
    gw_session_add_event(visit->session, actor, "book", NULL);
    gw_visit_watch(visit);
    gw_visit_tell_changed(visit);
    JsonObject *result = json_object_new();
    json_object_set_object_member(result, "visit", gw_visit_to_json(visit, GW_SEAT_CONSOLE));
    json_object_set_string_member(result, "link", json_object_get_string_member(link, "url"));
    json_object_set_string_member(result, "code", json_object_get_string_member(link, "code"));
    return result;
}

/* Subject and terminal must be the officer's own or below. */
static bool
may_book(GwVisits *self, const GwIdentity *identity, JsonObject *params)
{
    const GwSubject *subject = gw_subjects_find(self->subjects, json_object_get_string_member(params, "subject"));
    const GwTerminal *terminal =
        gw_people_get_terminal(self->gateway->people, json_object_get_string_member(params, "terminal"));

    return identity != NULL && subject != NULL && terminal != NULL &&
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_OFFICER, subject->unit) &&
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_OFFICER, terminal->unit);
}

static void
handle_create(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    SigClient *client = sig_request_get_client(request);

    if (client == NULL || !may_book(user_data, gw_identity_of_client(client), params)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such subject or terminal: see visits.choices.");
        return;
    }
    GwActor actor = gw_actor_of_client(client);
    JsonObject *result = gw_visits_create_from_json(user_data, params, &actor, &error);
    if (result == NULL)
        sig_request_fail_error(request, error);
    else
        gw_audit_reply(((GwVisits *)user_data)->gateway->audit, GW_REPLY_GRANT, request, result);
}

JsonObject *
gw_visits_link_to_json(GwVisits *self, const char *id, const GwActor *actor, GError **error)
{
    JsonObject *link = make_link(self, id, error);

    if (link != NULL)
        gw_session_add_event(gw_visits_find(self, id)->session, actor, "link", NULL);
    return link;
}

static void
handle_link(SigRequest *request, JsonObject *params, void *user_data)
{
    g_autoptr(GError) error = NULL;
    SigClient *client = sig_request_get_client(request);
    const char *id = json_object_get_string_member(params, "visit");
    JsonObject *link = NULL;

    if (client == NULL) {
        sig_request_fail(request, SIG_ERROR_STATE, "The connection has gone.");
        return;
    }
    GwActor actor = gw_actor_of_client(client);
    if (gw_visits_find_for(user_data, gw_identity_of_client(client), id, &error) != NULL)
        link = gw_visits_link_to_json(user_data, id, &actor, &error);
    if (link == NULL)
        sig_request_fail_error(request, error);
    else
        gw_audit_reply(((GwVisits *)user_data)->gateway->audit, GW_REPLY_GRANT, request, link);
}

/* visits.choices, visits.presets, visits.note */

typedef struct {
    GwVisits *visits;
    const GwIdentity *identity;
    JsonArray *rows;
} Choices;

static bool
may_choose(const Choices *choices, const char *unit)
{
    return choices->identity != NULL &&
           gw_people_reaches(choices->visits->gateway->people, choices->identity, GW_ACCESS_OFFICER, unit);
}

static JsonObject *
make_visitor(const GwVisitor *visitor)
{
    JsonObject *object = gw_visitor_to_json(visitor);

    gw_visitor_add_masked(visitor, object);
    return object;
}

static void
add_subject(const GwSubject *subject, void *data)
{
    Choices *choices = data;
    JsonArray *visitors = NULL;

    if (!may_choose(choices, subject->unit))
        return;
    JsonObject *row = gw_subject_to_json(subject);
    visitors = json_array_new();
    for (guint i = 0; i < subject->visitors->len; i++)
        json_array_add_object_element(visitors, make_visitor(subject->visitors->pdata[i]));
    json_object_set_array_member(row, "visitors", visitors);
    json_array_add_object_element(choices->rows, row);
}

static void
add_terminal(const GwTerminal *terminal, void *data)
{
    Choices *choices = data;
    GwPeople *people = choices->visits->gateway->people;

    if (may_choose(choices, terminal->unit))
        json_array_add_object_element(choices->rows, gw_people_terminal_to_json(people, terminal->id));
}

static void
handle_choices(SigRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    SigClient *client = sig_request_get_client(request);
    JsonObject *result = json_object_new();

    (void)params;
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;
    Choices subjects = { self, identity, json_array_new() };
    Choices terminals = { self, identity, json_array_new() };
    gw_subjects_foreach(self->subjects, add_subject, &subjects);
    gw_people_foreach_terminal(self->gateway->people, add_terminal, &terminals);
    json_object_set_array_member(result, "subjects", subjects.rows);
    json_object_set_array_member(result, "terminals", terminals.rows);
    sig_request_reply_object(request, result);
}

static JsonObject *
texts_to_json(const char *name, const char *value, const char *text_zh, const char *text_en)
{
    JsonObject *row = json_object_new();

    json_object_set_string_member(row, name, value);
    json_object_set_string_member(row, "text_zh", text_zh);
    json_object_set_string_member(row, "text_en", text_en);
    return row;
}

static void
handle_presets(SigRequest *request, JsonObject *params, void *user_data)
{
    JsonArray *warnings = json_array_new(), *causes = json_array_new();
    JsonObject *result = json_object_new();

    (void)params;
    (void)user_data;
    for (const GwNotice *notice = gw_notices_get_all(); notice->name != NULL; notice++) {
        if (notice->warning)
            json_array_add_object_element(warnings,
                                          texts_to_json("preset", notice->name, notice->text_zh, notice->text_en));
    }
    for (const GwEndCause *cause = gw_end_causes_get_all(); cause->cause != NULL; cause++)
        json_array_add_object_element(causes, texts_to_json("cause", cause->cause, cause->text_zh, cause->text_en));
    json_object_set_array_member(result, "warnings", warnings);
    json_object_set_array_member(result, "causes", causes);
    sig_request_reply_object(request, result);
}

static void
handle_note(SigRequest *request, JsonObject *params, void *user_data)
{
    GwVisits *self = user_data;
    g_autoptr(GError) error = NULL;
    SigClient *client = sig_request_get_client(request);
    const GwIdentity *identity = client != NULL ? gw_identity_of_client(client) : NULL;
    GwVisit *visit = gw_visits_find_for(self, identity, json_object_get_string_member(params, "visit"), &error);

    if (visit == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    GwNoteInput note = {
        .session = visit->booking.session,
        .at_ms = gw_visits_now_ms(self),
        .text = json_object_get_string_member(params, "text"),
    };
    GwActor actor = gw_actor_of_client(client);
    gw_sessions_add_note(self->sessions, &note, &actor, NULL, NULL);
    if (visit->session != NULL)
        gw_session_add_event(visit->session, &actor, "note", NULL);
    sig_request_reply(request, NULL);
}

#define VISIT                                                                                                          \
    {                                                                                                                  \
        .name = "visit", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID, .summary = "its id"                         \
    }

static const char *const classes[] = { "recorded", "privileged", NULL };

static const SigParam list_params[] = {
    { .name = "from_ms", .type = SIG_TYPE_INTEGER },
    { .name = "to_ms", .type = SIG_TYPE_INTEGER },
    { NULL },
};

const SigParam gw_visit_create_params[] = {
    { .name = "subject", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
    { .name = "visitors", .type = SIG_TYPE_ARRAY, .min = 1, .max = GW_MAX_VISITORS_OF_VISIT },
    { .name = "terminal", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
    { .name = "starts_ms", .type = SIG_TYPE_INTEGER },
    { .name = "minutes", .type = SIG_TYPE_INTEGER, .min = 1, .max = 120 },
    { .name = "recording_class", .type = SIG_TYPE_STRING, .values = classes },
    { .name = "privileged_reason", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_REASON },
    { NULL },
};

static const SigParam visit_only[] = { VISIT, { NULL } };
static const SigParam note_params[] = {
    VISIT,
    { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NOTE },
    { NULL },
};

#define ROW(identifier, method, parameters, words, answer_words, handler)                                              \
    static const SigMethod identifier = {                                                                              \
        .name = method,                                                                                                \
        .access = GW_ACCESS_OFFICER,                                                                                   \
        .params = parameters,                                                                                          \
        .summary = words,                                                                                              \
        .result = answer_words,                                                                                        \
        .handle = handler,                                                                                             \
    }

ROW(list, "visits.list", list_params, "The visits of the officer's unit and below that begin in a span of time.",
    "{visits}", handle_list);
ROW(get, "visits.get", visit_only, "One visit with its events and notes.", "{visit, events, notes}", handle_get);
ROW(create, "visits.create", gw_visit_create_params, "Books a visit.", "{visit, link, code}", handle_create);
ROW(link_row, "visits.link", visit_only, "A new link for the family; the one before is void.",
    "{url, code, expires_ms}", handle_link);
ROW(choices, "visits.choices", NULL, "What can be booked.", "{subjects, terminals}", handle_choices);
ROW(presets, "visits.presets", NULL, "The warnings that can be spoken and the causes of an end.", "{warnings, causes}",
    handle_presets);
ROW(note, "visits.note", note_params, "Writes a note on the visit.", "{}", handle_note);

const SigMethod *const gw_console_visit_methods[] = {
    &list, &get, &create, &link_row, &choices, &presets, &note, &gw_visits_unmask, NULL,
};
