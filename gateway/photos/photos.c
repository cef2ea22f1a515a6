#define G_LOG_DOMAIN "gateway.photos"

#include "gateway/photos/photos.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/secret.h"
#include "gateway/photos/photos-priv.h"
#include "gateway/supervisees/supervisees.h"

enum { MAX_ID = 64, TICK_S = 60 };

#define MINUTE_MS INT64_C(60000)

int64_t
gw_photos_now_ms(const GwPhotos *self)
{
    return self->now != NULL ? self->now(self->clock_data) : g_get_real_time() / 1000;
}

/* One request, if the asker reaches the unit that the supervisee had then; data: the GwPhoto. */

static void
on_found(GwQuestion *question, const GwRows *rows)
{
    GwPhoto *photo = gw_rows_get_count(rows) > 0 ? gw_photo_from_row(rows, 0) : NULL;

    gw_question_set_data(question, photo, gw_photo_free);
    if (photo == NULL || !gw_question_reaches(question, GW_SUPERVISEES_SEE, photo->unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such photo.");
        return;
    }
    gw_question_set_object(question, "photo", photo->id);
    question->next(question);
}

static void
find(GwQuestion *question, const char *id, GwQuestionStep next)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_PHOTO_COLUMNS " FROM photo_request WHERE id = ?1");

    question->next = next;
    gw_statement_text(statement, id);
    gw_question_query(question, statement, on_found);
}

static void
answer(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;

    json_object_set_object_member(question->result, "photo", gw_photos_to_json(self, question->data));
    gw_question_reply(question);
}

static void
answer_and_tell(GwQuestion *question)
{
    gw_photos_tell(question->row.subject, question->data);
    answer(question);
}

static void
read_again(GwQuestion *question)
{
    g_autofree char *id = g_strdup(((const GwPhoto *)question->data)->id);

    find(question, id, answer_and_tell);
}

static void
get(GwQuestion *question)
{
    find(question, gw_question_get(question, "photo"), answer);
}

static void
show_found(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwPhoto *photo = question->data;
    g_autofree char *name = photo->sha256 != NULL ? gw_photo_get_name(photo->sha256) : NULL;
    g_autofree char *path = name != NULL ? g_build_filename(self->dir, name, NULL) : NULL;

    if (path == NULL)
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no picture yet.");
    else if (photo->picture.gone)
        gw_question_fail(question, SIG_ERROR_NOT_FOUND,
                         "Its picture was kept for as long as the rules say, and is gone.");
    else
        gw_question_reply_file(question, path, "image/jpeg");
}

static void
show(GwQuestion *question)
{
    find(question, gw_question_get(question, "photo"), show_found);
}

/* photos.list */

static void
on_list(GwQuestion *question, const GwRows *rows)
{
    const GwPhotos *self = question->row.subject;
    JsonArray *list = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows) && json_array_get_length(list) < GW_PHOTOS_MAX_ROWS; i++) {
        GwPhoto *photo = gw_photo_from_row(rows, i);
        if (gw_question_reaches(question, GW_SUPERVISEES_SEE, photo->unit))
            json_array_add_object_element(list, gw_photos_to_json(self, photo));
        gw_photo_free(photo);
    }
    json_object_set_array_member(question->result, "photos", list);
    gw_question_reply(question);
}

static void
list(GwQuestion *question)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_PHOTO_COLUMNS " FROM photo_request WHERE (?1 IS NULL OR"
                                              " subject = ?1) ORDER BY row DESC LIMIT ?2");

    gw_statement_text(statement, gw_question_get(question, "subject"));
    gw_statement_int(statement, GW_PHOTOS_MAX_ROWS * 10); /* the index knows no rights */
    gw_question_query(question, statement, on_list);
}

/* photos.ask; data: the code of the link until it is written. */

static void
on_asked(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    g_autofree char *url =
        g_strconcat(gw_people_get_public_url(self->gateway->people), "/photo#link=", question->data, NULL);
    g_autofree char *id = g_strdup(strchr(question->object, ':') + 1);

    json_object_set_string_member(question->result, "url", url);
    find(question, id, answer_and_tell);
}

static void
write_asked(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwSubject *subject = gw_subjects_find(self->subjects, gw_question_get(question, "subject"));
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "INSERT INTO photo_request (id, subject, unit, who, display, reason, hash, made_ms, expires_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    g_autofree char *hash = gw_secret_hash(question->data);
    int64_t now_ms = gw_photos_now_ms(self), minutes = gw_question_get_int(question, "minutes");

    gw_statement_text(statement, strchr(question->object, ':') + 1);
    gw_statement_text(statement, subject->id);
    gw_statement_text(statement, subject->unit);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "reason"));
    gw_statement_text(statement, hash);
    gw_statement_int(statement, now_ms);
    gw_statement_int(statement, now_ms + (minutes > 0 ? minutes : GW_PHOTOS_MINUTES) * MINUTE_MS);
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_asked, NULL);
}

