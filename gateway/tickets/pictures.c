#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/picture.h"
#include "gateway/people/secret.h"
#include "gateway/tickets/tickets-priv.h"

/* Pictures of what was found, of what was put right, of a second look: DIR/tickets/TICKET/PICTURE.jpg. Looked at as a frame, never
 * decoded; on disk, and in the node's log with its SHA-256, before its row is there. The same picture twice is one. */

enum { MAX_BYTES = 8 * 1024 * 1024 };

#define MAX_TAKEN_MS INT64_C(4102444800000) /* 2100 */

static const char *const sources[] = { "camera", "terminal", "session", "phone", "file", NULL };

/* The row. */

static void
on_row(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const GwTicketPicture *picture = gw_ticket_picture_find(about->pictures, about->picture);

    if (picture != NULL)
        json_object_set_object_member(question->result, "picture",
                                      gw_ticket_picture_to_json(picture, about->ticket->id));
    gw_question_reply(question);
}

static void
on_written(GwQuestion *question)
{
    gw_ticket_find(question, on_row);
}

/* The same bytes came twice at the same time: whoever was first has the row. */
static void
on_same(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "This picture is being uploaded already.");
}

static void
bind_number(GwStatement *statement, const GwQuestion *question, const char *name)
{
    if (json_object_has_member(question->params, name))
        gw_statement_int(statement, gw_question_get_int(question, name));
    else
        gw_statement_null(statement);
}

static void
write_row(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "INSERT INTO ticket_picture (id, ticket, side, who, display, unit, received_ms, source, session, place, "
        "content_type,"
        " sha256, bytes, taken_ms, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");

    gw_statement_text(statement, about->picture);
    gw_statement_text(statement, about->ticket->id);
    gw_statement_text(statement, gw_question_get(question, "side"));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, question->identity.unit);
    gw_statement_int(statement, gw_tickets_now_ms(gw_tickets_of(question)));
    gw_statement_text(statement, gw_question_get(question, "source"));
    gw_statement_text(statement, gw_question_get(question, "session"));
    gw_statement_text(statement, gw_question_get(question, "place"));
    gw_statement_text(statement, gw_question_get(question, "content_type"));
    gw_statement_text(statement, gw_question_get(question, "sha256"));
    gw_statement_int(statement, (int64_t)g_bytes_get_size(question->body));
    bind_number(statement, question, "taken_ms");
    bind_number(statement, question, "at_ms");
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_written, on_same);
}

static void
log_picture(GwQuestion *question)
{
    JsonObject *detail = gw_object_with_text("picture", gw_ticket_case_of(question)->picture);
    static const char *const names[] = { "side", "sha256", "content_type", "source", "session", "place" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        gw_object_set_text(detail, names[i], gw_question_get(question, names[i]));
    json_object_set_int_member(detail, "bytes", (int64_t)g_bytes_get_size(question->body));
    gw_question_log(question, "ticket.picture", detail, write_row);
}

static void
upload(GwQuestion *question, const char *side, const char *content_type, const char *sha256)
{
    GwTicketCase *about = gw_ticket_case_of(question);
    const GwTickets *tickets = gw_tickets_of(question);
    g_autofree char *folder = g_build_filename(tickets->dir, about->ticket->id, NULL);
    g_autofree char *name = NULL;

    json_object_set_string_member(question->params, "side", side);
    json_object_set_string_member(question->params, "content_type", content_type);
    json_object_set_string_member(question->params, "sha256", sha256);
    about->picture = gw_secret_new_id("picture");
    name = g_strconcat(about->picture, ".", gw_picture_get_suffix(content_type), NULL);
    gw_question_keep_body(question, folder, name, tickets->gone, log_picture);
}

static const GwTicketPicture *
find_same(const GPtrArray *pictures, const char *side, const char *sha256)
{
    for (unsigned i = 0; i < pictures->len; i++) {
        const GwTicketPicture *picture = pictures->pdata[i];
        if (strcmp(picture->side, side) == 0 && strcmp(picture->sha256, sha256) == 0)
            return picture;
    }
    return NULL;
}

static void
on_found(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const char *content_type = gw_picture_check(question->body);
    const char *side = gw_ticket_get_picture_side(about->ticket, about->sides);
    g_autofree char *sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, question->body);
    const GwTicketPicture *same = side != NULL ? find_same(about->pictures, side, sha256) : NULL;

    if (content_type == NULL || g_strcmp0(gw_question_get(question, "content_type"), content_type) != 0) {
        gw_question_fail(question, SIG_ERROR_INVALID, "This is not a whole JPEG, PNG or WebP of its content type.");
        return;
    }
    if (side == NULL) {
        gw_question_fail(question, SIG_ERROR_STATE, "No picture can be added to this ticket by you now.");
        return;
    }
    if (same != NULL) {
        json_object_set_object_member(question->result, "picture", gw_ticket_picture_to_json(same, about->ticket->id));
        gw_question_reply(question);
        return;
    }
    if (about->pictures->len >= GW_TICKETS_MAX_PICTURES) {
        gw_question_fail(question, SIG_ERROR_LIMIT, "A ticket has at most %u pictures.",
                         (unsigned)GW_TICKETS_MAX_PICTURES);
        return;
    }
    upload(question, side, content_type, sha256);
}

