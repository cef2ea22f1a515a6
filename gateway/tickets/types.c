#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/secret.h"
#include "gateway/tickets/tickets-priv.h"

/* Kinds of problems: a list of the node, kept in memory, written through. One that is in use is switched off, never removed. */

enum { MAX_TYPES = 200, MAX_NAME = 120, MAX_DAYS = GW_DUE_MAX_DAYS };

void
gw_ticket_type_free(void *data)
{
    GwTicketType *type = data;

    g_free(type->id);
    g_free(type->text_zh);
    g_free(type->text_en);
    g_free(type);
}

bool
gw_ticket_types_load(GwTickets *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->gateway->store,
        gw_statement_new("SELECT id, text_zh, text_en, days, off FROM ticket_type ORDER BY rowid"), error);

    if (rows == NULL)
        return false;
    self->types = g_ptr_array_new_with_free_func(gw_ticket_type_free);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        GwTicketType *type = g_new0(GwTicketType, 1);
        type->id = g_strdup(gw_rows_text(rows, i, 0));
        type->text_zh = g_strdup(gw_rows_text(rows, i, 1));
        type->text_en = g_strdup(gw_rows_text(rows, i, 2));
        type->days = (unsigned)gw_rows_int(rows, i, 3);
        type->off = gw_rows_int(rows, i, 4) != 0;
        g_ptr_array_add(self->types, type);
    }
    return true;
}

const GwTicketType *
gw_ticket_types_find(const GwTickets *self, const char *id)
{
    for (unsigned i = 0; id != NULL && i < self->types->len; i++) {
        const GwTicketType *type = self->types->pdata[i];
        if (strcmp(type->id, id) == 0)
            return type;
    }
    return NULL;
}

JsonObject *
gw_ticket_type_to_json(const GwTicketType *type)
{
    JsonObject *object = gw_object_with_text("id", type->id);

    json_object_set_string_member(object, "text_zh", type->text_zh);
    json_object_set_string_member(object, "text_en", type->text_en);
    json_object_set_int_member(object, "days", type->days);
    if (type->off)
        json_object_set_boolean_member(object, "off", TRUE);
    return object;
}

static void
types(GwQuestion *question)
{
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_tickets_of(question)->types->len; i++)
        json_array_add_object_element(list, gw_ticket_type_to_json(gw_tickets_of(question)->types->pdata[i]));
    json_object_set_array_member(question->result, "types", list);
    gw_question_reply(question);
}

/* tickets.type-set */

static GwStatement *
make_write(const GwTicketType *type)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO ticket_type (id, text_zh, text_en, days, off) VALUES (?1, ?2, ?3, ?4, ?5)"
                         " ON CONFLICT (id) DO UPDATE SET text_zh = ?2, text_en = ?3, days = ?4, off = ?5");

    gw_statement_text(statement, type->id);
    gw_statement_text(statement, type->text_zh);
    gw_statement_text(statement, type->text_en);
    gw_statement_int(statement, type->days);
    gw_statement_int(statement, type->off);
    return statement;
}

static void
set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

static void
set(GwQuestion *question)
{
    const char *id = gw_question_get(question, "id");
    GwTicketType *type = (GwTicketType *)gw_ticket_types_find(gw_tickets_of(question), id);

    if (id != NULL && type == NULL) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such type.");
        return;
    }
    if (type == NULL && gw_tickets_of(question)->types->len >= MAX_TYPES) {
        gw_question_fail(question, SIG_ERROR_LIMIT, "There are %u types: that is all there can be.",
                         (unsigned)MAX_TYPES);
        return;
    }
    if (type == NULL) {
        type = g_new0(GwTicketType, 1);
        type->id = gw_secret_new_id("type");
        g_ptr_array_add(gw_tickets_of(question)->types, type);
    }
    set_text(&type->text_zh, gw_question_get(question, "text_zh"));
    set_text(&type->text_en, gw_question_get(question, "text_en"));
    type->days = (unsigned)gw_question_get_int(question, "days");
    type->off = json_object_get_boolean_member_with_default(question->params, "off", FALSE);
    gw_store_run(gw_tickets_of(question)->gateway->store, make_write(type), NULL, NULL);
    gw_question_note(question, "ticket.type", gw_ticket_type_to_json(type));
    json_object_set_object_member(question->result, "type", gw_ticket_type_to_json(type));
    gw_question_reply(question);
}

const GwQuestionMethod gw_ticket_type_methods[] = {
    { { .name = "tickets.types",
        .access = GW_TICKETS_SEES | GW_ACCESS_ADMINISTRATOR,
        .summary = "Types of problems, also those that are switched off.",
        .result = "{types}",
        .handle = gw_question_on_request },
      types },
    { { .name = "tickets.type-set",
        .access = GW_ACCESS_ADMINISTRATOR,
        .params =
            (const SigParam[]){
                { .name = "id", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_TICKETS_MAX_ID },
                { .name = "text_zh", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },
                { .name = "text_en", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_NAME },
                { .name = "days", .type = SIG_TYPE_INTEGER, .min = 1, .max = MAX_DAYS },
                { .name = "off", .type = SIG_TYPE_BOOLEAN, .optional = true },
                { NULL } },
        .summary = "Adds a type of problem, or changes one: its words, its deadline, whether it can be chosen.",
        .result = "{type}",
        .handle = gw_question_on_request },
      set },
    { { NULL }, NULL },
};
