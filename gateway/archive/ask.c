#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/ask.h"

#include "gateway/archive/archive-priv.h"
#include "gateway/people/answer.h"

#define NO_COLUMN UINT_MAX

static const char busy[] = "The index cannot be read or written now: try again.";

static GwAsk *
ask_new(const GwAskRow *row, JsonObject *params)
{
    GwAsk *self = g_new0(GwAsk, 1);

    self->archive = row->archive;
    self->params = params != NULL ? json_object_ref(params) : json_object_new();
    self->result = json_object_new();
    self->leaf = -1;
    self->data = row->data;
    return self;
}

static void
ask_free(GwAsk *self)
{
    gw_asker_clear(&self->asker);
    g_clear_pointer(&self->entry, gw_entry_free);
    g_clear_pointer(&self->detail, json_object_unref);
    json_object_unref(self->params);
    json_object_unref(self->result);
    g_free(self->id);
    g_free(self);
}

void
gw_ask_drop(GwAsk *self)
{
    ask_free(self);
}

void
gw_ask_on_request(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwAskRow *row = user_data;
    GwAsk *self = ask_new(row, params);
    SigClient *client = sig_request_get_client(request);

    self->request = request;
    self->asker = gw_asker_copy(gw_identity_of_client(client), sig_client_get_address(client));
    row->run(self);
}

void
gw_ask_on_http(SigHttp *http, const GwAskRow *row, JsonObject *params, void *data)
{
    GwAsk *self = ask_new(row, params);
    const GwIdentity *identity = gw_identity_of_http(http);

    self->http = http;
    self->data = data;
    if (identity != NULL)
        self->asker = gw_asker_copy(identity, sig_http_get_address(http));
    row->run(self);
}

void
gw_ask_on_http_item(SigHttp *http, GwArchive *archive, const char *name, GwAskFunc run)
{
    const GwAskRow row = { .archive = archive, .run = run };
    g_autoptr(JsonObject) params = gw_object_with_text(name, sig_http_get_param(http, name));

    gw_object_set_text(params, "range", sig_http_get_header(http, "range"));
    gw_ask_on_http(http, &row, params, NULL);
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

void
gw_ask_on_command(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const GwAskRow *row = user_data;
    GwAsk *self = ask_new(row, params);

    self->admin = request;
    if (!row->acts) {
        self->asker = gw_asker_owner();
        row->run(self);
        return;
    }
    Waiting *waiting = g_new(Waiting, 1);
    *waiting = (Waiting){ self, row };
    if (gw_people_check_password(row->archive->gateway->people, gw_ask_get(self, "by"), gw_ask_get(self, "password"),
                                 on_password, waiting))
        return;
    g_free(waiting);
    gw_ask_fail(self, SIG_ERROR_LIMIT, "Too many tries: wait a minute.");
}

void
gw_ask_run(const GwAskRow *row, const GwAsker *asker, JsonObject *params, GwAskDone done, void *user_data)
{
    GwAsk *self = ask_new(row, params);

    self->done = done;
    self->done_data = user_data;
    gw_asker_set(&self->asker, asker);
    row->run(self);
}

void
gw_ask_reply(GwAsk *self)
{
    if (self->request != NULL)
        sig_request_reply_object(self->request, json_object_ref(self->result));
    else if (self->admin != NULL)
        gw_admin_reply_object(self->admin, json_object_ref(self->result));
    else if (self->http != NULL)
        gw_answer(self->http, json_object_ref(self->result));
    else if (self->done != NULL)
        self->done(self->result, NULL, self->done_data);
    ask_free(self);
}

void
gw_ask_answer_early(GwAsk *self)
{
    if (self->request != NULL)
        sig_request_reply_object(g_steal_pointer(&self->request), json_object_ref(self->result));
}

void
gw_ask_fail_error(GwAsk *self, const GError *error)
{
    if (self->request != NULL)
        sig_request_fail_error(self->request, error);
    else if (self->admin != NULL)
        gw_admin_fail_error(self->admin, error);
    else if (self->http != NULL)
        sig_http_fail_error(self->http, error);
    else if (self->done != NULL)
        self->done(NULL, error, self->done_data);
    ask_free(self);
}

void
gw_ask_fail(GwAsk *self, SigError code, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    error = g_error_new_valist(SIG_ERROR, (int)code, format, args);
    va_end(args);
    gw_ask_fail_error(self, error);
}

const char *
gw_ask_get(const GwAsk *self, const char *name)
{
    return json_object_get_string_member_with_default(self->params, name, NULL);
}

int64_t
gw_ask_get_int(const GwAsk *self, const char *name)
{
    return json_object_get_int_member_with_default(self->params, name, 0);
}

int64_t
gw_ask_now_ms(const GwAsk *self)
{
    return gw_sessions_now_ms(self->archive->sessions);
}

/* Steps. */

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    GwAsk *self = user_data;

    if (error != NULL) {
        g_warning("archive: %s", error->message);
        gw_ask_fail(self, SIG_ERROR_UNAVAILABLE, "%s", busy);
        return;
    }
    self->rows(self, rows);
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
    gw_store_run(self->archive->gateway->store, statement, on_rows, self);
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

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    GwAsk *self = user_data;

    (void)rows;
    if (error != NULL) {
        g_warning("archive: %s", error->message);
        gw_ask_fail(self, SIG_ERROR_UNAVAILABLE, "%s", busy);
        return;
    }
    self->next(self);
}

void
gw_ask_write(GwAsk *self, GPtrArray *statements, GwAskFunc next)
{
    self->next = next;
    gw_store_run_all(self->archive->gateway->store, statements, on_written, self);
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
