#define G_LOG_DOMAIN "gateway.tickets"

#include "gateway/tickets/ask.h"

#include "gateway/people/answer.h"
#include "gateway/tickets/tickets-priv.h"

/* Tickets that are not there, of one asker and minute, before he has to wait. */
enum { MAX_MISSES = 30 };

static const char busy[] = "The index cannot be read or written now: try again.";

void
gw_ticket_asker_set(GwTicketAsker *self, const GwIdentity *identity, const char *address)
{
    self->identity = *identity;
    self->identity.id = g_strdup(identity->id);
    self->identity.display = g_strdup(identity->display);
    self->identity.unit = g_strdup(identity->unit);
    self->identity.audit = g_strdup(identity->audit);
    self->address = g_strdup(address);
}

void
gw_ticket_asker_clear(GwTicketAsker *self)
{
    g_free((gpointer)self->identity.id);
    g_free((gpointer)self->identity.display);
    g_free((gpointer)self->identity.unit);
    g_free((gpointer)self->identity.audit);
    g_free(self->address);
    *self = (GwTicketAsker){ 0 };
}

static GwTicketAsk *
ask_new(const GwTicketAskRow *row, const GwIdentity *identity, const char *address, JsonObject *params)
{
    GwTicketAsk *self = g_new0(GwTicketAsk, 1);

    self->tickets = row->tickets;
    self->params = params != NULL ? json_object_ref(params) : json_object_new();
    self->result = json_object_new();
    gw_ticket_asker_set(&self->asker, identity, address);
    return self;
}

void
gw_ticket_ask_drop(GwTicketAsk *self)
{
    gw_ticket_asker_clear(&self->asker);
    g_clear_pointer(&self->ticket, gw_ticket_free);
    g_clear_pointer(&self->pictures, g_ptr_array_unref);
    g_clear_pointer(&self->body, g_bytes_unref);
    json_object_unref(self->params);
    json_object_unref(self->result);
    g_free(self);
}

void
gw_ticket_ask_on_request(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwTicketAskRow *row = user_data;
    SigClient *client = sig_request_get_client(request);
    GwTicketAsk *self = ask_new(row, gw_identity_of_client(client), sig_client_get_address(client), params);

    self->request = request;
    row->run(self);
}

void
gw_ticket_ask_on_http(SigHttp *http, const GwTicketAskRow *row, JsonObject *params, GBytes *body)
{
    GwTicketAsk *self = ask_new(row, gw_identity_of_http(http), sig_http_get_address(http), params);

    self->http = http;
    self->body = body != NULL ? g_bytes_ref(body) : NULL;
    row->run(self);
}

void
gw_ticket_ask_run(const GwTicketAskRow *row, const GwIdentity *identity, JsonObject *params, GwTicketDone done,
                  void *user_data)
{
    GwTicketAsk *self = ask_new(row, identity, NULL, params);

    self->done = done;
    self->done_data = user_data;
    row->run(self);
}

void
gw_ticket_ask_reply(GwTicketAsk *self)
{
    if (self->request != NULL)
        sig_request_reply_object(self->request, json_object_ref(self->result));
    else if (self->http != NULL)
        gw_answer(self->http, json_object_ref(self->result));
    else if (self->done != NULL)
        self->done(self->result, NULL, self->done_data);
    gw_ticket_ask_drop(self);
}

void
gw_ticket_ask_fail_error(GwTicketAsk *self, const GError *error)
{
    if (self->request != NULL)
        sig_request_fail_error(self->request, error);
    else if (self->http != NULL)
        sig_http_fail_error(self->http, error);
    else if (self->done != NULL)
        self->done(NULL, error, self->done_data);
    gw_ticket_ask_drop(self);
}

void
gw_ticket_ask_fail(GwTicketAsk *self, SigError code, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list args;

    va_start(args, format);
    error = g_error_new_valist(SIG_ERROR, (int)code, format, args);
    va_end(args);
    gw_ticket_ask_fail_error(self, error);
}

const char *
gw_ticket_ask_get(const GwTicketAsk *self, const char *name)
{
    return json_object_get_string_member_with_default(self->params, name, NULL);
}

int64_t
gw_ticket_ask_get_int(const GwTicketAsk *self, const char *name)
{
    return json_object_get_int_member_with_default(self->params, name, 0);
}

/* Steps. */

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    GwTicketAsk *self = user_data;

    if (error != NULL) {
        g_warning("tickets: %s", error->message);
        gw_ticket_ask_fail(self, SIG_ERROR_UNAVAILABLE, "%s", busy);
        return;
    }
    self->rows(self, rows);
}

void
gw_ticket_ask_query(GwTicketAsk *self, GwStatement *statement, GwTicketRows rows)
{
    self->rows = rows;
    gw_store_run(self->tickets->gateway->store, statement, on_rows, self);
}

