#include "media/receiver.h"

#include <string.h>

#include "media/encodings.h"
#include "media/feedback.h"
#include "media/red.h"
#include "media/rtcp-writer.h"
#include "media/rtx.h"
#include "media/ssrc-table.h"
#include "media/track-input.h"

enum {
    REPORT_US = 1000 * 1000,
    MAX_NACKS_AT_ONCE = 64,
    NACK_MAX_WAIT_US = 15 * 1000,
    SSRC_HOLD_US =
        1000 * 1000, /* a stream that sends keeps its SSRC against packets that only share its payload type */
    SSRC_MIN_CHANGE_US = 100 * 1000,
};

/* every stream has its SSRC and that of its RTX */
G_STATIC_ASSERT((int)MEDIA_SSRC_TABLE_MAX >= 2 * MEDIA_MAX_RECEIVER_STREAMS);

/* One encoding: all of an m-section, or one of its simulcast encodings. */
typedef struct {
    MediaReceiver *receiver;   /* borrowed */
    MediaStream agreed;        /* of the m-section */
    unsigned encoding;         /* of agreed.encodings, where there are any */
    MediaEncodings *encodings; /* owned; NULL: not simulcast, or not the first of its m-section */
    MediaTrack *track;         /* owned */
    uint32_t ssrc, rtx_ssrc;   /* in use; 0: not known yet */
    int64_t changed_us;        /* when ssrc was learned; 0: never */
    uint8_t n_firs;
} Stream;

struct MediaReceiver {
    MediaTransport *transport;                   /* borrowed */
    MediaWorker *worker;                         /* borrowed */
    uint32_t ssrc;                               /* ours, as the sender of reports */
    Stream *streams[MEDIA_MAX_RECEIVER_STREAMS]; /* owned; NULL: free */
    MediaSsrcTable ssrcs;
    MediaClockOffset clock;
    uint8_t ext_mid; /* the same in all of a bundle (RFC 8843 section 9.2), as that of: */
    MediaFeedback feedback;
    bool reporting, nacking; /* timers that run */
    MediaTimer report_timer, nack_timer;
};

static void
begin_compound(MediaReceiver *self, MediaRtcpWriter *writer)
{
    writer->size = 0;
    media_rtcp_write_receiver_report(writer, self->ssrc, NULL, 0); /* RFC 3550 section 6.1: a report comes first */
}

static void
send_compound(MediaReceiver *self, const MediaRtcpWriter *writer)
{
    media_transport_send_rtcp(self->transport, writer->bytes, writer->size);
}

static void
on_report_timer(void *data)
{
    MediaReceiver *self = data;
    MediaRtcpReportBlock blocks[MEDIA_RTCP_MAX_BLOCKS];
    MediaRtcpWriter writer;
    unsigned n_blocks = 0;
    int64_t newest_us = 0;
    int64_t now_us = media_worker_now_us(self->worker);

    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS && n_blocks < MEDIA_RTCP_MAX_BLOCKS; i++) {
        Stream *stream = self->streams[i];
        MediaTrackStats stats;

        if (stream == NULL || !media_track_report(stream->track, &blocks[n_blocks]))
            continue;
        blocks[n_blocks++].ssrc = stream->ssrc;
        media_track_get_stats(stream->track, &stats);
        newest_us = MAX(newest_us, stats.last_packet_us);
    }
    self->reporting = false;
    if (n_blocks == 0)
        return;
    writer.size = 0;
    media_rtcp_write_receiver_report(&writer, self->ssrc, blocks, n_blocks);
    send_compound(self, &writer);
    if (now_us - newest_us >
        2 * REPORT_US) /* silence is reported once or twice, then the next packet starts it again */
        return;
    self->reporting = true;
    media_worker_start_timer(self->worker, &self->report_timer, now_us + REPORT_US, on_report_timer, self);
}

static void start_nacking(MediaReceiver *self);

static void
on_nack_timer(void *data)
{
    MediaReceiver *self = data;
    MediaRtcpWriter writer;

    self->nacking = false;
    begin_compound(self, &writer);
    size_t empty = writer.size;
    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        Stream *stream = self->streams[i];
        uint16_t sequences[MAX_NACKS_AT_ONCE];

        if (stream == NULL)
            continue;
        size_t n = media_track_collect_nacks(stream->track, sequences, G_N_ELEMENTS(sequences));
        if (n > 0)
            media_rtcp_write_nack(&writer, self->ssrc, stream->ssrc, sequences, n);
    }
    if (writer.size > empty)
        send_compound(self, &writer);
    start_nacking(self);
}

