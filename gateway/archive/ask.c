#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/ask.h"

#include "gateway/archive/archive-priv.h"

#define NO_COLUMN UINT_MAX

static void
ask_free(void *data)
{
    GwAsk *self = data;

    gw_asker_clear(&self->asker);
    g_clear_pointer(&self->entry, gw_entry_free);
    g_clear_pointer(&self->detail, json_object_unref);
    g_free(self->id);
    g_free(self);
}

void
gw_ask_drop(GwAsk *self)
{
    gw_question_drop(self->question);
}

/* What the first step of the question is told; on the stack of who asks. */
typedef struct {
    const GwAskRow *row;
    const GwAsker *asker; /* NULL: as the question says */
    void *data;
} Beginning;

static GwAsk *
ask_new(GwQuestion *question, const Beginning *beginning)
{
    GwAsk *self = g_new0(GwAsk, 1);

    self->archive = beginning->row->archive;
    self->question = question;
    self->params = question->params;
    self->result = question->result;
    self->leaf = -1;
    self->data = beginning->data;
    if (beginning->asker != NULL)
        gw_asker_set(&self->asker, beginning->asker);
    else
        self->asker = gw_asker_copy(&question->identity, question->address);
    question->row.subject = self->archive;
    gw_question_set_data(question, self, ask_free);
    return self;
}

static void
begin(GwQuestion *question)
{
    const Beginning *beginning = question->row.subject;
    const GwAskRow *row = beginning->row;

    row->run(ask_new(question, beginning));
}

static GwQuestionRow
make_row(const Beginning *beginning, GwQuestionStep run)
{
    return (GwQuestionRow){ beginning->row->archive->gateway, (void *)beginning, run };
}

void
gw_ask_on_request(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwAskRow *row = user_data;
    const Beginning beginning = { row, NULL, row->data };
    GwQuestionRow of = make_row(&beginning, begin);

    gw_question_on_request(request, params, &of);
}

void
gw_ask_on_http(SigHttp *http, const GwAskRow *row, JsonObject *params, void *data)
{
    const Beginning beginning = { row, NULL, data };
    const GwQuestionRow of = make_row(&beginning, begin);

    gw_question_on_http(http, &of, params, NULL);
}

void
gw_ask_on_http_item(SigHttp *http, GwArchive *archive, const char *name, GwAskFunc run)
{
    const GwAskRow row = { .archive = archive, .run = run };
    g_autoptr(JsonObject) params = gw_object_with_text(name, sig_http_get_param(http, name));

    gw_object_set_text(params, "range", sig_http_get_header(http, "range"));
    gw_ask_on_http(http, &row, params, NULL);
}

SigHttp *
gw_ask_take_http(GwAsk *self)
{
    return g_steal_pointer(&self->question->http);
}

bool
gw_ask_is_of_page(const GwAsk *self)
{
    return self->question->request != NULL;
}

/* Who acts from the command line is somebody with a name, and shows it. */
typedef struct {
    GwAsk *ask;
    const GwAskRow *row;
} Waiting;

static void
on_password(const GwPerson *person, void *user_data)
{
    Waiting *waiting = user_data;
    GwAsk *ask = waiting->ask;
    const GwAskRow *row = waiting->row;

    g_free(waiting);
    if (person == NULL) {
        gw_ask_fail(ask, SIG_ERROR_FORBIDDEN, "Name or password is wrong.");
        return;
    }
    ask->asker = gw_asker_of_person(person);
    if ((person->access & row->access) == 0) {
        gw_ask_note(ask, "archive.refused", NULL, gw_object_with_text("command", row->commands[0].name));
        gw_ask_fail(ask, SIG_ERROR_FORBIDDEN, "Somebody with this role cannot do that.");
        return;
    }
    row->run(ask);
}

static void
begin_acting(GwQuestion *question)
{
    static const GwAsker nobody_yet = { NULL };
    Beginning beginning = *(const Beginning *)question->row.subject;
    Waiting *waiting = g_new(Waiting, 1);
    GwPeople *people = question->row.gateway->people;

    beginning.asker = &nobody_yet;
    *waiting = (Waiting){ ask_new(question, &beginning), beginning.row };
    if (gw_people_check_password(people, gw_question_get(question, "by"), gw_question_get(question, "password"),
                                 on_password, waiting))
        return;
    g_free(waiting);
    gw_question_fail(question, SIG_ERROR_LIMIT, "Too many tries: wait a minute.");
}

