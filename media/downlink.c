#define G_LOG_DOMAIN "media.downlink"

#include "media/downlink.h"

#include "media/allocation.h"
#include "media/bandwidth.h"
#include "media/prefetch.h"
#include "media/viewer.h"

#define PACE_FACTOR         2.5  /* of the estimate: what frames may leave at ... */
#define LIMITED_PACE_FACTOR 1.0  /* ... and on a line that is full, where a key frame must not make a queue */
#define STILLS_PACE_FACTOR  0.8  /* of what sound leaves over, so that a still does not hold it up */
#define PICTURE_SHARE       0.94 /* of the rate for pictures; the rest is their headers and what is sent again */
#define MAX_LOSS_SHARE      0.3
#define SOUND_DECAY         0.99 /* of what is kept free for sound, per look: people pause */

enum {
    WIRE_OVERHEAD = 28 + 16 + 24, /* IPv4 and UDP, the tag, RTP header with extensions */
    SOUND_PACKETS_PER_S = 50,
    PACE_AHEAD_US = 40 * 1000,         /* a key frame leaves at once where the line has room, as from browsers ... */
    LIMITED_PACE_AHEAD_US = 20 * 1000, /* ... and on a full line sound waits no longer behind it */
    MAX_DEBT_US = 300 * 1000,          /* what is sent again, and padding, hold pictures up no longer */
    PADDING = 255,                     /* RFC 3550 section 5.1: the most that one packet can have */
    MAX_PADDING_PER_TICK = 64,         /* packets */
    MIN_STILLS_PACE = 20000,           /* bit/s */
    SAME_BUDGET_PERCENT = 5,
};

typedef struct {
    MediaViewer *viewer; /* borrowed */
    MediaKind kind;
    MediaShare share;
    uint32_t told; /* the budget that the viewer has */
} Member;

struct MediaDownlink {
    MediaTransport *transport; /* borrowed */
    MediaWorker *worker;       /* borrowed */
    GPtrArray *members;        /* Member, owned */
    MediaBandwidth *bandwidth; /* owned; NULL before there is anything to estimate from */
    MediaAllocation allocation;
    MediaTimer share_timer, probe_timer;
    int64_t shared_us; /* last look */
    uint32_t pace;     /* bit/s; UINT32_MAX: none */
    int64_t paid_us;   /* what has left is paid off by then, at that pace */
    size_t taken;      /* bytes that will leave in this pass */
    int64_t taken_us;
    double sound;      /* bit/s on the wire, with what is kept free */
    uint32_t pictures; /* bit/s; UINT32_MAX: no limit */
    bool limited;
    unsigned n_flowing, n_suspended; /* pictures; of them still */
};

MediaDownlink *
media_downlink_new(MediaTransport *transport)
{
    MediaDownlink *self = g_new0(MediaDownlink, 1);

    self->transport = transport;
    self->worker = media_transport_get_worker(transport);
    self->members = g_ptr_array_new_with_free_func(g_free);
    self->pace = self->pictures = UINT32_MAX;
    return self;
}

void
media_downlink_free(MediaDownlink *self)
{
    if (self == NULL)
        return;
    media_worker_stop_timer(self->worker, &self->share_timer);
    media_worker_stop_timer(self->worker, &self->probe_timer);
    g_ptr_array_unref(self->members);
    media_bandwidth_free(self->bandwidth);
    g_free(self);
}

void
media_downlink_add_viewer(MediaDownlink *self, MediaViewer *viewer, MediaKind kind)
{
    Member *member = g_new0(Member, 1);

    member->viewer = viewer;
    member->kind = kind;
    member->told = UINT32_MAX;
    g_ptr_array_add(self->members, member);
}

void
media_downlink_remove_viewer(MediaDownlink *self, MediaViewer *viewer)
{
    for (guint i = 0; i < self->members->len; i++) {
        if (((Member *)self->members->pdata[i])->viewer == viewer) {
            g_ptr_array_remove_index(self->members, i);
            return;
        }
    }
}

static MediaBandwidth *
ensure_bandwidth(MediaDownlink *self)
{
    if (self->bandwidth == NULL)
        self->bandwidth = media_bandwidth_new();
    return self->bandwidth;
}

static int64_t
get_duration(const MediaDownlink *self, size_t size)
{
    return (int64_t)(size * 8 * G_USEC_PER_SEC / self->pace);
}

uint16_t
media_downlink_number(MediaDownlink *self, size_t payload_size)
{
    int64_t now_us = media_worker_now_us(self->worker);
    size_t size = payload_size + WIRE_OVERHEAD;

    if (self->pace != UINT32_MAX)
        self->paid_us = MIN(MAX(self->paid_us, now_us) + get_duration(self, size), now_us + MAX_DEBT_US);
    self->taken -= MIN(size, self->taken);
    return media_bandwidth_sent(ensure_bandwidth(self), size, now_us);
}

