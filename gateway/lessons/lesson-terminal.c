#include "gateway/lessons/lessons-priv.h"
#include "gateway/people/answer.h"

/* What a terminal's page does in a lesson; and the pictures of checks. */

enum { MAX_ID = 64, MAX_PEOPLE = GW_LESSON_MAX_PUPILS };

static void
handle_present(SigRequest *request, JsonObject *params, void *user_data)
{
    GwAttendee *place = (GwAttendee *)gw_callee_of_request(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (place == NULL)
        return;
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    if (json_object_has_member(params, "people") &&
        !gw_attendee_set_pupils(place, json_object_get_array_member(params, "people"), &actor, &error))
        sig_request_fail_error(request, error);
    else
        sig_request_reply_object(request, gw_callee_now_to_json(&place->base));
}

static void
handle_confirm(SigRequest *request, JsonObject *params, void *user_data)
{
    GwAttendee *place = (GwAttendee *)gw_callee_of_request(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (place == NULL)
        return;
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    if (gw_attendee_answer_check(place, &actor, &error))
        sig_request_reply_object(request, gw_callee_now_to_json(&place->base));
    else
        sig_request_fail_error(request, error);
}

static const SigMethod present = {
    .name = "lesson.present",
    .access = GW_ACCESS_TERMINAL,
    .params = (const SigParam[]){ { .name = "call", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
                                  { .name = "people",
                                    .type = SIG_TYPE_ARRAY,
                                    .optional = true,
                                    .max = MAX_PEOPLE,
                                    .summary = "{name, number?}" },
                                  { NULL } },
    .summary = "Who is in the room: the office counts as present from then on. Without people only asks.",
    .result = "as lesson.now",
    .handle = handle_present,
};
static const SigMethod confirm = {
    .name = "lesson.confirm",
    .access = GW_ACCESS_TERMINAL,
    .params = (const SigParam[]){ { .name = "call", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID }, { NULL } },
    .summary = "Somebody in the room has pressed: answers the check that waits.",
    .result = "as lesson.now",
    .handle = handle_confirm,
};

const SigMethod *const gw_lesson_terminal_methods[] = { &present, &confirm, NULL };

/* Pictures. */

static char *
make_name(unsigned check, unsigned place)
{
    return g_strdup_printf("%u-%u", check, place);
}

static void
handle_picture_post(SigHttp *http, void *user_data)
{
    GwLessons *self = user_data;
    const GwCheck *check = NULL;
    g_autoptr(GError) error = NULL;
    GwCallee *callee = gw_gatherings_find_callee_of_call(&self->base, gw_identity_of_http(http),
                                                         sig_http_get_param(http, "call"), &error);
    GwCheckRow *row = callee != NULL ? gw_attendee_get_check((GwAttendee *)callee, &check) : NULL;

    if (callee == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    if (row == NULL || row->picture != NULL) {
        sig_http_fail(http, SIG_ERROR_STATE, "No check waits for a picture of this office.");
        return;
    }
    g_autofree char *name = make_name(check->number, row->place);
    g_autofree char *sha256 =
        gw_call_pictures_put(self->base.pictures, callee->gathering->head.id, name, sig_http_get_body(http), &error);
    if (sha256 == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    row->picture = g_steal_pointer(&sha256);
    gw_gathering_set_changed(callee->gathering, callee);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "sha256", row->picture);
    gw_answer(http, answer);
}

typedef struct {
    GwLessons *lessons;
    SigHttp *http;
    char *name; /* owned */
} Reading;

static void
on_read(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Reading *reading = user_data;
    g_autofree char *name = g_steal_pointer(&reading->name);
    SigHttp *http = reading->http;

    if (error != NULL) {
        sig_http_fail(http, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    if (gw_rows_get_count(rows) == 0 ||
        !gw_gatherings_may_see(&reading->lessons->base, gw_identity_of_http(http), gw_rows_text(rows, 0, 1),
                               gw_rows_text(rows, 0, 2)) ||
        !gw_call_pictures_reply(reading->lessons->base.pictures, http, gw_rows_text(rows, 0, 0), name))
        sig_http_fail(http, SIG_ERROR_NOT_FOUND, "There is no such picture, or not any more.");
}

static void
handle_picture_get(SigHttp *http, void *user_data)
{
    GwLessons *self = user_data;
    uint64_t check = 0, place = 0;
    Reading *reading = NULL;
    GwStatement *statement = NULL;

    if (!g_ascii_string_to_unsigned(sig_http_get_param(http, "check"), 10, 1, GW_LESSON_MAX_CHECKS, &check, NULL) ||
        !g_ascii_string_to_unsigned(sig_http_get_param(http, "office"), 10, 1, GW_LESSON_MAX_PLACES, &place, NULL)) {
        sig_http_fail(http, SIG_ERROR_NOT_FOUND, "There is no such picture.");
        return;
    }
    reading = g_new0(Reading, 1);
    *reading = (Reading){ self, http, make_name((unsigned)check, (unsigned)place) };
    statement = gw_statement_new("SELECT id, unit, person FROM lesson WHERE id = ?1");
    gw_statement_text(statement, sig_http_get_param(http, "lesson"));
    gw_store_run(self->base.gateway->store, statement, on_read, reading);
}

const SigRoute gw_lesson_routes[] = {
    { "POST", "/api/v1/terminal/calls/{call}/check-picture", GW_ACCESS_TERMINAL, GW_CALL_PICTURE_MAX,
      "The picture of who is there, for a check that waits; a JPEG.", handle_picture_post },
    { "GET", "/api/v1/lessons/{lesson}/pictures/{check}/{office}", GW_ACCESS_INSPECTOR, 0,
      "The picture that an office sent for a check.", handle_picture_get },
    { NULL },
};