void
gw_ask_on_command(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    static const GwAsker owner = { .audit = (char *)"owner", .display = (char *)"owner", .is_owner = true };
    const GwAskRow *row = user_data;
    const Beginning beginning = { row, &owner, row->data };
    const GwQuestionRow of = make_row(&beginning, row->acts ? begin_acting : begin);

    gw_question_on_command(request, &of, params);
}

void
gw_ask_run(const GwAskRow *row, const GwAsker *asker, JsonObject *params, GwQuestionDone done, void *user_data)
{
    const Beginning beginning = { row, asker, row->data };
    const GwQuestionRow of = make_row(&beginning, begin);

    gw_question_run(&of, NULL, params, NULL, done, user_data);
}

void
gw_ask_reply(GwAsk *self)
{
    gw_question_reply(self->question);
}

void
gw_ask_answer_early(GwAsk *self)
{
    gw_question_answer_early(self->question);
}

void
gw_ask_fail_error(GwAsk *self, const GError *error)
{
    gw_question_fail_error(self->question, error);
}

void
gw_ask_fail(GwAsk *self, SigError code, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    error = g_error_new_valist(SIG_ERROR, (int)code, format, args);
    va_end(args);
    gw_question_fail_error(self->question, error);
}

const char *
gw_ask_get(const GwAsk *self, const char *name)
{
    return gw_question_get(self->question, name);
}

int64_t
gw_ask_get_int(const GwAsk *self, const char *name)
{
    return gw_question_get_int(self->question, name);
}

bool
gw_ask_get_bool(const GwAsk *self, const char *name)
{
    return gw_question_get_bool(self->question, name);
}

int64_t
gw_ask_now_ms(const GwAsk *self)
{
    return gw_sessions_now_ms(self->archive->sessions);
}

/* Steps. */

static void
on_rows(GwQuestion *question, const GwRows *rows)
{
    GwAsk *self = question->data;

    self->rows(self, rows);
}

static void
go_on(GwQuestion *question)
{
    GwAsk *self = question->data;

    self->next(self);
}

void
gw_ask_list_covered(GwAsk *self, const GwRows *rows, unsigned unit, const char *name, GwAskToJson to_json)
{
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        bool is_seen = unit == NO_COLUMN ||
                       gw_asker_covers(&self->asker, self->archive->gateway->people, gw_rows_text(rows, i, unit));
        JsonObject *object = is_seen ? to_json(self, rows, i) : NULL;
        if (object != NULL)
            json_array_add_object_element(list, object);
    }
    json_object_set_array_member(self->result, name, list);
}

void
gw_ask_list(GwAsk *self, const GwRows *rows, const char *name, GwAskToJson to_json)
{
    gw_ask_list_covered(self, rows, NO_COLUMN, name, to_json);
}

void
gw_ask_query(GwAsk *self, GwStatement *statement, GwAskRows rows)
{
    self->rows = rows;
    gw_question_query(self->question, statement, on_rows);
}

static void
on_shown(GwAsk *self, const GwRows *rows)
{
    gw_ask_list(self, rows, self->shown->member, self->shown->to_json);
    self->next(self);
}

void
gw_ask_show(GwAsk *self, const GwAskShown *shown, GwAskFunc next)
{
    GwStatement *statement = gw_statement_new(shown->select);

    gw_statement_text(statement, self->entry->session);
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS);
    self->shown = shown;
    self->next = next;
    gw_ask_query(self, statement, on_shown);
}

void
gw_ask_write(GwAsk *self, GPtrArray *statements, GwAskFunc next)
{
    self->next = next;
    gw_question_write(self->question, statements, go_on, NULL);
}

static void
on_found(GwAsk *self, const GwRows *rows)
{
    g_autoptr(GwEntry) entry = gw_rows_get_count(rows) > 0 ? gw_entry_from_row(rows, 0) : NULL;

    if (entry != NULL && gw_asker_covers(&self->asker, self->archive->gateway->people, entry->unit)) {
        self->entry = g_steal_pointer(&entry);
        self->next(self);
        return;
    }
    if (entry != NULL) {
        g_autofree char *object = g_strconcat("session:", entry->session, NULL);
        gw_ask_note(self, "archive.refused", object, NULL);
    }
    gw_archive_count_miss(self->archive, &self->asker);
    gw_ask_fail(self, SIG_ERROR_NOT_FOUND, "There is no such recording.");
}

