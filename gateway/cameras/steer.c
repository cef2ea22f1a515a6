#define G_LOG_DOMAIN "gateway.cameras"

#include <string.h>

#include "gateway/archive/picture.h"
#include "gateway/cameras/cameras-priv.h"
#include "gateway/cameras/login.h"

/* Moving a camera, its presets, a still: for inspectors whose it is. Who has moved it last keeps it for some seconds; others are
 * told who that is. One question at a time to a camera. */

enum { MAX_STEP = 100, MAX_PRESET_NAME = GW_ONVIF_MAX_NAME };
static const int64_t KEPT_US = 5 * G_USEC_PER_SEC;

#define CAMERA                                                                                                         \
    {                                                                                                                  \
        .name = "camera", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id"                                \
    }
#define PRESET                                                                                                         \
    {                                                                                                                  \
        .name = "preset", .type = SIG_TYPE_STRING, .min = 1, .max = GW_ONVIF_MAX_TOKEN                                 \
    }

/* One question on its way. The camera may be removed meanwhile. */
typedef struct {
    GwCameras *cameras; /* borrowed: cancelled before it goes */
    char *camera;
    SigRequest *request; /* or */
    SigHttp *http;
    GwOnvifAct act;
} Asking;

static void
fail_error(Asking *asking, const GError *error)
{
    if (asking->request != NULL)
        sig_request_fail_error(asking->request, error);
    else
        sig_http_fail_error(asking->http, error);
}

static void
asking_free(void *data)
{
    Asking *asking = data;

    g_free(asking->camera);
    g_free(asking);
}

static JsonObject *
presets_to_json(const GwOnvifReply *reply)
{
    JsonObject *answer = json_object_new();
    JsonArray *presets = json_array_new();

    for (unsigned i = 0; i < reply->n_presets; i++) {
        JsonObject *object = json_object_new();
        if (reply->presets[i].token[0] == '\0') {
            json_object_unref(object);
            continue;
        }
        json_object_set_string_member(object, "preset", reply->presets[i].token);
        json_object_set_string_member(object, "name", reply->presets[i].name);
        json_array_add_object_element(presets, object);
    }
    json_object_set_array_member(answer, "presets", presets);
    return answer;
}

static void
reply_picture(SigHttp *http, GBytes *picture)
{
    const char *type = gw_picture_check(picture);

    if (type == NULL) {
        sig_http_fail(http, SIG_ERROR_UNAVAILABLE, "What the camera sends is no picture.");
        return;
    }
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply(http, 200, type, picture);
}

static void
reply(const Asking *asking, const GwOnvifFound *found)
{
    JsonObject *answer = NULL;

    if (asking->http != NULL) {
        reply_picture(asking->http, found->picture);
        return;
    }
    if (asking->act == GW_ONVIF_PRESETS)
        answer = presets_to_json(&found->reply);
    else
        answer = json_object_new();
    if (asking->act == GW_ONVIF_SAVE)
        json_object_set_string_member(answer, "preset", found->reply.preset);
    sig_request_reply_object(asking->request, answer);
}

static void
on_done(const GwOnvifFound *found, const GError *error, void *user_data)
{
    Asking *asking = user_data;
    GwCamera *camera = g_hash_table_lookup(asking->cameras->by_id, asking->camera);

    if (camera != NULL) {
        camera->steering.busy = false;
        camera->steering.device = found != NULL ? found->device : (GwOnvifDevice){ 0 };
    }
    if (found != NULL)
        reply(asking, found);
    else
        fail_error(asking, error);
    asking_free(asking);
}

static GwCamera *
find(GwCameras *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwCamera *camera = g_hash_table_lookup(self->by_id, id);

    if (camera == NULL || !gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, camera->unit)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such camera in your part of the tree.");
        return NULL;
    }
    if (camera->onvif == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "This camera has no ONVIF address: an administrator sets it.");
        return NULL;
    }
    if (camera->steering.busy) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_LIMIT, "The camera is being asked something: try again.");
        return NULL;
    }
    return camera;
}

