/* Codes beside the password. */
#include "gateway/people/second-factor.h"
#include "gateway/people/throttle.h"
#include "scratch.h"

#define STEP_MS (INT64_C(1000) * GW_FACTOR_STEP_S)
#define NOW_MS  (INT64_C(1800000000) * 1000)
#define NOW     (NOW_MS / STEP_MS)

typedef struct {
    Scratch scratch;
    GwSecondFactors *factors;
    char *key;
    char **recovery;
} Fixture;

static void
open_factors(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    scratch_open(&fixture->scratch);
    scratch_open_people(&fixture->scratch);
    fixture->factors = gw_second_factors_new(fixture->scratch.store, &error);
    g_assert_no_error(error);
}

static GwFactorResult
use(Fixture *fixture, int64_t step, int64_t now_ms)
{
    g_autofree char *code = gw_second_factor_code(fixture->key, step);

    return gw_second_factors_use(fixture->factors, "p", code, now_ms);
}

static void
setup(Fixture *fixture, const void *data)
{
    (void)data;

    open_factors(fixture);
    gw_store_run(fixture->scratch.store,
                 gw_statement_new("INSERT INTO unit (id, name, tier) VALUES ('u', 'u', 'county')"), NULL, NULL);
    gw_store_run(
        fixture->scratch.store,
        gw_statement_new("INSERT INTO person (id, name, display, unit, role) VALUES ('p', 'p', 'p', 'u', 'office')"),
        NULL, NULL);
    fixture->key = gw_second_factors_begin(fixture->factors, "p");
    g_assert_false(gw_second_factors_has(fixture->factors, "p"));
    g_autofree char *code = gw_second_factor_code(fixture->key, NOW - 10);
    fixture->recovery = gw_second_factors_confirm(fixture->factors, "p", code, NOW_MS - 10 * STEP_MS);
    g_assert_nonnull(fixture->recovery);
    g_assert_true(gw_second_factors_has(fixture->factors, "p"));
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;

    gw_second_factors_free(fixture->factors);
    scratch_clear(&fixture->scratch);
    g_strfreev(fixture->recovery);
    g_free(fixture->key);
}

static void
reopen(Fixture *fixture)
{
    gw_second_factors_free(fixture->factors);
    scratch_close(&fixture->scratch);
    open_factors(fixture);
}

