#define G_LOG_DOMAIN "gateway.onvif"

#include <string.h>

#include "gateway/cameras/cameras-priv.h"

/* ONVIF for who keeps the list: which cameras are there, and what streams one has. No picture. */

enum { LISTEN_MS = 2500, MAX_HOST = 100, DISCOVERY_PORT = 3702 };

static JsonObject *
heard_to_json(const GwOnvifHeard *heard)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "address", heard->address);
    if (heard->name != NULL)
        json_object_set_string_member(object, "name", heard->name);
    if (heard->hardware != NULL)
        json_object_set_string_member(object, "hardware", heard->hardware);
    return object;
}

static void
on_discovered(const GPtrArray *devices, void *user_data)
{
    GwCameras *self = user_data;
    JsonObject *answer = json_object_new();
    JsonArray *list = json_array_new();
    SigRequest *request = g_steal_pointer(&self->onvif.asker);

    self->onvif.discovery = NULL;
    for (guint i = 0; i < devices->len; i++)
        json_array_add_object_element(list, heard_to_json(devices->pdata[i]));
    json_object_set_array_member(answer, "devices", list);
    sig_request_reply_object(request, answer);
}

static void
handle_discover(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    const char *host = json_object_get_string_member_with_default(params, "host", NULL);
    g_autoptr(GSocketAddress) to = host != NULL ? g_inet_socket_address_new_from_string(host, DISCOVERY_PORT) : NULL;
    g_autoptr(GError) error = NULL;

    if (host != NULL && to == NULL) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "A host is an IP address, such as 192.0.2.7.");
        return;
    }
    if (self->onvif.discovery != NULL) {
        sig_request_fail(request, SIG_ERROR_LIMIT, "Somebody is looking for cameras: try again in some seconds.");
        return;
    }
    self->onvif.discovery = gw_onvif_discover(to, LISTEN_MS, on_discovered, self, &error);
    if (self->onvif.discovery == NULL) {
        sig_request_fail(request, SIG_ERROR_UNAVAILABLE, "Cameras cannot be looked for: %s.", error->message);
        return;
    }
    self->onvif.asker = request;
    gw_camera_note(self, request, "camera.discover", NULL);
}

static const SigParam discover_params[] = {
    { .name = "host",
      .type = SIG_TYPE_STRING,
      .optional = true,
      .min = 1,
      .max = MAX_HOST,
      .summary = "an IP address that multicast does not reach" },
    { NULL },
};

static const SigMethod discover = {
    .name = "cameras.discover",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = discover_params,
    .summary = "Looks for ONVIF cameras on the networks of this machine, or at one host",
    .result = "{devices: [{address, name?, hardware?}]}",
    .handle = handle_discover,
};

static JsonObject *
profile_to_json(const GwOnvifFound *found, unsigned i)
{
    const GwOnvifProfile *profile = &found->reply.profiles[i];
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "profile", profile->token);
    json_object_set_string_member(object, "name", profile->name);
    json_object_set_string_member(object, "codec", profile->codec);
    json_object_set_int_member(object, "width", profile->width);
    json_object_set_int_member(object, "height", profile->height);
    if (cam_url_is_valid(found->uris[i]))
        json_object_set_string_member(object, "url", found->uris[i]);
    return object;
}

static void
on_described(const GwOnvifFound *found, const GError *error, void *user_data)
{
    SigRequest *request = user_data;
    JsonObject *answer = NULL;
    JsonArray *profiles = NULL;

    if (found == NULL) {
        sig_request_fail_error(request, error);
        return;
    }
    answer = json_object_new();
    profiles = json_array_new();
    for (unsigned i = 0; i < found->reply.n_profiles; i++)
        json_array_add_object_element(profiles, profile_to_json(found, i));
    json_object_set_array_member(answer, "profiles", profiles);
    json_object_set_boolean_member(answer, "moves", found->device.ptz[0] != '\0');
    sig_request_reply_object(request, answer);
}

static void
handle_describe(SigRequest *request, JsonObject *params, void *user_data)
{
    GwCameras *self = user_data;
    const char *address = json_object_get_string_member(params, "address");
    GwOnvifJob *job = NULL;

    if (!gw_onvif_is_address(address)) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS, "An ONVIF address is http://HOST[:PORT]/PATH.");
        return;
    }
    job = gw_onvif_job_new(GW_ONVIF_DESCRIBE, address);
    g_strlcpy(job->login.user, json_object_get_string_member_with_default(params, "user", ""), sizeof job->login.user);
    g_strlcpy(job->login.password, json_object_get_string_member_with_default(params, "password", ""),
              sizeof job->login.password);
    if (!gw_cameras_ask_onvif(self, job, on_described, request))
        sig_request_fail(request, SIG_ERROR_LIMIT, "Other cameras are being asked: try again in some seconds.");
    else
        gw_camera_note(self, request, "camera.describe", NULL);
}

static const SigParam describe_params[] = {
    { .name = "address",
      .type = SIG_TYPE_STRING,
      .min = 1,
      .max = GW_ONVIF_MAX_ADDRESS,
      .summary = "http://HOST/PATH" },
    { .name = "user", .type = SIG_TYPE_STRING, .optional = true, .max = CAM_MAX_LOGIN },
    { .name = "password", .type = SIG_TYPE_STRING, .optional = true, .max = CAM_MAX_LOGIN },
    { NULL },
};

static const SigMethod describe = {
    .name = "cameras.describe",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = describe_params,
    .summary = "Asks an ONVIF camera for its streams and whether it moves",
    .result = "{profiles: [{profile, name, codec, width, height, url?}], moves}",
    .handle = handle_describe,
};

const SigMethod *const gw_camera_onvif_methods[] = { &discover, &describe, NULL };
