#define G_LOG_DOMAIN "gateway.cameras"

#include "gateway/cameras/cameras-priv.h"
#include "gateway/cameras/process.h"

enum { LONGEST_MS = 20 * 1000 };

struct GwCameraTest {
    GwCameras *cameras; /* borrowed */
    GwCameraProcess *process;
    guint timer;
    GwCameraFindings findings;
    bool transcode;
    char *camera;
    GwCameraTested done;
    void *user_data;
};

void
gw_camera_test_free(void *data)
{
    GwCameraTest *self = data;

    if (self->timer != 0)
        g_source_remove(self->timer);
    gw_camera_process_free(self->process);
    g_free(self->camera);
    g_free(self);
}

static void
finish(GwCameraTest *self)
{
    GwCameraFindings findings = self->findings;
    GwCameraTested done = self->done;
    void *user_data = self->user_data;

    if (findings.fault == CAM_FAULT_NONE && !findings.has_video)
        findings.fault = CAM_FAULT_INTERNAL;
    g_ptr_array_remove_fast(self->cameras->tests, self);
    done(&findings, user_data);
}

static bool start(GwCameraTest *self, GError **error);

static void
on_reported(const CamReport *report, void *user_data)
{
    gw_camera_findings_take(&((GwCameraTest *)user_data)->findings, report);
}

static void
on_ended(void *user_data)
{
    GwCameraTest *self = user_data;

    g_clear_pointer(&self->process, gw_camera_process_free);
    if (self->findings.fault == CAM_FAULT_UNFIT && !self->transcode) {
        self->transcode = true;
        self->findings = (GwCameraFindings){ 0 };
        if (start(self, NULL))
            return;
    }
    finish(self);
}

static gboolean
on_late(void *data)
{
    GwCameraTest *self = data;

    self->timer = 0;
    if (self->findings.fault == CAM_FAULT_NONE)
        self->findings.fault = CAM_FAULT_INTERNAL;
    finish(self);
    return G_SOURCE_REMOVE;
}

static bool
start(GwCameraTest *self, GError **error)
{
    static const GwCameraProcessEvents events = { .reported = on_reported, .ended = on_ended };
    CamOrder order = { 0 };
    const GwCameraProcessConfig config = { .program = self->cameras->gateway->config->camera_program,
                                           .order = &order,
                                           .media_fd = -1 };

    if (gw_cameras_find(self->cameras, self->camera) == NULL ||
        !gw_cameras_get_order(self->camera, &order, self->cameras, error))
        return false;
    order.test = true;
    order.transcode = self->transcode;
    self->process = gw_camera_process_new(&config, &events, self, error);
    cam_order_clear(&order);
    return self->process != NULL;
}

bool
gw_cameras_test(GwCameras *self, const GwCamera *camera, GwCameraTested done, void *user_data, GError **error)
{
    g_autoptr(GError) cause = NULL;
    GwCameraTest *test = NULL;

    if (self->tests->len >= GW_CAMERAS_MAX_TESTS) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_LIMIT,
                            "Other cameras are being tested: try again in some seconds.");
        return false;
    }
    test = g_new0(GwCameraTest, 1);
    test->cameras = self;
    test->camera = g_strdup(camera->id);
    test->done = done;
    test->user_data = user_data;
    if (!start(test, &cause)) {
        if (cause->domain == SIG_ERROR)
            g_propagate_error(error, g_steal_pointer(&cause));
        else
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE,
                                "The program that takes cameras in cannot be run: see [cameras] program.");
        gw_camera_test_free(test);
        return false;
    }
    test->timer = g_timeout_add(LONGEST_MS, on_late, test);
    g_ptr_array_add(self->tests, test);
    return true;
}
