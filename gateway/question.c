#define G_LOG_DOMAIN "gateway.question"

#include "gateway/question.h"

#include <string.h>

#include "gateway/keep-file.h"
#include "gateway/people/answer.h"

static const char busy[] = "The index cannot be read or written now: try again.";

static GwQuestion *
question_new(const GwQuestionRow *row, const GwIdentity *identity, const char *address, JsonObject *params)
{
    static const GwIdentity nobody = { .audit = "nobody" };
    GwQuestion *self = g_new0(GwQuestion, 1);

    if (identity == NULL)
        identity = &nobody;
    self->row = *row;
    self->params = params != NULL ? json_object_ref(params) : json_object_new();
    self->result = json_object_new();
    self->identity = *identity;
    self->identity.id = g_strdup(identity->id);
    self->identity.display = g_strdup(identity->display);
    self->identity.unit = g_strdup(identity->unit);
    self->identity.audit = g_strdup(identity->audit);
    self->address = g_strdup(address);
    return self;
}

void
gw_question_drop(GwQuestion *self)
{
    gw_question_set_data(self, NULL, NULL);
    g_free((gpointer)self->identity.id);
    g_free((gpointer)self->identity.display);
    g_free((gpointer)self->identity.unit);
    g_free((gpointer)self->identity.audit);
    g_free(self->address);
    g_free(self->object);
    g_clear_pointer(&self->body, g_bytes_unref);
    json_object_unref(self->params);
    json_object_unref(self->result);
    g_free(self);
}

static void
add_method(const GwQuestionRow *of, const GwQuestionMethod *method, GPtrArray *keep)
{
    const SigMethod *const table[] = { &method->method, NULL };
    GwQuestionRow *row = g_new(GwQuestionRow, 1);

    *row = *of;
    row->run = method->run;
    g_ptr_array_add(keep, row);
    sig_server_add_methods(of->gateway->server, table, row);
}

void
gw_question_add_methods(const GwQuestionRow *of, GwQuestionTables tables, GPtrArray *keep)
{
    for (; *tables != NULL; tables++) {
        for (const GwQuestionMethod *at = *tables; at->method.name != NULL; at++)
            add_method(of, at, keep);
    }
}

const GwQuestionMethod *
gw_question_find_method(GwQuestionTables tables, const char *name)
{
    for (; *tables != NULL; tables++) {
        for (const GwQuestionMethod *at = *tables; at->method.name != NULL; at++) {
            if (strcmp(at->method.name, name) == 0)
                return at;
        }
    }
    return NULL;
}

void
gw_question_on_request(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwQuestionRow *row = user_data;
    SigClient *client = sig_request_get_client(request);
    GwQuestion *self = question_new(row, gw_identity_of_client(client), sig_client_get_address(client), params);

    self->request = request;
    row->run(self);
}

void
gw_question_on_http(SigHttp *http, const GwQuestionRow *row, JsonObject *params, GBytes *body)
{
    GwQuestion *self = question_new(row, gw_identity_of_http(http), sig_http_get_address(http), params);

    self->http = http;
    self->body = body != NULL ? g_bytes_ref(body) : NULL;
    row->run(self);
}

void
gw_question_on_command(GwAdminRequest *request, const GwQuestionRow *row, JsonObject *params)
{
    static const GwIdentity owner = { .audit = "owner", .display = "owner" };
    GwQuestion *self = question_new(row, &owner, NULL, params);

    self->admin = request;
    row->run(self);
}

void
gw_question_run(const GwQuestionRow *row, const GwIdentity *identity, JsonObject *params, GBytes *body,
                GwQuestionDone done, void *user_data)
{
    GwQuestion *self = question_new(row, identity, NULL, params);

    self->body = body != NULL ? g_bytes_ref(body) : NULL;
    self->done = done;
    self->done_data = user_data;
    row->run(self);
}

void
gw_question_reply(GwQuestion *self)
{
    if (self->request != NULL)
        sig_request_reply_object(self->request, json_object_ref(self->result));
    else if (self->admin != NULL)
        gw_admin_reply_object(self->admin, json_object_ref(self->result));
    else if (self->http != NULL)
        gw_answer(self->http, json_object_ref(self->result));
    else if (self->done != NULL)
        self->done(self->result, NULL, self->done_data);
    gw_question_drop(self);
}

void
gw_question_answer_early(GwQuestion *self)
{
    if (self->request != NULL)
        sig_request_reply_object(g_steal_pointer(&self->request), json_object_ref(self->result));
}

