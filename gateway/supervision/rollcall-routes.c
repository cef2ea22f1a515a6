#include "gateway/people/answer.h"
#include "gateway/supervision/rollcall-priv.h"

/* The picture that a terminal's page takes when it answers, and the sheet. A picture's SHA-256 is on record before it is told to
 * anybody. */

static void
handle_picture_post(SigHttp *http, void *user_data)
{
    GwRollcalls *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    g_autoptr(GError) error = NULL;
    GwOffice *office =
        (GwOffice *)gw_gatherings_find_callee_of_call(&self->base, identity, sig_http_get_param(http, "call"), &error);

    if (office == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    if (office->picture != NULL) {
        sig_http_fail(http, SIG_ERROR_STATE, "There is a picture of this answer already.");
        return;
    }
    g_autofree char *name = g_strdup_printf("%u", office->base.number);
    g_autofree char *sha256 = gw_call_pictures_put(self->base.pictures, office->base.gathering->head.id, name,
                                                   sig_http_get_body(http), &error);
    if (sha256 == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    const GwActor actor = { identity->audit, identity->display, sig_http_get_address(http) };
    gw_rollcall_take_picture(gw_office_get_rollcall(office), office, sha256, &actor);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "sha256", sha256);
    gw_answer(http, answer);
}

/* GET: what is not in memory is asked of the store. */

typedef struct {
    GwRollcalls *rollcalls;
    SigHttp *http;
    unsigned number; /* of a picture; 0: the sheet */
} Reading;

static void
reply_not_found(SigHttp *http)
{
    sig_http_fail(http, SIG_ERROR_NOT_FOUND, "There is no such roll-call, or none of that yet.");
}

static void
reply_picture(const GwRollcalls *self, SigHttp *http, const char *rollcall, unsigned number)
{
    g_autofree char *name = g_strdup_printf("%u", number);

    if (!gw_call_pictures_reply(self->base.pictures, http, rollcall, name))
        reply_not_found(http);
}

static void
reply_sheet(SigHttp *http, const GwRows *rows)
{
    const char *text = gw_rows_text(rows, 0, 3);
    const char *wanted = sig_http_get_query(http, "as");
    g_autofree char *page = NULL;

    if (text == NULL) {
        reply_not_found(http);
        return;
    }
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    if (g_strcmp0(wanted, "json") == 0) {
        sig_http_reply_text(http, 200, "application/json", text);
        return;
    }
    page = gw_sheet_to_html(text, gw_rows_text(rows, 0, 4), gw_rows_is_null(rows, 0, 5) ? -1 : gw_rows_int(rows, 0, 5));
    if (page == NULL) {
        reply_not_found(http);
        return;
    }
    sig_http_reply_text(http, 200, "text/html; charset=utf-8", page);
}

static void
on_read(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Reading *reading = user_data;
    SigHttp *http = reading->http;

    if (error != NULL) {
        sig_http_fail(http, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    if (gw_rows_get_count(rows) == 0 || !gw_gatherings_may_see(&reading->rollcalls->base, gw_identity_of_http(http),
                                                               gw_rows_text(rows, 0, 1), gw_rows_text(rows, 0, 2))) {
        reply_not_found(http);
        return;
    }
    if (reading->number != 0)
        reply_picture(reading->rollcalls, http, gw_rows_text(rows, 0, 0), reading->number);
    else
        reply_sheet(http, rows);
}

static void
ask_store(GwRollcalls *self, SigHttp *http, unsigned number)
{
    Reading *reading = g_new0(Reading, 1);
    GwStatement *statement =
        gw_statement_new("SELECT id, unit, person, sheet, sha256, entry FROM rollcall WHERE id = ?1");

    *reading = (Reading){ self, http, number };
    gw_statement_text(statement, sig_http_get_param(http, "rollcall"));
    gw_store_run(self->base.gateway->store, statement, on_read, reading);
}

static void
handle_picture_get(SigHttp *http, void *user_data)
{
    uint64_t number = 0;

    if (!g_ascii_string_to_unsigned(sig_http_get_param(http, "number"), 10, 1, GW_OFFICES_MAX, &number, NULL))
        reply_not_found(http);
    else
        ask_store(user_data, http, (unsigned)number);
}

static void
handle_sheet(SigHttp *http, void *user_data)
{
    ask_store(user_data, http, 0);
}

const SigRoute gw_rollcall_routes[] = {
    { "POST", "/api/v1/terminal/calls/{call}/picture", GW_ACCESS_TERMINAL, GW_CALL_PICTURE_MAX,
      "The picture of an answer, a JPEG.", handle_picture_post },
    { "GET", "/api/v1/rollcalls/{rollcall}/pictures/{number}", GW_ACCESS_INSPECTOR, 0,
      "The picture that an office sent when it answered.", handle_picture_get },
    { "GET", "/api/v1/rollcalls/{rollcall}/sheet", GW_ACCESS_INSPECTOR, 0,
      "The sheet of a roll-call as a page to print; ?as=json: the text whose SHA-256 is in the log.", handle_sheet },
    { NULL },
};
