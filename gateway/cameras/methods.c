#include "gateway/cameras/cameras-priv.h"

enum { SEES = GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE };

static const char *const transports[] = { "tcp", "udp", NULL };

#define CAMERA                                                                                                         \
    {                                                                                                                  \
        .name = "camera", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id"                                \
    }
#define LOGIN                                                                                                          \
    { .name = "user",                                                                                                  \
      .type = SIG_TYPE_STRING,                                                                                         \
      .optional = true,                                                                                                \
      .max = CAM_MAX_LOGIN,                                                                                            \
      .summary = "'': it asks for none" },                                                                             \
    {                                                                                                                  \
        .name = "password", .type = SIG_TYPE_STRING, .optional = true, .max = CAM_MAX_LOGIN,                           \
        .summary = "kept encrypted, never shown"                                                                       \
    }
#define TRANSPORT                                                                                                      \
    {                                                                                                                  \
        .name = "transport", .type = SIG_TYPE_STRING, .optional = true, .values = transports,                          \
        .summary = "tcp unless it is udp"                                                                              \
    }

#define ONVIF                                                                                                          \
    { .name = "onvif",                                                                                                 \
      .type = SIG_TYPE_STRING,                                                                                         \
      .optional = true,                                                                                                \
      .max = GW_ONVIF_MAX_ADDRESS,                                                                                     \
      .summary = "http://HOST[:PORT]/PATH of its device service; '': none" },                                          \
    {                                                                                                                  \
        .name = "profile", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ONVIF_MAX_TOKEN,                       \
        .summary = "which of its streams; '': the first"                                                               \
    }

static const SigParam add_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
    { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 64, .summary = "id" },
    { .name = "url", .type = SIG_TYPE_STRING, .min = 1, .max = CAM_MAX_URL, .summary = "rtsp://HOST[:PORT]/PATH" },
    LOGIN,
    TRANSPORT,
    ONVIF,
    { NULL },
};

static const SigParam change_params[] = {
    CAMERA,
    { .name = "name", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 100 },
    { .name = "url", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = CAM_MAX_URL },
    LOGIN,
    TRANSPORT,
    ONVIF,
    { NULL },
};

static const SigParam one_params[] = { CAMERA, { NULL } };

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

/* Otherwise the request is answered. What is elsewhere in the tree is not there. */
static GwCamera *
find(GwCameras *self, SigRequest *request, JsonObject *params)
{
    GwCamera *camera = g_hash_table_lookup(self->by_id, json_object_get_string_member(params, "camera"));

    if (camera != NULL &&
        gw_people_reaches(self->gateway->people, get_identity(request), GW_ACCESS_ADMINISTRATOR, camera->unit))
        return camera;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such camera in your part of the tree.");
    return NULL;
}

static GwCameraInput
read_input(JsonObject *params)
{
    return (GwCameraInput){
        .name = json_object_get_string_member_with_default(params, "name", NULL),
        .unit = json_object_get_string_member_with_default(params, "unit", NULL),
        .url = json_object_get_string_member_with_default(params, "url", NULL),
        .user = json_object_get_string_member_with_default(params, "user", NULL),
        .password = json_object_get_string_member_with_default(params, "password", NULL),
        .transport = json_object_get_string_member_with_default(params, "transport", NULL),
        .onvif = json_object_get_string_member_with_default(params, "onvif", NULL),
        .profile = json_object_get_string_member_with_default(params, "profile", NULL),
    };
}

void
gw_camera_note(GwCameras *self, SigRequest *request, const char *action, const GwCamera *camera)
{
    SigClient *client = sig_request_get_client(request);
    g_autofree char *object = camera != NULL ? g_strconcat("camera:", camera->id, NULL) : NULL;
    const GwAuditEntry entry = {
        .who = gw_identity_of_client(client)->audit,
        .action = action,
        .object = object,
        .address = sig_client_get_address(client),
    };
    JsonObject *detail = camera != NULL ? json_object_new() : NULL;

    if (camera != NULL) {
        json_object_set_string_member(detail, "name", camera->name);
        json_object_set_string_member(detail, "unit", camera->unit);
    }
    gw_audit_add(self->gateway->audit, &entry, detail);
}