void
gw_ask_find(GwAsk *self, const char *session, GwAskFunc found)
{
    if (!gw_archive_may_guess(self->archive, &self->asker)) {
        gw_ask_fail(self, SIG_ERROR_LIMIT, "Too many recordings were asked for that are not there: wait a minute.");
        return;
    }
    self->next = found;
    gw_ask_query(self, gw_archive_find_statement(session), on_found);
}

/* The log. */

static GwAuditEntry
make_entry(const GwAsk *self, const char *action, const char *object)
{
    return (GwAuditEntry){
        .who = self->asker.audit,
        .action = action,
        .object = object,
        .address = self->asker.address,
    };
}

void
gw_ask_note(GwAsk *self, const char *action, const char *object, JsonObject *detail)
{
    g_autofree char *own =
        object == NULL && self->entry != NULL ? g_strconcat("session:", self->entry->session, NULL) : NULL;
    const GwAuditEntry entry = make_entry(self, action, object != NULL ? object : own);

    gw_audit_add(self->archive->gateway->audit, &entry, detail);
}

static void
on_logged(int64_t leaf, const GError *error, void *user_data)
{
    GwAsk *self = user_data;

    if (error != NULL) {
        g_warning("archive: %s", error->message);
        gw_ask_fail(self, SIG_ERROR_UNAVAILABLE, "The log cannot be written: nothing was done. Try again.");
        return;
    }
    self->leaf = leaf;
    self->next(self);
}

void
gw_ask_log(GwAsk *self, const char *action, const char *object, JsonObject *detail, GwAskFunc next)
{
    g_autofree char *own =
        object == NULL && self->entry != NULL ? g_strconcat("session:", self->entry->session, NULL) : NULL;
    const GwAuditEntry entry = make_entry(self, action, object != NULL ? object : own);

    self->next = next;
    gw_archive_log(self->archive, &entry, detail, on_logged, self);
}

/* Two persons. */

/* Since when, or from when on, the asker is somebody else than who made his account; 0: nobody did. */
static int64_t
get_second_from_ms(const GwAsk *self, const GwPerson *person)
{
    int64_t wait_ms = (int64_t)self->archive->gateway->config->archive.approver_wait_h * 3600 * 1000;

    return person->fresh_ms > 0 ? person->fresh_ms + wait_ms : 0;
}

void
gw_ask_tell_second(const GwAsk *self, JsonObject *object, const char *name, const char *first)
{
    const uint32_t roles = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY;
    const GwPerson *person = gw_people_get_person(self->archive->gateway->people, self->asker.id);
    bool may = first != NULL && person != NULL && (self->asker.access & roles) != 0 &&
               g_strcmp0(self->asker.audit, first) != 0;

    json_object_set_boolean_member(object, name, may);
    if (may && get_second_from_ms(self, person) > gw_ask_now_ms(self))
        json_object_set_int_member(object, "approve_from_ms", get_second_from_ms(self, person));
}

bool
gw_ask_is_second(GwAsk *self, const char *first)
{
    const GwPerson *person = gw_people_get_person(self->archive->gateway->people, self->asker.id);

    if (person == NULL || g_strcmp0(self->asker.audit, first) == 0) {
        gw_ask_note(self, "archive.refused", NULL, gw_object_with_text("reason", "not a second person"));
        gw_ask_fail(self, SIG_ERROR_FORBIDDEN, "A second person decides this: ask a colleague.");
        return false;
    }
    if (get_second_from_ms(self, person) > gw_ask_now_ms(self)) {
        gw_ask_note(self, "archive.refused", NULL, gw_object_with_text("reason", "the account is too new"));
        gw_ask_fail(self, SIG_ERROR_FORBIDDEN,
                    "This account was made, or opened by a link, less than %u hours ago: it cannot be the second "
                    "person yet.",
                    self->archive->gateway->config->archive.approver_wait_h);
        return false;
    }
    return true;
}
