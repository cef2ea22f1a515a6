#include "recorder/seal/raw.h"

#include <errno.h>
#include <stdio.h>

#include "recorder/pcapng.h"
#include "recorder/seal/cuts.h"

static bool
put(FILE *file, GByteArray *blocks, uint64_t *offset)
{
    bool written = fwrite(blocks->data, 1, blocks->len, file) == blocks->len;

    *offset += blocks->len;
    g_byte_array_set_size(blocks, 0);
    return written;
}

static bool
put_packets(FILE *file, const SealRun *run, const SealSession *session, GArray *cuts, GError **error)
{
    g_autoptr(GByteArray) blocks = g_byte_array_new();
    g_autofree uint8_t *bytes = g_malloc(UINT16_MAX);
    g_autofree char *name = g_strdup_printf("%s/%s", session->id, run->track->id);
    uint64_t offset = 0;

    rec_pcapng_put_section(blocks);
    rec_pcapng_put_interface(blocks, name, media_codec_get_name(run->codec));
    bool written = put(file, blocks, &offset);
    for (unsigned i = 0; i < run->n && written; i++) {
        const SealPacket *packet = &run->packets[i];
        if (!seal_session_get_data(session, packet, bytes, error))
            return false;
        RecPcapngPacket block = {
            .kind = REC_PACKET_RTP,
            .time_us = packet->arrival_us,
            .data = bytes,
            .size = packet->size,
            .sequence = packet->sequence,
            .recovered = packet->recovered,
        };
        rec_pcapng_put_packet(blocks, &block);
        seal_cuts_offer(cuts, offset, seal_clock_get_time(run->clock, i) - seal_clock_get_time(run->clock, 0));
        written = put(file, blocks, &offset);
    }
    if (!written)
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write packets: %s", g_strerror(errno));
    return written;
}

bool
seal_raw_write(const SealRun *run, const SealSession *session, const char *path, GArray *cuts, GError **error)
{
    FILE *file = fopen(path, "we");

    if (!file) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot create %s: %s", path, g_strerror(errno));
        return false;
    }
    bool written = put_packets(file, run, session, cuts, error);
    if (fclose(file) == 0 || !written)
        return written;
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write %s: %s", path, g_strerror(errno));
    return false;
}
