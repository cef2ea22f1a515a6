#include "gateway/photos/answer.h"
#include "gateway/photos/photos-priv.h"
#include "gateway/supervisees/supervisees-priv.h"
#include "question-stage.h"

#define MINUTE_MS INT64_C(60000)

typedef struct {
    QuestionStage stage;
    GwSupervisees *supervisees;
    GwPhotos *photos;
    char *id, *code, *ticket, *mark; /* of the request that was made last */
} Test;

static void
begin(Test *self)
{
    g_autoptr(GError) error = NULL;

    question_stage_open(&self->stage);
    self->supervisees = gw_supervisees_new(&self->stage.gateway, self->stage.subjects);
    self->photos = gw_photos_new(&self->stage.gateway, self->stage.subjects, &error);
    g_assert_no_error(error);
    self->photos->now = question_stage_now;
    self->photos->clock_data = &self->stage;
}

static void
end(Test *self)
{
    gw_store_flush(self->stage.scratch.store);
    gw_photos_free(self->photos);
    gw_supervisees_free(self->supervisees);
    question_stage_clear(&self->stage);
    g_free(self->id);
    g_free(self->code);
    g_free(self->ticket);
    g_free(self->mark);
}

static bool
try(Test *self, const char *person, const char *method, const char *params)
{
    if (g_str_has_prefix(method, "supervisees."))
        return question_stage_try(&self->stage, self->supervisees, gw_supervisees_find_method(method), person, params);
    return question_stage_try(&self->stage, self->photos, gw_photos_find_method(method), person, params);
}

static void
refuse(Test *self, const char *person, const char *method, const char *params, SigError code)
{
    g_assert_false(try(self, person, method, params));
    g_assert_error(self->stage.error, SIG_ERROR, (int)code);
}

static bool
act(Test *self, const char *person, const char *method, const char *more)
{
    g_autofree char *params = g_strdup_printf("{\"photo\":\"%s\"%s}", self->id, more);

    return try(self, person, method, params);
}

static void
set(char **text, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*text);
    *text = copy;
}

static void
ask(Test *self, const char *person)
{
    g_assert_true(try(self, person, "photos.ask", "{\"subject\":\"s-1\",\"reason\":\"night check\"}"));
    set(&self->id, question_stage_text(&self->stage, "photo.id"));
    set(&self->code, strstr(question_stage_text(&self->stage, "url"), "#link=") + strlen("#link="));
}

static bool
open(Test *self)
{
    const GwQuestionRow row = { &self->stage.gateway, self->photos, gw_photos_open };
    g_autofree char *params = g_strdup_printf("{\"code\":\"%s\"}", self->code);

    if (!question_stage_run(&self->stage, &row, NULL, params, NULL))
        return false;
    set(&self->ticket, question_stage_text(&self->stage, "ticket"));
    set(&self->mark, question_stage_text(&self->stage, "mark"));
    return true;
}

/* A JPEG of so many bytes as a frame: begin, size, a scan, end. */
static GBytes *
make_jpeg(size_t size, uint8_t filling)
{
    static const uint8_t head[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 64, 0, 48, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2 };
    uint8_t *bytes = g_malloc(size);

    memset(bytes, filling, size);
    memcpy(bytes, head, sizeof(head));
    bytes[size - 2] = 0xff;
    bytes[size - 1] = 0xd9;
    return g_bytes_new_take(bytes, size);
}

