#include "recorder/evidence/timestamp.h"

#include <string.h>

#include "tests/recorder/tsa.h"

static const char text[] = "what is stamped";
static const RecSlice data = { text, sizeof text - 1 };

typedef struct {
    TestFolder *folder;
    char *ca;
    RecTimestampTrust trust;
    RecTimestampQuery query;
    GBytes *request;
} Fixture;

static void
ask(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&f->request, g_bytes_unref);
    f->request = rec_timestamp_ask(&data, &f->trust, &f->query, &error);
    g_assert_no_error(error);
}

static void
set_up(Fixture *f, const void *unused)
{
    (void)unused;
    f->folder = test_folder_new();
    tsa_make(f->folder);
    f->ca = test_folder_get(f->folder, "ca.pem");
    f->trust = (RecTimestampTrust){ .ca_path = f->ca, .now_us = g_get_real_time() };
    ask(f);
}

static void
tear_down(Fixture *f, const void *unused)
{
    (void)unused;
    g_bytes_unref(f->request);
    g_free(f->ca);
    test_folder_free(f->folder);
}

static bool
is_taken(Fixture *f, GBytes *answer, GError **error)
{
    const RecSlice response = { g_bytes_get_data(answer, NULL), g_bytes_get_size(answer) };
    int64_t at_us = 0;

    if (!rec_timestamp_check(&response, &f->query, &f->trust, &at_us, error))
        return false;
    g_assert_cmpint(ABS(at_us - f->trust.now_us), <, 120 * G_USEC_PER_SEC);
    return true;
}

static void
assert_refused(Fixture *f, GBytes *answer, const char *named)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(is_taken(f, answer, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID);
    if (strstr(error->message, named) == NULL)
        g_error("'%s' does not say '%s'", error->message, named);
}

static void
a_good_token_is_taken(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);
    g_autoptr(GError) error = NULL;

    (void)unused;
    g_assert_true(is_taken(f, answer, &error));
    g_assert_no_error(error);
    f->trust.policy = TSA_OTHER;
    ask(f);
    g_autoptr(GBytes) other = tsa_answer(f->folder, f->request);
    g_assert_true(is_taken(f, other, &error));
}

static void
another_nonce_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);

    (void)unused;
    ask(f); /* the same bytes, another nonce: an answer that was recorded before */
    assert_refused(f, answer, "nonce");
}

static void
another_imprint_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);

    (void)unused;
    f->query.imprint[0] ^= 1;
    assert_refused(f, answer, "imprint");
}

static void
another_policy_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);

    (void)unused;
    f->trust.policy = TSA_OTHER;
    assert_refused(f, answer, "policy");
    /* A policy that the server does not have: it says so, in a status without a token. */
    f->trust.policy = "1.2.3.4.9";
    ask(f);
    g_autoptr(GBytes) rejected = tsa_answer(f->folder, f->request);
    assert_refused(f, rejected, "did not grant");
}

static void
an_expired_authority_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);

    (void)unused;
    f->trust.now_us += INT64_C(25) * 24 * 3600 * G_USEC_PER_SEC; /* the server's certificate is good for 20 days */
    assert_refused(f, answer, "certificate");
}

static void
ten_minutes_off_are_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);
    int64_t now_us = f->trust.now_us, minute_us = 60 * (int64_t)G_USEC_PER_SEC;

    (void)unused;
    f->trust.now_us = now_us + 10 * minute_us;
    assert_refused(f, answer, "time is not ours");
    f->trust.now_us = now_us + 4 * minute_us;
    const RecSlice response = { g_bytes_get_data(answer, NULL), g_bytes_get_size(answer) };
    int64_t at_us = 0;
    g_assert_true(rec_timestamp_check(&response, &f->query, &f->trust, &at_us, NULL));
}

