#include "media/transport.h"

#include <string.h>

#include "media/handshake.h"
#include "media/ice.h"
#include "media/net.h"
#include "media/prefetch.h"
#include "media/rate-limit.h"
#include "media/srtp-in.h"
#include "media/srtp-out.h"
#include "media/transport-priv.h"

enum {
    CONSENT_US = 15 * G_USEC_PER_SEC, /* RFC 7675 section 5.1 allows 30 */

    /* What one peer may publish (1080p and a shared screen have a third of it); more is dropped. */
    POLICE_PACKETS_PER_S = 6000,
    POLICE_BYTES_PER_S = 20 * 1000 * 1000 / 8,
    POLICE_BURST_US = G_USEC_PER_SEC,

    /* Checks that are looked at (each costs an HMAC or two); a browser sends 20/s at its busiest. Those from addresses
     * that are not proved have a limit of their own, so that a flood of them leaves a call that is up alone. */
    CHECKS_PER_S = 100,
    UNKNOWN_CHECKS_PER_S = 50,
    CHECKS_BURST_US = G_USEC_PER_SEC,

    /* How often a late retransmission of the peer's last flight is answered. */
    LATE_ANSWERS_PER_S = 4,
    LATE_BURST_US = 2 * G_USEC_PER_SEC,

    HANDSHAKE_FINISHED = 20, /* RFC 5246 section 7.4 */
    ALERT_FATAL = 2,
};

/* What is left of DTLS, and what is to be compared. */
typedef struct {
    MediaHandshake *handshake; /* owned; while it runs */
    MediaDtlsRecord record;
    uint8_t *last_flight; /* owned: a MediaDtlsFlight, cut to its size */
    bool has_digests, has_fingerprints;
    MediaDtlsDigests digests; /* of the peer's certificate */
    MediaTransportRemote remote;
} Security;

typedef struct {
    MediaRateLimit packets, bytes, checks, unknown_checks, late;
} Limits;

typedef struct {
    uint64_t packets, bytes, dropped, policed;
} Received;

struct MediaTransport {
    /* constant after new */
    MediaWorker *worker;         /* borrowed */
    MediaHandshaker *handshaker; /* borrowed */
    const MediaTransportEvents *events;
    void *user_data;
    MediaNet *net; /* borrowed */

    MediaTransportState state, reported;
    MediaDeferred report;
    MediaTimer consent;
    int64_t last_heard_us;
    Limits limits;
    MediaIce ice;
    MediaSendTarget target; /* its path is the selected one; meaningless unless has_path() */
    Security security;
    MediaSrtpIn *srtp_in;   /* owned; NULL before the keys */
    MediaSrtpOut *srtp_out; /* owned */
    MediaSrtpProfile profile;
    Received received;
    uint32_t address_changes;
    uint64_t unsent; /* nobody was there to take it */
};

const char *
media_transport_state_to_string(MediaTransportState state)
{
    static const char *const names[] = {
        [MEDIA_TRANSPORT_NEW] = "new",   [MEDIA_TRANSPORT_CONNECTING] = "connecting", [MEDIA_TRANSPORT_READY] = "ready",
        [MEDIA_TRANSPORT_LOST] = "lost", [MEDIA_TRANSPORT_FAILED] = "failed",
    };

    return names[state];
}

static void
on_report(void *data)
{
    MediaTransport *self = data;

    if (self->reported == self->state)
        return;
    self->reported = self->state;
    /* last: the handler may free us */
    self->events->state_changed(self, self->state, self->user_data);
}

static void
set_state(MediaTransport *self, MediaTransportState state)
{
    if (self->state == state)
        return;
    g_assert(self->state != MEDIA_TRANSPORT_FAILED);
    g_debug("%s: %s -> %s", self->ice.current.ufrag, media_transport_state_to_string(self->state),
            media_transport_state_to_string(state));
    self->state = state;
    media_worker_defer(self->worker, &self->report, on_report, self);
}

static void
on_consent(void *data)
{
    MediaTransport *self = data;
    int64_t due_us = self->last_heard_us + CONSENT_US;

    if (media_worker_now_us(self->worker) >= due_us) {
        media_transport_flush(self);
        set_state(self, MEDIA_TRANSPORT_LOST);
        return;
    }
    media_worker_start_timer(self->worker, &self->consent, due_us, on_consent, self);
}

