#include <glib.h>
#include <string.h>

#include "media/packet-store.h"

enum { FIRST = 1000 };

static const MediaPacket *
add(MediaPacketStore *store, uint64_t sequence, size_t size, int64_t now_us)
{
    g_autofree uint8_t *bytes = g_malloc(size);
    MediaPacket packet = { .data = bytes, .size = (uint16_t)size, .sequence = sequence, .arrival_us = now_us };

    memset(bytes, (int)(sequence & 0xff), size);
    return media_packet_store_add(store, &packet);
}

static void
assert_held(const MediaPacketStore *store, uint64_t sequence, size_t size)
{
    const MediaPacket *packet = media_packet_store_find(store, sequence);

    g_assert_nonnull(packet);
    g_assert_cmpuint(packet->size, ==, size);
    g_assert_cmpuint(packet->data[0], ==, sequence & 0xff);
    g_assert_cmpuint(packet->data[size - 1], ==, sequence & 0xff);
}

static void
test_empty(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_VIDEO);

    g_assert_null(media_packet_store_find(store, 0));
    g_assert_null(media_packet_store_find(store, FIRST));
    g_assert_false(media_packet_store_has(store, FIRST));
    g_assert_cmpuint(media_packet_store_get_size(store), ==, 0); /* a track without packets costs nothing */
}

static void
test_in_any_order(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_AUDIO);

    add(store, FIRST + 2, 80, 0);
    add(store, FIRST, 90, 0);
    assert_held(store, FIRST + 2, 80);
    assert_held(store, FIRST, 90);
    g_assert_null(media_packet_store_find(store, FIRST + 1));
    g_assert_false(media_packet_store_has(store, FIRST + 1));
    g_assert_true(media_packet_store_has(store, FIRST));
    g_assert_cmpuint(media_packet_store_get_newest(store), ==, FIRST + 2);
}

static void
test_too_old_counts_as_seen(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_AUDIO);

    add(store, FIRST, 80, 0);
    g_assert_false(media_packet_store_has(store, FIRST - MEDIA_STORE_MIN_SLOTS + 1));
    g_assert_true(media_packet_store_has(store, FIRST - MEDIA_STORE_MIN_SLOTS));
}

/* 250 packets of 1,000 bytes a second: 2 Mbit/s. */
static void
test_holds_a_second_and_no_more_than_needed(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_VIDEO);
    uint64_t sequence = FIRST;

    for (int i = 0; i < 2500; i++)
        add(store, sequence++, 1000, i * 4000);
    for (uint64_t i = 1; i <= 250; i++)
        assert_held(store, sequence - i, 1000);
    g_assert_cmpuint(media_packet_store_get_size(store), <=, 10 * MEDIA_STORE_VIDEO_CHUNK);
}

static void
test_growth_is_bounded(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_VIDEO);
    uint64_t sequence = FIRST;

    for (int i = 0; i < 5000; i++) /* all within a millisecond */
        add(store, sequence++, 1500, 0);
    g_assert_cmpuint(media_packet_store_get_size(store), ==, MEDIA_STORE_MAX_CHUNKS * MEDIA_STORE_VIDEO_CHUNK);
    assert_held(store, sequence - 1, 1500);
    assert_held(store, sequence - 600, 1500);
    g_assert_null(media_packet_store_find(store, sequence - 800));
}

static void
test_shrinks_when_the_stream_slows(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_VIDEO);
    uint64_t sequence = FIRST;
    int64_t now_us = 0;

    for (int i = 0; i < 2000; i++)
        add(store, sequence++, 1500, now_us += 500);
    g_assert_cmpuint(media_packet_store_get_size(store), >, 20 * MEDIA_STORE_VIDEO_CHUNK);
    for (int i = 0; i < 2000; i++) {
        add(store, sequence++, 1500, now_us += 50000);
        assert_held(store, sequence - 20, 1500);
    }
    g_assert_cmpuint(media_packet_store_get_size(store), ==, MEDIA_STORE_MIN_CHUNKS * MEDIA_STORE_VIDEO_CHUNK);
}

static void
test_a_burst_stays_while_it_is_handed_out(void)
{
    for (int before = 1000; before < 1010; before++) { /* the ring has its largest size, and any fill */
        g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_AUDIO);
        uint64_t sequence = FIRST;

        for (int i = 0; i < before; i++)
            add(store, sequence++, 1500, 0);
        const MediaPacket first = *add(store, sequence++, 1500, 0);
        for (int i = 1; i < 100; i++)
            add(store, sequence++, 1500, 0);
        g_assert_cmpuint(first.data[0], ==, first.sequence & 0xff);
        g_assert_cmpuint(first.data[1499], ==, first.sequence & 0xff);
    }
}

static void
test_cleared(void)
{
    g_autoptr(MediaPacketStore) store = media_packet_store_new(MEDIA_KIND_VIDEO);

    add(store, FIRST, 100, 0);
    media_packet_store_clear(store);
    g_assert_null(media_packet_store_find(store, FIRST));
    g_assert_cmpuint(media_packet_store_get_size(store), ==, 0);
    add(store, FIRST + 1, 100, 0);
    assert_held(store, FIRST + 1, 100);
    g_assert_null(media_packet_store_find(store, FIRST));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/packet-store/empty", test_empty);
    g_test_add_func("/media/packet-store/in-any-order", test_in_any_order);
    g_test_add_func("/media/packet-store/too-old-counts-as-seen", test_too_old_counts_as_seen);
    g_test_add_func("/media/packet-store/holds-a-second-and-no-more-than-needed",
                    test_holds_a_second_and_no_more_than_needed);
    g_test_add_func("/media/packet-store/growth-is-bounded", test_growth_is_bounded);
    g_test_add_func("/media/packet-store/shrinks-when-the-stream-slows", test_shrinks_when_the_stream_slows);
    g_test_add_func("/media/packet-store/a-burst-stays-while-it-is-handed-out",
                    test_a_burst_stays_while_it_is_handed_out);
    g_test_add_func("/media/packet-store/cleared", test_cleared);
    return g_test_run();
}
