#define G_LOG_DOMAIN "gateway.rollcall"

#include <glib/gstdio.h>
#include <string.h>

#include "gateway/archive/picture.h"
#include "gateway/people/answer.h"
#include "gateway/supervision/rollcall-priv.h"

/* The picture that a terminal's page takes when it answers, and the sheet. A picture is small and written once: to the page cache,
 * nobody waits for the disk. Its SHA-256 is on record before it is told to anybody. */

enum { MAX_PICTURE = 256 * 1024 };

static char *
make_path(const GwRollcalls *self, const char *rollcall, unsigned number)
{
    g_autofree char *name = g_strdup_printf("%s-%u.jpg", rollcall, number);

    return g_build_filename(self->pictures_dir, name, NULL);
}

static void
handle_picture_post(SigHttp *http, void *user_data)
{
    GwRollcalls *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    GBytes *body = sig_http_get_body(http);
    g_autoptr(GError) error = NULL;
    GwOffice *office = gw_rollcalls_find_office_of_call(self, identity, sig_http_get_param(http, "call"), &error);
    gsize size = 0;
    const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;

    if (office == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    if (size == 0 || g_strcmp0(gw_picture_check(body), "image/jpeg") != 0) {
        sig_http_fail(http, SIG_ERROR_INVALID, "This is not a whole JPEG.");
        return;
    }
    if (office->picture != NULL) {
        sig_http_fail(http, SIG_ERROR_STATE, "There is a picture of this answer already.");
        return;
    }
    g_autofree char *path = make_path(self, office->rollcall->head.id, office->number);
    g_autofree char *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
    if (!g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
        g_warning("%s", error->message);
        sig_http_fail(http, SIG_ERROR_UNAVAILABLE, "The picture could not be written: try again.");
        return;
    }
    const GwActor actor = { identity->audit, identity->display, sig_http_get_address(http) };
    gw_rollcall_take_picture(office->rollcall, office, sha256, &actor);
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
reply_picture(GwRollcalls *self, SigHttp *http, const char *rollcall, unsigned number)
{
    g_autofree char *path = make_path(self, rollcall, number);

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        reply_not_found(http);
        return;
    }
    sig_http_add_header(http, "Cache-Control", "private, max-age=3600");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(http, path, "image/jpeg");
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
    if (gw_rows_get_count(rows) == 0 || !gw_rollcalls_may_see(reading->rollcalls, gw_identity_of_http(http),
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
    gw_store_run(self->gateway->store, statement, on_read, reading);
}

static void
handle_picture_get(SigHttp *http, void *user_data)
{
    uint64_t number = 0;

    if (!g_ascii_string_to_unsigned(sig_http_get_param(http, "number"), 10, 1, GW_ROLLCALL_MAX_OFFICES, &number, NULL))
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
    { "POST", "/api/v1/terminal/calls/{call}/picture", GW_ACCESS_TERMINAL, MAX_PICTURE,
      "The picture of an answer, a JPEG.", handle_picture_post },
    { "GET", "/api/v1/rollcalls/{rollcall}/pictures/{number}", GW_ACCESS_INSPECTOR, 0,
      "The picture that an office sent when it answered.", handle_picture_get },
    { "GET", "/api/v1/rollcalls/{rollcall}/sheet", GW_ACCESS_INSPECTOR, 0,
      "The sheet of a roll-call as a page to print; ?as=json: the text whose SHA-256 is in the log.", handle_sheet },
    { NULL },
};
