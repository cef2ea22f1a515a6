#define G_LOG_DOMAIN "gateway.onvif"

#include "gateway/cameras/onvif.h"

#include <string.h>

#include "gateway/cameras/onvif-call.h"
#include "gateway/task.h"
#include "signaling/error.h"

#define DEVICE "http://www.onvif.org/ver10/device/wsdl"
#define MEDIA  "http://www.onvif.org/ver10/media/wsdl"
#define PTZ    "http://www.onvif.org/ver20/ptz/wsdl"
#define SCHEMA "http://www.onvif.org/ver10/schema"

enum { MAX_AHEAD_S = 50 * 365 * 24 * 3600 };

typedef struct {
    GwOnvifJob *job;
    GwOnvifFound *found; /* owned */
    GwOnvifDone done;
    void *user_data;
    GDestroyNotify release;
} Running;

GwOnvifJob *
gw_onvif_job_new(GwOnvifAct act, const char *address)
{
    GwOnvifJob *self = g_new0(GwOnvifJob, 1);

    self->act = act;
    self->address = g_strdup(address);
    return self;
}

void
gw_onvif_job_free(void *data)
{
    GwOnvifJob *job = data;

    if (job == NULL)
        return;
    cam_order_clear(&job->login);
    g_free(job->address);
    g_free(job->profile);
    g_free(job->preset);
    g_free(job);
}

static void
running_free(Running *self)
{
    gw_onvif_job_free(self->job);
    g_clear_pointer(&self->found->picture, g_bytes_unref);
    g_free(self->found);
    g_free(self);
}

/* The thread. */

static GwOnvifLogin
get_login(const Running *self)
{
    return (GwOnvifLogin){
        .user = self->job->login.user,
        .password = self->job->login.password,
        .ahead_s = self->found->device.ahead_s,
    };
}

static bool
call(Running *self, const char *address, const char *body, GwOnvifReply *ret_reply, GError **error)
{
    const GwOnvifLogin login = get_login(self);

    return gw_onvif_call(&login, address, body, ret_reply, error);
}

/* Cameras refuse what is dated by another clock than theirs, and theirs is often wrong. A camera that does not say goes without. */
static bool
learn_clock(Running *self, GError **error)
{
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);
    g_autoptr(GError) local = NULL;
    const GwOnvifLogin nobody = { 0 };
    const int *date = reply->date;

    if (!gw_onvif_call(&nobody, self->job->address, "<GetSystemDateAndTime xmlns=\"" DEVICE "\"/>", reply, &local)) {
        if (!g_error_matches(local, SIG_ERROR, SIG_ERROR_UNAVAILABLE))
            return true;
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    g_autoptr(GDateTime) time = g_date_time_new_utc(date[0], date[1], date[2], date[3], date[4], date[5]);
    int64_t ahead_s = time != NULL ? g_date_time_to_unix(time) - g_get_real_time() / G_USEC_PER_SEC : 0;
    self->found->device.ahead_s = ABS(ahead_s) < MAX_AHEAD_S ? ahead_s : 0;
    return true;
}

/* A device behind an address translation names services where we cannot reach them: then they are asked for where it answered. */
static void
set_service(const Running *self, char to[GW_ONVIF_MAX_ADDRESS + 1], const char *named)
{
    if (named[0] != '\0')
        g_strlcpy(to, gw_onvif_is_same_host(named, self->job->address) ? named : self->job->address,
                  GW_ONVIF_MAX_ADDRESS + 1);
}

static bool
learn_device(Running *self, GError **error)
{
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);
    GwOnvifDevice *device = &self->found->device;

    *device = self->job->device;
    if (device->known)
        return true;
    if (!learn_clock(self, error) ||
        !call(self, self->job->address,
              "<GetCapabilities xmlns=\"" DEVICE "\"><Category>All</Category></GetCapabilities>", reply, error))
        return false;
    set_service(self, device->media, reply->media);
    set_service(self, device->ptz, reply->ptz);
    device->known = true;
    return true;
}

static bool
get_profiles(Running *self, GError **error)
{
    const GwOnvifDevice *device = &self->found->device;

    if (!call(self, device->media[0] != '\0' ? device->media : self->job->address, "<GetProfiles xmlns=\"" MEDIA "\"/>",
              &self->found->reply, error))
        return false;
    if (self->found->reply.n_profiles > 0)
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The camera names no stream.");
    return false;
}

static const char *
get_profile(const Running *self)
{
    return self->job->profile != NULL ? self->job->profile : self->found->reply.profiles[0].token;
}

static bool
ensure_profile(Running *self, GError **error)
{
    return self->job->profile != NULL || get_profiles(self, error);
}

static bool
ask_uri(Running *self, const char *format, const char *profile, char ret_uri[GW_ONVIF_MAX_URI + 1], GError **error)
{
    g_autofree GwOnvifReply *reply = g_new0(GwOnvifReply, 1);
    const GwOnvifDevice *device = &self->found->device;
    g_autofree char *token = g_markup_escape_text(profile, -1);
    g_autoptr(GString) body = g_string_new(format);

    g_string_replace(body, "%s", token, 1);
    if (!call(self, device->media[0] != '\0' ? device->media : self->job->address, body->str, reply, error))
        return false;
    g_strlcpy(ret_uri, reply->uri, GW_ONVIF_MAX_URI + 1);
    return true;
}

