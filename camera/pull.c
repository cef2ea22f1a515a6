#define G_LOG_DOMAIN "camera.pull"

#include "camera/pull.h"

#include "camera/branch.h"

enum {
    LOOK_MS = 200,
    ANSWER_US = 3 * G_USEC_PER_SEC, /* for each answer of the camera, and for the connection */
    UDP_LATENCY_MS = 100,           /* what comes in another order, or late, is waited for; by TCP nothing does */
    PROTOCOL_UDP = 1,
    PROTOCOL_TCP = 4,
};
static const int64_t BEGIN_US = 8 * G_USEC_PER_SEC; /* from the beginning to the first picture */
static const int64_t STALL_US = 4 * G_USEC_PER_SEC; /* without a picture; slower cameras are none */
enum {
    MIN_JUDGED = 8,     /* frames: fewer say nothing */
    NONSENSE_SHARE = 4, /* of so many packets one that is none: rubbish; of random ones it is more than every other */
};
static const int64_t TEST_US = 3 * G_USEC_PER_SEC; /* from the first picture: rates can be told then */

struct CamPull {
    CamOrder order;
    CamOutlet *outlet; /* borrowed */
    CamTell tell;
    void *user_data;
    GMainLoop *loop;
    GstElement *pipeline, *source;
    GMutex lock; /* of branches: streams are added on the source's threads */
    CamBranch *branches[CAM_N_KINDS];
    bool chosen[CAM_N_KINDS]; /* the source's thread */
    int64_t began_us, first_us;
    struct {
        int64_t since_us;
        CamBranchCounts counts; /* then */
    } window;
    bool failed;
    guint look;
};

static CamBranch *
get_branch(CamPull *self, CamKind kind)
{
    CamBranch *branch = NULL;

    g_mutex_lock(&self->lock);
    branch = self->branches[kind];
    g_mutex_unlock(&self->lock);
    return branch;
}

static void
fail(CamPull *self, CamFault fault)
{
    if (!self->failed)
        self->tell(&(CamReport){ .kind = CAM_REPORT_FAULT, .fault = fault }, self->user_data);
    self->failed = true;
    g_main_loop_quit(self->loop);
}

/* One picture and one sound of those that can be read. */
static gboolean
on_select_stream(GstElement *source, guint number, GstCaps *caps, void *data)
{
    CamPull *self = data;
    CamKind kind;

    (void)source;
    (void)number;
    if (!cam_branch_takes(caps, &kind) || self->chosen[kind])
        return FALSE;
    self->chosen[kind] = true;
    return TRUE;
}

static void
on_pad_added(GstElement *source, GstPad *pad, void *data)
{
    CamPull *self = data;
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    const CamBranchConfig config = { self->pipeline, self->outlet, self->order.transcode };
    CamKind kind;

    (void)source;
    if (!caps || !cam_branch_takes(caps, &kind) || get_branch(self, kind))
        return;
    CamBranch *branch = cam_branch_new(&config, pad, caps);
    g_mutex_lock(&self->lock);
    self->branches[kind] = branch;
    g_mutex_unlock(&self->lock);
}

static void
on_no_more_pads(GstElement *source, void *data)
{
    CamPull *self = data;

    (void)source;
    gst_element_post_message(
        self->pipeline, gst_message_new_application(GST_OBJECT(self->pipeline), gst_structure_new_empty("connected")));
}

/* What the source says about why it failed. */
static CamFault
judge(const CamPull *self, const GError *error)
{
    bool sent = get_branch((CamPull *)self, CAM_VIDEO) != NULL;

    if (error->domain != GST_RESOURCE_ERROR)
        return error->domain == GST_STREAM_ERROR && sent ? CAM_FAULT_RUBBISH : CAM_FAULT_NO_STREAM;
    switch ((GstResourceError)error->code) {
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
        return CAM_FAULT_PASSWORD;
    case GST_RESOURCE_ERROR_NOT_FOUND:
    case GST_RESOURCE_ERROR_SETTINGS:
        return CAM_FAULT_NO_STREAM;
    case GST_RESOURCE_ERROR_READ:
    case GST_RESOURCE_ERROR_WRITE:
        return sent ? CAM_FAULT_STALLED : CAM_FAULT_UNREACHABLE;
    default:
        return sent ? CAM_FAULT_STALLED : CAM_FAULT_UNREACHABLE;
    }
}

static gboolean
on_message(GstBus *bus, GstMessage *message, void *data)
{
    CamPull *self = data;
    g_autoptr(GError) error = NULL;
    CamReport report;

    (void)bus;
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
        gst_message_parse_error(message, &error, NULL);
        fail(self, judge(self, error));
        break;
    case GST_MESSAGE_EOS:
        fail(self, CAM_FAULT_STALLED);
        break;
    case GST_MESSAGE_APPLICATION:
        if (!cam_branch_read_message(message, &report))
            report = (CamReport){ .kind = CAM_REPORT_CONNECTED };
        if (report.kind == CAM_REPORT_FAULT)
            fail(self, report.fault);
        else
            self->tell(&report, self->user_data);
        break;
    default:
        break;
    }
    return G_SOURCE_CONTINUE;
}

static CamFault
judge_silence(const CamPull *self, const CamBranch *video, const CamBranchCounts *counts)
{
    if (!video)
        return self->chosen[CAM_VIDEO] || !self->chosen[CAM_AUDIO] ? CAM_FAULT_UNREACHABLE : CAM_FAULT_NO_STREAM;
    const CamBranchCounts *then = &self->window.counts;
    return counts->n_begun - then->n_begun > counts->n_whole - then->n_whole + 1 ? CAM_FAULT_RUBBISH
                                                                                 : CAM_FAULT_STALLED;
}

