#define G_LOG_DOMAIN "gateway.supervisees"

#include "gateway/supervisees/supervisees.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/picture.h"
#include "gateway/people/csv.h"
#include "gateway/supervisees/supervisees-priv.h"

enum { MAX_ID = 64, MAX_SEARCH = 60 };

JsonObject *
gw_supervisee_to_json(GwPeople *people, const GwSubject *subject)
{
    JsonObject *object = gw_subject_to_json(subject);
    JsonObject *unit = gw_people_unit_to_json(people, subject->unit);

    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    if (subject->picture != NULL) {
        /* The sum makes the address of another picture another one. */
        g_autofree char *url = g_strdup_printf("/api/v1/supervisees/%s/picture?%.16s", subject->id, subject->picture);
        json_object_set_string_member(object, "picture", url);
        json_object_set_int_member(object, "picture_ms", subject->picture_ms);
    }
    return object;
}

const char *
gw_supervisee_check_picture(GBytes *bytes)
{
    size_t size = bytes != NULL ? g_bytes_get_size(bytes) : 0;

    if (size < GW_PICTURE_MIN_BYTES)
        return "The picture is too small to tell anybody by.";
    if (size > GW_PICTURE_MAX_BYTES)
        return "The picture is larger than 3 MB.";
    return g_strcmp0(gw_picture_check(bytes), "image/jpeg") == 0 ? NULL : "This is not a whole JPEG.";
}

/* supervisees.list */

typedef struct {
    const GwQuestion *question;
    JsonArray *list;
    int64_t total;
} Listing;

static bool
matches(const GwSubject *subject, const char *search)
{
    return search == NULL || strstr(subject->name, search) != NULL || strstr(subject->number, search) != NULL ||
           strstr(subject->id, search) != NULL;
}

static void
add(const GwSubject *subject, void *data)
{
    Listing *listing = data;
    const GwQuestion *question = listing->question;
    const char *unit = gw_question_get(question, "unit");
    GwPeople *people = question->row.gateway->people;

    if (!gw_question_reaches(question, GW_SUPERVISEES_SEE, subject->unit) ||
        (unit != NULL && !gw_people_covers(people, unit, subject->unit)) ||
        !matches(subject, gw_question_get(question, "search")))
        return;
    if (listing->total++ < GW_SUPERVISEES_MAX_ROWS)
        json_array_add_object_element(listing->list, gw_supervisee_to_json(people, subject));
}

static void
list(GwQuestion *question)
{
    const GwSupervisees *self = question->row.subject;
    const char *unit = gw_question_get(question, "unit");
    Listing listing = { question, NULL, 0 };

    if (unit != NULL && !gw_question_reaches(question, GW_SUPERVISEES_SEE, unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit.");
        return;
    }
    listing.list = json_array_new();
    gw_subjects_foreach(self->subjects, add, &listing);
    json_object_set_array_member(question->result, "supervisees", listing.list);
    json_object_set_int_member(question->result, "total", listing.total);
    gw_question_reply(question);
}

static const GwQuestionMethod methods[] = {
    { { .name = "supervisees.list",
        .access = GW_SUPERVISEES_SEE,
        .params =
            (const SigParam[]){ { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID },
                                { .name = "search", .type = SIG_TYPE_STRING, .optional = true, .max = MAX_SEARCH },
                                { NULL } },
        .summary = "Who is under supervision in units that the asker reaches, by number; the first 500.",
        .result = "{supervisees, total}",
        .handle = gw_question_on_request },
      list },
    { { .name = "supervisees.import",
        .access = GW_SUPERVISEES_SEE,
        .params = (const SigParam[]){ { .name = "text", .type = SIG_TYPE_STRING, .max = GW_CSV_MAX_BYTES },
                                      { .name = "apply", .type = SIG_TYPE_BOOLEAN },
                                      { NULL } },
        .summary =
            "Supervisees from a table (CSV): what it would change and every fault; apply: all of it, or nothing.",
        .result = "{added, changed, same, faults, applied}",
        .handle = gw_question_on_request },
      gw_supervisees_import },
    { { NULL }, NULL },
};

static const GwQuestionMethod *const tables[] = { methods, NULL };

const GwQuestionMethod *
gw_supervisees_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

/* Pictures. */

/* NULL: the question has failed. */
static const GwSubject *
find(GwQuestion *question)
{
    const GwSupervisees *self = question->row.subject;
    const GwSubject *subject = gw_subjects_find(self->subjects, gw_question_get(question, "subject"));

    if (subject != NULL && gw_question_reaches(question, GW_SUPERVISEES_SEE, subject->unit))
        return subject;
    gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such supervisee.");
    return NULL;
}

static void
show(GwQuestion *question)
{
    const GwSupervisees *self = question->row.subject;
    const GwSubject *subject = find(question);
    g_autofree char *name = NULL, *path = NULL;

    if (subject == NULL)
        return;
    if (subject->picture == NULL) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no picture of this person.");
        return;
    }
    name = g_strconcat(subject->picture, ".jpg", NULL);
    path = g_build_filename(self->dir, name, NULL);
    gw_question_reply_file(question, path, "image/jpeg");
}

