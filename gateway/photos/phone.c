#define G_LOG_DOMAIN "gateway.photos"

#include <openssl/rand.h>
#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/answer.h"
#include "gateway/people/secret.h"
#include "gateway/photos/answer.h"
#include "gateway/photos/photos-priv.h"
#include "gateway/supervisees/supervisees.h"

/* What the phone's page asks for and sends. The link is the only right, so it is good once; each opening gives a new ticket, with
 * which one picture can be sent, and a mark of four digits that the page burns into it: an old picture has another one. What it
 * says of place and time are the phone's words; when it came is ours. */

enum { MARKS = 10000, MAX_BODY = GW_PICTURE_MAX_BYTES + GW_PHOTO_ANSWER_MAX_HEAD };

/* What has become of a link that is good no more. */
static bool
refuse_by_state(GwQuestion *question, const GwPhoto *photo, int64_t now_ms)
{
    switch (gw_photo_get_state(photo, now_ms)) {
    case GW_PHOTO_ASKED:
    case GW_PHOTO_OPENED:
        return false;
    case GW_PHOTO_EXPIRED:
        gw_question_refuse(question, SIG_ERROR_STATE, "photo-expired", "This link is too old: ask for a new one.");
        return true;
    case GW_PHOTO_WITHDRAWN:
        gw_question_refuse(question, SIG_ERROR_STATE, "photo-withdrawn", "The photo is not needed any more.");
        return true;
    case GW_PHOTO_ANSWERED:
    case GW_PHOTO_JUDGED:
        break;
    }
    if (photo->received_ms != 0)
        gw_question_refuse(question, SIG_ERROR_STATE, "photo-used",
                           "The photo was sent already: nothing is to be done.");
    else
        gw_question_refuse(question, SIG_ERROR_STATE, "photo-expired", "This link is too old: ask for a new one.");
    return true;
}

static void
refuse_unknown(GwQuestion *question)
{
    gw_question_refuse(question, SIG_ERROR_NOT_FOUND, "photo-unknown",
                       "There is no such link, or it was opened anew: open it again.");
}

/* Who guesses links has to wait; whoever has one does not. */

static bool
may_try(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    int64_t wait_ms = 0;

    if (question->address == NULL ||
        gw_throttle_take(self->throttle, NULL, question->address, gw_photos_now_ms(self), &wait_ms))
        return true;
    gw_question_refuse(question, SIG_ERROR_LIMIT, "limit-reached", "Too many tries: wait a minute.");
    return false;
}

static void
count_as_right(const GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;

    if (question->address != NULL)
        gw_throttle_succeed(self->throttle, NULL, question->address, gw_photos_now_ms(self));
}

/* Opening. data: Opening. */

typedef struct {
    GwPhoto *photo;
    char *ticket, *mark;
} Opening;

static void
opening_free(void *data)
{
    Opening *self = data;

    gw_photo_free(self->photo);
    g_free(self->ticket);
    g_free(self->mark);
    g_free(self);
}

static void
on_opened(GwQuestion *question)
{
    GwPhotos *self = question->row.subject;
    Opening *opening = question->data;
    GwPhoto *photo = opening->photo;
    const GwSubject *subject = gw_subjects_find(self->subjects, photo->subject);
    const GwUnit *unit = gw_people_get_unit(self->gateway->people, photo->unit);
    g_autofree char *name = gw_photo_mask_name(subject != NULL ? subject->name : "");
    JsonObject *result = question->result;

    json_object_set_string_member(result, "name", name);
    gw_object_set_text(result, "by", photo->display);
    gw_object_set_text(result, "unit", unit != NULL ? unit->name : NULL);
    gw_object_set_text(result, "unit_en", unit != NULL ? unit->name_en : NULL);
    json_object_set_string_member(result, "ticket", opening->ticket);
    json_object_set_string_member(result, "mark", opening->mark);
    json_object_set_int_member(result, "now_ms", gw_photos_now_ms(self));
    json_object_set_int_member(result, "expires_ms", photo->expires_ms);
    if (photo->opened_ms == 0) {
        photo->opened_ms = gw_photos_now_ms(self);
        gw_question_note(question, "photo.open", NULL);
        gw_photos_tell(self, photo);
    }
    gw_question_reply(question);
}

