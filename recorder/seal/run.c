#define G_LOG_DOMAIN "recorder.run"

#include "recorder/seal/run.h"

#include <glib/gstdio.h>
#include <string.h>

#include "media/opus-toc.h"
#include "media/rtp.h"
#include "recorder/seal/av1.h"
#include "recorder/seal/cuts.h"
#include "recorder/seal/gaps.h"
#include "recorder/seal/mux.h"
#include "recorder/seal/raw.h"
#include "recorder/seal/samples.h"
#include "recorder/seal/webm.h"

enum {
    MAX_RUNS = 100, /* of a track; a peer that changes its codec more often loses what follows */
    SILENCE_SIZE = 3,
};
static const int64_t MAX_DRIFT_US = 30 * 1000;   /* of sound against the time line, before silence is put in */
static const int64_t SAME_CLOCK_US = 500 * 1000; /* two tracks of a party with less between them share a clock */

/* CELT, full band, mono, one frame each: nothing to hear (RFC 6716 section 3.1). Longest first. */
typedef struct {
    int64_t duration_us;
    uint8_t bytes[SILENCE_SIZE];
} Silence;

static const Silence silences[] = {
    { 20000, { 0xF8, 0xFF, 0xFE } },
    { 10000, { 0xF0, 0xFF, 0xFE } },
    { 5000, { 0xE8, 0xFF, 0xFE } },
    { 2500, { 0xE0, 0xFF, 0xFE } },
};

static void
run_free(void *data)
{
    SealRun *self = data;

    seal_clock_free(self->clock);
    g_free(self);
}

static unsigned
count_runs(const GPtrArray *runs, const char *track)
{
    unsigned n = 0;

    for (unsigned i = 0; i < runs->len; i++)
        n += strcmp(((SealRun *)runs->pdata[i])->track->id, track) == 0;
    return n;
}

static void
add_runs(GPtrArray *runs, const SealTrack *track)
{
    const SealPacket *packets = (const SealPacket *)track->packets->data;
    unsigned end;

    for (unsigned begin = 0; begin < track->packets->len; begin = end) {
        for (end = begin + 1; end < track->packets->len && packets[end].codec == packets[begin].codec;)
            end++;
        unsigned n_before = count_runs(runs, track->id);
        if (packets[begin].codec == MEDIA_CODEC_NONE || n_before >= MAX_RUNS)
            continue;
        SealRun *run = g_new0(SealRun, 1);
        run->track = track;
        run->packets = packets + begin;
        run->n = end - begin;
        run->codec = packets[begin].codec;
        run->number = n_before + 1;
        run->clock = seal_clock_new(run->packets, run->n, media_codec_get_clock_rate(run->codec));
        seal_clock_add_reports(run->clock, track->reports);
        g_ptr_array_add(runs, run);
    }
}

/* The runs whose reports come from the clock of this one. */
static SealCurve *
make_curve(const GPtrArray *runs, const SealRun *run)
{
    SealCurve *curve = seal_curve_new();
    int64_t own_us, other_us;

    if (seal_clock_get_offset(run->clock, &own_us)) {
        for (unsigned i = 0; i < runs->len; i++) {
            const SealRun *other = runs->pdata[i];
            if (strcmp(other->track->party, run->track->party) == 0 && seal_clock_get_offset(other->clock, &other_us) &&
                ABS(own_us - other_us) < SAME_CLOCK_US)
                seal_clock_add_samples(other->clock, curve);
        }
    }
    seal_curve_finish(curve);
    return curve;
}

GPtrArray *
seal_runs_new(const SealSession *session)
{
    GPtrArray *runs = g_ptr_array_new_with_free_func(run_free);

    for (unsigned i = 0; i < session->tracks->len; i++)
        add_runs(runs, session->tracks->pdata[i]);
    for (unsigned i = 0; i < runs->len; i++) {
        SealRun *run = runs->pdata[i];
        g_autoptr(SealCurve) curve = make_curve(runs, run);
        seal_clock_finish(run->clock, curve);
    }
    return runs;
}

/* While writing. */
typedef struct {
    const SealRun *run;
    const SealRunTarget *target;
    SealMux *mux;
    uint8_t bytes[UINT16_MAX];
    size_t size;
    MediaRtp rtp; /* of bytes */
    const uint8_t *payload;
    int64_t origin_us;   /* pushed times count from here */
    int64_t end_us;      /* sound: where the last frame ends */
    int64_t duration_us; /* sound: of the last packet */
    SealAv1 av1;
} Writing;