static void
on_enrolled(GwQuestion *question)
{
    GwSupervisees *self = question->row.subject;
    const char *id = gw_question_get(question, "subject");

    gw_subjects_set_picture(self->subjects, id, question->data, g_get_real_time() / 1000);
    json_object_set_object_member(question->result, "supervisee",
                                  gw_supervisee_to_json(self->gateway->people, gw_subjects_find(self->subjects, id)));
    gw_question_reply(question);
}

static void
on_kept(GwQuestion *question)
{
    gw_question_set_object(question, "supervisee", gw_question_get(question, "subject"));
    gw_question_log(question, "supervisee.picture", gw_object_with_text("sha256", question->data), on_enrolled);
}

static void
enrol(GwQuestion *question)
{
    const GwSupervisees *self = question->row.subject;
    const GwSubject *subject = find(question);
    const char *fault = NULL;
    g_autofree char *name = NULL;

    if (subject == NULL)
        return;
    fault = gw_supervisee_check_picture(question->body);
    if (fault != NULL) {
        gw_question_fail(question, SIG_ERROR_INVALID, "%s", fault);
        return;
    }
    gw_question_set_data(question, g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, question->body), g_free);
    name = g_strconcat(question->data, ".jpg", NULL);
    gw_question_keep_body(question, self->dir, name, self->gone, on_kept);
}

static void
begin(SigHttp *http, GwSupervisees *self, GwQuestionStep run)
{
    const GwQuestionRow row = { self->gateway, self, run };
    g_autoptr(JsonObject) params = gw_object_with_text("subject", sig_http_get_param(http, "subject"));

    gw_question_on_http(http, &row, params, sig_http_get_body(http));
}

static void
handle_get(SigHttp *http, void *user_data)
{
    begin(http, user_data, show);
}

static void
handle_post(SigHttp *http, void *user_data)
{
    /* A page of another site cannot send this without asking. */
    if (g_strcmp0(sig_http_get_header(http, "content-type"), "image/jpeg") != 0)
        sig_http_fail(http, SIG_ERROR_INVALID, "The content type must be image/jpeg.");
    else
        begin(http, user_data, enrol);
}

static const SigRoute routes[] = {
    { "GET", "/api/v1/supervisees/{subject}/picture", GW_SUPERVISEES_SEE, 0, "The enrolled picture of a supervisee.",
      handle_get },
    { "POST", "/api/v1/supervisees/{subject}/picture", GW_SUPERVISEES_SEE, GW_PICTURE_MAX_BYTES,
      "Enrols a picture of a supervisee: JPEG.", handle_post },
    { NULL },
};

GwSupervisees *
gw_supervisees_new(const Gateway *gateway, GwSubjects *subjects)
{
    GwSupervisees *self = g_new0(GwSupervisees, 1);
    const GwQuestionRow row = { .gateway = gateway, .subject = self };

    self->gateway = gateway;
    self->subjects = subjects;
    self->dir = g_build_filename(gateway->config->data_dir, "supervisees", NULL);
    self->rows = g_ptr_array_new_with_free_func(g_free);
    self->gone = g_cancellable_new();
    if (gateway->server != NULL) {
        gw_question_add_methods(&row, tables, self->rows);
        sig_server_add_routes(gateway->server, routes, self);
    }
    return self;
}

void
gw_supervisees_free(GwSupervisees *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    g_ptr_array_unref(self->rows);
    g_free(self->dir);
    g_free(self);
}
