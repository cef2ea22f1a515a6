#include "gateway/cameras/cameras-priv.h"

const char *
gw_camera_explain(CamFault fault)
{
    switch (fault) {
    case CAM_FAULT_NONE:
        break;
    case CAM_FAULT_UNREACHABLE:
        return "Nobody answers at the camera's address: look at its power, its network cable and the address.";
    case CAM_FAULT_PASSWORD:
        return "The camera refuses user or password: set them again. It is asked once a minute, so that it does not "
               "lock "
               "the account.";
    case CAM_FAULT_NO_STREAM:
        return "The camera answers, but has no such stream: look at the path of its address.";
    case CAM_FAULT_STALLED:
        return "The camera answers, but sends nothing: restart it, or look at how many may watch it at once.";
    case CAM_FAULT_RUBBISH:
        return "What the camera sends is no picture: choose H.264 in its settings, and look at the network.";
    case CAM_FAULT_UNFIT:
        return "The picture has to be converted here: choose H.264 without B-frames in the camera's settings.";
    case CAM_FAULT_INTERNAL:
    case CAM_N_FAULTS:
        return "The program that takes the camera in failed: see the service's log.";
    }
    return NULL;
}

static JsonObject *
video_to_json(const CamReport *report)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "codec", report->codec);
    json_object_set_int_member(object, "width", report->width);
    json_object_set_int_member(object, "height", report->height);
    json_object_set_double_member(object, "fps", report->milli_fps / 1000.0);
    json_object_set_boolean_member(object, "transcoded", report->transcoded);
    return object;
}

static JsonObject *
audio_to_json(const CamReport *report)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "codec", report->codec);
    json_object_set_boolean_member(object, "transcoded", report->transcoded);
    return object;
}

void
gw_camera_findings_to_json(const GwCameraFindings *findings, JsonObject *object)
{
    if (findings->fault != CAM_FAULT_NONE) {
        json_object_set_string_member(object, "fault", cam_fault_to_string(findings->fault));
        json_object_set_string_member(object, "message", gw_camera_explain(findings->fault));
    }
    if (findings->has_video)
        json_object_set_object_member(object, "video", video_to_json(&findings->video));
    if (findings->has_audio)
        json_object_set_object_member(object, "audio", audio_to_json(&findings->audio));
    if (findings->keyframes_ms > 0)
        json_object_set_double_member(object, "keyframe_s", findings->keyframes_ms / 1000.0);
}

JsonObject *
gw_camera_to_json(GwCameras *self, const GwCamera *camera, bool more)
{
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->gateway->people, camera->unit);
    GwFeedState state = camera->feed != NULL ? gw_camera_feed_get_state(camera->feed) : GW_FEED_IDLE;

    json_object_set_string_member(object, "id", camera->id);
    json_object_set_string_member(object, "name", camera->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "state", gw_feed_state_to_string(state));
    if (camera->feed != NULL) {
        json_object_set_int_member(object, "since_ms", gw_camera_feed_get_since_ms(camera->feed));
        gw_camera_findings_to_json(gw_camera_feed_get_findings(camera->feed), object);
    }
    json_object_set_boolean_member(object, "steerable", camera->onvif != NULL);
    if (!more)
        return object;
    json_object_set_string_member(object, "url", camera->url);
    json_object_set_string_member(object, "transport", camera->udp ? "udp" : "tcp");
    json_object_set_boolean_member(object, "login", camera->login != NULL);
    if (camera->onvif != NULL)
        json_object_set_string_member(object, "onvif", camera->onvif);
    if (camera->profile != NULL)
        json_object_set_string_member(object, "profile", camera->profile);
    return object;
}
