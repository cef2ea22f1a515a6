#include "media/stun.h"

#include <string.h>

#include "media/ice.h"

#define PASSWORD "abcdefghijklmnopqrstuvwx"

enum { REQUEST_BYTES = 1500 };

typedef struct {
    uint8_t bytes[REQUEST_BYTES];
    size_t size;
} Request;

/* What a browser sends, integrity and fingerprint included. */
static void
build(Request *request, const char *username, StunAttribute extra)
{
    StunAgent agent;
    StunMessage message;

    memset(request, 0, sizeof(*request));
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init_request(&agent, &message, request->bytes, sizeof(request->bytes), STUN_BINDING);
    if (username != NULL)
        stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, username);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 1);
    if (extra == STUN_ATTRIBUTE_USE_CANDIDATE)
        stun_message_append_flag(&message, extra);
    else if (extra == STUN_ATTRIBUTE_ERROR_CODE)
        stun_message_append_bytes(&message, extra, "\x04", 1); /* too short (CVE-2021-37706) */
    else if (extra != 0)
        stun_message_append64(&message, extra, 1);
    request->size = stun_agent_finish_message(&agent, &message, (const uint8_t *)PASSWORD, strlen(PASSWORD));
}

static MediaStunVerdict
judge(const Request *request, const char *password)
{
    static MediaStun stun;
    MediaAddress from;
    MediaStunCheck check;
    uint8_t reply[MEDIA_STUN_MAX_REPLY];
    size_t size;

    media_stun_init(&stun);
    g_assert_true(media_address_parse("2001:db8::1", 4000, &from));
    if (!media_stun_parse(request->bytes, request->size, &check))
        return MEDIA_STUN_DROP;
    return media_stun_answer(&stun, &check, password, &from, reply, &size);
}

static void
test_good_check(void)
{
    Request request;
    MediaStunCheck check;

    build(&request, "ours:theirs", STUN_ATTRIBUTE_USE_CANDIDATE);
    g_assert_true(media_stun_parse(request.bytes, request.size, &check));
    g_assert_cmpmem(check.local, check.local_size, "ours", 4);
    g_assert_cmpmem(check.remote, check.remote_size, "theirs", 6);
    g_assert_true(check.use_candidate);
    g_assert_false(check.controlled);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_VALID);
    g_assert_cmpint(judge(&request, "another password, of 24."), ==, MEDIA_STUN_DROP);
}

static void
test_what_is_authentic_but_wrong_is_answered_with_an_error(void)
{
    Request request;

    build(&request, "ours:theirs", STUN_ATTRIBUTE_ICE_CONTROLLED);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_ERROR);
    build(&request, "ours:theirs", (StunAttribute)0x7001);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_ERROR);
    g_assert_cmpint(judge(&request, "wrong"), ==, MEDIA_STUN_DROP);
    build(&request, "ours:theirs", STUN_ATTRIBUTE_ERROR_CODE);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_VALID); /* it means nothing in a request */
    build(&request, "ours:theirs", (StunAttribute)0xc057);            /* comprehension-optional */
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_VALID);
}