static void
start_nacking(MediaReceiver *self)
{
    int64_t latest_us = media_worker_now_us(self->worker) + NACK_MAX_WAIT_US; /* a new hole is due then */
    int64_t due_us = INT64_MAX;

    if (self->nacking)
        return;
    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        if (self->streams[i] != NULL)
            due_us = MIN(due_us, media_track_get_nack_due_us(self->streams[i]->track));
    }
    if (due_us == INT64_MAX)
        return;
    self->nacking = true;
    media_worker_start_timer(self->worker, &self->nack_timer, MIN(due_us, latest_us), on_nack_timer, self);
}

static const MediaStreamCodec *
find_codec(const MediaStream *stream, MediaCodec codec)
{
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        if (stream->codecs[i].codec == codec)
            return &stream->codecs[i];
    }
    return stream->n_codecs > 0 ? &stream->codecs[0] : NULL;
}

static void
request_keyframe(MediaTrack *track, void *user_data)
{
    Stream *stream = user_data;
    MediaReceiver *self = stream->receiver;
    const MediaStreamCodec *row = find_codec(&stream->agreed, media_track_get_codec(track));
    MediaRtcpWriter writer;

    if (row == NULL || stream->ssrc == 0 || (!row->pli && !row->fir))
        return;
    begin_compound(self, &writer);
    if (row->pli)
        media_rtcp_write_pli(&writer, self->ssrc, stream->ssrc);
    else
        media_rtcp_write_fir(&writer, self->ssrc, stream->ssrc, stream->n_firs++);
    send_compound(self, &writer);
}

MediaReceiver *
media_receiver_new(MediaTransport *transport)
{
    MediaWorker *worker = media_transport_get_worker(transport);
    MEDIA_ASSERT_ON_WORKER(worker);
    MediaReceiver *self = g_new0(MediaReceiver, 1);

    self->transport = transport;
    self->worker = worker;
    self->ssrc = g_random_int() | 1; /* not 0 */
    media_feedback_init(&self->feedback, transport, self->ssrc);
    return self;
}

static void
free_stream(MediaReceiver *self, unsigned i)
{
    Stream *stream = self->streams[i];

    media_encodings_free(stream->encodings);
    media_ssrc_table_remove(&self->ssrcs, stream->ssrc);
    media_ssrc_table_remove(&self->ssrcs, stream->rtx_ssrc);
    self->streams[i] = NULL;
    media_track_free(stream->track);
    g_free(stream);
}

void
media_receiver_free(MediaReceiver *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->worker);
    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        if (self->streams[i] != NULL)
            free_stream(self, i);
    }
    media_worker_stop_timer(self->worker, &self->report_timer);
    media_worker_stop_timer(self->worker, &self->nack_timer);
    media_feedback_clear(&self->feedback);
    g_free(self);
}

/* The stream takes over an SSRC; 0 leaves what it has. */
static void
set_ssrc(MediaReceiver *self, unsigned i, uint32_t *place, uint32_t ssrc)
{
    uint8_t other;

    if (ssrc == 0 || *place == ssrc)
        return;
    if (media_ssrc_table_find(&self->ssrcs, ssrc, &other) && other != i)
        return; /* another stream's: a collision, first come first served */
    media_ssrc_table_remove(&self->ssrcs, *place);
    *place = ssrc;
    media_ssrc_table_set(&self->ssrcs, ssrc, (uint8_t)i);
}

/* What SDP said of this encoding's SSRCs. */
static MediaStreamEncoding
get_announced(const Stream *stream)
{
    if (stream->encoding < stream->agreed.n_encodings)
        return stream->agreed.encodings[stream->encoding];
    return (MediaStreamEncoding){ .ssrc = stream->agreed.ssrc, .rtx_ssrc = stream->agreed.rtx_ssrc };
}

static void
update_stream(MediaReceiver *self, unsigned i, const MediaStream *agreed)
{
    Stream *stream = self->streams[i];
    uint32_t before = stream->ssrc;

    stream->agreed = *agreed;
    MediaStreamEncoding announced = get_announced(stream);
    set_ssrc(self, i, &stream->ssrc, announced.ssrc);
    set_ssrc(self, i, &stream->rtx_ssrc, announced.rtx_ssrc);
    if (before != 0 && before != stream->ssrc)
        media_track_restart(stream->track);
    if (agreed->ext_mid != 0)
        self->ext_mid = agreed->ext_mid;
    media_feedback_agree(&self->feedback, agreed->ext_transport_cc);
}

