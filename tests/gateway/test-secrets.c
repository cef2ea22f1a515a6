/* Tokens, one-time links, visit codes and what they are made of; virtual time. */
#include <string.h>

#include "gateway/people/links.h"
#include "gateway/people/secret.h"
#include "gateway/people/tokens.h"
#include "gateway/people/visit-codes.h"
#include "scratch.h"

#define START INT64_C(1700000000000)
#define HOUR  (INT64_C(3600) * 1000)

typedef struct {
    Scratch scratch;
    GwTokens *tokens;
    GwLinks *links;
    GwVisitCodes *codes;
    unsigned n_revoked;
} Fixture;

static void
on_revoked(const GwToken *token, void *user_data)
{
    Fixture *fixture = user_data;

    g_assert_nonnull(token->hash);
    fixture->n_revoked++;
}

static void
load(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    scratch_open(&fixture->scratch);
    fixture->tokens = gw_tokens_new(fixture->scratch.store, on_revoked, fixture, &error);
    g_assert_no_error(error);
    fixture->links = gw_links_new(fixture->scratch.store, &error);
    g_assert_no_error(error);
    fixture->codes = gw_visit_codes_new(fixture->scratch.store, &error);
    g_assert_no_error(error);
}

static void
unload(Fixture *fixture)
{
    gw_tokens_free(fixture->tokens);
    gw_links_free(fixture->links);
    gw_visit_codes_free(fixture->codes);
    scratch_close(&fixture->scratch);
}

static void
setup(Fixture *fixture, const void *data)
{
    (void)data;
    load(fixture);
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;
    unload(fixture);
    scratch_open(&fixture->scratch);
    scratch_clear(&fixture->scratch);
}

static void
restart(Fixture *fixture)
{
    unload(fixture);
    load(fixture);
}

static bool
is_valid(Fixture *fixture, GwSeat seat, const char *secret, int64_t now_ms)
{
    return gw_tokens_use(fixture->tokens, seat, secret, now_ms) != NULL;
}

static void
test_secrets_are_long_and_different(Fixture *fixture, const void *data)
{
    g_autofree char *one = gw_secret_new(), *two = gw_secret_new();
    (void)fixture;
    (void)data;

    g_assert_cmpuint(strlen(one), ==, 43); /* 256 bits in base64 */
    g_assert_cmpstr(one, !=, two);
    g_assert_cmpuint(strspn(one, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"), ==, 43);
}

static void
test_codes_are_read_as_typed(Fixture *fixture, const void *data)
{
    static const struct {
        const char *typed, *read;
    } cases[] = {
        { "ABCDE23456", "ABCDE23456" }, { "abcde-23456", "ABCDE23456" }, { " ab-cd e2 3456 ", "ABCDE23456" },
        { "ABCDE2345", NULL },          { "ABCDE234567", NULL },         { "ABCDE2345O", NULL },
        { "ABCDE23450", NULL },         { "ABCDE2345I", NULL },          { "", NULL },
        { "ABCDE2345é", NULL },
    };
    (void)fixture;
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *read = gw_secret_read_code(cases[i].typed);
        g_assert_cmpstr(read, ==, cases[i].read);
    }
    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *code = gw_secret_new_code();
        g_autofree char *read = gw_secret_read_code(code);
        g_assert_cmpstr(read, ==, code);
    }
}

static void
test_token_knows_its_owner(Fixture *fixture, const void *data)
{
    g_autofree char *secret = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    (void)data;

    g_assert_cmpstr(gw_tokens_use(fixture->tokens, GW_SEAT_CONSOLE, secret, START)->owner, ==, "p-1");
    g_assert_false(is_valid(fixture, GW_SEAT_TERMINAL, secret, START));
    g_assert_false(is_valid(fixture, GW_SEAT_VISIT, secret, START));
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, NULL, START));
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, "", START));
    secret[3] = secret[3] == 'x' ? 'y' : 'x';
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, secret, START));
}

static void
test_console_ends_when_idle(Fixture *fixture, const void *data)
{
    g_autofree char *secret = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    (void)data;

    g_assert_true(is_valid(fixture, GW_SEAT_CONSOLE, secret, START + 11 * HOUR));
    g_assert_true(is_valid(fixture, GW_SEAT_CONSOLE, secret, START + 22 * HOUR));
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, secret, START + 24 * HOUR)); /* a day, however busy */

    g_autofree char *other = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, other, START + GW_TOKEN_CONSOLE_IDLE_MS));
    g_assert_cmpuint(fixture->n_revoked, ==, 2);
}