static void
test_usernames(void)
{
    g_autofree char *longest = g_strnfill(MEDIA_STUN_MAX_USERNAME, 'a');
    g_autofree char *too_long = g_strnfill(600, 'a');
    longest[256] = ':';
    too_long[256] = ':';
    const struct {
        const char *username;
        bool good;
    } cases[] = {
        { NULL, false },   { "", false },          { "nocolon", false }, { ":theirs", false }, { "ours:", true },
        { "a:b:c", true }, { "\xff\xfe:x", true }, { longest, true },    { too_long, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Request request;
        MediaStunCheck check;

        build(&request, cases[i].username, 0);
        g_assert_cmpint(media_stun_parse(request.bytes, request.size, &check), ==, cases[i].good);
    }
}

static void append(Request *request, uint16_t type, uint16_t length, size_t value_size);

/* Nothing covers it, so nobody may rely on it. */
static void
test_what_follows_integrity_is_ignored(void)
{
    Request request;
    MediaStunCheck check;

    build(&request, "ours:theirs", 0);
    request.size -= 8; /* FINGERPRINT */
    append(&request, STUN_ATTRIBUTE_USE_CANDIDATE, 0, 0);
    append(&request, STUN_ATTRIBUTE_ICE_CONTROLLED, 8, 8);
    append(&request, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, 20, 20);
    append(&request, STUN_ATTRIBUTE_USERNAME, 4, 4);
    append(&request, STUN_ATTRIBUTE_FINGERPRINT, 4, 4);
    g_assert_true(media_stun_parse(request.bytes, request.size, &check));
    g_assert_cmpmem(check.local, check.local_size, "ours", 4);
    g_assert_false(check.use_candidate);
    g_assert_false(check.controlled);
}

static void
put16(Request *request, size_t offset, uint16_t value)
{
    request->bytes[offset] = (uint8_t)(value >> 8);
    request->bytes[offset + 1] = (uint8_t)value;
}

static void
append(Request *request, uint16_t type, uint16_t length, size_t value_size)
{
    put16(request, request->size, type);
    put16(request, request->size + 2, length);
    request->size += 4 + value_size;
    put16(request, 2, (uint16_t)(request->size - 20));
}

/* Bad-inputs A 1 to 6: each edit of a good request is dropped. The good one: header 20, USERNAME at 20 (4 + 12),
 * PRIORITY at 36 (8), MESSAGE-INTEGRITY at 44 (24), FINGERPRINT at 68 (8); 76 bytes. */
typedef struct {
    const char *name;
    void (*edit)(Request *request);
    bool well_formed; /* then it is integrity or fingerprint that gives it away */
} Edit;

static void
edit_longer_header_length(Request *request)
{
    put16(request, 2, (uint16_t)(request->size - 20 + 4));
}

static void
edit_odd_length(Request *request)
{
    request->size -= 1;
    put16(request, 2, (uint16_t)(request->size - 20));
}

static void
edit_no_cookie(Request *request)
{
    request->bytes[4] ^= 1;
}

static void
edit_response_class(Request *request)
{
    put16(request, 0, 0x0101);
}

static void
edit_other_method(Request *request)
{
    put16(request, 0, 0x0003);
}

static void
edit_attribute_past_end(Request *request)
{
    put16(request, 22, 600);
}

static void
edit_attribute_ffff(Request *request)
{
    put16(request, 38, 0xffff);
}

static void
edit_priority_of_two_bytes(Request *request)
{
    put16(request, 38, 2);
}

static void
edit_short_integrity(Request *request)
{
    put16(request, 46, 16);
}

static void
edit_integrity_missing(Request *request)
{
    put16(request, 44, 0x8022);
}

static void
edit_flipped_integrity(Request *request)
{
    request->bytes[60] ^= 1;
}

static void
edit_flipped_fingerprint(Request *request)
{
    request->bytes[75] ^= 1;
}

static void
edit_fingerprint_missing(Request *request)
{
    request->size -= 8;
    put16(request, 2, (uint16_t)(request->size - 20));
}

static void
edit_attribute_after_fingerprint(Request *request)
{
    append(request, 0x8022, 4, 4);
}

static void
edit_second_fingerprint(Request *request)
{
    append(request, STUN_ATTRIBUTE_FINGERPRINT, 4, 4);
}

static void
edit_short_error_code(Request *request)
{
    put16(request, 36, STUN_ATTRIBUTE_ERROR_CODE);
    put16(request, 38, 1);
}

static const Edit edits[] = {
    { "longer-header-length", edit_longer_header_length },
    { "odd-length", edit_odd_length },
    { "no-cookie", edit_no_cookie },
    { "response-class", edit_response_class },
    { "other-method", edit_other_method },
    { "attribute-past-end", edit_attribute_past_end },
    { "attribute-ffff", edit_attribute_ffff },
    { "priority-of-two-bytes", edit_priority_of_two_bytes },
    { "short-integrity", edit_short_integrity },
    { "integrity-missing", edit_integrity_missing },
    { "flipped-integrity", edit_flipped_integrity, true },
    { "flipped-fingerprint", edit_flipped_fingerprint, true },
    { "fingerprint-missing", edit_fingerprint_missing },
    { "attribute-after-fingerprint", edit_attribute_after_fingerprint },
    { "second-fingerprint", edit_second_fingerprint },
    { "short-error-code", edit_short_error_code, true },
};

static void
test_edit_is_dropped(gconstpointer data)
{
    const Edit *edit = data;
    Request request;
    MediaStunCheck check;

    build(&request, "ours:theirs", 0);
    g_assert_cmpuint(request.size, ==, 76);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_VALID);
    edit->edit(&request);
    g_assert_cmpint(media_stun_parse(request.bytes, request.size, &check), ==, edit->well_formed);
    g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_DROP);
}

static void
test_truncated_anywhere_is_dropped(void)
{
    Request request;

    build(&request, "ours:theirs", 0);
    while (request.size > 0) {
        request.size--;
        g_assert_cmpint(judge(&request, PASSWORD), ==, MEDIA_STUN_DROP);
        if (request.size >= 20) {
            Request fixed = request;

            put16(&fixed, 2, (uint16_t)(fixed.size - 20));
            g_assert_cmpint(judge(&fixed, PASSWORD), ==, MEDIA_STUN_DROP);
        }
    }
}

/* the agent's memory */