/* One of an m-section's encodings. */
static int
find_encoding(const MediaReceiver *self, const char *mid, size_t length, unsigned encoding)
{
    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        if (self->streams[i] != NULL && self->streams[i]->encoding == encoding &&
            strlen(self->streams[i]->agreed.mid) == length && memcmp(self->streams[i]->agreed.mid, mid, length) == 0)
            return (int)i;
    }
    return -1;
}

static int
find_mid(const MediaReceiver *self, const char *mid, size_t length)
{
    return find_encoding(self, mid, length, 0);
}

static int
find_sibling(const MediaReceiver *self, const Stream *stream, unsigned encoding)
{
    return find_encoding(self, stream->agreed.mid, strlen(stream->agreed.mid), encoding);
}

static unsigned
count_free(const MediaReceiver *self)
{
    unsigned n = 0;

    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++)
        n += self->streams[i] == NULL;
    return n;
}

static Stream *
add_encoding(MediaReceiver *self, const MediaStream *agreed, unsigned encoding)
{
    unsigned i = 0;

    while (self->streams[i] != NULL)
        i++;
    Stream *stream = g_new0(Stream, 1);
    MediaTrackOwner owner = {
        .kind = agreed->kind,
        .clock = &self->clock,
        .request_keyframe = request_keyframe,
        .user_data = stream,
    };
    stream->receiver = self;
    stream->encoding = encoding;
    stream->track = media_track_new(self->worker, &owner);
    self->streams[i] = stream;
    update_stream(self, i, agreed);
    return stream;
}

/* How many encodings there are was settled by the first description; it cannot change (RFC 9429 section 5.2.2). */
static MediaTrack *
update_section(MediaReceiver *self, unsigned first, const MediaStream *agreed)
{
    Stream *stream = self->streams[first];
    unsigned n = stream->encodings != NULL ? media_encodings_get_n_tracks(stream->encodings) : 1;

    for (unsigned k = 0; k < n; k++) {
        int i = find_sibling(self, stream, k);
        if (i >= 0)
            update_stream(self, (unsigned)i, agreed);
    }
    return stream->track;
}

MediaTrack *
media_receiver_add_stream(MediaReceiver *self, const MediaStream *agreed)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    int found = find_mid(self, agreed->mid, strlen(agreed->mid));
    unsigned n = MAX(agreed->n_encodings, 1);
    MediaTrack *tracks[MEDIA_MAX_ENCODINGS];

    if (found >= 0)
        return update_section(self, (unsigned)found, agreed);
    if (count_free(self) < n)
        return NULL;
    Stream *first = add_encoding(self, agreed, 0);
    tracks[0] = first->track;
    for (unsigned k = 1; k < n; k++)
        tracks[k] = add_encoding(self, agreed, k)->track;
    if (agreed->n_encodings > 0)
        first->encodings = media_encodings_new(tracks, n);
    return first->track;
}

void
media_receiver_remove_stream(MediaReceiver *self, const char *mid)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);

    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        if (self->streams[i] != NULL && g_str_equal(self->streams[i]->agreed.mid, mid))
            free_stream(self, i);
    }
}

/* What a payload type means in one stream. */
typedef struct {
    const MediaStreamCodec *codec; /* NULL: not agreed */
    bool rtx, red;
} Meaning;

static Meaning
look_up_payload_type(const MediaStream *stream, uint8_t payload_type)
{
    for (unsigned i = 0; i < stream->n_codecs; i++) {
        if (stream->codecs[i].payload_type == payload_type)
            return (Meaning){ .codec = &stream->codecs[i] };
        if (stream->codecs[i].rtx_payload_type != 0 && stream->codecs[i].rtx_payload_type == payload_type)
            return (Meaning){ .codec = &stream->codecs[i], .rtx = true };
        if (stream->codecs[i].red_payload_type != 0 && stream->codecs[i].red_payload_type == payload_type)
            return (Meaning){ .codec = &stream->codecs[i], .red = true };
    }
    return (Meaning){ 0 };
}