static GBytes *
make_body(const char *head, GBytes *picture)
{
    GByteArray *body = g_byte_array_new();
    gsize size = 0;
    const void *data = g_bytes_get_data(picture, &size);

    g_byte_array_append(body, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(body, (const guint8 *)"\n", 1);
    g_byte_array_append(body, data, (guint)size);
    return g_byte_array_free_to_bytes(body);
}

static bool
send_with(Test *self, const char *mark, GBytes *picture)
{
    const GwQuestionRow row = { &self->stage.gateway, self->photos, gw_photos_answer };
    g_autofree char *params = g_strdup_printf("{\"ticket\":\"%s\"}", self->ticket);
    g_autofree char *head = g_strdup_printf("{\"mark\":\"%s\",\"taken_ms\":%" G_GINT64_FORMAT
                                            ",\"place\":{\"state\":\"given\",\"lat\":31.25,\"lon\":121.5,"
                                            "\"accuracy_m\":12.7}}",
                                            mark, self->stage.now_ms - 4000);
    g_autoptr(GBytes) body = make_body(head, picture);

    return question_stage_run(&self->stage, &row, NULL, params, body);
}

static bool
send(Test *self)
{
    g_autoptr(GBytes) picture = make_jpeg(5000, 1);

    return send_with(self, self->mark, picture);
}

/* The reason word of what the phone was answered. */
static void
assert_reason(const Test *self, const char *reason)
{
    g_assert_nonnull(self->stage.error);
    g_assert_true(g_str_has_prefix(self->stage.error->message, reason));
}

static void
test_asked_sent_and_judged(void)
{
    Test test = { 0 };

    begin(&test);
    ask(&test, "o-office-1");
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.state"), ==, "asked");
    g_assert_true(open(&test));
    g_assert_cmpstr(question_stage_text(&test.stage, "name"), ==, "许＊＊");
    g_assert_null(strstr(question_stage_text(&test.stage, "name"), "小"));
    question_stage_go_on(&test.stage, MINUTE_MS);
    g_assert_true(send(&test));
    g_assert_true(act(&test, "i-county", "photos.get", ""));
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.state"), ==, "answered");
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.place.state"), ==, "given");
    g_assert_cmpint(json_node_get_int(question_stage_get(&test.stage, "photo.place.accuracy_m")), ==, 12);
    g_assert_cmpint(json_node_get_int(question_stage_get(&test.stage, "photo.received_ms")), ==, test.stage.now_ms);
    g_assert_cmpint(json_node_get_int(question_stage_get(&test.stage, "photo.taken_ms")), ==, test.stage.now_ms - 4000);
    g_autofree char *name = g_strconcat(question_stage_text(&test.stage, "photo.sha256"), ".jpg", NULL);
    g_autofree char *path = g_build_filename(test.stage.scratch.dir, "photos", name, NULL);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    /* its digest is in the log, and nobody else's business */
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM audit, photo_request WHERE action ="
                                                       " 'photo.answer' AND detail LIKE '%' || sha256 || '%'"),
                    ==, 1);
    g_assert_false(act(&test, "i-other", "photos.get", ""));
    g_assert_false(act(&test, "o-office-2", "photos.judge", ",\"verdict\":\"same\""));
    g_assert_true(act(&test, "o-office-1", "photos.judge", ",\"verdict\":\"not-sure\",\"note\":\"too dark\""));
    g_assert_false(act(&test, "i-county", "photos.judge", ",\"verdict\":\"same\""));
    g_assert_true(act(&test, "i-county", "photos.judge", ",\"verdict\":\"same\",\"note\":\"by the scar\""));
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.judge"), ==, "i-county");
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM audit WHERE action = 'photo.judge'"), ==,
                    2);
    end(&test);
}

static void
test_a_link_is_good_once(void)
{
    Test test = { 0 };

    begin(&test);
    ask(&test, "o-office-1");
    g_assert_cmpint(scratch_count(&test.stage.scratch, "SELECT count(*) FROM photo_request WHERE length(hash) = 64"),
                    ==, 1);
    g_assert_true(open(&test));
    g_autofree char *first = g_strdup(test.ticket), *mark = g_strdup(test.mark);
    g_assert_true(open(&test)); /* the page was loaded anew: what was given before is void */
    g_assert_cmpstr(first, !=, test.ticket);
    g_autofree char *second = g_steal_pointer(&test.ticket);
    test.ticket = g_strdup(first);
    g_autoptr(GBytes) picture = make_jpeg(5000, 1);
    g_assert_false(send_with(&test, mark, picture));
    assert_reason(&test, "photo-unknown");
    set(&test.ticket, second);
    g_assert_true(send(&test));
    g_assert_false(send(&test));
    assert_reason(&test, "photo-unknown");
    g_assert_false(open(&test));
    assert_reason(&test, "photo-used");
    set(&test.code, "no such link");
    g_assert_false(open(&test));
    assert_reason(&test, "photo-unknown");
    end(&test);
}

