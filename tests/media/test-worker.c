#include "media/worker.h"

#include <string.h>

#include "media/error.h"
#include "media/timer-wheel.h"
#include "media/worker-priv.h"

/* A worker with a main loop to come back to; every test ends by quit(). */
typedef struct {
    MediaWorker *worker;
    MediaWorker *face;
    GMainLoop *loop;
    MediaTimer timer;
    MediaDeferred deferred[3];
    GString *log;
    int n;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const MediaWorkerConfig config = { .index = 3, .bind_address = "127.0.0.1" };
    g_autoptr(GError) error = NULL;

    fixture->loop = g_main_loop_new(NULL, FALSE);
    fixture->face = media_worker_new_for_context(NULL);
    fixture->worker = media_worker_new(&config, &error);
    g_assert_no_error(error);
    fixture->log = g_string_new(NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    media_worker_free(fixture->worker);
    media_worker_free(fixture->face);
    g_main_loop_unref(fixture->loop);
    g_string_free(fixture->log, TRUE);
}

static void
quit(void *data)
{
    Fixture *fixture = data;

    g_assert_true(media_worker_is_current(fixture->face));
    g_main_loop_quit(fixture->loop);
}

static void
answer(void *data)
{
    Fixture *fixture = data;

    g_assert_true(media_worker_is_current(fixture->worker));
    g_assert_false(media_worker_is_current(fixture->face));
    media_worker_post(fixture->face, quit, fixture, NULL);
}

static void
count(void *data)
{
    ((Fixture *)data)->n++;
}

static void
test_answers_come_back_the_same_way(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(media_worker_get_index(fixture->worker), ==, 3);
    g_assert_cmpuint(media_worker_get_port(fixture->worker), !=, 0);
    media_worker_post(fixture->worker, answer, fixture, NULL);
    g_main_loop_run(fixture->loop);
    g_assert_cmpint(media_worker_get_cpu_us(fixture->worker), >=, 0);
}

typedef struct {
    Fixture *fixture;
    int number;
} Numbered;

static void
append_number(void *data)
{
    Numbered *numbered = data;

    g_assert_cmpint(numbered->fixture->n, ==, numbered->number);
    numbered->fixture->n++;
}

static void
test_posts_run_in_order(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (int i = 0; i < 10000; i++) {
        Numbered *numbered = g_new(Numbered, 1);

        *numbered = (Numbered){ fixture, i };
        media_worker_post(fixture->worker, append_number, numbered, g_free);
    }
    media_worker_post(fixture->worker, answer, fixture, NULL);
    g_main_loop_run(fixture->loop);
    g_assert_cmpint(fixture->n, ==, 10000);
}

static void *
post_many(void *data)
{
    for (int i = 0; i < 1000; i++)
        media_worker_post(((Fixture *)data)->worker, count, data, NULL);
    return NULL;
}

static void
test_many_threads_may_post(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GThread *threads[4];

    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("poster", post_many, fixture);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    media_worker_post(fixture->worker, answer, fixture, NULL);
    g_main_loop_run(fixture->loop);
    g_assert_cmpint(fixture->n, ==, 4000);
}

static void
count_release(void *data)
{
    ((Fixture *)data)->n += 100;
}

static void
test_free_runs_what_is_queued(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const MediaWorkerConfig config = { .bind_address = "::" };
    g_autoptr(GError) error = NULL;
    MediaWorker *worker = media_worker_new(&config, &error);

    g_assert_no_error(error);
    media_worker_post(worker, count, fixture, count_release);
    media_worker_free(worker);
    g_assert_cmpint(fixture->n, ==, 101);
}

static void
test_freed_face_only_releases(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    MediaWorker *face = media_worker_new_for_context(NULL);

    media_worker_post(face, count, fixture, count_release);
    media_worker_free(face);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpint(fixture->n, ==, 100);
}

static void
test_posts_to_one_that_has_gone_are_released(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    MediaWorker *worker = media_worker_ref(media_worker_new_bare("short", &error));

    g_assert_no_error(error);
    media_worker_free(worker);
    media_worker_post(worker, count, fixture, count_release);
    g_assert_cmpint(fixture->n, ==, 100);
    media_worker_unref(worker);
}

static void
test_taken_port_is_named(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const MediaWorkerConfig config = { .bind_address = "127.0.0.1", .port = media_worker_get_port(fixture->worker) };
    g_autofree char *port = g_strdup_printf("127.0.0.1:%u", config.port);
    g_autoptr(GError) error = NULL;

    g_assert_null(media_worker_new(&config, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM);
    g_assert_nonnull(strstr(error->message, port));
}

static void
test_name_is_not_resolved(void)
{
    const MediaWorkerConfig config = { .bind_address = "localhost" };
    g_autoptr(GError) error = NULL;

    g_assert_null(media_worker_new(&config, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID);
}

static void
on_timer(void *data)
{
    Fixture *fixture = data;

    g_assert_cmpint(media_worker_now_us(fixture->worker), >=, fixture->timer.due_us);
    if (++fixture->n == 3) {
        media_worker_post(fixture->face, quit, fixture, NULL);
        return;
    }
    media_worker_start_timer(fixture->worker, &fixture->timer, media_worker_now_us(fixture->worker) + 1000, on_timer,
                             fixture);
}

static void
start_timer(void *data)
{
    Fixture *fixture = data;

    media_worker_start_timer(fixture->worker, &fixture->timer, media_worker_now_us(fixture->worker) + 7000, on_timer,
                             fixture);
}

static void
test_timer_may_restart_itself(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    media_worker_post(fixture->worker, start_timer, fixture, NULL);
    g_main_loop_run(fixture->loop);
    g_assert_cmpint(fixture->n, ==, 3);
}

static void
log_a(void *data)
{
    g_string_append_c(((Fixture *)data)->log, 'a');
}

static void
cancel_third(void *data)
{
    Fixture *fixture = data;

    g_string_append_c(fixture->log, 'b');
    media_worker_cancel_deferred(fixture->worker, &fixture->deferred[2]);
    media_worker_cancel_deferred(fixture->worker, &fixture->deferred[2]);
    /* asked for from inside a round: the next one */
    media_worker_defer(fixture->worker, &fixture->deferred[0], answer, fixture);
}

static void
defer_some(void *data)
{
    Fixture *fixture = data;

    media_worker_defer(fixture->worker, &fixture->deferred[0], log_a, fixture);
    media_worker_defer(fixture->worker, &fixture->deferred[1], cancel_third, fixture);
    media_worker_defer(fixture->worker, &fixture->deferred[2], log_a, fixture);
    media_worker_defer(fixture->worker, &fixture->deferred[0], log_a, fixture);
    g_assert_cmpuint(fixture->log->len, ==, 0);
}

static void
test_deferred_runs_once_per_pass(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    media_worker_post(fixture->worker, defer_some, fixture, NULL);
    g_main_loop_run(fixture->loop);
    g_assert_cmpstr(fixture->log->str, ==, "ab");
}

/* the wheel alone, in virtual time */

typedef struct {
    MediaTimerWheel wheel;
    MediaTimer timers[6];
    int64_t now_us;
    unsigned n_fired, n_wakes;
} WheelTest;

static void
on_wheel_timer(void *data)
{
    ((WheelTest *)data)->n_fired++;
}

static void
wheel_start(WheelTest *test, unsigned i, int64_t due_us)
{
    test->timers[i].due_us = due_us;
    test->timers[i].func = on_wheel_timer;
    test->timers[i].data = test;
    media_timer_wheel_start(&test->wheel, &test->timers[i]);
}

/* Sleeps exactly as the worker does. */
static void
wheel_run_until(WheelTest *test, int64_t end_us)
{
    while (test->now_us < end_us) {
        test->now_us = MIN(media_timer_wheel_get_next_us(&test->wheel), end_us);
        media_timer_wheel_advance(&test->wheel, test->now_us);
        test->n_wakes++;
        g_assert_cmpuint(test->n_wakes, <, 200);
    }
}

static void
test_wheel_is_never_early_and_at_most_a_tick_late(void)
{
    static const int64_t waits_us[] = { 0,          1,          4999,        5000,           5001,     319999,
                                        320000,     320001,     15000000,    20480000,       20480001, 1310720000,
                                        1310725001, 3600000000, 86400000000, 2 * 86400000000 };

    for (int64_t start_us = 1; start_us < 400000000; start_us = start_us * 3 + 12345) {
        for (unsigned i = 0; i < G_N_ELEMENTS(waits_us); i++) {
            g_autofree WheelTest *test = g_new0(WheelTest, 1);
            int64_t due_us = start_us + waits_us[i];

            test->now_us = start_us;
            media_timer_wheel_init(&test->wheel, start_us);
            wheel_start(test, 0, due_us);
            if (due_us - 1 > start_us)
                wheel_run_until(test, due_us - 1);
            g_assert_cmpuint(test->n_fired, ==, 0);
            wheel_run_until(test, due_us + 2 * MEDIA_TIMER_TICK_US);
            g_assert_cmpuint(test->n_fired, ==, 1);
            g_assert_cmpint(media_timer_wheel_get_next_us(&test->wheel), ==, INT64_MAX);
            g_assert_cmpuint(test->n_wakes, <=, 12);
        }
    }
}

static void
test_wheel_timers_share_wakes(void)
{
    g_autofree WheelTest *test = g_new0(WheelTest, 1);

    media_timer_wheel_init(&test->wheel, 0);
    for (unsigned i = 0; i < 6; i++)
        wheel_start(test, i, 101000 + i * 500);
    wheel_run_until(test, 105000);
    g_assert_cmpuint(test->n_fired, ==, 6);
    g_assert_cmpuint(test->n_wakes, ==, 1);
}

static void
stop_next(void *data)
{
    WheelTest *test = data;

    test->n_fired++;
    media_timer_wheel_stop(&test->wheel, &test->timers[1]);
    media_timer_wheel_stop(&test->wheel, &test->timers[1]);
}

static void
test_wheel_timer_may_stop_one_of_its_tick(void)
{
    g_autofree WheelTest *test = g_new0(WheelTest, 1);

    media_timer_wheel_init(&test->wheel, 0);
    wheel_start(test, 0, 10000);
    wheel_start(test, 1, 10000);
    wheel_start(test, 2, 10000);
    test->timers[0].func = stop_next;
    wheel_run_until(test, 20000);
    g_assert_cmpuint(test->n_fired, ==, 2);
}

static void
test_wheel_timer_put_off_wakes_nobody(void)
{
    g_autofree WheelTest *test = g_new0(WheelTest, 1);

    media_timer_wheel_init(&test->wheel, 0);
    for (int64_t due_us = 10000; due_us <= 300000; due_us += 10000)
        wheel_start(test, 0, due_us);
    g_assert_cmpint(media_timer_wheel_get_next_us(&test->wheel), ==, 300000);
    /* another one of the slot that was left keeps it */
    wheel_start(test, 1, 300000);
    wheel_start(test, 0, 310000);
    g_assert_cmpint(media_timer_wheel_get_next_us(&test->wheel), ==, 300000);
    media_timer_wheel_stop(&test->wheel, &test->timers[1]);
    g_assert_cmpint(media_timer_wheel_get_next_us(&test->wheel), ==, 310000);
    wheel_start(test, 0, INT64_C(100000000));
    media_timer_wheel_stop(&test->wheel, &test->timers[0]);
    g_assert_cmpint(media_timer_wheel_get_next_us(&test->wheel), ==, INT64_MAX);
}

static void
test_wheel_catches_up_after_a_long_sleep(void)
{
    g_autofree WheelTest *test = g_new0(WheelTest, 1);

    media_timer_wheel_init(&test->wheel, 0);
    for (unsigned i = 0; i < 6; i++)
        wheel_start(test, i, INT64_C(1000) << (4 * i));
    media_timer_wheel_advance(&test->wheel, INT64_C(1000) << 24);
    g_assert_cmpuint(test->n_fired, ==, 6);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add(path, Fixture, NULL, set_up, func, tear_down)
    ADD("/media/worker/answers-come-back-the-same-way", test_answers_come_back_the_same_way);
    ADD("/media/worker/posts-run-in-order", test_posts_run_in_order);
    ADD("/media/worker/many-threads-may-post", test_many_threads_may_post);
    ADD("/media/worker/free-runs-what-is-queued", test_free_runs_what_is_queued);
    ADD("/media/worker/freed-face-only-releases", test_freed_face_only_releases);
    ADD("/media/worker/posts-to-one-that-has-gone-are-released", test_posts_to_one_that_has_gone_are_released);
    ADD("/media/worker/taken-port-is-named", test_taken_port_is_named);
    ADD("/media/worker/timer-may-restart-itself", test_timer_may_restart_itself);
    ADD("/media/worker/deferred-runs-once-per-pass", test_deferred_runs_once_per_pass);
#undef ADD
    g_test_add_func("/media/worker/name-is-not-resolved", test_name_is_not_resolved);
    g_test_add_func("/media/timer-wheel/never-early-and-at-most-a-tick-late",
                    test_wheel_is_never_early_and_at_most_a_tick_late);
    g_test_add_func("/media/timer-wheel/timers-share-wakes", test_wheel_timers_share_wakes);
    g_test_add_func("/media/timer-wheel/timer-may-stop-one-of-its-tick", test_wheel_timer_may_stop_one_of_its_tick);
    g_test_add_func("/media/timer-wheel/timer-put-off-wakes-nobody", test_wheel_timer_put_off_wakes_nobody);
    g_test_add_func("/media/timer-wheel/catches-up-after-a-long-sleep", test_wheel_catches_up_after_a_long_sleep);
    return g_test_run();
}