/* The only stream that has this payload type; -1 when none or several do. */
static int
find_by_payload_type(const MediaReceiver *self, uint8_t payload_type)
{
    int found = -1;

    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        if (self->streams[i] == NULL || self->streams[i]->encoding > 0 ||
            look_up_payload_type(&self->streams[i]->agreed, payload_type).codec == NULL)
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

/* Whether a stream that has an SSRC may get another. A second sender under the first one's name would make it flap. */
static bool
may_change(const Stream *stream, bool named, int64_t now_us)
{
    MediaTrackStats stats;

    if (stream->ssrc == 0)
        return true;
    media_track_get_stats(stream->track, &stats);
    if (named)
        return now_us - stream->changed_us >= SSRC_MIN_CHANGE_US;
    return stats.last_packet_us == 0 || now_us - stats.last_packet_us >= SSRC_HOLD_US;
}

/* RFC 8852: simulcast encodings are told apart by their rid. -1: no such encoding. */
static int
choose_encoding(const MediaReceiver *self, int section, const MediaRtp *rtp, bool rtx)
{
    const MediaStream *agreed = &self->streams[section]->agreed;
    size_t length = 0;

    if (agreed->n_encodings == 0)
        return section;
    const uint8_t *rid = media_rtp_find_extension(rtp, rtx ? agreed->ext_repaired_rid : agreed->ext_rid, &length);
    for (unsigned k = 0; rid != NULL && k < agreed->n_encodings; k++) {
        const char *known = agreed->encodings[k].rid;
        if (known[0] != '\0' && strlen(known) == length && memcmp(known, rid, length) == 0)
            return find_sibling(self, self->streams[section], k);
    }
    return -1;
}

/* RFC 8843 section 9.2: by MID, else by a payload type that only one stream has. -1: drop it. */
static int
learn_ssrc(MediaReceiver *self, const MediaRtp *rtp, int64_t now_us)
{
    size_t length = 0;
    const uint8_t *mid = media_rtp_find_extension(rtp, self->ext_mid, &length);
    int i = mid != NULL ? find_mid(self, (const char *)mid, length) : find_by_payload_type(self, rtp->payload_type);

    if (i < 0)
        return -1;
    Meaning meaning = look_up_payload_type(&self->streams[i]->agreed, rtp->payload_type);
    if (meaning.codec == NULL || (i = choose_encoding(self, i, rtp, meaning.rtx)) < 0)
        return -1;
    Stream *stream = self->streams[i];
    if (meaning.rtx) {
        set_ssrc(self, (unsigned)i, &stream->rtx_ssrc, rtp->ssrc);
        return i;
    }
    if (!may_change(stream, mid != NULL, now_us))
        return -1;
    if (stream->ssrc != 0)
        media_track_restart(stream->track);
    set_ssrc(self, (unsigned)i, &stream->ssrc, rtp->ssrc);
    stream->changed_us = now_us;
    return i;
}

static void
accept_packet(MediaReceiver *self, Stream *stream, MediaTrackInput *input, const MediaStreamCodec *codec)
{
    input->codec = codec->codec;
    input->may_nack = codec->nack;
    input->audio_level = media_rtp_get_audio_level(input->rtp, stream->agreed.ext_audio_level);
    input->dependency = media_rtp_find_extension(input->rtp, stream->agreed.ext_dependency, &input->dependency_size);
    if (!media_track_accept(stream->track, input))
        return;
    if (!self->nacking && codec->nack && media_track_get_nack_due_us(stream->track) != INT64_MAX)
        start_nacking(self);
    if (!self->reporting) {
        self->reporting = true;
        media_worker_start_timer(self->worker, &self->report_timer, input->arrival_us + REPORT_US, on_report_timer,
                                 self);
    }
}

/* The newest, then what is missing of those before it. */
static void
on_red(MediaReceiver *self, Stream *stream, MediaTrackInput *input, const MediaStreamCodec *codec)
{
    MediaRedUnwrapped unwrapped;
    MediaRtp rtp;

    if (!media_red_unwrap(input->rtp, input->data, codec->payload_type, &unwrapped))
        return;
    for (size_t i = 0; i < unwrapped.n && media_rtp_parse(unwrapped.packets[i], unwrapped.sizes[i], &rtp); i++) {
        input->data = unwrapped.packets[i];
        input->size = unwrapped.sizes[i];
        input->rtp = &rtp;
        input->recovered = i > 0;
        accept_packet(self, stream, input, codec);
    }
}

static void
on_rtx(MediaReceiver *self, Stream *stream, MediaTrackInput *input, const MediaStreamCodec *codec)
{
    uint8_t bytes[MEDIA_TRACK_MAX_PACKET];
    MediaRtp rtp;
    size_t size = media_rtx_unwrap(input->rtp, input->data, codec->payload_type, stream->ssrc, bytes);

    if (size == 0 || stream->ssrc == 0 || !media_rtp_parse(bytes, size, &rtp))
        return;
    input->data = bytes;
    input->size = size;
    input->rtp = &rtp;
    input->recovered = true;
    accept_packet(self, stream, input, codec);
}

void
media_receiver_on_rtp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    MediaRtp rtp;
    uint8_t known;

    if (size > MEDIA_TRACK_MAX_PACKET || !media_rtp_parse(packet, size, &rtp))
        return;
    media_feedback_received(&self->feedback, &rtp, arrival_us);
    int i = media_ssrc_table_find(&self->ssrcs, rtp.ssrc, &known) ? known : learn_ssrc(self, &rtp, arrival_us);
    if (i < 0)
        return;

    Stream *stream = self->streams[i];
    Meaning meaning = look_up_payload_type(&stream->agreed, rtp.payload_type);
    MediaTrackInput input = { .data = packet, .size = size, .rtp = &rtp, .arrival_us = arrival_us };
    if (meaning.codec == NULL)
        return;
    if (meaning.rtx && rtp.ssrc == stream->rtx_ssrc)
        on_rtx(self, stream, &input, meaning.codec);
    else if (meaning.red && rtp.ssrc == stream->ssrc)
        on_red(self, stream, &input, meaning.codec);
    else if (!meaning.rtx && rtp.ssrc == stream->ssrc)
        accept_packet(self, stream, &input, meaning.codec);
}