static void
test_a_link_is_good_for_its_time(void)
{
    Test test = { 0 };

    begin(&test);
    ask(&test, "i-city");
    g_assert_false(act(&test, "i-city", "photos.judge", ",\"verdict\":\"no-answer\""));
    question_stage_go_on(&test.stage, 30 * MINUTE_MS - 1);
    g_assert_true(open(&test));
    question_stage_go_on(&test.stage, 1);
    g_assert_false(open(&test));
    assert_reason(&test, "photo-expired");
    /* the picture that was on its way is taken for two minutes more */
    question_stage_go_on(&test.stage, GW_PHOTOS_GRACE_MS);
    g_assert_false(send(&test));
    assert_reason(&test, "photo-expired");
    g_assert_true(act(&test, "i-city", "photos.judge", ",\"verdict\":\"no-answer\""));
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.state"), ==, "judged");
    ask(&test, "i-city");
    g_assert_true(open(&test));
    question_stage_go_on(&test.stage, 30 * MINUTE_MS + GW_PHOTOS_GRACE_MS - 1);
    g_assert_true(send(&test));
    end(&test);
}

static void
test_a_withdrawn_link_is_void(void)
{
    Test test = { 0 };

    begin(&test);
    ask(&test, "o-office-1");
    g_assert_true(open(&test));
    g_assert_true(act(&test, "i-county", "photos.withdraw", ""));
    g_assert_false(open(&test));
    assert_reason(&test, "photo-withdrawn");
    g_assert_false(send(&test));
    assert_reason(&test, "photo-withdrawn");
    g_assert_false(act(&test, "i-county", "photos.withdraw", ""));
    for (unsigned i = 0; i < GW_PHOTOS_MAX_OPEN; i++)
        ask(&test, "o-office-1");
    refuse(&test, "o-office-1", "photos.ask", "{\"subject\":\"s-1\",\"reason\":\"x\"}", SIG_ERROR_LIMIT);
    refuse(&test, "o-office-1", "photos.ask", "{\"subject\":\"s-2\",\"reason\":\"x\"}", SIG_ERROR_NOT_FOUND);
    refuse(&test, "o-office-1", "photos.ask", "{\"subject\":\"nobody\",\"reason\":\"x\"}", SIG_ERROR_NOT_FOUND);
    end(&test);
}

static void
test_what_is_no_picture_is_not_kept(void)
{
    Test test = { 0 };
    g_autoptr(GBytes) small = make_jpeg(GW_PICTURE_MIN_BYTES - 1, 1);
    g_autoptr(GBytes) large = make_jpeg(GW_PICTURE_MAX_BYTES + 1, 1);
    g_autoptr(GBytes) least = make_jpeg(GW_PICTURE_MIN_BYTES, 1);
    g_autoptr(GBytes) whole = make_jpeg(GW_PICTURE_MAX_BYTES, 2);
    g_autoptr(GBytes) other = g_bytes_new_take(g_strnfill(5000, '<'), 5000);
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, 6000);

    begin(&test);
    ask(&test, "o-office-1");
    g_assert_true(open(&test));
    GBytes *const bad[] = { small, large, other, cut };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(send_with(&test, test.mark, bad[i]));
        assert_reason(&test, "bad-picture");
    }
    /* the mark of another opening: an old picture */
    g_assert_false(send_with(&test, "none", least));
    assert_reason(&test, "photo-unknown");
    g_assert_true(send_with(&test, test.mark, least));
    ask(&test, "o-office-1");
    g_assert_true(open(&test));
    g_assert_true(send_with(&test, test.mark, whole));
    end(&test);
}