static void
on_open_ones(GwQuestion *question, const GwRows *rows)
{
    g_autofree char *id = NULL;
    JsonObject *detail = NULL;

    if (gw_rows_int(rows, 0, 0) >= GW_PHOTOS_MAX_OPEN) {
        gw_question_fail(question, SIG_ERROR_LIMIT,
                         "There are %u links to this person that are still good: withdraw one, or wait.",
                         (unsigned)GW_PHOTOS_MAX_OPEN);
        return;
    }
    id = gw_secret_new_id("photo");
    gw_question_set_data(question, gw_secret_new(), g_free);
    gw_question_set_object(question, "photo", id);
    detail = gw_object_with_text("subject", gw_question_get(question, "subject"));
    gw_object_set_text(detail, "reason", gw_question_get(question, "reason"));
    gw_question_log(question, "photo.ask", detail, write_asked);
}

static void
ask(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwSubject *subject = gw_subjects_find(self->subjects, gw_question_get(question, "subject"));
    GwStatement *statement = NULL;

    if (subject == NULL || !gw_question_reaches(question, GW_SUPERVISEES_SEE, subject->unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such supervisee.");
        return;
    }
    statement = gw_statement_new("SELECT count(*) FROM photo_request WHERE subject = ?1 AND expires_ms > ?2 AND"
                                 " received_ms IS NULL AND withdrawn_ms IS NULL AND verdict IS NULL");
    gw_statement_text(statement, subject->id);
    gw_statement_int(statement, gw_photos_now_ms(self));
    gw_question_query(question, statement, on_open_ones);
}

/* photos.withdraw */

static void
write_withdrawn(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwPhoto *photo = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new("UPDATE photo_request SET withdrawn_ms = ?2 WHERE id = ?1 AND received_ms"
                                              " IS NULL AND verdict IS NULL");

    gw_statement_text(statement, photo->id);
    gw_statement_int(statement, gw_photos_now_ms(self));
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, read_again, NULL);
}

static void
withdraw_found(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    GwPhotoState state = gw_photo_get_state(question->data, gw_photos_now_ms(self));

    if (state == GW_PHOTO_ASKED || state == GW_PHOTO_OPENED)
        gw_question_log(question, "photo.withdraw", NULL, write_withdrawn);
    else
        gw_question_fail(question, SIG_ERROR_STATE, "This request is %s.", gw_photo_state_to_string(state));
}

static void
withdraw(GwQuestion *question)
{
    find(question, gw_question_get(question, "photo"), withdraw_found);
}

/* photos.judge: a person decides, and may think better of it; the log keeps what he said before. */

static void
write_verdict(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwPhoto *photo = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("UPDATE photo_request SET verdict = ?2, note = ?3, judge = ?4, judged_ms ="
                         " ?5 WHERE id = ?1");

    gw_statement_text(statement, photo->id);
    gw_statement_text(statement, gw_question_get(question, "verdict"));
    gw_statement_text(statement, gw_question_get(question, "note"));
    gw_statement_text(statement, question->identity.display);
    gw_statement_int(statement, gw_photos_now_ms(self));
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, read_again, NULL);
}

static void
judge_found(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const GwPhoto *photo = question->data;
    const char *verdict = gw_question_get(question, "verdict"), *note = gw_question_get(question, "note");
    bool no_answer = strcmp(verdict, "no-answer") == 0;
    JsonObject *detail = NULL;

    if (no_answer != (photo->received_ms == 0)) {
        gw_question_fail(question, SIG_ERROR_STATE,
                         no_answer ? "There is an answer: look at it." : "There is no picture to look at.");
        return;
    }
    if (no_answer && gw_photos_now_ms(self) < photo->expires_ms && photo->withdrawn_ms == 0) {
        gw_question_fail(question, SIG_ERROR_STATE, "The link is still good: wait, or withdraw it.");
        return;
    }
    if (photo->verdict != NULL && (note == NULL || *note == '\0')) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "%s has judged this: say why it is to be another verdict.",
                         photo->judge);
        return;
    }
    detail = gw_object_with_text("verdict", verdict);
    gw_object_set_text(detail, "before", photo->verdict);
    gw_object_set_text(detail, "note", note);
    gw_object_set_text(detail, "sha256", photo->sha256);
    gw_question_log(question, "photo.judge", detail, write_verdict);
}

static void
judge(GwQuestion *question)
{
    find(question, gw_question_get(question, "photo"), judge_found);
}

static const char *const verdicts[] = { "same", "not-sure", "other-person", "no-answer", NULL };

#define PHOTO                                                                                                          \
    {                                                                                                                  \
        .name = "photo", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                              \
    }