static void
on_sender_report(MediaReceiver *self, const MediaRtcpPacket *packet, int64_t arrival_us)
{
    uint32_t ssrc = media_rtcp_get_sender_ssrc(packet);
    MediaRtcpSenderInfo info;
    uint8_t i;

    if (!media_ssrc_table_find(&self->ssrcs, ssrc, &i) || self->streams[i]->ssrc != ssrc)
        return;
    media_rtcp_get_sender_info(packet, &info);
    if (info.ntp == 0) /* RFC 3550 section 6.4.1: the sender has no clock */
        return;
    media_clock_offset_learn(&self->clock, info.ntp, arrival_us);
    MediaSenderReport report = {
        .ntp = info.ntp,
        .timestamp = info.timestamp,
        .ssrc = ssrc,
        .arrival_us = arrival_us,
    };
    media_track_set_sender_report(self->streams[i]->track, &report);
}

/* Whoever says BYE may come back under another SSRC at once. */
static void
on_bye(MediaReceiver *self, const MediaRtcpPacket *packet)
{
    for (unsigned k = 0; k < packet->count; k++) {
        uint32_t ssrc = media_rtcp_get_bye_ssrc(packet, k);
        uint8_t i;

        if (!media_ssrc_table_find(&self->ssrcs, ssrc, &i) || self->streams[i]->ssrc != ssrc ||
            ssrc == get_announced(self->streams[i]).ssrc)
            continue;
        media_ssrc_table_remove(&self->ssrcs, ssrc);
        self->streams[i]->ssrc = 0;
        media_track_restart(self->streams[i]->track);
    }
}

void
media_receiver_on_rtcp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    MediaRtcpReader reader;
    MediaRtcpPacket part;

    if (!media_rtcp_reader_init(&reader, packet, size))
        return;
    while (media_rtcp_reader_next(&reader, &part)) {
        if (part.type == MEDIA_RTCP_SR)
            on_sender_report(self, &part, arrival_us);
        else if (part.type == MEDIA_RTCP_BYE)
            on_bye(self, &part);
    }
}

int64_t
media_receiver_get_rtt_us(const MediaReceiver *self)
{
    for (unsigned i = 0; i < MEDIA_MAX_RECEIVER_STREAMS; i++) {
        int64_t rtt_us = self->streams[i] != NULL ? media_track_get_rtt_us(self->streams[i]->track) : 0;
        if (rtt_us > 0)
            return rtt_us;
    }
    return 0;
}