typedef struct {
    GwTicketAsk *ask;
    GwTicketFunc next, conflict;
} Writing;

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Writing *writing = user_data;

    (void)rows;
    if (writing->conflict != NULL && g_error_matches(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT)) {
        writing->conflict(writing->ask);
        return;
    }
    if (error != NULL) {
        g_warning("tickets: %s", error->message);
        gw_ticket_ask_fail(writing->ask, SIG_ERROR_UNAVAILABLE, "%s", busy);
        return;
    }
    writing->next(writing->ask);
}

void
gw_ticket_ask_write(GwTicketAsk *self, GPtrArray *statements, GwTicketFunc next, GwTicketFunc conflict)
{
    Writing *writing = g_new(Writing, 1);

    *writing = (Writing){ self, next, conflict };
    gw_store_run_all(self->tickets->gateway->store, statements, on_written, writing);
}

/* The ticket. */

static void
count_miss(GwTicketAsk *self)
{
    GHashTable *misses = self->tickets->misses;
    unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(misses, self->asker.identity.audit));

    g_hash_table_insert(misses, g_strdup(self->asker.identity.audit), GUINT_TO_POINTER(n + 1));
}

static void
on_pictures(GwTicketAsk *self, const GwRows *rows)
{
    g_clear_pointer(&self->pictures, g_ptr_array_unref);
    self->pictures = g_ptr_array_new_with_free_func(gw_ticket_picture_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_ptr_array_add(self->pictures, gw_ticket_picture_from_row(rows, i));
    self->next(self);
}

static void
on_ticket(GwTicketAsk *self, const GwRows *rows)
{
    g_autoptr(GwTicket) ticket = gw_rows_get_count(rows) > 0 ? gw_ticket_from_row(rows, 0) : NULL;
    unsigned sides = ticket != NULL ? gw_tickets_get_sides(self->tickets, &self->asker.identity, ticket) : 0;

    if (sides == 0) {
        if (ticket != NULL) {
            g_autofree char *object = g_strconcat("ticket:", ticket->id, NULL);
            gw_ticket_ask_note(self, "ticket.refused", object, NULL);
        }
        count_miss(self);
        gw_ticket_ask_fail(self, SIG_ERROR_NOT_FOUND, "There is no such ticket.");
        return;
    }
    g_clear_pointer(&self->ticket, gw_ticket_free);
    self->ticket = g_steal_pointer(&ticket);
    self->sides = sides;
    GwStatement *statement = gw_statement_new("SELECT " GW_TICKET_PICTURE_COLUMNS
                                              " FROM ticket_picture WHERE ticket = ?1 ORDER BY received_ms, id");
    gw_statement_text(statement, self->ticket->id);
    gw_ticket_ask_query(self, statement, on_pictures);
}

void
gw_ticket_ask_find(GwTicketAsk *self, GwTicketFunc found)
{
    GwStatement *statement = NULL;

    if (GPOINTER_TO_UINT(g_hash_table_lookup(self->tickets->misses, self->asker.identity.audit)) >= MAX_MISSES) {
        gw_ticket_ask_fail(self, SIG_ERROR_LIMIT, "Too many tickets were asked for that are not there: wait a minute.");
        return;
    }
    self->next = found;
    statement = gw_statement_new("SELECT " GW_TICKET_COLUMNS " FROM ticket WHERE id = ?1");
    gw_statement_text(statement, gw_ticket_ask_get(self, "ticket"));
    gw_ticket_ask_query(self, statement, on_ticket);
}

/* The log. */

static GwAuditEntry
make_entry(const GwTicketAsk *self, const char *action, const char *object)
{
    return (GwAuditEntry){
        .who = self->asker.identity.audit,
        .action = action,
        .object = object,
        .address = self->asker.address,
    };
}

static char *
get_object(const GwTicketAsk *self)
{
    return self->ticket != NULL ? g_strconcat("ticket:", self->ticket->id, NULL) : NULL;
}

void
gw_ticket_ask_note(GwTicketAsk *self, const char *action, const char *object, JsonObject *detail)
{
    g_autofree char *own = object == NULL ? get_object(self) : NULL;
    const GwAuditEntry entry = make_entry(self, action, object != NULL ? object : own);

    gw_audit_add(self->tickets->gateway->audit, &entry, detail);
}

static void
on_logged(const GError *error, void *user_data)
{
    GwTicketAsk *self = user_data;

    if (error != NULL) {
        g_warning("tickets: %s", error->message);
        gw_ticket_ask_fail(self, SIG_ERROR_UNAVAILABLE, "The log cannot be written: nothing was done. Try again.");
        return;
    }
    self->next(self);
}

void
gw_ticket_ask_log(GwTicketAsk *self, const char *action, JsonObject *detail, GwTicketFunc next)
{
    g_autofree char *object = get_object(self);
    const GwAuditEntry entry = make_entry(self, action, object);

    self->next = next;
    gw_audit_add_then(self->tickets->gateway->audit, &entry, detail, on_logged, self);
}