static void
test_terminal_lasts_a_year(Fixture *fixture, const void *data)
{
    g_autofree char *secret = gw_tokens_issue(fixture->tokens, GW_SEAT_TERMINAL, "t-1", 0, START);
    (void)data;

    g_assert_true(is_valid(fixture, GW_SEAT_TERMINAL, secret, START + 399 * 24 * HOUR));
    g_assert_false(is_valid(fixture, GW_SEAT_TERMINAL, secret, START + 400 * 24 * HOUR));
}

static void
test_tokens_survive_a_restart_without_their_secret(Fixture *fixture, const void *data)
{
    g_autofree char *secret = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    g_autofree char *gone = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-2", 0, START);
    g_autofree char *kept = gw_secret_hash(secret);
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM token WHERE hash = '%s'", kept);
    (void)data;

    gw_tokens_revoke_owner(fixture->tokens, GW_SEAT_CONSOLE, "p-2", NULL);
    restart(fixture);
    g_assert_true(is_valid(fixture, GW_SEAT_CONSOLE, secret, START + HOUR));
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, gone, START + HOUR));
    g_assert_cmpint(scratch_count(&fixture->scratch, sql), ==, 1);
    g_assert_cmpint(scratch_count(&fixture->scratch, "SELECT count(*) FROM token WHERE length(hash) <> 64"), ==, 0);
}

static void
test_revoking_an_owner_may_spare_one(Fixture *fixture, const void *data)
{
    g_autofree char *here = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    g_autofree char *there = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    g_autofree char *other = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-2", 0, START);
    g_autofree char *hash = gw_secret_hash(here);
    (void)data;

    gw_tokens_revoke_owner(fixture->tokens, GW_SEAT_CONSOLE, "p-1", hash);
    g_assert_true(is_valid(fixture, GW_SEAT_CONSOLE, here, START));
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, there, START));
    g_assert_true(is_valid(fixture, GW_SEAT_CONSOLE, other, START));
}

static void
test_tokens_of_an_owner_are_bounded(Fixture *fixture, const void *data)
{
    g_autofree char *first = gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START);
    (void)data;

    for (unsigned i = 0; i < GW_TOKENS_PER_OWNER; i++)
        g_free(gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START + 1 + i));
    g_assert_cmpuint(gw_tokens_get_count(fixture->tokens), ==, GW_TOKENS_PER_OWNER);
    g_assert_false(is_valid(fixture, GW_SEAT_CONSOLE, first, START + 100));
}

static void
test_sweep_ends_what_is_over(Fixture *fixture, const void *data)
{
    (void)data;

    g_free(gw_tokens_issue(fixture->tokens, GW_SEAT_CONSOLE, "p-1", 0, START));
    g_free(gw_tokens_issue(fixture->tokens, GW_SEAT_VISIT, "v-1", START + HOUR, START));
    g_free(gw_tokens_issue(fixture->tokens, GW_SEAT_TERMINAL, "t-1", 0, START));
    gw_tokens_sweep(fixture->tokens, START + HOUR - 1);
    g_assert_cmpuint(gw_tokens_get_count(fixture->tokens), ==, 3);
    gw_tokens_sweep(fixture->tokens, START + HOUR);
    g_assert_cmpuint(gw_tokens_get_count(fixture->tokens), ==, 2);
    gw_tokens_sweep(fixture->tokens, START + 24 * HOUR);
    g_assert_cmpuint(gw_tokens_get_count(fixture->tokens), ==, 1);
    g_assert_cmpuint(fixture->n_revoked, ==, 2);
}

static GwLinkState
use_link(Fixture *fixture, const char *code, int64_t now_ms)
{
    g_autofree char *owner = NULL;
    GwSeat seat = GW_SEAT_NONE;
    GwLinkState state = gw_links_use(fixture->links, code, now_ms, &seat, &owner);

    g_assert_true((state == GW_LINK_FINE) == (owner != NULL));
    return state;
}

static void
test_link_works_once(Fixture *fixture, const void *data)
{
    g_autofree char *code = gw_links_issue(fixture->links, GW_SEAT_CONSOLE, "p-1", START);
    (void)data;

    g_assert_cmpint(use_link(fixture, "nonsense", START), ==, GW_LINK_UNKNOWN);
    g_assert_cmpint(use_link(fixture, code, START + HOUR), ==, GW_LINK_FINE);
    g_assert_cmpint(use_link(fixture, code, START + HOUR), ==, GW_LINK_USED);
    restart(fixture);
    g_assert_cmpint(use_link(fixture, code, START + HOUR), ==, GW_LINK_USED);
}