static void
become_ready(MediaTransport *self)
{
    set_state(self, MEDIA_TRANSPORT_READY);
    media_worker_start_timer(self->worker, &self->consent, self->last_heard_us + CONSENT_US, on_consent, self);
}

/* Consent is what the peer's keys have signed, on a path that was checked. A lite agent cannot ask for more, and not every
 * peer goes on checking: libnice sends indications, which nothing signs. */
static void
on_heard(MediaTransport *self, int64_t now_us)
{
    self->last_heard_us = now_us;
    if (self->state == MEDIA_TRANSPORT_LOST)
        become_ready(self);
}

static void
follow_selected_path(MediaTransport *self)
{
    const MediaPath *path = media_ice_get_selected(&self->ice);

    media_send_run_flush_target(media_net_get_run(self->net), &self->target);
    if (path != NULL)
        self->target.path = *path;
    else
        memset(&self->target.path, 0, sizeof(self->target.path));
    self->target.gso_refused = false;
    self->target.generation = 0;
}

static bool
has_path(const MediaTransport *self)
{
    return self->ice.selected >= 0;
}

/* Out of everybody's sight: no check, no packet finds us any more. */
static void
leave_net(MediaTransport *self)
{
    media_send_run_flush_target(media_net_get_run(self->net), &self->target);
    while (self->ice.n_paths > 0) {
        MediaPath path = self->ice.paths[0].path;

        media_ice_remove_path(&self->ice, &path);
        media_net_remove_path(self->net, &path, self);
    }
    if (self->ice.current.ufrag != NULL)
        media_net_remove_ufrag(self->net, self->ice.current.ufrag, self);
    if (self->ice.previous.ufrag != NULL)
        media_net_remove_ufrag(self->net, self->ice.previous.ufrag, self);
}

static void
drop_keys(MediaTransport *self)
{
    g_clear_pointer(&self->security.handshake, media_handshake_free);
    media_dtls_record_clear(&self->security.record);
    g_clear_pointer(&self->security.last_flight, g_free);
    g_clear_pointer(&self->srtp_in, media_srtp_in_free);
    g_clear_pointer(&self->srtp_out, media_srtp_out_free);
}

static void
send_alert(MediaTransport *self, uint8_t description)
{
    uint8_t alert[MEDIA_DTLS_ALERT_BYTES];

    if (has_path(self) && media_dtls_record_seal_alert(&self->security.record, description, alert))
        media_net_send(self->net, &self->target.path, alert, sizeof(alert));
}

static void
fail(MediaTransport *self)
{
    if (self->state == MEDIA_TRANSPORT_FAILED)
        return;
    media_worker_stop_timer(self->worker, &self->consent);
    leave_net(self);
    drop_keys(self);
    set_state(self, MEDIA_TRANSPORT_FAILED);
}

MediaTransport *
media_transport_new(MediaWorker *worker, MediaHandshaker *handshaker, const MediaIceCredentials *local,
                    const MediaTransportEvents *events, void *user_data)
{
    MediaTransport *self = g_new0(MediaTransport, 1);

    MEDIA_ASSERT_ON_WORKER(worker);
    self->worker = worker;
    self->handshaker = handshaker;
    self->events = events;
    self->user_data = user_data;
    self->net = media_worker_get_net(worker);
    media_ice_init(&self->ice, local);
    media_net_add_ufrag(self->net, local->ufrag, self);
    return self;
}

void
media_transport_free(MediaTransport *self)
{
    if (self == NULL)
        return;
    MEDIA_ASSERT_ON_WORKER(self->worker);

    if (self->state != MEDIA_TRANSPORT_FAILED) {
        media_transport_flush(self);
        send_alert(self, MEDIA_DTLS_ALERT_CLOSE_NOTIFY);
        leave_net(self);
    }
    drop_keys(self);
    media_worker_stop_timer(self->worker, &self->consent);
    media_worker_cancel_deferred(self->worker, &self->report);
    media_ice_clear(&self->ice);
    g_free(self);
}