bool
media_downlink_take(MediaDownlink *self, size_t payload_size)
{
    int64_t now_us = media_worker_now_us(self->worker);
    int64_t ahead_us = self->limited ? LIMITED_PACE_AHEAD_US : PACE_AHEAD_US;

    if (self->pace == UINT32_MAX)
        return true;
    if (self->taken_us != now_us)
        self->taken = 0;
    self->taken_us = now_us;
    if (MAX(self->paid_us - now_us, 0) + get_duration(self, self->taken) >= ahead_us)
        return false;
    self->taken += payload_size + WIRE_OVERHEAD;
    return true;
}

uint32_t
media_downlink_get_duration_us(const MediaDownlink *self, size_t n_packets, size_t payload_size)
{
    double bits = (double)(payload_size + n_packets * WIRE_OVERHEAD) * 8;

    if (self->pace == UINT32_MAX)
        return 0;
    return (uint32_t)MIN(bits * G_USEC_PER_SEC / MAX(self->pace - self->sound, MIN_STILLS_PACE), UINT32_MAX);
}

void
media_downlink_prefetch(const MediaDownlink *self, unsigned ahead)
{
    if (ahead == 4)
        media_prefetch(self, sizeof *self);
    else if (self->bandwidth != NULL)
        media_bandwidth_prefetch(self->bandwidth, ahead);
}

/* Probing */

static void
send_padding(MediaDownlink *self)
{
    for (guint i = 0; i < self->members->len; i++) {
        Member *member = self->members->pdata[i];
        if (member->kind == MEDIA_KIND_VIDEO && media_viewer_send_padding(member->viewer, PADDING))
            return;
    }
}

static void
on_probe(void *data)
{
    MediaDownlink *self = data;
    int64_t now_us = media_worker_now_us(self->worker);

    for (int n = 0; n < MAX_PADDING_PER_TICK && media_bandwidth_get_padding(self->bandwidth, now_us) > 0; n++)
        send_padding(self);
    media_transport_flush(self->transport);
    if (media_bandwidth_is_probing(self->bandwidth))
        media_worker_start_timer(self->worker, &self->probe_timer, now_us + MEDIA_TIMER_TICK_US, on_probe, self);
}

static bool
can_pad(const MediaDownlink *self)
{
    if (media_transport_get_state(self->transport) != MEDIA_TRANSPORT_READY)
        return false;
    for (guint i = 0; i < self->members->len; i++) {
        const Member *member = self->members->pdata[i];
        if (member->kind == MEDIA_KIND_VIDEO && media_viewer_can_pad(member->viewer))
            return true;
    }
    return false;
}

/* Sharing */

static void
measure_sound(MediaDownlink *self)
{
    double sum = 0;

    for (guint i = 0; i < self->members->len; i++) {
        const Member *member = self->members->pdata[i];
        MediaViewerStats stats;

        if (member->kind != MEDIA_KIND_AUDIO)
            continue;
        media_viewer_get_stats(member->viewer, &stats);
        if (stats.bitrate > 0)
            sum += stats.bitrate + (double)(28 + 16) * 8 * SOUND_PACKETS_PER_S;
    }
    self->sound = MAX(sum, SOUND_DECAY * self->sound);
}

static void
read_layers(Member *member)
{
    MediaViewerLayer layers[MEDIA_MAX_LAYERS];

    G_STATIC_ASSERT((int)MEDIA_MAX_LAYERS == (int)MEDIA_ALLOCATION_LAYERS);
    member->share.n_layers = (unsigned)media_viewer_get_layers(member->viewer, layers);
    for (unsigned i = 0; i < member->share.n_layers; i++)
        member->share.bitrates[i] = layers[i].bitrate;
}

static void
tell(MediaDownlink *self, Member *member)
{
    uint32_t budget = member->share.budget;
    bool special = budget == 0 || budget == UINT32_MAX || member->told == 0 || member->told == UINT32_MAX;
    uint32_t difference = MAX(budget, member->told) - MIN(budget, member->told);

    self->n_flowing += member->share.n_layers > 0;
    self->n_suspended += budget == 0;
    self->limited = self->limited || budget != UINT32_MAX;
    if (budget == member->told || (!special && difference < member->told / 100 * SAME_BUDGET_PERCENT))
        return;
    g_debug("%p: %u for a picture of %u layers, of %u for all and %.0f for sound", (void *)self, budget,
            member->share.n_layers, self->pictures, self->sound);
    member->told = budget;
    media_viewer_set_budget(member->viewer, budget);
}

/* What is left for pictures of an estimate, in bit/s of their layers. */
static uint32_t
get_rate_for_pictures(const MediaDownlink *self, uint32_t estimate, double loss)
{
    if (estimate == UINT32_MAX)
        return UINT32_MAX;
    return (uint32_t)(MAX(estimate - self->sound, 0) * PICTURE_SHARE * (1 - loss));
}

