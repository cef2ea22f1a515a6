#define G_LOG_DOMAIN "gateway.tickets"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/picture.h"
#include "gateway/people/secret.h"
#include "gateway/task.h"
#include "gateway/tickets/tickets-priv.h"
#include "recorder/evidence/disk.h"

/* Pictures of what was found, of what was put right, of a second look: DIR/tickets/TICKET/PICTURE.jpg. Looked at as a frame, never
 * decoded; on disk, and in the node's log with its SHA-256, before its row is there. The same picture twice is one. */

enum { MAX_BYTES = 8 * 1024 * 1024 };

#define MAX_TAKEN_MS INT64_C(4102444800000) /* 2100 */

static const char *const sources[] = { "camera", "terminal", "session", "phone", "file", NULL };

/* The file, on another thread: touches nothing else. */

typedef struct {
    GwTicketAsk *ask;
    char *dir, *ticket_dir, *path, *id, *sha256;
    const char *side, *content_type;
    GBytes *bytes;
} Upload;

static void
upload_free(void *data)
{
    Upload *upload = data;

    gw_task_take();
    g_free(upload->dir);
    g_free(upload->ticket_dir);
    g_free(upload->path);
    g_free(upload->id);
    g_free(upload->sha256);
    g_clear_pointer(&upload->bytes, g_bytes_unref);
    g_free(upload);
}

static bool
write_file(const Upload *upload, GError **error)
{
    size_t size = 0;
    const char *bytes = g_bytes_get_data(upload->bytes, &size);

    return rec_disk_make_folder(upload->ticket_dir, error) &&
           rec_disk_replace(upload->path, bytes, size, 0600, error) && rec_disk_sync_folder(upload->dir, error);
}

