/* The whole path of a datagram, with the keys of a call that is up: each record is a kind, a length and the bytes, which
 * are changed before they are sealed. Whatever comes, nothing grows without end and another party is still heard. */
#include <string.h>

#include "datagram-fixture.h"
#include "media/ice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_INPUT_BYTES = 65536, MAX_TIMERS = 64, MAX_PER_RECORD = 400, RENUMBER = 8, FILL = 16, FILL_BYTES = 1100 };

static void
take(Datagrams *all, uint8_t kind, const uint8_t *bytes, size_t size)
{
    DatagramParty *hostile = &all->parties[HOSTILE];
    MediaAddress from = kind & FILL ? datagrams_make_address(100 + kind) : hostile->address;
    uint8_t packet[DATAGRAM_BYTES] = { 0 };
    size_t whole = kind & FILL ? size + FILL_BYTES : size;

    memcpy(packet, bytes, size);
    if (kind & RENUMBER) {
        packet[2] = (uint8_t)(++hostile->next_sequence >> 8);
        packet[3] = (uint8_t)hostile->next_sequence;
    }
    if (kind % 8 < 3)
        datagrams_send_rtp(all, HOSTILE, packet, whole);
    else if (kind % 8 < 5)
        datagrams_send_rtcp(all, HOSTILE, bytes, size);
    else if (kind % 8 == 5)
        datagrams_send_raw(&from, packet, size + kind);
    else if (kind % 8 == 6)
        datagrams_send_raw(&from, packet, datagrams_build_check(hostile, bytes, size, packet));
    else if (size > 0 && bytes[0] % 2 == 1)
        datagrams_show(all);
    else
        fake_net_advance((int64_t)size * size * 500);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Datagrams all;
    unsigned n_records = 0;

    datagrams_set_up(&all);
    for (size_t at = 0; at + 2 <= size && at < MAX_INPUT_BYTES; n_records++) {
        size_t length = MIN((size_t)data[at + 1], size - at - 2);
        take(&all, data[at], data + at + 2, length);
        at += 2 + length;
    }
    g_assert_cmpuint(fake_worker_get_n_timers(), <=, MAX_TIMERS);
    g_assert_cmpuint(all.n_sent, <=, MAX_PER_RECORD * (n_records + 1));
    g_assert_true(datagrams_speak(&all));
    datagrams_tear_down(&all);
    return 0;
}
