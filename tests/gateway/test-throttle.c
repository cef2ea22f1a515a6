#include "gateway/people/throttle.h"

#define START INT64_C(1700000000000)

/* How many tries in a row are let through at one moment. */
static unsigned
burst(GwThrottle *throttle, const char *account, const char *address, int64_t now_ms)
{
    int64_t wait_ms = 0;
    unsigned n = 0;

    while (n < 1000 && gw_throttle_take(throttle, account, address, now_ms, &wait_ms))
        n++;
    return n;
}

static void
test_a_few_tries_then_a_wait(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t wait_ms = 0;

    g_assert_cmpuint(burst(throttle, "ann", "192.0.2.1", START), ==, GW_THROTTLE_PAIR_TRIES);
    g_assert_false(gw_throttle_take(throttle, "ann", "192.0.2.1", START, &wait_ms));
    g_assert_cmpint(wait_ms, ==, GW_THROTTLE_PAIR_REFILL_MS);
    g_assert_false(gw_throttle_take(throttle, "ann", "192.0.2.1", START + wait_ms - 1, &wait_ms));
    g_assert_cmpint(wait_ms, ==, 1);
    g_assert_cmpuint(burst(throttle, "ann", "192.0.2.1", START + GW_THROTTLE_PAIR_REFILL_MS), ==, 1);
}

static void
test_case_of_the_name_does_not_matter(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();

    g_assert_cmpuint(burst(throttle, "ann", "192.0.2.1", START), ==, GW_THROTTLE_PAIR_TRIES);
    g_assert_cmpuint(burst(throttle, "ANN", "192.0.2.1", START), ==, 0);
}

static void
test_another_address_is_free(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();

    burst(throttle, "ann", "192.0.2.1", START);
    g_assert_cmpuint(burst(throttle, "ann", "192.0.2.2", START), ==, GW_THROTTLE_PAIR_TRIES);
}

static void
test_one_address_many_accounts(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    unsigned n = 0;

    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *account = g_strdup_printf("person-%u", i);
        n += burst(throttle, account, "192.0.2.1", START);
    }
    g_assert_cmpuint(n, ==, GW_THROTTLE_ADDRESS_TRIES);
}

static void
test_one_account_many_addresses(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    unsigned n = 0;

    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *address = g_strdup_printf("192.0.2.%u", i);
        n += burst(throttle, "ann", address, START);
    }
    g_assert_cmpuint(n, ==, GW_THROTTLE_ACCOUNT_TRIES);
}

static void
test_the_usual_place_is_not_locked_out(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t wait_ms = 0;

    g_assert_true(gw_throttle_take(throttle, "ann", "198.51.100.7", START, &wait_ms));
    gw_throttle_succeed(throttle, "ann", "198.51.100.7", START);
    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *address = g_strdup_printf("192.0.2.%u", i);
        burst(throttle, "ann", address, START);
    }
    g_assert_cmpuint(burst(throttle, "ann", "203.0.113.1", START), ==, 0);
    g_assert_true(gw_throttle_take(throttle, "ann", "198.51.100.7", START, &wait_ms));
}

static void
test_nothing_lasts(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t later = START + GW_THROTTLE_PAIR_TRIES * GW_THROTTLE_PAIR_REFILL_MS;

    for (unsigned i = 0; i < 1000; i++)
        burst(throttle, "ann", "192.0.2.1", START);
    g_assert_cmpuint(burst(throttle, "ann", "192.0.2.1", later), ==, GW_THROTTLE_PAIR_TRIES);
}

static void
test_right_ones_do_not_count(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t wait_ms = 0;

    for (unsigned i = 0; i < 10 * GW_THROTTLE_ADDRESS_TRIES; i++) {
        g_assert_true(gw_throttle_take(throttle, "ann", "192.0.2.1", START, &wait_ms));
        gw_throttle_succeed(throttle, "ann", "192.0.2.1", START);
    }
}

static void
test_codes_count_by_address(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();

    g_assert_cmpuint(burst(throttle, NULL, "192.0.2.1", START), ==, GW_THROTTLE_ADDRESS_TRIES);
    g_assert_cmpuint(burst(throttle, NULL, "192.0.2.2", START), ==, GW_THROTTLE_ADDRESS_TRIES);
}

static void
test_an_ipv6_network_is_one_address(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();

    g_assert_cmpuint(burst(throttle, NULL, "2001:db8:1:2::1", START), ==, GW_THROTTLE_ADDRESS_TRIES);
    g_assert_cmpuint(burst(throttle, NULL, "2001:db8:1:2:ffff::9", START), ==, 0);
    g_assert_cmpuint(burst(throttle, NULL, "2001:db8:1:3::1", START), ==, GW_THROTTLE_ADDRESS_TRIES);
}

static void
test_a_clock_that_goes_back(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t wait_ms = 0;

    burst(throttle, "ann", "192.0.2.1", START);
    g_assert_false(gw_throttle_take(throttle, "ann", "192.0.2.1", START - 1000000, &wait_ms));
    g_assert_cmpint(wait_ms, <=, GW_THROTTLE_PAIR_REFILL_MS);
}

static void
test_bounded_memory(void)
{
    g_autoptr(GwThrottle) throttle = gw_throttle_new();
    int64_t wait_ms = 0;

    for (unsigned i = 0; i < GW_THROTTLE_MAX_BUCKETS + 500; i++) {
        g_autofree char *address = g_strdup_printf("10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        gw_throttle_take(throttle, NULL, address, START + i, &wait_ms);
    }
    g_assert_cmpuint(gw_throttle_get_n_buckets(throttle), <=, GW_THROTTLE_MAX_BUCKETS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add_func("/gateway/throttle/" name, func)
    TEST("a-few-tries-then-a-wait", test_a_few_tries_then_a_wait);
    TEST("case-of-the-name-does-not-matter", test_case_of_the_name_does_not_matter);
    TEST("another-address-is-free", test_another_address_is_free);
    TEST("one-address-many-accounts", test_one_address_many_accounts);
    TEST("one-account-many-addresses", test_one_account_many_addresses);
    TEST("the-usual-place-is-not-locked-out", test_the_usual_place_is_not_locked_out);
    TEST("nothing-lasts", test_nothing_lasts);
    TEST("right-ones-do-not-count", test_right_ones_do_not_count);
    TEST("codes-count-by-address", test_codes_count_by_address);
    TEST("an-ipv6-network-is-one-address", test_an_ipv6_network_is_one_address);
    TEST("a-clock-that-goes-back", test_a_clock_that_goes_back);
    TEST("bounded-memory", test_bounded_memory);
    return g_test_run();
}
