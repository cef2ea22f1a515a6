#include "gateway/cameras/cameras-priv.h"

/* camera.* of the owner's command line. */

static const char *
get(JsonObject *params, const char *name)
{
    return json_object_get_string_member_with_default(params, name, NULL);
}

static void
note(GwCameras *self, const char *action, const GwCamera *camera)
{
    g_autofree char *object = g_strconcat("camera:", camera->id, NULL);
    const GwAuditEntry entry = { .who = "owner", .action = action, .object = object };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "name", camera->name);
    json_object_set_string_member(detail, "unit", camera->unit);
    gw_audit_add(self->gateway->audit, &entry, detail);
}

static void
handle_add(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwUnit *unit = gw_people_get_unit(self->gateway->people, get(params, "unit"));
    GwCameraInput input = {
        .name = get(params, "name"),
        .url = get(params, "url"),
        .user = get(params, "user"),
        .password = get(params, "password"),
        .transport = json_object_get_boolean_member_with_default(params, "udp", FALSE) ? "udp" : "tcp",
    };

    if (unit == NULL) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no unit of this id; see 'unit list'");
        return;
    }
    input.unit = unit->id;
    const GwCamera *camera = gw_cameras_add(self, &input, &error);
    if (camera == NULL) {
        gw_admin_fail_error(request, error);
        return;
    }
    note(self, "camera.add", camera);
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "camera", camera->id);
    gw_admin_reply_object(request, answer);
}

typedef struct {
    GwCameras *cameras;
    JsonArray *list;
} Listing;

static void
add_row(const GwCamera *camera, void *data)
{
    const Listing *listing = data;

    json_array_add_object_element(listing->list, gw_camera_to_json(listing->cameras, camera, true));
}

static void
handle_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    Listing listing = { user_data, json_array_new() };
    JsonObject *answer = json_object_new();

    (void)params;
    gw_cameras_foreach(user_data, add_row, &listing);
    json_object_set_array_member(answer, "cameras", listing.list);
    gw_admin_reply_object(request, answer);
}

static GwCamera *
find(GwCameras *self, GwAdminRequest *request, JsonObject *params)
{
    GwCamera *camera = gw_cameras_find_by_name(self, get(params, "camera"));

    if (camera == NULL)
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "there is no one camera '%s'; see 'camera list', or use its id",
                      get(params, "camera"));
    return camera;
}

static void
handle_remove(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    GwCamera *camera = find(self, request, params);

    if (camera == NULL)
        return;
    note(self, "camera.remove", camera);
    gw_cameras_remove(self, camera);
    gw_admin_reply(request, NULL);
}

static void
on_tested(const GwCameraFindings *findings, void *user_data)
{
    JsonObject *answer = json_object_new();

    json_object_set_boolean_member(answer, "works", findings->fault == CAM_FAULT_NONE);
    gw_camera_findings_to_json(findings, answer);
    gw_admin_reply_object(user_data, answer);
}

static void
handle_test(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const GwCamera *camera = find(self, request, params);

    if (camera == NULL)
        return;
    if (!gw_cameras_test(self, camera, on_tested, request, &error)) {
        gw_admin_fail_error(request, error);
        return;
    }
    note(self, "camera.test", camera);
}

#define CAMERA                                                                                                         \
    {                                                                                                                  \
        .name = "camera", .type = SIG_TYPE_STRING, .min = 1, .max = 100                                                \
    }

static const GwAdminCommand rows[] = {
    { .name = "camera.add",
      .params =
          (const SigParam[]){ { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
                              { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = 100 },
                              { .name = "url", .type = SIG_TYPE_STRING, .min = 1, .max = CAM_MAX_URL },
                              { .name = "user", .type = SIG_TYPE_STRING, .optional = true, .max = CAM_MAX_LOGIN },
                              { .name = "password", .type = SIG_TYPE_STRING, .optional = true, .max = CAM_MAX_LOGIN },
                              { .name = "udp", .type = SIG_TYPE_BOOLEAN, .optional = true },
                              { NULL } },
      .handle = handle_add },
    { .name = "camera.list", .handle = handle_list },
    { .name = "camera.remove", .params = (const SigParam[]){ CAMERA, { NULL } }, .handle = handle_remove },
    { .name = "camera.test", .params = (const SigParam[]){ CAMERA, { NULL } }, .handle = handle_test },
    { NULL },
};

void
gw_cameras_add_commands(GwCameras *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