/* Whether it may be moved by him now, and from now on. */
static bool
seize(GwCamera *camera, const GwIdentity *identity, bool *ret_begins, GError **error)
{
    int64_t now_us = g_get_monotonic_time();
    bool kept = camera->steering.by != NULL && now_us < camera->steering.until_us;

    if (kept && strcmp(camera->steering.by, identity->id) != 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s moves this camera.", camera->steering.display);
        return false;
    }
    *ret_begins = !kept;
    if (!kept) {
        g_free(camera->steering.by);
        g_free(camera->steering.display);
        camera->steering.by = g_strdup(identity->id);
        camera->steering.display = g_strdup(identity->display);
    }
    camera->steering.until_us = now_us + KEPT_US;
    return true;
}

static GwOnvifJob *
make_job(GwCameras *self, const GwCamera *camera, GwOnvifAct act, GError **error)
{
    GwOnvifJob *job = gw_onvif_job_new(act, camera->onvif);

    job->profile = g_strdup(camera->profile);
    job->device = camera->steering.device;
    if (camera->login != NULL &&
        !gw_login_open(self->gateway->keyring, camera->id, camera->login, &job->login, error)) {
        gw_onvif_job_free(job);
        return NULL;
    }
    return job;
}

static void
ask(GwCameras *self, GwCamera *camera, GwOnvifJob *job, const Asking *asking)
{
    Asking *kept = g_new(Asking, 1);

    *kept = *asking;
    kept->cameras = self;
    kept->camera = g_strdup(camera->id);
    if (gw_cameras_ask_onvif(self, job, on_done, kept)) {
        camera->steering.busy = true;
        return;
    }
    g_autoptr(GError) error =
        g_error_new_literal(SIG_ERROR, SIG_ERROR_LIMIT, "Other cameras are being asked: try again in some seconds.");
    fail_error(kept, error);
    asking_free(kept);
}

