#include "media/gather.h"

/* Datagrams come one by one, every gap_us; passes begin as they come, or as the gathering says. Returns how many passes
 * there were in a second. */
static unsigned
run_second(MediaGather *gather, int64_t *now_us, int64_t gap_us)
{
    int64_t end_us = *now_us + G_USEC_PER_SEC;
    int64_t packet_us = *now_us + gap_us;
    unsigned n_passes = 0, n_datagrams = 0;

    while (*now_us < end_us) {
        *now_us = MAX(media_gather_get_next_us(gather), packet_us);
        media_gather_pass(gather, n_datagrams, *now_us);
        for (n_datagrams = 0; packet_us <= *now_us; n_datagrams++)
            packet_us += gap_us;
        n_passes++;
    }
    return n_passes;
}

/* One publisher and a hundred watchers with their feedback: 1,200 datagrams a second. */
static void
test_quiet_worker_never_waits(void)
{
    MediaGather gather = { 0 };
    int64_t now_us = 1000;

    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(run_second(&gather, &now_us, 833), >=, 1200);
        g_assert_cmpint(media_gather_get_next_us(&gather), ==, 0);
    }
}

static void
test_busy_worker_gathers(void)
{
    MediaGather gather = { 0 };
    int64_t now_us = 1000;

    run_second(&gather, &now_us, 100);
    g_assert_true(gather.gathering);
    g_assert_cmpuint(run_second(&gather, &now_us, 100), <=, 1001);
    g_assert_cmpint(media_gather_get_next_us(&gather), ==, gather.pass_us + MEDIA_GATHER_US);
}

static void
test_it_ends_when_it_does_not_pay(void)
{
    MediaGather gather = { 0 };
    int64_t now_us = 1000;

    run_second(&gather, &now_us, 100);
    g_assert_true(gather.gathering);
    run_second(&gather, &now_us, 1000);
    g_assert_false(gather.gathering);
    g_assert_cmpint(media_gather_get_next_us(&gather), ==, 0);
}

/* At any steady rate it settles: on, or off, not both in turns. */
static void
test_it_does_not_flap(void)
{
    for (int64_t gap_us = 50; gap_us < 20000; gap_us = gap_us * 5 / 4) {
        MediaGather gather = { 0 };
        int64_t now_us = 1000;
        unsigned n_changes = 0;

        run_second(&gather, &now_us, gap_us);
        for (unsigned i = 0; i < 20; i++) {
            bool before = gather.gathering;
            run_second(&gather, &now_us, gap_us);
            n_changes += before != gather.gathering ? 1 : 0;
        }
        g_assert_cmpuint(n_changes, <=, 1);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/gather/quiet-worker-never-waits", test_quiet_worker_never_waits);
    g_test_add_func("/media/gather/busy-worker-gathers", test_busy_worker_gathers);
    g_test_add_func("/media/gather/it-ends-when-it-does-not-pay", test_it_ends_when_it_does_not_pay);
    g_test_add_func("/media/gather/it-does-not-flap", test_it_does_not_flap);
    return g_test_run();
}