/* Once both are there, the certificate and what the SDP said of it. */
static void
judge(MediaTransport *self)
{
    Security *security = &self->security;
    bool matches = false;

    if (self->state == MEDIA_TRANSPORT_FAILED || !security->has_digests || !security->has_fingerprints)
        return;
    for (unsigned i = 0; i < security->remote.n_fingerprints; i++)
        matches = media_dtls_digests_match(&security->digests, security->remote.fingerprints[i].hash,
                                           security->remote.fingerprints[i].digest) ||
                  matches;
    if (!matches) {
        send_alert(self, MEDIA_DTLS_ALERT_BAD_CERTIFICATE);
        fail(self);
    } else if (self->state == MEDIA_TRANSPORT_CONNECTING) {
        become_ready(self);
    }
}

void
media_transport_set_remote(MediaTransport *self, const MediaTransportRemote *remote)
{
    MEDIA_ASSERT_ON_WORKER(self->worker);
    g_assert(remote->n_fingerprints <= MEDIA_MAX_FINGERPRINTS);

    if (self->state == MEDIA_TRANSPORT_FAILED)
        return;
    self->security.remote = *remote;
    self->security.has_fingerprints = remote->n_fingerprints > 0;
    media_ice_set_remote(&self->ice, remote->ice.ufrag);
    judge(self);
}

void
media_transport_restart_ice(MediaTransport *self, const MediaIceCredentials *local)
{
    g_autofree char *forgotten = NULL;

    MEDIA_ASSERT_ON_WORKER(self->worker);
    if (self->state == MEDIA_TRANSPORT_FAILED)
        return;
    media_ice_restart(&self->ice, local, &forgotten);
    if (forgotten != NULL)
        media_net_remove_ufrag(self->net, forgotten, self);
    media_net_add_ufrag(self->net, local->ufrag, self);
}

MediaTransportState
media_transport_get_state(const MediaTransport *self)
{
    return self->state;
}

MediaWorker *
media_transport_get_worker(const MediaTransport *self)
{
    return self->worker;
}

/* ICE */

static void
on_valid_check(MediaTransport *self, const MediaPath *path, const MediaStunCheck *check)
{
    int64_t now_us = media_worker_now_us(self->worker);
    bool had_path = has_path(self);
    MediaIceOutcome outcome;

    media_ice_on_valid(&self->ice, check, path, now_us, &outcome);
    if (outcome.retired_ufrag != NULL)
        media_net_remove_ufrag(self->net, outcome.retired_ufrag, self);
    g_free(outcome.retired_ufrag);
    if (outcome.evicted)
        media_net_remove_path(self->net, &outcome.evicted_path, self);
    if (outcome.added)
        media_net_add_path(self->net, path, self);
    if (outcome.selected) {
        follow_selected_path(self);
        self->address_changes += had_path;
    }
    if (media_path_equal(path, &self->target.path))
        media_net_check_source(self->net, &self->target);
    on_heard(self, now_us);
    if (self->state == MEDIA_TRANSPORT_NEW)
        set_state(self, MEDIA_TRANSPORT_CONNECTING);
}

void
media_transport_on_check(MediaTransport *self, const MediaPath *path, const MediaStunCheck *check)
{
    int64_t now_us = media_worker_now_us(self->worker);
    bool known = media_ice_has_path(&self->ice, path);
    const char *password = media_ice_get_password(&self->ice, check);
    uint8_t reply[MEDIA_STUN_MAX_REPLY];
    size_t size = 0;
    MediaStunVerdict verdict;

    if (password == NULL)
        return;
    if (!media_rate_limit_take(known ? &self->limits.checks : &self->limits.unknown_checks, 1,
                               known ? CHECKS_PER_S : UNKNOWN_CHECKS_PER_S, CHECKS_BURST_US, now_us))
        return;
    verdict = media_stun_answer(media_net_get_stun(self->net), check, password, &path->remote, reply, &size);
    if (verdict == MEDIA_STUN_DROP)
        return;
    media_net_send(self->net, path, reply, size);
    if (verdict == MEDIA_STUN_VALID)
        on_valid_check(self, path, check);
}

void
media_transport_on_path_lost(MediaTransport *self, const MediaPath *path)
{
    if (media_ice_remove_path(&self->ice, path))
        follow_selected_path(self);
}