/* Everything but a still. */
static void
handle(GwCameras *self, SigRequest *request, JsonObject *params, GwOnvifAct act)
{
    static const char *const actions[] = {
        [GW_ONVIF_GO] = "camera.go",
        [GW_ONVIF_SAVE] = "camera.save-preset",
        [GW_ONVIF_FORGET] = "camera.forget-preset",
        [GW_ONVIF_MOVE] = "camera.move",
        [GW_ONVIF_STOP] = NULL,
        [GW_ONVIF_PRESETS] = NULL,
    };
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const Asking asking = { .request = request, .act = act };
    g_autoptr(GError) error = NULL;
    GwCamera *camera = find(self, identity, json_object_get_string_member(params, "camera"), &error);
    GwOnvifJob *job = NULL;
    bool begins = true;

    if (camera != NULL && (act == GW_ONVIF_PRESETS || seize(camera, identity, &begins, &error)))
        job = make_job(self, camera, act, &error);
    if (job == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    job->preset =
        g_strdup(json_object_get_string_member_with_default(params, act == GW_ONVIF_SAVE ? "name" : "preset", NULL));
    job->pan = (double)json_object_get_int_member_with_default(params, "pan", 0) / MAX_STEP;
    job->tilt = (double)json_object_get_int_member_with_default(params, "tilt", 0) / MAX_STEP;
    job->zoom = (double)json_object_get_int_member_with_default(params, "zoom", 0) / MAX_STEP;
    if (actions[act] != NULL && (begins || act != GW_ONVIF_MOVE))
        gw_camera_note(self, request, actions[act], camera);
    ask(self, camera, job, &asking);
}

static void
handle_move(SigRequest *request, JsonObject *params, void *user_data)
{
    bool moves = json_object_get_int_member(params, "pan") != 0 || json_object_get_int_member(params, "tilt") != 0 ||
                 json_object_get_int_member(params, "zoom") != 0;

    handle(user_data, request, params, moves ? GW_ONVIF_MOVE : GW_ONVIF_STOP);
}

static const SigParam move_params[] = {
    CAMERA,
    { .name = "pan",
      .type = SIG_TYPE_INTEGER,
      .min = -MAX_STEP,
      .max = MAX_STEP,
      .summary = "to the right, in percent" },
    { .name = "tilt", .type = SIG_TYPE_INTEGER, .min = -MAX_STEP, .max = MAX_STEP, .summary = "up" },
    { .name = "zoom", .type = SIG_TYPE_INTEGER, .min = -MAX_STEP, .max = MAX_STEP, .summary = "nearer" },
    { NULL },
};

static const SigMethod move = {
    .name = "cameras.move",
    .access = GW_ACCESS_INSPECTOR,
    .params = move_params,
    .summary = "Moves a camera for a second at most; again: on and on; all 0: stops it",
    .result = "{}",
    .handle = handle_move,
};

static void
handle_presets(SigRequest *request, JsonObject *params, void *user_data)
{
    handle(user_data, request, params, GW_ONVIF_PRESETS);
}

static const SigParam presets_params[] = { CAMERA, { NULL } };

static const SigMethod presets = {
    .name = "cameras.presets",
    .access = GW_ACCESS_INSPECTOR,
    .params = presets_params,
    .summary = "The places that a camera remembers",
    .result = "{presets: [{preset, name}]}",
    .handle = handle_presets,
};

static void
handle_go(SigRequest *request, JsonObject *params, void *user_data)
{
    handle(user_data, request, params, GW_ONVIF_GO);
}

static const SigParam preset_params[] = { CAMERA, PRESET, { NULL } };

static const SigMethod go = {
    .name = "cameras.go",
    .access = GW_ACCESS_INSPECTOR,
    .params = preset_params,
    .summary = "Turns a camera to a place that it remembers",
    .result = "{}",
    .handle = handle_go,
};

static void
handle_save(SigRequest *request, JsonObject *params, void *user_data)
{
    handle(user_data, request, params, GW_ONVIF_SAVE);
}

static const SigParam save_params[] = {
    CAMERA,
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_PRESET_NAME },
    { NULL },
};

static const SigMethod save = {
    .name = "cameras.save-preset",
    .access = GW_ACCESS_INSPECTOR,
    .params = save_params,
    .summary = "Has a camera remember where it looks now",
    .result = "{preset}",
    .handle = handle_save,
};

static void
handle_forget(SigRequest *request, JsonObject *params, void *user_data)
{
    handle(user_data, request, params, GW_ONVIF_FORGET);
}

static const SigMethod forget = {
    .name = "cameras.forget-preset",
    .access = GW_ACCESS_INSPECTOR,
    .params = preset_params,
    .summary = "Has a camera forget a place",
    .result = "{}",
    .handle = handle_forget,
};

static void
handle_snapshot(SigHttp *http, void *user_data)
{
    GwCameras *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    const Asking asking = { .http = http, .act = GW_ONVIF_PICTURE };
    g_autoptr(GError) error = NULL;
    GwCamera *camera = find(self, identity, sig_http_get_param(http, "camera"), &error);
    GwOnvifJob *job = camera != NULL ? make_job(self, camera, GW_ONVIF_PICTURE, &error) : NULL;

    if (job == NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    g_autofree char *object = g_strconcat("camera:", camera->id, NULL);
    const GwAuditEntry entry = {
        .who = identity->audit, .action = "camera.snapshot", .object = object, .address = sig_http_get_address(http)
    };
    gw_audit_add(self->gateway->audit, &entry, NULL);
    ask(self, camera, job, &asking);
}

const SigMethod *const gw_camera_steer_methods[] = { &move, &presets, &go, &save, &forget, NULL };

const SigRoute gw_camera_routes[] = {
    { "GET", "/api/v1/cameras/{camera}/snapshot", GW_ACCESS_INSPECTOR, 0, "A still of a camera, by ONVIF.",
      handle_snapshot },
    { NULL },
};