static void
reply(GwCameras *self, SigRequest *request, const GwCamera *camera)
{
    JsonObject *answer = json_object_new();

    json_object_set_object_member(answer, "camera", gw_camera_to_json(self, camera, true));
    sig_request_reply_object(request, answer);
}

typedef struct {
    GwCameras *cameras;
    const GwIdentity *identity;
    JsonArray *list;
} Listing;

static void
add_row(const GwCamera *camera, void *data)
{
    const Listing *listing = data;
    GwPeople *people = listing->cameras->gateway->people;
    bool keeps = gw_people_reaches(people, listing->identity, GW_ACCESS_ADMINISTRATOR, camera->unit);

    if (keeps || gw_people_reaches(people, listing->identity, SEES, camera->unit))
        json_array_add_object_element(listing->list, gw_camera_to_json(listing->cameras, camera, keeps));
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    Listing listing = { user_data, get_identity(request), json_array_new() };
    JsonObject *answer = json_object_new();

    (void)params;
    gw_cameras_foreach(user_data, add_row, &listing);
    json_object_set_array_member(answer, "cameras", listing.list);
    sig_request_reply_object(request, answer);
}

static const SigMethod list = {
    .name = "cameras.list",
    .access = GW_ACCESS_ADMINISTRATOR | SEES,
    .summary = "The cameras of the asker's unit and below; their addresses only for administrators",
    .result = "{cameras: [Camera]}",
    .handle = handle_list,
};

static void
handle_add(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwCameraInput input = read_input(params);

    if (gw_people_get_unit(self->gateway->people, input.unit) == NULL ||
        !gw_people_reaches(self->gateway->people, get_identity(request), GW_ACCESS_ADMINISTRATOR, input.unit)) {
        sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such unit in your part of the tree.");
        return;
    }
    const GwCamera *camera = gw_cameras_add(self, &input, &error);
    if (camera == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    gw_camera_note(self, request, "camera.add", camera);
    reply(self, request, camera);
}

static const SigMethod add = {
    .name = "cameras.add",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = add_params,
    .summary = "Adds an RTSP camera to a unit",
    .result = "{camera: Camera}",
    .handle = handle_add,
};

static void
handle_change(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwCameraInput input = read_input(params);
    GwCamera *camera = find(self, request, params);

    if (camera == NULL)
        return;
    if (!gw_cameras_change(self, camera, &input, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    gw_camera_note(self, request, "camera.change", camera);
    reply(self, request, camera);
}

static const SigMethod change = {
    .name = "cameras.change",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = change_params,
    .summary = "Changes what is given; who looks at the camera is shown it anew",
    .result = "{camera: Camera}",
    .handle = handle_change,
};

static void
handle_remove(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    GwCamera *camera = find(self, request, params);

    if (camera == NULL)
        return;
    gw_camera_note(self, request, "camera.remove", camera);
    gw_cameras_remove(self, camera);
    sig_request_reply(request, NULL);
}

static const SigMethod removal = {
    .name = "cameras.remove",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = one_params,
    .summary = "Takes a camera off the list",
    .result = "{}",
    .handle = handle_remove,
};

static void
on_tested(const GwCameraFindings *findings, void *user_data)
{
    SigRequest *request = user_data;
    JsonObject *answer = json_object_new();

    json_object_set_boolean_member(answer, "works", findings->fault == CAM_FAULT_NONE);
    gw_camera_findings_to_json(findings, answer);
    sig_request_reply_object(request, answer);
}

static void
handle_test(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwCamera *camera = find(self, request, params);

    if (camera == NULL)
        return;
    if (!gw_cameras_test(self, camera, on_tested, request, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    gw_camera_note(self, request, "camera.test", camera);
}

static const SigMethod test = {
    .name = "cameras.test",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = one_params,
    .summary = "Looks at a camera for some seconds and says whether it works, or what to do; shows no picture",
    .result = "{works, fault?, message?, video?, audio?, keyframe_s?}",
    .handle = handle_test,
};

const SigMethod *const gw_camera_methods[] = { &list, &add, &change, &removal, &test, NULL };