static void
run_upload(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (write_file(task_data, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

/* The row. ask->data: a picture's id, owned. */

static void
on_row(GwTicketAsk *ask)
{
    g_autofree char *id = g_steal_pointer(&ask->data);
    const GwTicketPicture *picture = gw_ticket_picture_find(ask->pictures, id);

    if (picture != NULL)
        json_object_set_object_member(ask->result, "picture", gw_ticket_picture_to_json(picture, ask->ticket->id));
    gw_ticket_ask_reply(ask);
}

static void
on_written(GwTicketAsk *ask)
{
    gw_ticket_ask_find(ask, on_row);
}

/* The same bytes came twice at the same time: whoever was first has the row. */
static void
on_same(GwTicketAsk *ask)
{
    g_clear_pointer((char **)&ask->data, g_free);
    gw_ticket_ask_fail(ask, SIG_ERROR_STATE, "This picture is being uploaded already.");
}

static void
bind_number(GwStatement *statement, const GwTicketAsk *ask, const char *name)
{
    if (json_object_has_member(ask->params, name))
        gw_statement_int(statement, gw_ticket_ask_get_int(ask, name));
    else
        gw_statement_null(statement);
}

static void
write_row(GwTicketAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "INSERT INTO ticket_picture (id, ticket, side, who, display, unit, received_ms, source, session, place, "
        "content_type,"
        " sha256, bytes, taken_ms, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");

    gw_statement_text(statement, ask->data);
    gw_statement_text(statement, ask->ticket->id);
    gw_statement_text(statement, gw_ticket_ask_get(ask, "side"));
    gw_statement_text(statement, ask->asker.identity.audit);
    gw_statement_text(statement, ask->asker.identity.display);
    gw_statement_text(statement, ask->asker.identity.unit);
    gw_statement_int(statement, gw_tickets_now_ms(ask->tickets));
    gw_statement_text(statement, gw_ticket_ask_get(ask, "source"));
    gw_statement_text(statement, gw_ticket_ask_get(ask, "session"));
    gw_statement_text(statement, gw_ticket_ask_get(ask, "place"));
    gw_statement_text(statement, gw_ticket_ask_get(ask, "content_type"));
    gw_statement_text(statement, gw_ticket_ask_get(ask, "sha256"));
    gw_statement_int(statement, (int64_t)g_bytes_get_size(ask->body));
    bind_number(statement, ask, "taken_ms");
    bind_number(statement, ask, "at_ms");
    g_ptr_array_add(statements, statement);
    gw_ticket_ask_write(ask, statements, on_written, on_same);
}

static void
log_picture(GwTicketAsk *ask)
{
    JsonObject *detail = gw_object_with_text("picture", ask->data);
    static const char *const names[] = { "side", "sha256", "content_type", "source", "session", "place" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        gw_object_set_text(detail, names[i], gw_ticket_ask_get(ask, names[i]));
    json_object_set_int_member(detail, "bytes", (int64_t)g_bytes_get_size(ask->body));
    gw_ticket_ask_log(ask, "ticket.picture", detail, write_row);
}

static void
on_uploaded(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    GTask *task = G_TASK(result);
    Upload *upload = g_task_get_task_data(task);
    GwTicketAsk *ask = upload->ask;
    g_autoptr(GError) error = NULL;

    (void)source;
    (void)data;
    g_task_propagate_boolean(task, &error);
    if (g_cancellable_is_cancelled(g_task_get_cancellable(task))) {
        gw_ticket_ask_drop(ask);
    } else if (error != NULL) {
        g_warning("tickets: %s", error->message);
        gw_ticket_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "The picture could not be written: try again.");
    } else {
        ask->data = g_steal_pointer(&upload->id);
        log_picture(ask);
    }
    gw_task_give();
}

static void
upload(GwTicketAsk *ask, const char *side, const char *content_type, const char *sha256)
{
    g_autoptr(GTask) task = g_task_new(NULL, ask->tickets->gone, on_uploaded, NULL);
    Upload *work = g_new0(Upload, 1);

    json_object_set_string_member(ask->params, "side", side);
    json_object_set_string_member(ask->params, "content_type", content_type);
    json_object_set_string_member(ask->params, "sha256", sha256);
    work->ask = ask;
    work->id = gw_secret_new_id("picture");
    work->dir = g_strdup(ask->tickets->dir);
    work->ticket_dir = g_build_filename(ask->tickets->dir, ask->ticket->id, NULL);
    work->path = gw_ticket_picture_get_path(ask->tickets, ask->ticket->id, work->id, content_type);
    work->bytes = g_bytes_ref(ask->body);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, work, upload_free);
    gw_task_run(task, run_upload);
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
on_found(GwTicketAsk *ask)
{
    const char *content_type = gw_picture_check(ask->body);
    const char *side = gw_ticket_get_picture_side(ask->ticket, ask->sides);
    g_autofree char *sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, ask->body);
    const GwTicketPicture *same = side != NULL ? find_same(ask->pictures, side, sha256) : NULL;

    if (content_type == NULL || g_strcmp0(gw_ticket_ask_get(ask, "content_type"), content_type) != 0) {
        gw_ticket_ask_fail(ask, SIG_ERROR_INVALID, "This is not a whole JPEG, PNG or WebP of its content type.");
        return;
    }
    if (side == NULL) {
        gw_ticket_ask_fail(ask, SIG_ERROR_STATE, "No picture can be added to this ticket by you now.");
        return;
    }
    if (same != NULL) {
        json_object_set_object_member(ask->result, "picture", gw_ticket_picture_to_json(same, ask->ticket->id));
        gw_ticket_ask_reply(ask);
        return;
    }
    if (ask->pictures->len >= GW_TICKETS_MAX_PICTURES) {
        gw_ticket_ask_fail(ask, SIG_ERROR_LIMIT, "A ticket has at most %u pictures.",
                           (unsigned)GW_TICKETS_MAX_PICTURES);
        return;
    }
    upload(ask, side, content_type, sha256);
}

static void
post(GwTicketAsk *ask)
{
    gw_ticket_ask_find(ask, on_found);
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
    const GwTicketAskRow row = { .tickets = user_data, .run = post };
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
    gw_ticket_ask_on_http(http, &row, params, sig_http_get_body(http));
}

/* GET */

static void
show(GwTicketAsk *ask)
{
    const GwTicketPicture *picture = gw_ticket_picture_find(ask->pictures, gw_ticket_ask_get(ask, "picture"));
    SigHttp *http = ask->http;
    g_autofree char *path = NULL;

    if (picture == NULL || !gw_ticket_picture_is_shown(picture, ask->ticket, ask->sides)) {
        gw_ticket_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such picture.");
        return;
    }
    path = gw_ticket_picture_get_path(ask->tickets, ask->ticket->id, picture->id, picture->content_type);
    sig_http_add_header(http, "Cache-Control", "private, max-age=3600");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(http, path, picture->content_type);
    ask->http = NULL;
    gw_ticket_ask_reply(ask);
}

static void
get(GwTicketAsk *ask)
{
    gw_ticket_ask_find(ask, show);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    const GwTicketAskRow row = { .tickets = user_data, .run = get };
    g_autoptr(JsonObject) params = gw_object_with_text("ticket", sig_http_get_param(http, "ticket"));

    gw_object_set_text(params, "picture", sig_http_get_param(http, "picture"));
    gw_ticket_ask_on_http(http, &row, params, NULL);
}

const SigRoute gw_ticket_picture_routes[] = {
    { "POST", "/api/v1/tickets/{ticket}/pictures", GW_TICKETS_SEES, MAX_BYTES,
      "A picture of what was found or put right: JPEG, PNG or WebP.", handle_post },
    { "GET", "/api/v1/tickets/{ticket}/pictures/{picture}", GW_TICKETS_SEES, 0, "A picture of a ticket.", handle_get },
    { NULL },
};