static bool
load(Writing *self, unsigned i, GError **error)
{
    const SealPacket *packet = &self->run->packets[i];

    if (!seal_session_get_data(self->target->session, packet, self->bytes, error))
        return false;
    self->size = packet->size;
    if (!media_rtp_parse(self->bytes, self->size, &self->rtp)) {
        g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "the journal changed while it was read");
        return false;
    }
    self->payload = self->bytes + self->rtp.header_size;
    return true;
}

/* Whether all packets of the frame that begins at packet i are there. */
static bool
is_whole_frame(const SealRun *run, unsigned i)
{
    unsigned k = i + 1;

    while (k < run->n && run->packets[k].timestamp == run->packets[i].timestamp &&
           run->packets[k].sequence == run->packets[k - 1].sequence + 1)
        k++;
    return k == run->n || run->packets[k].sequence == run->packets[k - 1].sequence + 1;
}

/* The first packet of the first frame that can be decoded; n: there is none. */
static bool
find_begin(Writing *self, unsigned *ret_begin, GError **error)
{
    const SealRun *run = self->run;
    unsigned i;

    for (i = 0; i < run->n; i++) {
        if (!load(self, i, error))
            return false;
        if (media_codec_is_keyframe(run->codec, self->payload, self->rtp.payload_size) &&
            (run->codec == MEDIA_CODEC_OPUS || is_whole_frame(run, i)))
            break;
    }
    *ret_begin = i;
    return true;
}

/* Browsers close holes in sound and then play it early: a hole is filled, the true gap is told in recording.json. */
static bool
fill_hole(Writing *self, int64_t hole_us, GError **error)
{
    for (unsigned k = 0; k < G_N_ELEMENTS(silences); k++) {
        for (; hole_us >= silences[k].duration_us; hole_us -= silences[k].duration_us) {
            if (!seal_mux_push(self->mux, silences[k].bytes, SILENCE_SIZE, self->end_us, silences[k].duration_us,
                               error))
                return false;
            self->end_us += silences[k].duration_us;
        }
    }
    return true;
}

/* Where timestamps leave out some time there is a hole; so there is when clocks have drifted apart for long. */
static bool
has_hole(const Writing *self, unsigned i, int64_t hole_us)
{
    int64_t step_us;

    if (hole_us >= MAX_DRIFT_US || !seal_clock_get_step(self->run->clock, i, &step_us))
        return hole_us > 0;
    return hole_us > 0 && step_us - self->duration_us >= silences[G_N_ELEMENTS(silences) - 1].duration_us;
}

static bool
write_sound(Writing *self, unsigned i, unsigned begin, GError **error)
{
    int64_t duration_us = media_opus_get_duration_us(self->payload, self->rtp.payload_size);
    int64_t time_us = seal_clock_get_time(self->run->clock, i) - self->origin_us;
    int64_t hole_us = i > begin ? time_us - self->end_us : 0;

    if (duration_us == 0)
        return true; /* nothing to hear in it */
    if (has_hole(self, i, hole_us) && !fill_hole(self, hole_us, error))
        return false;
    if (!seal_mux_push(self->mux, self->payload, self->rtp.payload_size, time_us, duration_us, error))
        return false;
    self->duration_us = duration_us;
    self->end_us = time_us + duration_us;
    return true;
}

static bool
write_unit(Writing *self, int64_t time_us, GError **error)
{
    size_t size;
    g_autofree uint8_t *unit = seal_av1_take(&self->av1, &size);

    return !unit || seal_mux_push(self->mux, unit, size, time_us, 0, error);
}

static bool
write_av1(Writing *self, unsigned i, unsigned begin, GError **error)
{
    const SealRun *run = self->run;
    const SealPacket *packet = &run->packets[i];
    bool lost = i > begin && (!seal_clock_is_contiguous(run->clock, i) || packet->sequence != packet[-1].sequence + 1);
    bool last = i + 1 == run->n || packet[1].timestamp != packet->timestamp || packet[1].ssrc != packet->ssrc;

    seal_av1_add(&self->av1, self->payload, self->rtp.payload_size, lost);
    return !last || write_unit(self, seal_clock_get_time(run->clock, i) - self->origin_us, error);
}

static bool
write_packet(Writing *self, unsigned i, unsigned begin, GError **error)
{
    if (!load(self, i, error))
        return false;
    if (self->run->codec == MEDIA_CODEC_OPUS)
        return write_sound(self, i, begin, error);
    if (self->run->codec == MEDIA_CODEC_AV1)
        return write_av1(self, i, begin, error);
    return seal_mux_push(self->mux, self->bytes, self->size, seal_clock_get_time(self->run->clock, i) - self->origin_us,
                         0, error);
}

static char *
get_name(const SealRun *run, const char *suffix)
{
    if (run->number == 1)
        return g_strdup_printf("%s.%s", run->track->id, suffix);
    return g_strdup_printf("%s~%u.%s", run->track->id, run->number, suffix); /* no track id has a ~ */
}

