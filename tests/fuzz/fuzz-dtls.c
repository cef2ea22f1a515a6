/* Datagrams of a client, each behind the time that passes before it and its length, in units of 8: nobody gets keys
 * without a certificate's signature, and a handshake ends. What it wants to send is whole datagrams. */
#include "media/dtls.h"
#include "media/handshaker-priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_flight(MediaDtls *dtls)
{
    const MediaDtlsFlight *flight = media_dtls_take_flight(dtls);
    const uint8_t *datagram;
    size_t offset = 0, size;

    while (flight != NULL && media_dtls_flight_next(flight, &offset, &datagram, &size))
        g_assert_true(size > 0 && size <= MEDIA_DTLS_MTU && offset <= flight->size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static MediaHandshaker *handshaker;
    int64_t now_us = 0;

    if (handshaker == NULL)
        handshaker = media_handshaker_new(NULL);
    g_autoptr(MediaDtls) dtls = media_dtls_new(media_handshaker_get_context(handshaker), now_us);
    for (size_t at = 0; at + 2 <= size;) {
        size_t length = MIN((size_t)data[at + 1] * 8, size - at - 2);
        g_autofree uint8_t *exact = g_memdup2(data + at + 2, length);

        now_us += data[at] * 1000;
        g_assert_cmpint(media_dtls_on_time(dtls, now_us), !=, MEDIA_DTLS_DONE);
        g_assert_cmpint(media_dtls_receive(dtls, exact, length, now_us), !=, MEDIA_DTLS_DONE);
        read_flight(dtls);
        at += 2 + length;
    }
    g_assert_cmpint(media_dtls_on_time(dtls, MEDIA_DTLS_TIMEOUT_US + now_us), ==, MEDIA_DTLS_FAILED);
    return 0;
}