static void
test_codes_are_those_of_rfc_6238(Fixture *fixture, const void *data)
{
    static const struct {
        int64_t s;
        const char *code;
    } cases[] = { { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
                  { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };
    (void)fixture;
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *code =
            gw_second_factor_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", cases[i].s / GW_FACTOR_STEP_S);
        g_assert_cmpstr(code, ==, cases[i].code);
    }
    g_assert_null(gw_second_factor_code("not base32!", 1));
}

static void
test_a_code_is_right_once_and_for_a_while(Fixture *fixture, const void *data)
{
    (void)data;

    g_assert_cmpint(use(fixture, NOW - 2, NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(use(fixture, NOW + 2, NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(use(fixture, NOW, NOW_MS), ==, GW_FACTOR_RIGHT);
    g_assert_cmpint(use(fixture, NOW, NOW_MS), ==, GW_FACTOR_WRONG);     /* again */
    g_assert_cmpint(use(fixture, NOW - 1, NOW_MS), ==, GW_FACTOR_WRONG); /* an older one after it */
    reopen(fixture);
    g_assert_cmpint(use(fixture, NOW, NOW_MS), ==, GW_FACTOR_WRONG); /* nor after a restart */
    g_assert_cmpint(use(fixture, NOW + 1, NOW_MS), ==, GW_FACTOR_RIGHT);
}

static void
test_rubbish_is_wrong(Fixture *fixture, const void *data)
{
    static const char *const typed[] = { "", "0", "12345", "1234567", "١٢٣٤٥٦", "AAAAAAAAAA", "-----", "x y z" };
    g_autofree char *longest = g_strnfill(GW_FACTOR_MAX_TYPED + 1, '1');
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(typed); i++)
        g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", typed[i], NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", longest, NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(gw_second_factors_use(fixture->factors, "nobody", "123456", NOW_MS), ==, GW_FACTOR_WRONG);
}

static void
test_a_recovery_code_is_right_once(Fixture *fixture, const void *data)
{
    (void)data;

    g_assert_cmpuint(g_strv_length(fixture->recovery), ==, GW_FACTOR_RECOVERY_CODES);
    for (int i = 0; i < GW_FACTOR_RECOVERY_CODES; i++) {
        g_autofree char *typed = g_ascii_strdown(fixture->recovery[i], -1);
        g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", typed, NOW_MS), ==, GW_FACTOR_RECOVERED);
        g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", typed, NOW_MS), ==, GW_FACTOR_WRONG);
        reopen(fixture);
    }
    g_assert_cmpuint(gw_second_factors_get_n_codes(fixture->factors, "p"), ==, 0);
}

static void
test_the_old_one_counts_until_the_new_one_does(Fixture *fixture, const void *data)
{
    g_autofree char *new_key = gw_second_factors_begin(fixture->factors, "p");
    g_autofree char *new_code = gw_second_factor_code(new_key, NOW + 1);
    (void)data;

    g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", new_code, NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(use(fixture, NOW, NOW_MS), ==, GW_FACTOR_RIGHT);
    g_assert_null(gw_second_factors_confirm(fixture->factors, "p", "000000x", NOW_MS));
    g_auto(GStrv) codes = gw_second_factors_confirm(fixture->factors, "p", new_code, NOW_MS);
    g_assert_nonnull(codes);
    g_assert_cmpint(use(fixture, NOW + 1, NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", fixture->recovery[0], NOW_MS), ==, GW_FACTOR_WRONG);
    g_assert_cmpint(gw_second_factors_use(fixture->factors, "p", codes[0], NOW_MS), ==, GW_FACTOR_RECOVERED);
    gw_second_factors_reset(fixture->factors, "p");
    reopen(fixture);
    g_assert_false(gw_second_factors_has(fixture->factors, "p"));
}

/* Who guesses is stopped; who has the telephone comes in from where he was before, whatever others do. */
static void
test_guessing_does_not_lock_the_owner_out(Fixture *fixture, const void *data)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new_for_codes();
    int64_t wait_ms = 0;
    unsigned n = 0;
    (void)fixture;
    (void)data;

    g_assert_true(gw_throttle_take(throttle, "p", "192.0.2.1", NOW_MS, &wait_ms));
    gw_throttle_succeed(throttle, "p", "192.0.2.1", NOW_MS);
    for (unsigned i = 0; i < 1000; i++) {
        g_autofree char *address = g_strdup_printf("198.51.%u.%u", i / 250, i % 250);
        n += gw_throttle_take(throttle, "p", address, NOW_MS, &wait_ms);
    }
    g_assert_cmpuint(n, ==, GW_THROTTLE_CODE_ACCOUNT_TRIES);
    g_assert_true(gw_throttle_take(throttle, "p", "192.0.2.1", NOW_MS, &wait_ms));
    for (unsigned i = 1; i < GW_THROTTLE_CODE_TRIES; i++)
        g_assert_true(gw_throttle_take(throttle, "p", "192.0.2.1", NOW_MS, &wait_ms));
    g_assert_false(gw_throttle_take(throttle, "p", "192.0.2.1", NOW_MS, &wait_ms));
    g_assert_cmpint(wait_ms, ==, GW_THROTTLE_CODE_REFILL_MS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/second-factor/" name, Fixture, NULL, setup, func, teardown)
    TEST("codes-are-those-of-rfc-6238", test_codes_are_those_of_rfc_6238);
    TEST("a-code-is-right-once-and-for-a-while", test_a_code_is_right_once_and_for_a_while);
    TEST("rubbish-is-wrong", test_rubbish_is_wrong);
    TEST("a-recovery-code-is-right-once", test_a_recovery_code_is_right_once);
    TEST("the-old-one-counts-until-the-new-one-does", test_the_old_one_counts_until_the_new_one_does);
    TEST("guessing-does-not-lock-the-owner-out", test_guessing_does_not_lock_the_owner_out);
    return g_test_run();
}