/* A profile without a stream is shown without an address. */
static bool
describe(Running *self, GError **error)
{
    if (!get_profiles(self, error))
        return false;
    for (unsigned i = 0; i < self->found->reply.n_profiles; i++) {
        g_autoptr(GError) local = NULL;
        if (ask_uri(self,
                    "<GetStreamUri xmlns=\"" MEDIA "\"><StreamSetup><Stream xmlns=\"" SCHEMA "\">RTP-Unicast</Stream>"
                    "<Transport xmlns=\"" SCHEMA "\"><Protocol>RTSP</Protocol></Transport></StreamSetup>"
                    "<ProfileToken>%s</ProfileToken></GetStreamUri>",
                    self->found->reply.profiles[i].token, self->found->uris[i], &local))
            continue;
        g_debug("%s: %s", self->job->address, local->message);
        if (g_error_matches(local, SIG_ERROR, SIG_ERROR_UNAVAILABLE)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return false;
        }
    }
    return true;
}

static bool
take_picture(Running *self, GError **error)
{
    const GwOnvifLogin login = get_login(self);
    char uri[GW_ONVIF_MAX_URI + 1] = "";

    if (!ensure_profile(self, error) ||
        !ask_uri(self, "<GetSnapshotUri xmlns=\"" MEDIA "\"><ProfileToken>%s</ProfileToken></GetSnapshotUri>",
                 get_profile(self), uri, error))
        return false;
    if (!gw_onvif_is_same_host(uri, self->job->address)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "The camera gives no still, or from elsewhere.");
        return false;
    }
    self->found->picture = gw_onvif_fetch(&login, uri, error);
    return self->found->picture != NULL;
}

static char *
make_move(const GwOnvifJob *job, const char *profile)
{
    char pan[G_ASCII_DTOSTR_BUF_SIZE], tilt[G_ASCII_DTOSTR_BUF_SIZE], zoom[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(pan, sizeof pan, "%.3f", CLAMP(job->pan, -1, 1));
    g_ascii_formatd(tilt, sizeof tilt, "%.3f", CLAMP(job->tilt, -1, 1));
    g_ascii_formatd(zoom, sizeof zoom, "%.3f", CLAMP(job->zoom, -1, 1));
    return g_markup_printf_escaped("<ContinuousMove xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken><Velocity>"
                                   "<PanTilt x=\"%s\" y=\"%s\" xmlns=\"" SCHEMA "\"/><Zoom x=\"%s\" xmlns=\"" SCHEMA
                                   "\"/></Velocity><Timeout>PT1S</Timeout></ContinuousMove>",
                                   profile, pan, tilt, zoom);
}

static char *
make_body(const GwOnvifJob *job, const char *profile)
{
    const char *preset = job->preset != NULL ? job->preset : "";

    switch (job->act) {
    case GW_ONVIF_MOVE:
        return make_move(job, profile);
    case GW_ONVIF_STOP:
        return g_markup_printf_escaped("<Stop xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken><PanTilt>true</PanTilt>"
                                       "<Zoom>true</Zoom></Stop>",
                                       profile);
    case GW_ONVIF_PRESETS:
        return g_markup_printf_escaped("<GetPresets xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken></GetPresets>",
                                       profile);
    case GW_ONVIF_GO:
        return g_markup_printf_escaped("<GotoPreset xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken>"
                                       "<PresetToken>%s</PresetToken></GotoPreset>",
                                       profile, preset);
    case GW_ONVIF_SAVE:
        return g_markup_printf_escaped("<SetPreset xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken>"
                                       "<PresetName>%s</PresetName></SetPreset>",
                                       profile, preset);
    case GW_ONVIF_FORGET:
        return g_markup_printf_escaped("<RemovePreset xmlns=\"" PTZ "\"><ProfileToken>%s</ProfileToken>"
                                       "<PresetToken>%s</PresetToken></RemovePreset>",
                                       profile, preset);
    case GW_ONVIF_DESCRIBE:
    case GW_ONVIF_PICTURE:
        break;
    }
    return NULL;
}

static bool
steer(Running *self, GError **error)
{
    const GwOnvifDevice *device = &self->found->device;

    if (device->ptz[0] == '\0') {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This camera cannot be moved.");
        return false;
    }
    if (!ensure_profile(self, error))
        return false;
    g_autofree char *body = make_body(self->job, get_profile(self));
    return call(self, device->ptz, body, &self->found->reply, error);
}

static bool
act(Running *self, GError **error)
{
    if (!learn_device(self, error))
        return false;
    if (self->job->act == GW_ONVIF_DESCRIBE)
        return describe(self, error);
    if (self->job->act == GW_ONVIF_PICTURE)
        return take_picture(self, error);
    return steer(self, error);
}

static void
run(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (act(task_data, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

static void
on_run(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Running *self = data;
    g_autoptr(GError) error = NULL;
    bool cancelled = g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)));
    bool acted = g_task_propagate_boolean(G_TASK(result), &error);

    (void)source;
    if (!cancelled)
        self->done(acted ? self->found : NULL, error, self->user_data);
    else if (self->release != NULL)
        self->release(self->user_data);
    running_free(self);
}

void
gw_onvif_run(GwOnvifJob *job, GCancellable *cancel, GwOnvifDone done, void *user_data, GDestroyNotify release)
{
    Running *self = g_new0(Running, 1);
    g_autoptr(GTask) task = g_task_new(NULL, cancel, on_run, self);

    self->job = job;
    self->found = g_new0(GwOnvifFound, 1);
    self->done = done;
    self->user_data = user_data;
    self->release = release;
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, self, NULL);
    gw_task_run(task, run);
}