static void
test_answers_of_phones(void)
{
    static const struct {
        const char *head;
        bool good;
    } cases[] = {
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"denied\"}}", true },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"timeout\",\"lat\":1}}", true },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"given\",\"lat\":-90,\"lon\":180}}", true },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"given\",\"lat\":90.1,\"lon\":0}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"given\",\"lat\":0,\"lon\":-180.1}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"given\"}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"known\"}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":[]}", false },
        { "{\"mark\":\"1\",\"taken_ms\":-1,\"place\":{\"state\":\"denied\"}}", false },
        { "{\"mark\":\"1\",\"place\":{\"state\":\"denied\"}}", false },
        { "{\"mark\":\"\",\"taken_ms\":1,\"place\":{\"state\":\"denied\"}}", false },
        { "{\"mark\":\"1\",\"taken_ms\":1,\"place\":{\"state\":\"denied\"},\"more\":1}", false },
        { "[]", false },
        { "", false },
    };
    g_autoptr(GBytes) picture = make_jpeg(100, 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) body = make_body(cases[i].head, picture);
        g_autoptr(GError) error = NULL;
        GwPhotoAnswer answer = { 0 };
        bool good = gw_photo_answer_parse(body, &answer, &error);
        g_assert_true(good == cases[i].good);
        g_assert_true(good == (error == NULL));
        g_assert_true(!good || g_bytes_equal(answer.picture, picture));
        gw_photo_answer_clear(&answer);
    }
    /* a first line without an end is not read for ever */
    g_autofree char *endless = g_strnfill(GW_PHOTO_ANSWER_MAX_HEAD, ' ');
    g_autoptr(GBytes) body = make_body(endless, picture);
    GwPhotoAnswer answer = { 0 };
    g_assert_false(gw_photo_answer_parse(body, &answer, NULL));
    g_assert_false(gw_photo_answer_parse(NULL, &answer, NULL));
}

static bool
import(Test *self, const char *person, const char *text, bool apply)
{
    g_autofree char *params = g_strdup_printf("{\"text\":\"%s\",\"apply\":%s}", text, apply ? "true" : "false");

    return try(self, person, "supervisees.import", params);
}

static int64_t
get_number(const Test *self, const char *name)
{
    return json_object_get_int_member(self->stage.result, name);
}

static void
test_a_table_of_supervisees(void)
{
    Test test = { 0 };

    begin(&test);
    g_assert_true(import(&test, "i-county", "编号,姓名,单位\\nn-1,江望月,office-1\\ns-1,许小满,office-2\\n", false));
    g_assert_cmpint(get_number(&test, "added"), ==, 1);
    g_assert_cmpint(get_number(&test, "changed"), ==, 1);
    g_assert_null(gw_subjects_find(test.stage.subjects, "n-1"));
    g_assert_true(
        import(&test, "i-county", "id,name,number,unit\\nn-1,江望月,7,office-1\\ns-2,许小满,s-2,office-2\\n", true));
    g_assert_cmpint(get_number(&test, "same"), ==, 1);
    g_assert_cmpstr(gw_subjects_find(test.stage.subjects, "n-1")->number, ==, "7");
    /* all or nothing, and nobody is taken from elsewhere, or put there */
    static const char *const bad[] = { "good,a,,office-1\\n../x,b,,office-1\\n",
                                       "good,a,,office-1\\ngood,a,,office-1\\n", "good,a,,office-1\\nb,,,office-1\\n",
                                       "good,a,,office-1\\nb,b,,office-x\\n", "good,a,,office-1\\nb,b,,nowhere\\n" };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strconcat("id,name,number,unit\\n", bad[i], NULL);
        g_assert_true(import(&test, "i-county", text, true));
        g_assert_cmpint(get_number(&test, "n_faults"), ==, 1);
        g_assert_null(gw_subjects_find(test.stage.subjects, "good"));
    }
    g_assert_true(import(&test, "i-other", "id,name,unit\\ns-1,mine,office-x\\n", true));
    g_assert_cmpint(get_number(&test, "n_faults"), ==, 1);
    g_assert_cmpstr(gw_subjects_find(test.stage.subjects, "s-1")->unit, ==, "office-1");
    g_assert_false(import(&test, "i-county", "name,unit\\na,office-1\\n", true));
    g_assert_true(try(&test, "i-county", "supervisees.list", "{}"));
    g_assert_cmpint(get_number(&test, "total"), ==, 4);
    g_assert_true(try(&test, "i-other", "supervisees.list", "{}"));
    g_assert_cmpint(get_number(&test, "total"), ==, 0);
    g_assert_true(try(&test, "i-city", "supervisees.list", "{\"unit\":\"office-1\",\"search\":\"江\"}"));
    g_assert_cmpint(get_number(&test, "total"), ==, 1);
    refuse(&test, "i-other", "supervisees.list", "{\"unit\":\"office-1\"}", SIG_ERROR_NOT_FOUND);
    end(&test);
}