static void
describe(const SealRun *run, const SealSession *session, SealRunContents *contents, RecFile *file)
{
    file->track = g_strdup(run->track->id);
    file->party = g_strdup(run->track->party);
    file->label = g_strdup(run->track->label);
    file->kind = media_codec_get_kind(run->codec);
    file->codec = run->codec;
    file->packets = run->n - contents->begin;
    seal_gaps_find(run, session, contents, file);
}

static bool
write_all(Writing *self, unsigned begin, GError **error)
{
    const SealRun *run = self->run;

    for (unsigned i = begin; i < run->n; i++) {
        if (!write_packet(self, i, begin, error))
            return false;
        self->target->progress(run->packets[i].size, self->target->data);
    }
    return true;
}

/* n_frames of the result is 0 when nothing in the run can be decoded. */
static bool
write_playable(Writing *self, unsigned begin, const char *path, SealMuxResult *ret_result, GError **error)
{
    SealMuxConfig config = {
        .codec = self->run->codec,
        .path = path,
        .made_us = self->origin_us,
        .seed = g_str_hash(self->target->session->id) ^ g_str_hash(self->run->track->id) ^ self->run->number,
    };
    g_autoptr(SealMux) mux = seal_mux_new(&config, error);

    if (!mux)
        return false;
    self->mux = mux;
    seal_av1_init(&self->av1);
    bool written = write_all(self, begin, error) && seal_mux_finish(mux, ret_result, error);
    seal_av1_clear(&self->av1);
    return written;
}

/* What no player takes is evidence all the same. */
static bool
write_raw(Writing *self, RecFile *file, SealRunContents *contents, GError **error)
{
    const SealRun *run = self->run;
    g_autofree char *name = get_name(run, "pcapng"), *path = g_build_filename(self->target->folder, name, NULL);

    contents->begin = 0;
    if (!seal_raw_write(run, self->target->session, path, contents->cuts, error))
        return false;
    describe(run, self->target->session, contents, file);
    file->content_type = g_strdup(SEAL_RAW_CONTENT_TYPE);
    file->start_us = seal_clock_get_time(run->clock, 0);
    file->duration_us = seal_clock_get_time(run->clock, run->n - 1) - file->start_us;
    file->file = g_steal_pointer(&name);
    return true;
}

/* A file in which nothing is found that can be cut is one chunk. */
static bool
find_cuts(const char *path, MediaCodec codec, GArray *cuts, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &cause);

    if (!file) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot read %s: %s", path, cause->message);
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)g_mapped_file_get_contents(file);
    size_t size = g_mapped_file_get_length(file);
    bool found =
        codec == MEDIA_CODEC_H264 ? seal_samples_find_cuts(bytes, size, cuts) : seal_webm_find_cuts(bytes, size, cuts);
    if (!found)
        g_debug("%s is one chunk: its inside is unknown", path);
    return true;
}

void
seal_run_contents_init(SealRunContents *self)
{
    self->begin = 0;
    self->losses = g_array_new(FALSE, FALSE, sizeof(SealRunLoss));
    self->cuts = seal_cuts_new();
}

void
seal_run_contents_clear(SealRunContents *self)
{
    g_array_unref(self->losses);
    g_array_unref(self->cuts);
}

bool
seal_run_write(const SealRun *self, const SealRunTarget *target, RecFile *file, SealRunContents *contents,
               GError **error)
{
    g_autofree Writing *writing = g_new0(Writing, 1);
    g_autofree char *name = get_name(self, seal_mux_get_suffix(self->codec));
    g_autofree char *path = g_build_filename(target->folder, name, NULL);
    g_autoptr(GError) cause = NULL;
    SealMuxResult result = { 0 };

    writing->run = self;
    writing->target = target;
    if (!find_begin(writing, &contents->begin, error))
        return false;
    if (contents->begin < self->n) {
        writing->origin_us = seal_clock_get_time(self->clock, contents->begin);
        if (!write_playable(writing, contents->begin, path, &result, &cause)) {
            if (!g_error_matches(cause, REC_ERROR, REC_ERROR_SEAL)) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
            }
            g_debug("%s: %s", name, cause->message);
            g_unlink(path);
            result.n_frames = 0;
        }
    }
    if (result.n_frames == 0)
        return write_raw(writing, file, contents, error);
    describe(self, target->session, contents, file);
    file->content_type = g_strdup(seal_mux_get_content_type(self->codec));
    file->start_us = writing->origin_us + result.first_us;
    file->duration_us = result.duration_us;
    file->width = result.width;
    file->height = result.height;
    file->file = g_steal_pointer(&name);
    return find_cuts(path, self->codec, contents->cuts, error);
}
