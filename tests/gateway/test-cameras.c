#include "gateway/cameras/cameras-priv.h"
#include "gateway/cameras/login.h"
#include "stage.h"

static const char URL[] = "rtsp://192.0.2.7/live";

typedef struct {
    Stage stage;
    RecKeyring *keyring;
    GwCameras *cameras;
} Site;

/* What stands for yuanjian-camera: a shell script. */
static void
write_program(Site *self, const char *script)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strconcat("#!/bin/sh\nwhile read -r line; do [ \"$line\" = play ] && break; done\n", script, NULL);

    g_free(self->stage.config.camera_program);
    self->stage.config.camera_program = g_build_filename(self->stage.scratch.dir, "program", NULL);
    g_assert_true(
        g_file_set_contents_full(self->stage.config.camera_program, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, &error));
}

static void
open_cameras(Site *self)
{
    g_autoptr(GError) error = NULL;

    self->cameras = gw_cameras_new(&self->stage.gateway, self->stage.sessions, &error);
    g_assert_no_error(error);
}

static void
set_up(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    stage_open(&self->stage);
    stage_furnish(&self->stage);
    g_autofree char *keys = g_build_filename(self->stage.scratch.dir, "keys", NULL);
    self->stage.gateway.keyring = self->keyring = rec_keyring_new(keys, &error);
    g_assert_no_error(error);
    write_program(self, "cat >/dev/null\n");
    open_cameras(self);
}

static void
tear_down(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = { "keys/sessions/cameras.key", "keys/sessions", "keys/master.key", "keys" };

    gw_cameras_free(self->cameras);
    rec_keyring_free(self->keyring);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(self->stage.scratch.dir, names[i], NULL);
        g_remove(path);
    }
    g_clear_pointer(&self->stage.config.camera_program, g_free);
    stage_clear(&self->stage);
}

static GwCamera *
add(Site *self, const char *name)
{
    const GwCameraInput input = { .name = name, .unit = "u", .url = URL, .user = "admin", .password = "s3cret" };
    g_autoptr(GError) error = NULL;
    GwCamera *camera = gw_cameras_add(self->cameras, &input, &error);

    g_assert_no_error(error);
    return camera;
}

static void
iterate_until(bool (*is_so)(const GwCamera *camera), const GwCamera *camera)
{
    int64_t end_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (!is_so(camera) && g_get_monotonic_time() < end_us)
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(is_so(camera));
}

static void
test_login_is_kept_encrypted(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *id = g_strdup(add(self, "yard")->id);
    CamOrder order;

    gw_store_flush(self->stage.gateway.store);
    g_clear_pointer(&self->cameras, gw_cameras_free);
    open_cameras(self);
    const GwCamera *camera = gw_cameras_find(self->cameras, id);
    g_assert_cmpstr(camera->url, ==, URL);
    g_assert_null(strstr(camera->login, "s3cret"));
    g_assert_true(gw_cameras_get_order(id, &order, self->cameras, &error));
    g_assert_cmpstr(order.user, ==, "admin");
    g_assert_cmpstr(order.password, ==, "s3cret");
    /* nothing that is answered holds it */
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, gw_camera_to_json(self->cameras, camera, true));
    g_autofree char *text = json_to_string(node, FALSE);
    g_assert_null(strstr(text, "s3cret"));
    g_assert_null(strstr(text, "admin"));
    /* one camera's login is none of another */
    g_assert_false(gw_login_open(self->keyring, "another", camera->login, &order, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE);
}