static void
test_a_picture_is_there_after_a_restart(void)
{
    Test test = { 0 };
    g_autoptr(GError) error = NULL;

    begin(&test);
    gw_subjects_set_picture(test.stage.subjects, "s-1", "abc", STARTED_MS);
    gw_store_flush(test.stage.scratch.store);
    g_autoptr(GwSubjects) again = gw_subjects_new(test.stage.scratch.store, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(gw_subjects_find(again, "s-1")->picture, ==, "abc");
    g_assert_cmpint(gw_subjects_find(again, "s-1")->picture_ms, ==, STARTED_MS);
    end(&test);
}

static void
pass_days(Test *self, int64_t *steady_us, unsigned days)
{
    int64_t ms = (int64_t)days * 24 * 3600 * 1000;

    gw_photos_tick(self->photos, *steady_us);
    self->stage.now_ms += ms;
    *steady_us += ms * 1000;
    gw_photos_tick(self->photos, *steady_us);
    gw_store_flush(self->stage.scratch.store);
    *steady_us += 1;
    gw_store_flush(self->stage.scratch.store);
}

static void
test_a_picture_goes_when_its_time_is_over_and_what_it_was_stays(void)
{
    Test test = { 0 };
    int64_t steady_us = G_USEC_PER_SEC;
    g_autofree char *path = NULL, *sha256 = NULL, *name = NULL;

    begin(&test);
    test.stage.config.supervision.photo_days = 180;
    ask(&test, "i-county");
    g_assert_true(open(&test));
    g_autoptr(GBytes) picture = make_jpeg(2000, 7);
    g_assert_true(send_with(&test, test.mark, picture));
    sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, picture);
    name = gw_photo_get_name(sha256);
    path = g_build_filename(test.photos->dir, name, NULL);
    pass_days(&test, &steady_us, 179);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    pass_days(&test, &steady_us, 2);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(act(&test, "i-county", "photos.get", ""));
    g_assert_null(question_stage_text(&test.stage, "photo.picture"));
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.sha256"), ==, sha256);
    g_assert_true(act(&test, "i-county", "photos.judge", ",\"verdict\":\"same\""));
    g_assert_cmpstr(question_stage_text(&test.stage, "photo.verdict"), ==, "same");
    end(&test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/photos/asked-sent-and-judged", test_asked_sent_and_judged);
    g_test_add_func("/gateway/photos/a-link-is-good-once", test_a_link_is_good_once);
    g_test_add_func("/gateway/photos/a-link-is-good-for-its-time", test_a_link_is_good_for_its_time);
    g_test_add_func("/gateway/photos/a-withdrawn-link-is-void", test_a_withdrawn_link_is_void);
    g_test_add_func("/gateway/photos/what-is-no-picture-is-not-kept", test_what_is_no_picture_is_not_kept);
    g_test_add_func("/gateway/photos/answers-of-phones", test_answers_of_phones);
    g_test_add_func("/gateway/photos/a-picture-goes-when-its-time-is-over-and-what-it-was-stays",
                    test_a_picture_goes_when_its_time_is_over_and_what_it_was_stays);
    g_test_add_func("/gateway/supervisees/a-table-of-supervisees", test_a_table_of_supervisees);
    g_test_add_func("/gateway/supervisees/a-picture-is-there-after-a-restart", test_a_picture_is_there_after_a_restart);
    return g_test_run();
}