void
gw_question_reply_file(GwQuestion *self, const char *path, const char *content_type)
{
    if (self->http == NULL) {
        json_object_set_string_member(self->result, "path", path);
        gw_question_reply(self);
        return;
    }
    sig_http_add_header(self->http, "Cache-Control", "private, no-store");
    sig_http_add_header(self->http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(self->http, path, content_type);
    gw_question_drop(self);
}

void
gw_question_fail_error(GwQuestion *self, const GError *error)
{
    if (self->request != NULL)
        sig_request_fail_error(self->request, error);
    else if (self->admin != NULL)
        gw_admin_fail_error(self->admin, error);
    else if (self->http != NULL)
        sig_http_fail_error(self->http, error);
    else if (self->done != NULL)
        self->done(NULL, error, self->done_data);
    gw_question_drop(self);
}

void
gw_question_fail(GwQuestion *self, SigError code, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    error = g_error_new_valist(SIG_ERROR, (int)code, format, args);
    va_end(args);
    gw_question_fail_error(self, error);
}

void
gw_question_refuse(GwQuestion *self, SigError code, const char *reason, const char *message)
{
    if (self->http == NULL) {
        gw_question_fail(self, code, "%s: %s", reason, message);
        return;
    }
    gw_refuse(self->http, code, reason, message, 0);
    gw_question_drop(self);
}

const char *
gw_question_get(const GwQuestion *self, const char *name)
{
    return json_object_get_string_member_with_default(self->params, name, NULL);
}

int64_t
gw_question_get_int(const GwQuestion *self, const char *name)
{
    return json_object_get_int_member_with_default(self->params, name, 0);
}

bool
gw_question_get_bool(const GwQuestion *self, const char *name)
{
    return json_object_get_boolean_member_with_default(self->params, name, FALSE);
}

bool
gw_question_reaches(const GwQuestion *self, uint32_t access, const char *unit)
{
    return unit != NULL && gw_people_reaches(self->row.gateway->people, &self->identity, access, unit);
}

void
gw_question_set_data(GwQuestion *self, void *data, GDestroyNotify release)
{
    if (self->data != NULL && self->release != NULL)
        self->release(self->data);
    self->data = data;
    self->release = release;
}

void
gw_question_set_object(GwQuestion *self, const char *kind, const char *id)
{
    g_free(self->object);
    self->object = g_strconcat(kind, ":", id, NULL);
}

/* Steps. */

static void
fail_busy(GwQuestion *self, const GError *error)
{
    g_warning("%s", error->message);
    gw_question_fail(self, SIG_ERROR_UNAVAILABLE, "%s", busy);
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    GwQuestion *self = user_data;

    if (error != NULL)
        fail_busy(self, error);
    else
        self->rows(self, rows);
}

void
gw_question_query(GwQuestion *self, GwStatement *statement, GwQuestionRows rows)
{
    self->rows = rows;
    gw_store_run(self->row.gateway->store, statement, on_rows, self);
}

typedef struct {
    GwQuestion *question;
    GwQuestionStep next, conflict;
} Writing;

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Writing *writing = user_data;

    (void)rows;
    if (writing->conflict != NULL && g_error_matches(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT))
        writing->conflict(writing->question);
    else if (error != NULL)
        fail_busy(writing->question, error);
    else
        writing->next(writing->question);
}

void
gw_question_write(GwQuestion *self, GPtrArray *statements, GwQuestionStep next, GwQuestionStep conflict)
{
    Writing *writing = g_new(Writing, 1);

    *writing = (Writing){ self, next, conflict };
    gw_store_run_all(self->row.gateway->store, statements, on_written, writing);
}

static GwAuditEntry
make_entry(const GwQuestion *self, const char *action)
{
    return (GwAuditEntry){
        .who = self->identity.audit,
        .action = action,
        .object = self->object,
        .address = self->address,
    };
}

void
gw_question_note(const GwQuestion *self, const char *action, JsonObject *detail)
{
    const GwAuditEntry entry = make_entry(self, action);

    gw_audit_add(self->row.gateway->audit, &entry, detail);
}

static void
on_logged(const GError *error, void *user_data)
{
    GwQuestion *self = user_data;

    if (error == NULL) {
        self->next(self);
        return;
    }
    g_warning("%s", error->message);
    gw_question_fail(self, SIG_ERROR_UNAVAILABLE, "The log cannot be written: nothing was done. Try again.");
}

void
gw_question_log(GwQuestion *self, const char *action, JsonObject *detail, GwQuestionStep next)
{
    const GwAuditEntry entry = make_entry(self, action);

    self->next = next;
    gw_audit_add_then(self->row.gateway->audit, &entry, detail, on_logged, self);
}

static void
on_kept(bool gone, const GError *error, void *user_data)
{
    GwQuestion *self = user_data;

    if (gone) {
        gw_question_drop(self);
        return;
    }
    if (error == NULL) {
        self->next(self);
        return;
    }
    g_warning("%s", error->message);
    gw_question_fail(self, SIG_ERROR_UNAVAILABLE, "The picture could not be written: try again.");
}

void
gw_question_keep_body(GwQuestion *self, const char *folder, const char *name, GCancellable *gone, GwQuestionStep next)
{
    self->next = next;
    gw_keep_file(folder, name, self->body, gone, on_kept, self);
}