static void
post(GwQuestion *question)
{
    gw_ticket_find(question, on_found);
}

/* Words of the query: as long as they may be, and of one line. */
static bool
is_line(const char *text, size_t max)
{
    if (strlen(text) > max || !g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return false;
    }
    return true;
}

static bool
read_number(SigHttp *http, const char *name, uint64_t max, JsonObject *params)
{
    const char *text = sig_http_get_query(http, name);
    uint64_t number = 0;

    if (text == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL))
        return false;
    json_object_set_int_member(params, name, (int64_t)number);
    return true;
}

static bool
read_line(SigHttp *http, const char *name, size_t max, JsonObject *params)
{
    const char *text = sig_http_get_query(http, name);

    if (text != NULL && !is_line(text, max))
        return false;
    gw_object_set_text(params, name, text);
    return true;
}

static void
handle_post(SigHttp *http, void *user_data)
{
    const GwTickets *tickets = user_data;
    const GwQuestionRow row = { .gateway = tickets->gateway, .subject = user_data, .run = post };
    g_autoptr(JsonObject) params = gw_object_with_text("ticket", sig_http_get_param(http, "ticket"));
    const char *source = sig_http_get_query(http, "source");

    if ((source != NULL && !g_strv_contains(sources, source)) ||
        !read_line(http, "source", GW_TICKETS_MAX_ID, params) ||
        !read_line(http, "session", GW_TICKETS_MAX_ID, params) ||
        !read_line(http, "place", GW_TICKETS_MAX_PLACE, params) ||
        !read_number(http, "at_ms", GW_TICKETS_MAX_AT_MS, params) ||
        !read_number(http, "taken_ms", MAX_TAKEN_MS, params)) {
        sig_http_fail(
            http, SIG_ERROR_BAD_PARAMS,
            "source is camera, terminal, session, phone or file; session, place, at_ms and taken_ms say where "
            "and when.");
        return;
    }
    gw_object_set_text(params, "content_type", sig_http_get_header(http, "content-type"));
    gw_question_on_http(http, &row, params, sig_http_get_body(http));
}

/* GET */

static void
show(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const GwTicketPicture *picture = gw_ticket_picture_find(about->pictures, gw_question_get(question, "picture"));
    SigHttp *http = question->http;
    g_autofree char *path = NULL;

    if (picture == NULL || !gw_ticket_picture_is_shown(picture, about->ticket, about->sides)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such picture.");
        return;
    }
    path = gw_ticket_picture_get_path(gw_tickets_of(question), about->ticket->id, picture->id, picture->content_type);
    sig_http_add_header(http, "Cache-Control", "private, max-age=3600");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(http, path, picture->content_type);
    question->http = NULL;
    gw_question_reply(question);
}

static void
get(GwQuestion *question)
{
    gw_ticket_find(question, show);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    const GwTickets *tickets = user_data;
    const GwQuestionRow row = { .gateway = tickets->gateway, .subject = user_data, .run = get };
    g_autoptr(JsonObject) params = gw_object_with_text("ticket", sig_http_get_param(http, "ticket"));

    gw_object_set_text(params, "picture", sig_http_get_param(http, "picture"));
    gw_question_on_http(http, &row, params, NULL);
}

const SigRoute gw_ticket_picture_routes[] = {
    { "POST", "/api/v1/tickets/{ticket}/pictures", GW_TICKETS_SEES, MAX_BYTES,
      "A picture of what was found or put right: JPEG, PNG or WebP.", handle_post },
    { "GET", "/api/v1/tickets/{ticket}/pictures/{picture}", GW_TICKETS_SEES, 0, "A picture of a ticket.", handle_get },
    { NULL },
};