static void
make_path(MediaPath *path, unsigned port)
{
    memset(path, 0, sizeof(*path));
    g_assert_true(media_address_parse("192.0.2.1", (uint16_t)port, &path->remote));
}

static void
hear(MediaIce *ice, unsigned port, bool nominate, int64_t now_us, MediaIceOutcome *ret_outcome)
{
    const MediaStunCheck check = { .local = "ours", .local_size = 4, .use_candidate = nominate };
    MediaPath path;

    make_path(&path, port);
    media_ice_on_valid(ice, &check, &path, now_us, ret_outcome);
}

static void
test_path_choice(void)
{
    const MediaIceCredentials local = { "ours", "secret" };
    MediaIceOutcome outcome;
    MediaIce ice;
    MediaPath path;

    media_ice_init(&ice, &local);
    hear(&ice, 1, false, 1000, &outcome);
    g_assert_true(outcome.added && outcome.selected);
    hear(&ice, 2, false, 2000, &outcome);
    g_assert_true(outcome.added && !outcome.selected);
    hear(&ice, 2, true, 3000, &outcome);
    g_assert_true(!outcome.added && outcome.selected);
    make_path(&path, 2);
    media_ice_touch(&ice, &path, 4000);
    hear(&ice, 1, false, 4000 + MEDIA_ICE_SILENT_US - 1, &outcome);
    g_assert_false(outcome.selected);
    hear(&ice, 3, false, 4000 + MEDIA_ICE_SILENT_US, &outcome);
    g_assert_true(outcome.added && outcome.selected);
    media_ice_clear(&ice);
}

static void
test_paths_are_limited(void)
{
    const MediaIceCredentials local = { "ours", "secret" };
    MediaIceOutcome outcome;
    MediaIce ice;
    MediaPath path;

    media_ice_init(&ice, &local);
    hear(&ice, 1, true, 0, &outcome);
    for (unsigned i = 2; i <= MEDIA_ICE_MAX_PATHS; i++) {
        hear(&ice, i, false, i, &outcome);
        g_assert_false(outcome.evicted);
    }
    hear(&ice, 100, false, 100, &outcome);
    g_assert_true(outcome.evicted);
    g_assert_cmpuint(outcome.evicted_path.remote.port, ==, 2); /* the selected one is older, and stays */
    make_path(&path, 1);
    g_assert_true(media_ice_remove_path(&ice, &path));
    g_assert_cmpuint(media_ice_get_selected(&ice)->remote.port, ==, 100);
    g_assert_false(media_ice_remove_path(&ice, &path));
    while (ice.n_paths > 0) {
        path = ice.paths[ice.n_paths - 1].path;
        media_ice_remove_path(&ice, &path);
    }
    g_assert_null(media_ice_get_selected(&ice));
    media_ice_clear(&ice);
}

static void
test_credentials_are_the_peers_own(void)
{
    const MediaIceCredentials local = { "ours", "secret" };
    const MediaStunCheck good = { .local = "ours", .local_size = 4, .remote = "theirs", .remote_size = 6 };
    const MediaStunCheck other = { .local = "ours", .local_size = 4, .remote = "others", .remote_size = 6 };
    MediaIceCredentials random;
    MediaIce ice;

    media_ice_init(&ice, &local);
    g_assert_cmpstr(media_ice_get_password(&ice, &other), ==, "secret");
    media_ice_set_remote(&ice, "theirs");
    g_assert_cmpstr(media_ice_get_password(&ice, &good), ==, "secret");
    g_assert_null(media_ice_get_password(&ice, &other));
    media_ice_clear(&ice);

    media_ice_credentials_generate(&random);
    g_assert_cmpuint(strlen(random.ufrag), ==, 8);
    g_assert_cmpuint(strlen(random.pwd), ==, 24);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/stun/good-check", test_good_check);
    g_test_add_func("/media/stun/authentic-but-wrong-is-answered-with-an-error",
                    test_what_is_authentic_but_wrong_is_answered_with_an_error);
    g_test_add_func("/media/stun/what-follows-integrity-is-ignored", test_what_follows_integrity_is_ignored);
    g_test_add_func("/media/stun/usernames", test_usernames);
    g_test_add_func("/media/stun/truncated-anywhere-is-dropped", test_truncated_anywhere_is_dropped);
    for (unsigned i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autofree char *path = g_strdup_printf("/media/stun/dropped/%s", edits[i].name);

        g_test_add_data_func(path, &edits[i], test_edit_is_dropped);
    }
    g_test_add_func("/media/ice/path-choice", test_path_choice);
    g_test_add_func("/media/ice/paths-are-limited", test_paths_are_limited);
    g_test_add_func("/media/ice/credentials-are-the-peers-own", test_credentials_are_the_peers_own);
    return g_test_run();
}
