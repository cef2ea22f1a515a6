/* bench/micro-seal.c - CPU per outgoing packet: each seal engine alone, and with sending over loopback in runs
 *
 * One line of figures per case; run it on a quiet machine. Loopback has checksum off-load, a veth pair may not. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "media/send-run.h"
#include "media/srtp-out.h"
#include "media/udp.h"

enum { PACKET_BYTES = 1200, HEADER_BYTES = 20, N_PACKETS = 200000 };

static int64_t
get_cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

typedef struct {
    MediaUdp *udp;
    unsigned n_calls;
} Sender;

static void
on_run(void *data, const MediaSendRun *run)
{
    Sender *sender = data;

    sender->n_calls++;
    if (media_udp_send(sender->udp, &run->target->path, run->bytes, run->used, (uint16_t)run->segment_size) ==
        MEDIA_SEND_OK)
        run->target->packets += run->n_segments;
}

/* run_length 0: seal only. */
static void
measure(MediaSrtpProfile profile, const MediaSealEngine *engine, unsigned run_length, Sender *sender,
        const MediaAddress *to)
{
    MediaSrtpMaster master = { .profile = profile };
    g_autoptr(MediaSrtpOut) out = media_srtp_out_new(&master, engine);
    g_autofree MediaSendRun *run = g_new(MediaSendRun, 1);
    MediaSendTarget target = { .path.remote = *to };
    uint8_t payload[PACKET_BYTES - HEADER_BYTES] = { 0 };
    int64_t start_ns = get_cpu_ns();

    media_send_run_init(run, on_run, sender);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        const uint8_t header[HEADER_BYTES] = {
            0x90, 96, (uint8_t)(i >> 8), (uint8_t)i, 0, 0, 0, 0, 1, 2, 3, 4, 0xbe, 0xde, 0, 1
        };
        MediaSealJob job = { .header_size = HEADER_BYTES, .payload = payload, .payload_size = sizeof(payload) };

        job.packet = media_send_run_reserve(run, &target, PACKET_BYTES + media_srtp_out_get_overhead(out));
        memcpy(job.packet, header, sizeof(header));
        if (!media_srtp_out_protect_rtp(out, &job) || run_length == 0)
            continue;
        media_send_run_commit(run, PACKET_BYTES + media_srtp_out_get_overhead(out));
        if (i % run_length == run_length - 1)
            media_send_run_flush(run);
    }
    printf("%-24s %-10s run of %2u: %5.0f ns a packet, %u sent\n", media_srtp_profile_get_info(profile)->name,
           engine != NULL ? engine->name : "libsrtp", run_length, (double)(get_cpu_ns() - start_ns) / N_PACKETS,
           (unsigned)target.packets);
}

int
main(void)
{
    static const unsigned run_lengths[] = { 0, 1, 5, 16 };
    MediaAddress local;
    g_autoptr(GError) error = NULL;
    Sender sender = { .n_calls = 0 };
    MediaUdp *sink;

    media_address_parse("127.0.0.1", 0, &local);
    sender.udp = media_udp_new(&local, &error);
    sink = media_udp_new(&local, &error); /* with UDP_GRO, never read: full soon, so the receiving side costs little */
    if (sender.udp == NULL || sink == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    local.port = media_udp_get_port(sink);
    for (unsigned i = 0; i < G_N_ELEMENTS(run_lengths); i++) {
        measure(MEDIA_SRTP_AEAD_AES_128_GCM, &media_seal_evp, run_lengths[i], &sender, &local);
#ifdef HAVE_IPSEC_MB
        measure(MEDIA_SRTP_AEAD_AES_128_GCM, &media_seal_mb, run_lengths[i], &sender, &local);
#endif
        measure(MEDIA_SRTP_AES128_CM_SHA1_80, NULL, run_lengths[i], &sender, &local);
    }
    media_udp_free(sender.udp);
    media_udp_free(sink);
    return 0;
}