static void
a_foreign_authority_is_refused(Fixture *f, const void *unused)
{
    g_autoptr(TestFolder) other = test_folder_new();
    g_autoptr(GBytes) answer = NULL;

    (void)unused;
    tsa_make(other);
    answer = tsa_answer(other, f->request);
    assert_refused(f, answer, "certificate");
    f->trust.ca_path = "/nonexistent/ca.pem";
    g_autoptr(GError) error = NULL;
    g_assert_false(is_taken(f, answer, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS);
}

/* The time in the token, "20261122030405Z": one digit of it. */
static void
altered_and_cut_answers_are_refused(Fixture *f, const void *unused)
{
    g_autoptr(GBytes) answer = tsa_answer(f->folder, f->request);
    gsize size = g_bytes_get_size(answer);
    g_autofree uint8_t *copy = g_memdup2(g_bytes_get_data(answer, NULL), size);
    g_autofree char *digits = g_strdup_printf("%c%c20", 0x18, 0x0f);
    uint8_t *time = memmem(copy, size, digits, 4);

    (void)unused;
    for (gsize i = 0; i < size; i++) {
        g_autoptr(GBytes) cut = g_bytes_new(copy, i);
        g_assert_false(is_taken(f, cut, NULL));
    }
    g_assert_nonnull(time);
    time[15] ^= 1;
    g_autoptr(GBytes) altered = g_bytes_new(copy, size);
    assert_refused(f, altered, "");
    g_autoptr(GByteArray) longer = g_byte_array_new();
    g_byte_array_append(longer, g_bytes_get_data(answer, NULL), (guint)size);
    g_byte_array_append(longer, (const uint8_t *)"", 1);
    g_autoptr(GBytes) trailing = g_bytes_new(longer->data, longer->len);
    assert_refused(f, trailing, "not an answer");
    g_byte_array_set_size(longer, REC_TIMESTAMP_MAX_BYTES + 1);
    g_autoptr(GBytes) long_one = g_bytes_new(longer->data, longer->len);
    assert_refused(f, long_one, "too long");
}

static void
a_server_is_asked(Fixture *f, const void *unused)
{
    static const TsaMode bad[] = { TSA_BROKEN, TSA_ENDLESS, TSA_SILENT };
    Tsa *tsa = tsa_start(f->folder);
    g_autoptr(GError) error = NULL;

    (void)unused;
    g_autoptr(GBytes) answer = rec_timestamp_fetch(tsa->url, f->request, 20, &error);
    g_assert_no_error(error);
    g_assert_true(is_taken(f, answer, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) failure = NULL;

        g_atomic_int_set(&tsa->mode, bad[i]);
        g_assert_null(rec_timestamp_fetch(tsa->url, f->request, 1, &failure));
        g_assert_error(failure, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE);
    }
    g_atomic_int_set(&tsa->mode, TSA_GARBAGE);
    g_autoptr(GBytes) garbage = rec_timestamp_fetch(tsa->url, f->request, 20, NULL);
    assert_refused(f, garbage, "not an answer");
    tsa_free(tsa);
    g_assert_null(rec_timestamp_fetch("http://127.0.0.1:1/", f->request, 1, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE);
    g_clear_error(&error);
    g_assert_null(rec_timestamp_fetch("file:///etc/passwd", f->request, 1, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_UNAVAILABLE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/evidence/timestamp/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("a-good-token-is-taken", a_good_token_is_taken);
    ADD("another-nonce-is-refused", another_nonce_is_refused);
    ADD("another-imprint-is-refused", another_imprint_is_refused);
    ADD("another-policy-is-refused", another_policy_is_refused);
    ADD("an-expired-authority-is-refused", an_expired_authority_is_refused);
    ADD("ten-minutes-off-are-refused", ten_minutes_off_are_refused);
    ADD("a-foreign-authority-is-refused", a_foreign_authority_is_refused);
    ADD("altered-and-cut-answers-are-refused", altered_and_cut_answers_are_refused);
    ADD("a-server-is-asked", a_server_is_asked);
    return g_test_run();
}
