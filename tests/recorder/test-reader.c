#include "recorder/reader.h"

#include <string.h>

#include "recorder/output.h"
#include "tests/recorder/folder.h"

/* A small journal file, made by hand: what every test here reads, cuts and spoils. */
typedef struct {
    char *dir, *path;
    uint8_t *bytes;
    size_t size;
    unsigned n_records; /* packets and entries */
    GArray *ends;       /* size_t: where each block ends */
} Sample;

static void
put_packet(RecOutput *output, unsigned i)
{
    uint8_t data[300];

    memset(data, i, sizeof data);
    RecPcapngPacket packet = {
        .kind = i % 7 == 0 ? REC_PACKET_RTCP : REC_PACKET_RTP,
        .interface = i % 2,
        .time_us = 1700000000000000 + i * 20000,
        .data = data,
        .size = 20 + i * 3,
        .sequence = 0x100000000 + i,
        .recovered = i % 5 == 0,
    };
    rec_pcapng_put_packet(rec_output_get_buffer(output), &packet);
}

static void
put_event(RecOutput *output, const char *event)
{
    GString *text = g_string_new(NULL);

    rec_entry_add(text, "YUANJIAN_SESSION", "v1");
    rec_entry_add(text, "YUANJIAN_EVENT", event);
    rec_pcapng_put_entry(rec_output_get_buffer(output), text->str);
    g_string_free(text, TRUE);
}

static void
put_interfaces(RecOutput *output)
{
    rec_pcapng_put_interface(
        rec_output_get_buffer(output), "v1/family-video-1",
        "{\"interface\":0,\"kind\":\"video\",\"codec\":\"VP8\",\"party\":\"family\",\"label\":\"A\"}");
    rec_pcapng_put_interface(
        rec_output_get_buffer(output), "v1/family-audio-1",
        "{\"interface\":1,\"kind\":\"audio\",\"codec\":\"opus\",\"party\":\"family\",\"label\":\"[{\"}");
}

static void
find_ends(Sample *self)
{
    RecBlock block;

    for (size_t offset = 0, length; offset < self->size; offset += length) {
        length = rec_pcapng_get_block(self->bytes + offset, self->size - offset, &block);
        g_assert_cmpuint(length, >, 0);
        size_t end = offset + length;
        g_array_append_val(self->ends, end);
    }
}

static void
sample_init(Sample *self)
{
    g_autoptr(GError) error = NULL;

    *self = (Sample){ .dir = folder_new(), .ends = g_array_new(FALSE, FALSE, sizeof(size_t)) };
    self->path = rec_output_get_path(self->dir, 3);
    g_autoptr(RecOutput) output = rec_output_new(self->dir, 3, NULL, &error);
    g_assert_no_error(error);
    put_interfaces(output);
    for (unsigned i = 0; i < 20; i++) {
        put_packet(output, i);
        if (i == 10)
            g_assert_true(rec_output_sync(output, &error));
    }
    put_event(output, "pause");
    g_assert_true(rec_output_sync(output, &error));
    g_assert_true(g_file_get_contents(self->path, (char **)&self->bytes, &self->size, &error));
    self->n_records = 20 + 1 + 4; /* packets, the event; file, chain after the head, twice chain */
    find_ends(self);
}

static void
sample_clear(Sample *self)
{
    g_array_unref(self->ends);
    g_free(self->bytes);
    g_free(self->path);
    folder_free(self->dir);
}

static unsigned
count(const uint8_t *bytes, size_t size, uint64_t *ret_good_end)
{
    g_autoptr(RecReader) reader = rec_reader_new(bytes, size, 3);
    RecRecord record;
    unsigned n = 0;

    while (rec_reader_next(reader, &record))
        n++;
    *ret_good_end = rec_reader_get_good_end(reader);
    return n;
}

/* The last whole block that ends at or before size. */
static size_t
get_end_before(const Sample *self, size_t size)
{
    size_t best = 0;

    for (unsigned i = 0; i < self->ends->len && g_array_index(self->ends, size_t, i) <= size; i++)
        best = g_array_index(self->ends, size_t, i);
    return best;
}

static void
reads_what_was_written(void)
{
    Sample sample;
    RecRecord record;
    g_autoptr(GError) error = NULL;
    unsigned n = 0, packets = 0;

    sample_init(&sample);
    g_autoptr(RecReader) reader = rec_reader_open(sample.path, 3, &error);
    g_assert_no_error(error);
    for (; rec_reader_next(reader, &record); n++) {
        if (!record.interface)
            continue;
        unsigned i = packets++;
        g_assert_cmpstr(record.interface->session, ==, "v1");
        g_assert_cmpstr(record.interface->track, ==, i % 2 ? "family-audio-1" : "family-video-1");
        g_assert_cmpstr(record.interface->label, ==, i % 2 ? "[{" : "A");
        g_assert_cmpint(record.interface->codec, ==, i % 2 ? MEDIA_CODEC_OPUS : MEDIA_CODEC_VP8);
        g_assert_cmpint(record.packet.kind, ==, i % 7 == 0 ? REC_PACKET_RTCP : REC_PACKET_RTP);
        g_assert_cmpuint(record.packet.size, ==, 20 + i * 3);
        g_assert_cmpint(record.packet.time_us, ==, 1700000000000000 + i * 20000);
        g_assert_cmpuint(record.packet.sequence, ==, i % 7 == 0 ? 0 : 0x100000000 + i);
        g_assert_cmpint(record.packet.recovered, ==, i % 5 == 0);
        g_assert_cmpmem(record.packet.data, record.packet.size, sample.bytes + record.data_offset, 20 + i * 3);
    }
    g_assert_cmpuint(packets, ==, 20);
    g_assert_cmpuint(n, ==, sample.n_records);
    g_assert_true(rec_reader_has_whole_chain(reader));
    g_assert_cmpuint(rec_reader_get_good_end(reader), ==, sample.size);
    sample_clear(&sample);
}