static void
test_bad_input_is_refused(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    const GwCameraInput bad[] = {
        { .name = "", .unit = "u", .url = URL },
        { .name = "yard", .unit = "u", .url = URL }, /* there is one */
        { .name = "other", .unit = "u", .url = "http://192.0.2.7/" },
        { .name = "other", .unit = "u", .url = "rtsp://admin:secret@192.0.2.7/" },
        { .name = "other", .unit = "u", .url = "rtsp://192.0.2.7/ x" },
        { .name = "other", .unit = "u", .url = URL, .password = "without a user" },
    };
    const GwCameraInput moved = { .url = "rtsp://192.0.2.66/live" }, renamed = { .name = "court" };
    GwCamera *camera = add(self, "yard");

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(gw_cameras_add(self->cameras, &bad[i], &error));
        g_assert_nonnull(error);
    }
    /* a password does not follow an address */
    g_autoptr(GError) error = NULL;
    g_assert_false(gw_cameras_change(self->cameras, camera, &moved, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    g_clear_error(&error);
    g_assert_cmpstr(camera->url, ==, URL);
    g_assert_true(gw_cameras_change(self->cameras, camera, &renamed, &error));
    g_assert_cmpstr(gw_cameras_find_by_name(self->cameras, "court")->id, ==, camera->id);
}

static bool
plays(const GwCamera *camera)
{
    return gw_camera_feed_get_state(camera->feed) == GW_FEED_PLAYING;
}

static void
test_it_is_pulled_while_somebody_looks(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    GwCamera *camera = add(self, "yard");
    g_autofree char *slug = gw_camera_feed_make_slug(camera->id);

    write_program(self,
                  "echo state connected; echo video H264 1920 1080 25000 passed; echo state playing; cat >/dev/null\n");
    g_assert_null(camera->feed);
    g_assert_null(gw_sessions_find(self->stage.sessions, slug));
    g_assert_true(gw_cameras_want(self->cameras, camera->id, &error));
    iterate_until(plays, camera);
    GwSession *session = gw_sessions_find(self->stage.sessions, slug);
    g_assert_cmpstr(gw_session_get_kind(session), ==, "camera");
    g_assert_true(gw_party_is_connected(gw_session_find_party(session, GW_CAMERA_PARTY)));
    g_assert_cmpuint(gw_camera_feed_get_findings(camera->feed)->video.width, ==, 1920);
    gw_cameras_unwant(self->cameras, camera->id);
    gw_cameras_tick(self->cameras);
    g_assert_nonnull(camera->feed); /* it lingers */
    camera->idle_since_us -= 6 * G_USEC_PER_SEC;
    gw_cameras_tick(self->cameras);
    g_assert_null(camera->feed);
    g_assert_null(gw_sessions_find(self->stage.sessions, slug));
}

static bool
has_fault(const GwCamera *camera)
{
    return gw_camera_feed_get_state(camera->feed) == GW_FEED_FAULT;
}

static void
test_it_is_tried_again_after_a_fault(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    GwCamera *camera = add(self, "yard");

    write_program(self, "echo fault unreachable\n");
    g_assert_true(gw_cameras_want(self->cameras, camera->id, &error));
    iterate_until(has_fault, camera);
    g_assert_cmpint(gw_camera_feed_get_findings(camera->feed)->fault, ==, CAM_FAULT_UNREACHABLE);
    write_program(self, "echo state playing; cat >/dev/null\n");
    iterate_until(plays, camera);
    g_assert_cmpint(gw_camera_feed_get_findings(camera->feed)->fault, ==, CAM_FAULT_NONE);
    /* ended from the command line: whoever looks again gets another session */
    g_assert_true(gw_session_end(gw_camera_feed_get_session(camera->feed), &gw_actor_system, "other", NULL, &error));
    g_assert_true(gw_cameras_want(self->cameras, camera->id, &error));
    iterate_until(plays, camera);
}

static void
test_what_its_process_says_is_not_believed(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const scripts[] = {
        "echo video none; cat >/dev/null\n",
        "printf 'state playing\\0\\n'; cat >/dev/null\n",
        "while :; do printf aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa || exit; done\n",
        "while :; do echo keyframes 7 || exit; done\n",
    };
    g_autoptr(GError) error = NULL;
    GwCamera *camera = add(self, "yard");

    for (unsigned i = 0; i < G_N_ELEMENTS(scripts); i++) {
        const GwCameraInput again = { .transport = "tcp" };
        write_program(self, scripts[i]);
        g_assert_true(gw_cameras_want(self->cameras, camera->id, &error));
        iterate_until(has_fault, camera);
        g_assert_cmpint(gw_camera_feed_get_findings(camera->feed)->fault, ==, CAM_FAULT_INTERNAL);
        g_assert_true(gw_cameras_change(self->cameras, camera, &again, &error)); /* lets go of it */
    }
}

static void
test_waits_are_short_but_for_a_refused_login(void)
{
    int64_t before_ms = 0;

    for (unsigned n = 1; n < 20; n++) {
        int64_t wait_ms = gw_camera_feed_get_wait_ms(CAM_FAULT_UNREACHABLE, n, 0, 0);
        g_assert_cmpint(wait_ms, >=, before_ms);
        g_assert_cmpint(wait_ms, <=, 3000);
        g_assert_cmpint(gw_camera_feed_get_wait_ms(CAM_FAULT_UNREACHABLE, n, 0, 1), <, wait_ms);
        g_assert_cmpint(gw_camera_feed_get_wait_ms(CAM_FAULT_STALLED, n, 8000, 0.5), ==, 250);
        before_ms = wait_ms;
    }
    g_assert_cmpint(gw_camera_feed_get_wait_ms(CAM_FAULT_PASSWORD, 1, 0, 0.5), >=, 60000);
    g_assert_cmpint(gw_camera_feed_get_wait_ms(CAM_FAULT_UNFIT, 1, 0, 0.5), ==, 0);
}

typedef struct {
    GMainLoop *loop;
    GwCameraFindings findings;
} Tested;

static void
on_tested(const GwCameraFindings *findings, void *data)
{
    Tested *tested = data;

    tested->findings = *findings;
    g_main_loop_quit(tested->loop);
}

static void
test_a_test_shows_nothing(Site *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    GwCamera *camera = add(self, "yard");
    Tested tested = { .loop = g_main_loop_new(NULL, FALSE) };
    g_autofree char *slug = gw_camera_feed_make_slug(camera->id);

    write_program(self, "");
    g_autofree char *script = g_strdup("#!/bin/sh\nwhile read -r line; do [ \"$line\" = test ] && break; done\n"
                                       "echo video H265 640 360 12500 transcoded\necho state playing\n");
    g_assert_true(g_file_set_contents_full(self->stage.config.camera_program, script, -1, G_FILE_SET_CONTENTS_NONE,
                                           0700, &error));
    g_assert_true(gw_cameras_test(self->cameras, camera, on_tested, &tested, &error));
    g_main_loop_run(tested.loop);
    g_main_loop_unref(tested.loop);
    g_assert_cmpint(tested.findings.fault, ==, CAM_FAULT_NONE);
    g_assert_cmpuint(tested.findings.video.milli_fps, ==, 12500);
    g_assert_null(camera->feed);
    g_assert_null(gw_sessions_find(self->stage.sessions, slug));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/gateway/cameras/" name, Site, NULL, set_up, func, tear_down)
    ADD("login-is-kept-encrypted", test_login_is_kept_encrypted);
    ADD("bad-input-is-refused", test_bad_input_is_refused);
    ADD("it-is-pulled-while-somebody-looks", test_it_is_pulled_while_somebody_looks);
    ADD("it-is-tried-again-after-a-fault", test_it_is_tried_again_after_a_fault);
    ADD("what-its-process-says-is-not-believed", test_what_its_process_says_is_not_believed);
    ADD("a-test-shows-nothing", test_a_test_shows_nothing);
    g_test_add_func("/gateway/cameras/waits-are-short-but-for-a-refused-login",
                    test_waits_are_short_but_for_a_refused_login);
    return g_test_run();
}