/* DTLS */

static void
send_flight(MediaTransport *self, const MediaDtlsFlight *flight)
{
    const uint8_t *datagram;
    size_t offset = 0, size;

    while (has_path(self) && media_dtls_flight_next(flight, &offset, &datagram, &size))
        media_net_send(self->net, &self->target.path, datagram, size);
}

static void
on_flight(void *data, const MediaDtlsFlight *flight)
{
    send_flight(data, flight);
}

static void
on_finished(void *data, const MediaDtlsResult *result, const MediaDtlsFlight *last_flight)
{
    MediaTransport *self = data;
    Security *security = &self->security;

    g_clear_pointer(&security->handshake, media_handshake_free);
    if (result == NULL) {
        fail(self);
        return;
    }
    security->record = result->record;
    security->last_flight = g_memdup2(last_flight, offsetof(MediaDtlsFlight, bytes) + last_flight->size);
    security->digests = result->digests;
    security->has_digests = true;
    self->profile = result->in.profile;
    self->srtp_in = media_srtp_in_new(&result->in, NULL);
    self->srtp_out = media_srtp_out_new(&result->out, NULL);
    if (self->srtp_in == NULL || self->srtp_out == NULL)
        fail(self);
    judge(self);
}

static const MediaHandshakeEvents handshake_events = {
    .flight = on_flight,
    .finished = on_finished,
};

/* After the handshake: only what is authentic counts. Our last flight may have been lost; then the peer's comes again.
 */
static void
on_late_dtls(MediaTransport *self, const uint8_t *bytes, size_t size)
{
    MediaDtlsRecordView record;
    uint8_t start[2];

    while (self->state != MEDIA_TRANSPORT_FAILED && media_dtls_record_next(&bytes, &size, &record)) {
        if (!media_dtls_record_open(&self->security.record, &record, start))
            continue;
        if (record.type == MEDIA_DTLS_TYPE_ALERT &&
            (start[0] == ALERT_FATAL || start[1] == MEDIA_DTLS_ALERT_CLOSE_NOTIFY))
            fail(self);
        else if (record.type == MEDIA_DTLS_TYPE_HANDSHAKE && start[0] == HANDSHAKE_FINISHED &&
                 media_rate_limit_take(&self->limits.late, 1, LATE_ANSWERS_PER_S, LATE_BURST_US,
                                       media_worker_now_us(self->worker)))
            send_flight(self, (const MediaDtlsFlight *)self->security.last_flight);
    }
}

void
media_transport_on_dtls(MediaTransport *self, const MediaPath *path, const uint8_t *bytes, size_t size)
{
    Security *security = &self->security;

    if (security->has_digests) {
        on_late_dtls(self, bytes, size);
        return;
    }
    if (security->handshake == NULL) {
        if (bytes[0] != MEDIA_DTLS_TYPE_HANDSHAKE)
            return;
        security->handshake =
            media_handshake_new(self->handshaker, self->worker, path->remote.ip, &handshake_events, self);
    }
    media_handshake_receive(security->handshake, bytes, size);
}

/* media */

static bool
is_rtcp(const uint8_t *bytes)
{
    return bytes[1] >= 192 && bytes[1] <= 223; /* RFC 5761 section 4 */
}

static bool
police(MediaTransport *self, size_t size, int64_t now_us)
{
    return media_rate_limit_take(&self->limits.packets, 1, POLICE_PACKETS_PER_S, POLICE_BURST_US, now_us) &&
           media_rate_limit_take(&self->limits.bytes, (unsigned)size, POLICE_BYTES_PER_S, POLICE_BURST_US, now_us);
}