static char *
make_mark(void)
{
    uint32_t bytes = 0;

    if (RAND_bytes((unsigned char *)&bytes, sizeof(bytes)) != 1)
        g_error("there are no random numbers");
    return g_strdup_printf("%04u", (unsigned)(bytes % MARKS));
}

static void
on_code(GwQuestion *question, const GwRows *rows)
{
    GwPhotos *self = question->row.subject;
    GPtrArray *statements = NULL;
    GwStatement *statement = NULL;
    Opening *opening = NULL;
    g_autofree char *hash = NULL;

    if (gw_rows_get_count(rows) == 0) {
        refuse_unknown(question);
        return;
    }
    count_as_right(question);
    opening = g_new0(Opening, 1);
    opening->photo = gw_photo_from_row(rows, 0);
    opening->ticket = gw_secret_new();
    opening->mark = make_mark();
    gw_question_set_data(question, opening, opening_free);
    gw_question_set_object(question, "photo", opening->photo->id);
    if (refuse_by_state(question, opening->photo, gw_photos_now_ms(self)))
        return;
    hash = gw_secret_hash(opening->ticket);
    statement = gw_statement_new("UPDATE photo_request SET ticket = ?2, mark = ?3, opened_ms = coalesce(opened_ms, ?4)"
                                 " WHERE id = ?1 AND received_ms IS NULL");
    gw_statement_text(statement, opening->photo->id);
    gw_statement_text(statement, hash);
    gw_statement_text(statement, opening->mark);
    gw_statement_int(statement, gw_photos_now_ms(self));
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_opened, NULL);
}

static void
find_secret(GwQuestion *question, const char *secret, bool is_ticket, GwQuestionRows found)
{
    g_autofree char *hash = strlen(secret) <= GW_SECRET_MAX ? gw_secret_hash(secret) : g_strdup("");
    GwStatement *statement = is_ticket
                                 ? gw_statement_new("SELECT " GW_PHOTO_COLUMNS " FROM photo_request WHERE ticket = ?1")
                                 : gw_statement_new("SELECT " GW_PHOTO_COLUMNS " FROM photo_request WHERE hash = ?1");

    gw_statement_text(statement, hash);
    gw_question_query(question, statement, found);
}

void
gw_photos_open(GwQuestion *question)
{
    if (!may_try(question))
        return;
    find_secret(question, gw_question_get(question, "code"), false, on_code);
}

/* The picture. data: Sending. */

typedef struct {
    GwPhotos *photos;
    GwPhoto *photo;
    GwPhotoAnswer answer;
    char *sha256;
    bool busy; /* the request is marked as busy by this one */
} Sending;

static void
sending_free(void *data)
{
    Sending *self = data;

    if (self->busy)
        g_hash_table_remove(self->photos->busy, self->photo->id);
    gw_photo_free(self->photo);
    gw_photo_answer_clear(&self->answer);
    g_free(self->sha256);
    g_free(self);
}

static void
on_read_again(GwQuestion *question, const GwRows *rows)
{
    GwPhotos *self = question->row.subject;
    GwPhoto *photo = gw_rows_get_count(rows) > 0 ? gw_photo_from_row(rows, 0) : NULL;

    if (photo != NULL) {
        gw_photos_tell(self, photo);
        json_object_set_int_member(question->result, "received_ms", photo->received_ms);
        gw_object_set_text(question->result, "sha256", photo->sha256);
    }
    gw_photo_free(photo);
    gw_question_reply(question);
}

static void
on_sent(GwQuestion *question)
{
    const Sending *sending = question->data;
    GwStatement *statement = gw_statement_new("SELECT " GW_PHOTO_COLUMNS " FROM photo_request WHERE id = ?1");

    gw_statement_text(statement, sending->photo->id);
    gw_question_query(question, statement, on_read_again);
}

static void
write_sent(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const Sending *sending = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "UPDATE photo_request SET sha256 = ?2, bytes = ?3, place = ?4, taken_ms = ?5, received_ms = ?6,"
        " address = ?7, ticket = NULL WHERE id = ?1 AND received_ms IS NULL");

    gw_statement_text(statement, sending->photo->id);
    gw_statement_text(statement, sending->sha256);
    gw_statement_int(statement, (int64_t)g_bytes_get_size(question->body));
    gw_statement_text(statement, sending->answer.place);
    gw_statement_int(statement, sending->answer.taken_ms);
    gw_statement_int(statement, gw_photos_now_ms(self));
    gw_statement_text(statement, question->address);
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, on_sent, NULL);
}