static void
cut_at_every_byte(void)
{
    Sample sample;

    sample_init(&sample);
    for (size_t size = 0; size <= sample.size; size++) {
        uint64_t good_end;
        count(sample.bytes, size, &good_end);
        g_assert_cmpuint(good_end, ==, get_end_before(&sample, size));
    }
    sample_clear(&sample);
}

/* From every byte on: zeros, as a page that never reached the disk. */
static void
zeros_from_every_byte(void)
{
    Sample sample;

    sample_init(&sample);
    g_autofree uint8_t *spoiled = g_memdup2(sample.bytes, sample.size);
    for (size_t from = sample.size; from-- > 0;) {
        uint64_t good_end;
        if (spoiled[from] == 0)
            continue; /* nothing changes */
        spoiled[from] = 0;
        count(spoiled, sample.size, &good_end);
        g_assert_cmpuint(good_end, ==, get_end_before(&sample, from));
    }
    sample_clear(&sample);
}

static void
garbage_from_every_byte(void)
{
    Sample sample;

    sample_init(&sample);
    g_autofree uint8_t *spoiled = g_memdup2(sample.bytes, sample.size);
    for (size_t from = sample.size; from-- > 0;) {
        uint64_t good_end;
        spoiled[from] ^= 0xA5;
        count(spoiled, sample.size, &good_end);
        g_assert_cmpuint(good_end, ==, get_end_before(&sample, from));
    }
    sample_clear(&sample);
}

/* What follows a torn record may be whole records of another file, links of its chain included. */
static void
stale_records_behind_a_torn_one(void)
{
    Sample sample;
    uint64_t good_end;

    sample_init(&sample);
    size_t third = g_array_index(sample.ends, size_t, 5), torn = third + 100;
    g_autofree uint8_t *bytes = g_malloc(torn + sample.size);
    memcpy(bytes, sample.bytes, torn);
    memcpy(bytes + torn, sample.bytes, sample.size);
    count(bytes, torn + sample.size, &good_end);
    g_assert_cmpuint(good_end, ==, get_end_before(&sample, torn));
    sample_clear(&sample);
}

/* A flipped bit in the middle loses the record it hits, not what follows. */
static void
damage_in_the_middle_is_skipped(void)
{
    Sample sample;
    uint64_t good_end;
    RecRecord record;
    unsigned n = 0;

    sample_init(&sample);
    size_t begin = g_array_index(sample.ends, size_t, 6), end = g_array_index(sample.ends, size_t, 7);
    g_autofree uint8_t *bytes = g_memdup2(sample.bytes, sample.size);
    bytes[begin + 45] ^= 1;
    g_assert_cmpuint(count(bytes, sample.size, &good_end), ==, sample.n_records - 1);
    g_assert_cmpuint(good_end, ==, sample.size);

    g_autoptr(RecReader) reader = rec_reader_new(bytes, sample.size, 3);
    while (rec_reader_next(reader, &record))
        n++;
    g_assert_cmpuint(rec_reader_get_skipped(reader), ==, end - begin);
    g_assert_false(rec_reader_has_whole_chain(reader));
    sample_clear(&sample);
}

/* A change that no checksum of a single record covers (a time) is found by the chain. */
static void
chain_covers_every_byte(void)
{
    Sample sample;

    sample_init(&sample);
    size_t begin = g_array_index(sample.ends, size_t, 6);
    g_autofree uint8_t *bytes = g_memdup2(sample.bytes, sample.size);
    bytes[begin + 16] ^= 1;
    g_autoptr(RecReader) reader = rec_reader_new(bytes, sample.size, 3);
    RecRecord record;
    unsigned n = 0;
    while (rec_reader_next(reader, &record))
        n++;
    g_assert_cmpuint(n, ==, sample.n_records);
    g_assert_false(rec_reader_has_whole_chain(reader));
    sample_clear(&sample);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/reader/reads-what-was-written", reads_what_was_written);
    g_test_add_func("/recorder/reader/cut-at-every-byte", cut_at_every_byte);
    g_test_add_func("/recorder/reader/zeros-from-every-byte", zeros_from_every_byte);
    g_test_add_func("/recorder/reader/garbage-from-every-byte", garbage_from_every_byte);
    g_test_add_func("/recorder/reader/stale-records-behind-a-torn-one", stale_records_behind_a_torn_one);
    g_test_add_func("/recorder/reader/damage-in-the-middle-is-skipped", damage_in_the_middle_is_skipped);
    g_test_add_func("/recorder/reader/chain-covers-every-byte", chain_covers_every_byte);
    return g_test_run();
}
