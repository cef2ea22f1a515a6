#include "gateway/memory.h"

/* A few who come and go cost nothing; a crowd that leaves is noticed once. */
static void
test_only_a_large_fall_counts(void)
{
    unsigned peak = 0;

    g_assert_false(gw_memory_has_fallen(10, &peak));
    g_assert_false(gw_memory_has_fallen(0, &peak));
    g_assert_false(gw_memory_has_fallen(400, &peak));
    g_assert_false(gw_memory_has_fallen(201, &peak));
    g_assert_true(gw_memory_has_fallen(200, &peak));
    g_assert_false(gw_memory_has_fallen(200, &peak));
    g_assert_true(gw_memory_has_fallen(3, &peak));
    g_assert_false(gw_memory_has_fallen(0, &peak));
}

static void
test_a_second_crowd_counts_again(void)
{
    unsigned peak = 0;

    for (unsigned round = 0; round < 3; round++) {
        g_assert_false(gw_memory_has_fallen(100, &peak));
        g_assert_true(gw_memory_has_fallen(1, &peak));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/memory/only-a-large-fall-counts", test_only_a_large_fall_counts);
    g_test_add_func("/gateway/memory/a-second-crowd-counts-again", test_a_second_crowd_counts_again);
    return g_test_run();
}