static void
test_link_is_for_a_day(Fixture *fixture, const void *data)
{
    g_autofree char *late = gw_links_issue(fixture->links, GW_SEAT_CONSOLE, "p-1", START);
    g_autofree char *just = gw_links_issue(fixture->links, GW_SEAT_TERMINAL, "t-1", START);
    (void)data;

    g_assert_cmpint(use_link(fixture, just, START + GW_LINK_MS - 1), ==, GW_LINK_FINE);
    g_assert_cmpint(use_link(fixture, late, START + GW_LINK_MS), ==, GW_LINK_EXPIRED);
    gw_links_sweep(fixture->links, START + GW_LINK_MS + GW_LINK_REMEMBER_MS);
    g_assert_cmpint(use_link(fixture, late, START + GW_LINK_MS), ==, GW_LINK_UNKNOWN);
}

static void
test_links_of_an_owner_are_bounded(Fixture *fixture, const void *data)
{
    g_autofree char *first = gw_links_issue(fixture->links, GW_SEAT_CONSOLE, "p-1", START);
    g_autofree char *other = gw_links_issue(fixture->links, GW_SEAT_CONSOLE, "p-2", START);
    (void)data;

    for (unsigned i = 0; i < GW_LINKS_PER_OWNER; i++)
        g_free(gw_links_issue(fixture->links, GW_SEAT_CONSOLE, "p-1", START + 1 + i));
    g_assert_cmpint(use_link(fixture, first, START + 100), ==, GW_LINK_UNKNOWN);
    gw_links_revoke_owner(fixture->links, GW_SEAT_CONSOLE, "p-2");
    g_assert_cmpint(use_link(fixture, other, START + 100), ==, GW_LINK_UNKNOWN);
}

static const char *
find_visit(Fixture *fixture, const char *typed, int64_t now_ms, bool *ret_expired)
{
    int64_t expires_ms = 0;

    return gw_visit_codes_find(fixture->codes, typed, now_ms, &expires_ms, ret_expired);
}

static void
test_visit_code_opens_its_visit(Fixture *fixture, const void *data)
{
    g_autofree char *code = gw_visit_codes_issue(fixture->codes, "v-1", START + HOUR);
    g_autofree char *typed = g_ascii_strdown(code, -1);
    bool expired = false;
    (void)data;

    g_assert_cmpstr(find_visit(fixture, code, START, &expired), ==, "v-1");
    g_assert_cmpstr(find_visit(fixture, typed, START, &expired), ==, "v-1"); /* again, as typed */
    g_assert_null(find_visit(fixture, "ABCDE23456", START, &expired));
    g_assert_false(expired);
    g_assert_null(find_visit(fixture, code, START + HOUR, &expired));
    g_assert_true(expired);
    restart(fixture);
    g_assert_cmpstr(find_visit(fixture, code, START, &expired), ==, "v-1");
    g_assert_cmpint(scratch_count(&fixture->scratch, "SELECT count(*) FROM visit_code WHERE length(hash) = 64"), ==, 1);
}

static void
test_new_visit_code_voids_the_old(Fixture *fixture, const void *data)
{
    g_autofree char *old = gw_visit_codes_issue(fixture->codes, "v-1", START + HOUR);
    g_autofree char *new = gw_visit_codes_issue(fixture->codes, "v-1", START + HOUR);
    bool expired = false;
    (void)data;

    g_assert_null(find_visit(fixture, old, START, &expired));
    g_assert_false(expired);
    g_assert_cmpstr(find_visit(fixture, new, START, &expired), ==, "v-1");
    gw_visit_codes_revoke(fixture->codes, "v-1");
    g_assert_null(find_visit(fixture, new, START, &expired));
    restart(fixture);
    g_assert_null(find_visit(fixture, new, START, &expired));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/secrets/" name, Fixture, NULL, setup, func, teardown)
    TEST("secrets-are-long-and-different", test_secrets_are_long_and_different);
    TEST("codes-are-read-as-typed", test_codes_are_read_as_typed);
    TEST("token-knows-its-owner", test_token_knows_its_owner);
    TEST("console-ends-when-idle", test_console_ends_when_idle);
    TEST("terminal-lasts-a-year", test_terminal_lasts_a_year);
    TEST("tokens-survive-a-restart-without-their-secret", test_tokens_survive_a_restart_without_their_secret);
    TEST("revoking-an-owner-may-spare-one", test_revoking_an_owner_may_spare_one);
    TEST("tokens-of-an-owner-are-bounded", test_tokens_of_an_owner_are_bounded);
    TEST("sweep-ends-what-is-over", test_sweep_ends_what_is_over);
    TEST("link-works-once", test_link_works_once);
    TEST("link-is-for-a-day", test_link_is_for_a_day);
    TEST("links-of-an-owner-are-bounded", test_links_of_an_owner_are_bounded);
    TEST("visit-code-opens-its-visit", test_visit_code_opens_its_visit);
    TEST("new-visit-code-voids-the-old", test_new_visit_code_voids_the_old);
    return g_test_run();
}
