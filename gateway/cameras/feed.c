#define G_LOG_DOMAIN "gateway.camera"

#include "gateway/cameras/feed.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/cameras/process.h"

enum {
    FIRST_WAIT_MS = 500,
    LONGEST_PERIOD_MS = 3000, /* from try to try: a camera that has come back is shown within five seconds */
    REFUSED_WAIT_MS = 60 * 1000,
    SHORTEST_WAIT_MS = 250,
    JITTER_PERCENT = 20,         /* so that not all cameras of a site are tried at once */
    RECEIVE_BUFFER = 512 * 1024, /* what the kernel gives of it */
};

struct GwCameraFeed {
    GwSessions *sessions;
    GwSession *session;
    GwParty *party;
    char *program, *camera;
    bool (*get_order)(const char *camera, CamOrder *ret_order, void *user_data, GError **error);
    void *user_data;
    GwCameraProcess *process; /* NULL: between two tries */
    guint retry;
    unsigned n_tries; /* without a picture */
    int64_t tried_us;
    bool transcode; /* it cannot be passed on as it is */
    bool told;      /* this process has said why it ends */
    GwFeedState state;
    int64_t since_ms;
    GwCameraFindings findings;
};

const char *
gw_feed_state_to_string(GwFeedState state)
{
    static const char *const words[] = { "idle", "connecting", "playing", "fault" };

    return words[state];
}

char *
gw_camera_feed_make_slug(const char *camera)
{
    return g_strconcat("camera-", camera, NULL);
}

int64_t
gw_camera_feed_get_wait_ms(CamFault fault, unsigned n_tries, int64_t tried_ms, double random)
{
    int64_t period_ms = FIRST_WAIT_MS;

    if (fault == CAM_FAULT_UNFIT)
        return 0;
    if (fault == CAM_FAULT_PASSWORD)
        return REFUSED_WAIT_MS;
    for (unsigned i = 1; i < n_tries && period_ms < LONGEST_PERIOD_MS; i++)
        period_ms *= 2;
    period_ms = MIN(period_ms, LONGEST_PERIOD_MS);
    period_ms -= (int64_t)((double)period_ms * random * JITTER_PERCENT / 100);
    return MAX(period_ms - tried_ms, SHORTEST_WAIT_MS);
}

void
gw_camera_findings_take(GwCameraFindings *self, const CamReport *report)
{
    switch (report->kind) {
    case CAM_REPORT_CONNECTED:
        break;
    case CAM_REPORT_PLAYING:
        self->fault = CAM_FAULT_NONE;
        break;
    case CAM_REPORT_VIDEO:
        self->video = *report;
        self->has_video = true;
        break;
    case CAM_REPORT_AUDIO:
        self->audio = *report;
        self->has_audio = true;
        break;
    case CAM_REPORT_KEYFRAMES:
        self->keyframes_ms = report->interval_ms;
        break;
    case CAM_REPORT_FAULT:
        self->fault = report->fault;
        break;
    }
}

static void
set_state(GwCameraFeed *self, GwFeedState state)
{
    if (self->state == state)
        return;
    self->state = state;
    self->since_ms = gw_sessions_now_ms(self->sessions);
    gw_party_set_inlet_flowing(self->party, state == GW_FEED_PLAYING);
}

static void
on_reported(const CamReport *report, void *user_data)
{
    GwCameraFeed *self = user_data;

    gw_camera_findings_take(&self->findings, report);
    self->told = report->kind == CAM_REPORT_FAULT;
    if (report->kind != CAM_REPORT_PLAYING)
        return;
    g_debug("camera %s plays", self->camera);
    self->n_tries = 0;
    set_state(self, GW_FEED_PLAYING);
}

static void try(GwCameraFeed *self);

static gboolean
on_retry(void *data)
{
    GwCameraFeed *self = data;

    self->retry = 0;
    try(self);
    return G_SOURCE_REMOVE;
}

static void
fail(GwCameraFeed *self, CamFault fault)
{
    int64_t tried_ms = (g_get_monotonic_time() - self->tried_us) / 1000;
    int64_t wait_ms = gw_camera_feed_get_wait_ms(fault, ++self->n_tries, tried_ms, g_random_double());

    g_debug("camera %s: %s, again in %d ms", self->camera, cam_fault_to_string(fault), (int)wait_ms);
    self->findings.fault = fault;
    /* Rubbish may look like what has to be converted: the next try finds out anew. */
    self->transcode = fault == CAM_FAULT_UNFIT;
    if (fault != CAM_FAULT_UNFIT)
        set_state(self, GW_FEED_FAULT);
    self->retry = g_timeout_add((guint)wait_ms, on_retry, self);
}