void
media_transport_on_media(MediaTransport *self, const MediaPath *path, uint8_t *bytes, size_t size)
{
    int64_t now_us = media_worker_now_us(self->worker);
    size_t wire_size = size;
    bool ready = self->state == MEDIA_TRANSPORT_READY || self->state == MEDIA_TRANSPORT_LOST;
    bool rtcp = size >= 2 && is_rtcp(bytes);
    bool authentic = ready && size >= 2 &&
                     (rtcp ? media_srtp_in_unprotect_rtcp(self->srtp_in, bytes, &size)
                           : media_srtp_in_unprotect_rtp(self->srtp_in, bytes, &size));

    /* policed when authentic, so that forgeries do not use up what the peer may send */
    if (!authentic) {
        self->received.dropped++;
        return;
    }
    if (!police(self, wire_size, now_us)) {
        self->received.policed++;
        return;
    }
    self->received.packets++;
    self->received.bytes += wire_size;
    media_ice_touch(&self->ice, path, now_us);
    on_heard(self, now_us);
    if (rtcp)
        self->events->rtcp_received(self, bytes, size, now_us, self->user_data);
    else
        self->events->rtp_received(self, bytes, size, now_us, self->user_data);
}

static bool
can_send(const MediaTransport *self)
{
    return self->state == MEDIA_TRANSPORT_READY && has_path(self);
}

void
media_transport_send_rtp(MediaTransport *self, const uint8_t *header, size_t header_size, const uint8_t *payload,
                         size_t payload_size, uint8_t padding)
{
    MediaSendRun *run = media_net_get_run(self->net);
    MediaSealJob job = {
        .header_size = header_size, .payload = payload, .payload_size = payload_size, .padding = padding
    };
    size_t size = header_size + payload_size + padding;

    if (!can_send(self)) {
        self->unsent++;
        return;
    }
    if (header_size < 12 || header_size > MEDIA_MAX_RTP_HEADER || payload_size > MEDIA_MAX_PACKET ||
        (size += media_srtp_out_get_overhead(self->srtp_out)) > MEDIA_MAX_PACKET) {
        self->target.dropped++;
        return;
    }
    job.packet = media_send_run_reserve(run, &self->target, size);
    memcpy(job.packet, header, header_size);
    if (padding > 0)
        job.packet[0] |= 0x20;
    if (media_srtp_out_protect_rtp(self->srtp_out, &job))
        media_send_run_commit(run, size);
    else
        self->target.dropped++;
}

void
media_transport_prefetch(const MediaTransport *self, uint32_t ssrc, unsigned ahead)
{
    if (ahead == 4) {
        media_prefetch(self, offsetof(MediaTransport, limits));
        media_prefetch(&self->target, sizeof self->target);
        media_prefetch(&self->srtp_out, sizeof self->srtp_out);
    } else if (self->srtp_out != NULL)
        media_srtp_out_prefetch(self->srtp_out, ssrc, ahead);
}

void
media_transport_send_rtcp(MediaTransport *self, const uint8_t *packet, size_t size)
{
    uint8_t bytes[MEDIA_MAX_PACKET + MEDIA_SRTP_MAX_TRAILER];
    bool sent = false;

    if (!can_send(self)) {
        self->unsent++;
        return;
    }
    if (size >= 8 && size <= MEDIA_MAX_PACKET) {
        memcpy(bytes, packet, size);
        sent = media_srtp_out_protect_rtcp(self->srtp_out, bytes, &size) && size <= MEDIA_MAX_PACKET &&
               media_net_send(self->net, &self->target.path, bytes, size);
    }
    if (!sent) {
        self->target.dropped++;
        return;
    }
    self->target.packets++;
    self->target.bytes += size;
}

void
media_transport_flush(MediaTransport *self)
{
    media_send_run_flush_target(media_net_get_run(self->net), &self->target);
}

void
media_transport_get_stats(const MediaTransport *self, MediaTransportStats *ret_stats)
{
    MediaTransportStats stats = {
        .packets_in = self->received.packets,
        .bytes_in = self->received.bytes,
        .packets_out = self->target.packets,
        .bytes_out = self->target.bytes,
        .dropped_in = self->received.dropped,
        .policed_in = self->received.policed,
        .dropped_out = self->target.dropped,
        .unsent = self->unsent,
        .tcp = self->target.path.connection != NULL,
        .address_changes = self->address_changes,
    };

    if (has_path(self))
        media_address_format(&self->target.path.remote, stats.remote, sizeof(stats.remote));
    if (self->srtp_in != NULL)
        g_strlcpy(stats.profile, media_srtp_profile_get_info(self->profile)->name, sizeof(stats.profile));
    *ret_stats = stats;
}