/* Random bytes look like a frame now and then, and a parser takes many for one: most of what begins has to be a frame, and nearly all
 * packets have to begin as packets do. Judged on enough of them, however long they take to come. */
static bool
is_rubbish(CamPull *self, const CamBranchCounts *counts, int64_t now_us)
{
    const CamBranchCounts then = self->window.counts;
    uint64_t n_begun = counts->n_begun - then.n_begun;

    if (now_us - self->window.since_us < STALL_US || n_begun < MIN_JUDGED)
        return false;
    self->window.since_us = now_us;
    self->window.counts = *counts;
    return (counts->n_whole - then.n_whole) * 2 < n_begun ||
           (counts->n_nonsense - then.n_nonsense) * NONSENSE_SHARE > counts->n_packets - then.n_packets;
}

static CamFault
look(CamPull *self, int64_t now_us)
{
    CamBranch *video = get_branch(self, CAM_VIDEO);
    CamBranchCounts counts = video ? cam_branch_get_counts(video) : (CamBranchCounts){ 0 };

    if (self->first_us == 0 && counts.n_out > 0) {
        self->first_us = now_us;
        self->tell(&(CamReport){ .kind = CAM_REPORT_PLAYING }, self->user_data);
    }
    if (self->first_us == 0 ? now_us - self->began_us > BEGIN_US : now_us - counts.last_out_us > STALL_US)
        return judge_silence(self, video, &counts);
    return is_rubbish(self, &counts, now_us) ? CAM_FAULT_RUBBISH : CAM_FAULT_NONE;
}

static gboolean
on_look(void *data)
{
    CamPull *self = data;
    int64_t now_us = g_get_monotonic_time();
    CamFault fault = look(self, now_us);

    if (fault != CAM_FAULT_NONE)
        fail(self, fault);
    else if (self->order.test && self->first_us != 0 && now_us - self->first_us > TEST_US)
        g_main_loop_quit(self->loop);
    return G_SOURCE_CONTINUE;
}

static void
on_keyframe_wanted(void *user_data)
{
    CamBranch *video = get_branch(user_data, CAM_VIDEO);

    if (video)
        cam_branch_request_keyframe(video);
}

static void
on_gone(void *user_data)
{
    cam_pull_quit(user_data);
}

static void
set_up_source(CamPull *self)
{
    const CamOrder *order = &self->order;

    g_object_set(self->source, "location", order->url, "protocols", order->udp ? PROTOCOL_UDP : PROTOCOL_TCP, "latency",
                 order->udp ? UDP_LATENCY_MS : 0, "drop-on-latency", TRUE, "timeout", (guint64)ANSWER_US, "tcp-timeout",
                 (guint64)ANSWER_US, "udp-reconnect", FALSE, "user-agent", "Yuanjian", NULL);
    if (order->user[0] != '\0')
        g_object_set(self->source, "user-id", order->user, "user-pw", order->password, NULL);
    g_signal_connect(self->source, "select-stream", G_CALLBACK(on_select_stream), self);
    g_signal_connect(self->source, "pad-added", G_CALLBACK(on_pad_added), self);
    g_signal_connect(self->source, "no-more-pads", G_CALLBACK(on_no_more_pads), self);
}

CamPull *
cam_pull_new(const CamOrder *order, CamOutlet *outlet, CamTell tell, void *user_data)
{
    static const CamOutletEvents events = { .keyframe_wanted = on_keyframe_wanted, .gone = on_gone };
    CamPull *self = g_new0(CamPull, 1);

    self->order = *order;
    self->outlet = outlet;
    self->tell = tell;
    self->user_data = user_data;
    g_mutex_init(&self->lock);
    self->loop = g_main_loop_new(NULL, FALSE);
    self->pipeline = gst_pipeline_new("camera");
    self->source = gst_element_factory_make("rtspsrc", NULL);
    g_assert(self->source); /* its plugin was loaded */
    gst_bin_add(GST_BIN(self->pipeline), self->source);
    set_up_source(self);
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);
    gst_bus_add_watch(bus, on_message, self);
    cam_outlet_listen(outlet, &events, self);
    return self;
}

void
cam_pull_free(CamPull *self)
{
    if (self == NULL)
        return;
    if (self->look != 0)
        g_source_remove(self->look);
    gst_element_set_state(self->pipeline, GST_STATE_NULL);
    g_autoptr(GstBus) bus = gst_element_get_bus(self->pipeline);
    gst_bus_remove_watch(bus);
    gst_object_unref(self->pipeline);
    for (unsigned i = 0; i < CAM_N_KINDS; i++)
        cam_branch_free(self->branches[i]);
    g_main_loop_unref(self->loop);
    g_mutex_clear(&self->lock);
    cam_order_clear(&self->order);
    g_free(self);
}

void
cam_pull_run(CamPull *self)
{
    self->began_us = self->window.since_us = g_get_monotonic_time();
    self->look = g_timeout_add(LOOK_MS, on_look, self);
    if (gst_element_set_state(self->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        fail(self, CAM_FAULT_UNREACHABLE);
        return;
    }
    g_main_loop_run(self->loop);
}

void
cam_pull_quit(CamPull *self)
{
    g_main_loop_quit(self->loop);
}