static void
on_ended(void *user_data)
{
    GwCameraFeed *self = user_data;
    CamFault fault = self->told ? self->findings.fault : CAM_FAULT_INTERNAL;

    g_clear_pointer(&self->process, gw_camera_process_free);
    fail(self, fault);
}

/* One end for the process; the other goes to the party. */
static int
make_socket(GwCameraFeed *self)
{
    int ends[2], size = RECEIVE_BUFFER;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    if (setsockopt(ends[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof size) < 0)
        g_debug("the socket stays as it is: %s", g_strerror(errno));
    gw_party_connect_inlet(self->party, ends[0]);
    return ends[1];
}

static void
try(GwCameraFeed *self)
{
    static const GwCameraProcessEvents events = { .reported = on_reported, .ended = on_ended };
    g_autoptr(GError) error = NULL;
    CamOrder order = { 0 };
    GwCameraProcessConfig config = { .program = self->program, .order = &order };

    self->tried_us = g_get_monotonic_time();
    self->findings = (GwCameraFindings){ .fault = self->findings.fault }; /* why, until there is a picture */
    self->told = false;
    config.media_fd = self->get_order(self->camera, &order, self->user_data, &error) ? make_socket(self) : -1;
    order.transcode = self->transcode;
    if (config.media_fd >= 0)
        self->process = gw_camera_process_new(&config, &events, self, &error);
    cam_order_clear(&order);
    if (self->process != NULL)
        return;
    if (self->n_tries == 0)
        g_warning("camera %s cannot be asked: %s", self->camera, error != NULL ? error->message : g_strerror(errno));
    fail(self, CAM_FAULT_INTERNAL);
}

/* Nothing here depends on what it is told: the cameras look at their sessions each second. */
static const GwSessionHandler handler = { NULL };

static bool
open_session(GwCameraFeed *self, const GwCameraFeedConfig *config, GError **error)
{
    g_autofree char *slug = gw_camera_feed_make_slug(config->camera);
    g_autofree char *object = g_strconcat("camera:", config->camera, NULL);
    const GwSessionInfo info = {
        .kind = "camera",
        .slug = slug,
        .unit = config->unit,
        .object = object,
        .recording_class = GW_CLASS_UNKEPT,
    };

    self->session = gw_sessions_add(self->sessions, &info, &handler, NULL);
    if (self->session == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "There is a session of this camera's name already.");
        return false;
    }
    self->party = gw_session_add_party(self->session, GW_CAMERA_PARTY, GW_ROLE_PARTY);
    gw_session_set_authority(self->session, "system");
    if (!gw_session_set_state(self->session, GW_SESSION_OPEN, error) ||
        !gw_session_set_state(self->session, GW_SESSION_LIVE, error))
        return false;
    gw_session_add_event(self->session, &gw_actor_system, "open", NULL);
    return true;
}

GwCameraFeed *
gw_camera_feed_new(GwSessions *sessions, const GwCameraFeedConfig *config, GError **error)
{
    GwCameraFeed *self = g_new0(GwCameraFeed, 1);

    self->sessions = sessions;
    self->program = g_strdup(config->program);
    self->camera = g_strdup(config->camera);
    self->get_order = config->get_order;
    self->user_data = config->user_data;
    if (!open_session(self, config, error)) {
        gw_camera_feed_free(self);
        return NULL;
    }
    set_state(self, GW_FEED_CONNECTING);
    try(self);
    return self;
}

void
gw_camera_feed_free(GwCameraFeed *self)
{
    if (self == NULL)
        return;
    if (self->retry != 0)
        g_source_remove(self->retry);
    gw_camera_process_free(self->process);
    if (self->session != NULL) {
        if (gw_session_get_state(self->session) < GW_SESSION_ENDED &&
            !gw_session_end(self->session, &gw_actor_system, "completed", NULL, NULL))
            g_debug("camera %s: its session never began", self->camera);
        gw_sessions_remove(self->sessions, self->session);
    }
    g_free(self->program);
    g_free(self->camera);
    g_free(self);
}

GwFeedState
gw_camera_feed_get_state(const GwCameraFeed *self)
{
    return self->state;
}

const GwCameraFindings *
gw_camera_feed_get_findings(const GwCameraFeed *self)
{
    return &self->findings;
}

GwSession *
gw_camera_feed_get_session(const GwCameraFeed *self)
{
    return self->session;
}

int64_t
gw_camera_feed_get_since_ms(const GwCameraFeed *self)
{
    return self->since_ms;
}