static const GwQuestionMethod methods[] = {
    { { .name = "photos.ask",
        .access = GW_SUPERVISEES_SEE,
        .params =
            (const SigParam[]){ { .name = "subject", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
                                { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_PHOTOS_MAX_REASON },
                                { .name = "minutes",
                                  .type = SIG_TYPE_INTEGER,
                                  .optional = true,
                                  .min = 1,
                                  .max = GW_PHOTOS_MAX_MINUTES },
                                { NULL } },
        .summary = "A one-time link for a supervisee's phone, good for 30 minutes unless another number is said.",
        .result = "{photo, url}",
        .handle = gw_question_on_request },
      ask },
    { { .name = "photos.list",
        .access = GW_SUPERVISEES_SEE,
        .params =
            (const SigParam[]){
                { .name = "subject", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID }, { NULL } },
        .summary = "Requests for photos that the asker may see, newest first.",
        .result = "{photos}",
        .handle = gw_question_on_request },
      list },
    { { .name = "photos.get",
        .access = GW_SUPERVISEES_SEE,
        .params = (const SigParam[]){ PHOTO, { NULL } },
        .summary = "One request and its answer.",
        .result = "{photo}",
        .handle = gw_question_on_request },
      get },
    { { .name = "photos.withdraw",
        .access = GW_SUPERVISEES_SEE,
        .params = (const SigParam[]){ PHOTO, { NULL } },
        .summary = "The link is void from now on.",
        .result = "{photo}",
        .handle = gw_question_on_request },
      withdraw },
    { { .name = "photos.judge",
        .access = GW_SUPERVISEES_SEE,
        .params =
            (const SigParam[]){
                PHOTO,
                { .name = "verdict", .type = SIG_TYPE_STRING, .values = verdicts },
                { .name = "note", .type = SIG_TYPE_STRING, .optional = true, .max = GW_PHOTOS_MAX_REASON },
                { NULL } },
        .summary = "Whose face it is, as the asker sees it; a second verdict needs a note.",
        .result = "{photo}",
        .handle = gw_question_on_request },
      judge },
    { { NULL }, NULL },
};

static const GwQuestionMethod *const tables[] = { methods, NULL };

const GwQuestionMethod *
gw_photos_find_method(const char *name)
{
    return gw_question_find_method(tables, name);
}

static const SigEvent events[] = {
    { .name = "photo.changed",
      .params = (const SigParam[]){ { .name = "photo", .type = SIG_TYPE_OBJECT }, { NULL } },
      .summary = "A photo that one may see was asked for, came, or was judged" },
    { NULL },
};

static void
handle_picture(SigHttp *http, void *user_data)
{
    GwPhotos *self = user_data;
    const GwQuestionRow row = { self->gateway, self, show };
    g_autoptr(JsonObject) params = gw_object_with_text("photo", sig_http_get_param(http, "photo"));

    gw_question_on_http(http, &row, params, NULL);
}

static const SigRoute routes[] = {
    { "GET", "/api/v1/photos/{photo}/picture", GW_SUPERVISEES_SEE, 0, "The picture that a phone sent.",
      handle_picture },
    { NULL },
};

void
gw_photos_tick(GwPhotos *self, int64_t steady_us)
{
    gw_call_pictures_tick(self->pictures, gw_photos_now_ms(self), steady_us);
}

static gboolean
on_tick(void *data)
{
    gw_photos_tick(data, g_get_monotonic_time());
    return G_SOURCE_CONTINUE;
}

/* A file may be the answer to two requests: it goes when the last of them does. */
static GwCallPictures *
open_pictures(const GwPhotos *self, GError **error)
{
    const GwCallPicturesConfig config = {
        .dir = self->dir,
        .subject = "photo",
        .due = "SELECT id, sha256 || '.jpg' FROM photo_request AS one WHERE received_ms < ?1 AND picture_gone = 0"
               " AND sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM photo_request WHERE sha256 = one.sha256"
               " AND received_ms >= ?1) LIMIT ?2",
        .removed = "UPDATE photo_request SET picture_gone = 1 WHERE id = ?1",
        .files = true,
        .days = &self->gateway->config->supervision.photo_days,
    };

    return gw_call_pictures_new(self->gateway, &config, error);
}

GwPhotos *
gw_photos_new(const Gateway *gateway, GwSubjects *subjects, GError **error)
{
    g_autoptr(GwPhotos) self = g_new0(GwPhotos, 1);
    const GwQuestionRow row = { .gateway = gateway, .subject = self };

    self->gateway = gateway;
    self->subjects = subjects;
    self->dir = g_build_filename(gateway->config->data_dir, "photos", NULL);
    self->rows = g_ptr_array_new_with_free_func(g_free);
    self->busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->throttle = gw_throttle_new();
    self->gone = g_cancellable_new();
    self->pictures = open_pictures(self, error);
    if (self->pictures == NULL)
        return NULL;
    if (gateway->server != NULL) {
        gw_question_add_methods(&row, tables, self->rows);
        sig_server_add_routes(gateway->server, routes, self);
        sig_server_add_routes(gateway->server, gw_photo_phone_routes, self);
        sig_server_add_events(gateway->server, events);
        self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    }
    return g_steal_pointer(&self);
}

void
gw_photos_free(GwPhotos *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    gw_call_pictures_free(self->pictures);
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    gw_throttle_free(self->throttle);
    g_hash_table_unref(self->busy);
    g_ptr_array_unref(self->rows);
    g_free(self->dir);
    g_free(self);
}