static void
set_pace(MediaDownlink *self, uint32_t estimate)
{
    if (estimate == UINT32_MAX) {
        self->pace = UINT32_MAX;
        return;
    }
    double pace = (self->limited ? LIMITED_PACE_FACTOR : PACE_FACTOR) * estimate;
    if (self->n_suspended > 0 && self->n_suspended >= self->n_flowing)
        pace = self->sound + MAX(STILLS_PACE_FACTOR * (estimate - self->sound), MIN_STILLS_PACE);
    self->pace = (uint32_t)MIN(pace, UINT32_MAX - 1);
}

static void
share_out(MediaDownlink *self, int64_t now_us)
{
    MediaShare *shares[MEDIA_MAX_SENDER_VIEWERS];
    size_t n = 0;
    bool congested = media_bandwidth_is_congested(self->bandwidth);
    bool guess = !media_bandwidth_is_known(self->bandwidth);
    double loss = MIN(media_bandwidth_get_loss(self->bandwidth), MAX_LOSS_SHARE);
    uint32_t estimate = media_bandwidth_get(self->bandwidth, now_us);
    uint32_t repairable = media_bandwidth_get_repairable(self->bandwidth, now_us);

    measure_sound(self);
    for (guint i = 0; i < self->members->len; i++) {
        Member *member = self->members->pdata[i];
        if (member->kind == MEDIA_KIND_VIDEO) {
            read_layers(member);
            shares[n++] = &member->share;
        }
    }
    if (guess && !congested)
        estimate = repairable = UINT32_MAX;
    self->pictures = get_rate_for_pictures(self, estimate, loss);
    MediaAllocationInput input = {
        .rate = self->pictures,
        .cheapest_rate = get_rate_for_pictures(self, repairable, 0),
        .congested = congested,
        .pressed = media_bandwidth_is_pressed(self->bandwidth),
        .guess = guess,
        .now_us = now_us,
    };
    uint64_t wanted = media_allocation_update(&self->allocation, shares, n, &input);
    self->shared_us = now_us;
    self->limited = false;
    self->n_flowing = self->n_suspended = 0;
    for (guint i = 0; i < self->members->len; i++) {
        Member *member = self->members->pdata[i];
        if (member->kind == MEDIA_KIND_VIDEO)
            tell(self, member);
    }
    set_pace(self, MAX(estimate, repairable));
    if ((!self->limited && !guess) || n == 0 || wanted == 0 || !can_pad(self))
        return;
    double wanted_rate = (double)wanted / PICTURE_SHARE / (1 - loss) * MEDIA_ALLOCATION_ROOM + self->sound;
    if (media_bandwidth_probe(self->bandwidth, (uint32_t)MIN(wanted_rate, UINT32_MAX), now_us))
        media_worker_start_timer(self->worker, &self->probe_timer, now_us, on_probe, self);
}

static void
on_share(void *data)
{
    MediaDownlink *self = data;
    int64_t now_us = media_worker_now_us(self->worker);

    if (now_us - self->shared_us >= MEDIA_DOWNLINK_SHARE_US)
        share_out(self, now_us);
    if (self->limited) /* else feedback is enough to come back */
        media_worker_start_timer(self->worker, &self->share_timer, now_us + MEDIA_DOWNLINK_SHARE_US, on_share, self);
}

/* Something was learnt. */
static void
look(MediaDownlink *self)
{
    int64_t now_us = media_worker_now_us(self->worker);

    if (now_us - self->shared_us < MEDIA_DOWNLINK_SHARE_US && !media_bandwidth_is_congested(self->bandwidth))
        return;
    share_out(self, now_us);
    if (self->limited)
        media_worker_start_timer(self->worker, &self->share_timer, now_us + MEDIA_DOWNLINK_SHARE_US, on_share, self);
}

void
media_downlink_on_feedback(MediaDownlink *self, const MediaRtcpPacket *packet)
{
    MediaTwccStatus statuses[MEDIA_TWCC_MAX_READ];
    size_t n = self->bandwidth != NULL ? media_twcc_read(packet, statuses, G_N_ELEMENTS(statuses)) : 0;

    if (n == 0)
        return;
    media_bandwidth_on_feedback(self->bandwidth, statuses, n, media_worker_now_us(self->worker));
    look(self);
}

void
media_downlink_on_remb(MediaDownlink *self, uint32_t bitrate)
{
    media_bandwidth_on_remb(ensure_bandwidth(self), bitrate, media_worker_now_us(self->worker));
    look(self);
}

void
media_downlink_on_rtt(MediaDownlink *self, int64_t rtt_us)
{
    if (self->bandwidth != NULL)
        media_bandwidth_on_rtt(self->bandwidth, rtt_us);
}

void
media_downlink_get_stats(const MediaDownlink *self, MediaSenderStats *ret_stats)
{
    uint32_t estimate =
        self->bandwidth != NULL ? media_bandwidth_get(self->bandwidth, media_worker_now_us(self->worker)) : UINT32_MAX;

    *ret_stats = (MediaSenderStats){
        .estimate = estimate == UINT32_MAX ? 0 : estimate,
        .audio = (uint32_t)MIN(self->sound, UINT32_MAX),
        .video = self->pictures,
        .limited = self->limited,
        .n_suspended = self->n_suspended,
    };
}
