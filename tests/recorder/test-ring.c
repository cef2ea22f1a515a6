#include "recorder/ring.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool
put(RecRing *ring, size_t size, uint8_t fill)
{
    uint8_t *room = rec_ring_reserve(ring, size);

    if (!room)
        return false;
    memset(room, fill, size);
    rec_ring_commit(ring);
    return true;
}

static void
expect(RecRing *ring, size_t size, uint8_t fill)
{
    size_t found;
    const uint8_t *record = rec_ring_peek(ring, &found);

    g_assert_nonnull(record);
    g_assert_cmpuint(found, ==, size);
    for (size_t i = 0; i < size; i++)
        g_assert_cmpuint(record[i], ==, fill);
    rec_ring_pop(ring);
}

static void
empty_at_first(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);
    size_t size;

    g_assert_null(rec_ring_peek(ring, &size));
}

static void
in_order(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);
    size_t size;

    g_assert_true(put(ring, 1, 1));
    g_assert_true(put(ring, 100, 2));
    g_assert_true(put(ring, 0, 3));
    expect(ring, 1, 1);
    expect(ring, 100, 2);
    expect(ring, 0, 3);
    g_assert_null(rec_ring_peek(ring, &size));
}

static void
nothing_is_seen_before_the_commit(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);
    size_t size;

    g_assert_nonnull(rec_ring_reserve(ring, 10));
    g_assert_null(rec_ring_peek(ring, &size));
}

static void
refused_when_full(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);
    unsigned n = 0;

    while (put(ring, 48, n))
        n++;
    g_assert_cmpuint(n, ==, 1024 / 64);
    expect(ring, 48, 0);
    g_assert_true(put(ring, 48, n));
    g_assert_false(put(ring, 48, n));
    for (unsigned i = 1; i <= n; i++)
        expect(ring, 48, i);
}

static void
refused_when_never_fitting(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);

    g_assert_null(rec_ring_reserve(ring, 1024));
    g_assert_null(rec_ring_reserve(ring, SIZE_MAX));
    g_assert_true(put(ring, 1024 - 16, 7));
    expect(ring, 1024 - 16, 7);
}

/* Every mix of sizes goes round the end many times. */
static void
wraps(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(1024);

    for (unsigned i = 0; i < 10000; i++) {
        g_assert_true(put(ring, i % 311, i));
        g_assert_true(put(ring, i % 97, i + 1));
        expect(ring, i % 311, i);
        expect(ring, i % 97, i + 1);
    }
}

enum { N_RECORDS = 200000 };

static void *
produce(void *data)
{
    RecRing *ring = data;

    for (uint32_t i = 0; i < N_RECORDS;) {
        uint32_t *room = rec_ring_reserve(ring, 4 + i % 200);
        if (!room) {
            g_thread_yield();
            continue;
        }
        memcpy(room, &i, sizeof i);
        memset(room + 1, i, i % 200);
        rec_ring_commit(ring);
        i++;
    }
    return NULL;
}

static void
between_two_threads(void)
{
    g_autoptr(RecRing) ring = rec_ring_new(4096);
    GThread *thread = g_thread_new("producer", produce, ring);

    for (uint32_t i = 0; i < N_RECORDS;) {
        size_t size;
        uint32_t number;
        const uint8_t *record = rec_ring_peek(ring, &size);
        if (!record) {
            g_thread_yield();
            continue;
        }
        memcpy(&number, record, sizeof number);
        g_assert_cmpuint(number, ==, i);
        g_assert_cmpuint(size, ==, 4 + i % 200);
        for (size_t k = 4; k < size; k++)
            g_assert_cmpuint(record[k], ==, i & 255);
        rec_ring_pop(ring);
        i++;
    }
    g_thread_join(thread);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/ring/empty-at-first", empty_at_first);
    g_test_add_func("/recorder/ring/in-order", in_order);
    g_test_add_func("/recorder/ring/nothing-is-seen-before-the-commit", nothing_is_seen_before_the_commit);
    g_test_add_func("/recorder/ring/refused-when-full", refused_when_full);
    g_test_add_func("/recorder/ring/refused-when-never-fitting", refused_when_never_fitting);
    g_test_add_func("/recorder/ring/wraps", wraps);
    g_test_add_func("/recorder/ring/between-two-threads", between_two_threads);
    return g_test_run();
}