static void
on_kept(GwQuestion *question)
{
    const GwPhotos *self = question->row.subject;
    const Sending *sending = question->data;
    JsonObject *detail = gw_object_with_text("sha256", sending->sha256);

    gw_object_set_text(detail, "subject", sending->photo->subject);
    gw_object_set_text(detail, "mark", sending->answer.mark);
    gw_object_set_text(detail, "place", sending->answer.place_state);
    json_object_set_int_member(detail, "bytes", (int64_t)g_bytes_get_size(question->body));
    json_object_set_int_member(detail, "taken_ms", sending->answer.taken_ms);
    json_object_set_int_member(detail, "received_ms", gw_photos_now_ms(self));
    gw_question_log(question, "photo.answer", detail, write_sent);
}

/* The body is the picture alone from here on. */
static void
take(GwQuestion *question, Sending *sending)
{
    GwPhotos *self = question->row.subject;
    const char *fault = gw_supervisee_check_picture(sending->answer.picture);
    g_autofree char *name = NULL;

    if (fault != NULL) {
        gw_question_refuse(question, SIG_ERROR_INVALID, "bad-picture", fault);
        return;
    }
    if (g_strcmp0(sending->answer.mark, sending->photo->mark) != 0) {
        refuse_unknown(question);
        return;
    }
    if (!g_hash_table_add(self->busy, g_strdup(sending->photo->id))) {
        gw_question_refuse(question, SIG_ERROR_STATE, "photo-used", "The photo is being sent already.");
        return;
    }
    sending->busy = true;
    g_bytes_unref(question->body);
    question->body = g_bytes_ref(sending->answer.picture);
    sending->sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, question->body);
    name = gw_photo_get_name(sending->sha256);
    gw_question_keep_body(question, self->dir, name, self->gone, on_kept);
}

static void
on_ticket(GwQuestion *question, const GwRows *rows)
{
    GwPhotos *self = question->row.subject;
    g_autoptr(GError) error = NULL;
    Sending *sending = NULL;

    if (gw_rows_get_count(rows) == 0) {
        refuse_unknown(question);
        return;
    }
    count_as_right(question);
    sending = g_new0(Sending, 1);
    sending->photos = self;
    sending->photo = gw_photo_from_row(rows, 0);
    gw_question_set_data(question, sending, sending_free);
    gw_question_set_object(question, "photo", sending->photo->id);
    if (refuse_by_state(question, sending->photo, gw_photos_now_ms(self) - GW_PHOTOS_GRACE_MS))
        return;
    if (gw_photo_answer_parse(question->body, &sending->answer, &error))
        take(question, sending);
    else
        gw_question_fail_error(question, error);
}

void
gw_photos_answer(GwQuestion *question)
{
    if (!may_try(question))
        return;
    find_secret(question, gw_question_get(question, "ticket"), true, on_ticket);
}

static const SigParam open_rows[] = {
    { .name = "code", .type = SIG_TYPE_STRING, .min = 1, .max = GW_SECRET_MAX },
    { NULL },
};

static void
handle_open(SigHttp *http, void *user_data)
{
    GwPhotos *self = user_data;
    const GwQuestionRow row = { self->gateway, self, gw_photos_open };
    g_autoptr(JsonObject) params = gw_body_read(http, open_rows);

    if (params != NULL)
        gw_question_on_http(http, &row, params, NULL);
}

static void
handle_answer(SigHttp *http, void *user_data)
{
    GwPhotos *self = user_data;
    const GwQuestionRow row = { self->gateway, self, gw_photos_answer };
    g_autoptr(JsonObject) params = gw_object_with_text("ticket", sig_http_get_param(http, "ticket"));

    if (g_strcmp0(sig_http_get_header(http, "content-type"), "application/octet-stream") != 0)
        sig_http_fail(http, SIG_ERROR_INVALID, "The content type must be application/octet-stream.");
    else
        gw_question_on_http(http, &row, params, sig_http_get_body(http));
}

const SigRoute gw_photo_phone_routes[] = {
    { "POST", "/api/v1/photo", 0, GW_BODY_MAX, "Opens the link of a photo on a phone: what it is for, and a ticket.",
      handle_open },
    { "POST", "/api/v1/photo/{ticket}", 0, MAX_BODY, "The photo, behind a line of JSON with place and time.",
      handle_answer },
    { NULL },
};
