#include "recorder/seal/raw.h"

#include <errno.h>
#include <stdio.h>

#include "recorder/pcapng.h"

static bool
put(FILE *file, GByteArray *blocks)
{
    bool written = fwrite(blocks->data, 1, blocks->len, file) == blocks->len;

    g_byte_array_set_size(blocks, 0);
    return written;
}

static bool
put_packets(FILE *file, const SealRun *run, const SealSession *session, GError **error)
{
    g_autoptr(GByteArray) blocks = g_byte_array_new();
    g_autofree uint8_t *bytes = g_malloc(UINT16_MAX);
    g_autofree char *name = g_strdup_printf("%s/%s", session->id, run->track->id);
    bool written = true;

    rec_pcapng_put_section(blocks);
    rec_pcapng_put_interface(blocks, name, media_codec_get_name(run->codec));
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
        written = put(file, blocks);
    }
    if (!written)
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write packets: %s", g_strerror(errno));
    return written;
}

bool
seal_raw_write(const SealRun *run, const SealSession *session, const char *path, GError **error)
{
    FILE *file = fopen(path, "we");

    if (!file) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot create %s: %s", path, g_strerror(errno));
        return false;
    }
    bool written = put_packets(file, run, session, error);
    if (fclose(file) == 0 || !written)
        return written;
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot write %s: %s", path, g_strerror(errno));
    return false;
}
