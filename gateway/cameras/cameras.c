#define G_LOG_DOMAIN "gateway.cameras"

#include "gateway/cameras/cameras.h"

#include <string.h>

#include "gateway/cameras/cameras-priv.h"
#include "gateway/cameras/login.h"

enum {
    TICK_MS = 1000,
    MAX_NAME = 100,
};
static const int64_t LINGER_US = 5 * G_USEC_PER_SEC; /* a page that is turned back asks for the same cameras again */

static void
stop_feed(GwCameras *self, GwCamera *camera)
{
    if (camera->feed == NULL)
        return;
    g_clear_pointer(&camera->feed, gw_camera_feed_free);
    camera->idle_since_us = 0;
    self->n_feeds--;
}

static void
camera_free(void *data)
{
    GwCamera *camera = data;

    g_assert(camera->feed == NULL);
    g_free(camera->id);
    g_free(camera->name);
    g_free(camera->unit);
    g_free(camera->url);
    g_free(camera->login);
    g_free(camera->onvif);
    g_free(camera->profile);
    g_free(camera->steering.by);
    g_free(camera->steering.display);
    g_free(camera);
}

static bool
load(GwCameras *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->gateway->store,
        gw_statement_new("SELECT id, name, unit, url, transport, login, onvif, profile FROM camera"), error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwCamera *camera = g_new0(GwCamera, 1);
        camera->id = g_strdup(gw_rows_text(rows, i, 0));
        camera->name = g_strdup(gw_rows_text(rows, i, 1));
        camera->unit = g_strdup(gw_rows_text(rows, i, 2));
        camera->url = g_strdup(gw_rows_text(rows, i, 3));
        camera->udp = g_strcmp0(gw_rows_text(rows, i, 4), "udp") == 0;
        camera->login = g_strdup(gw_rows_text(rows, i, 5));
        camera->onvif = g_strdup(gw_rows_text(rows, i, 6));
        camera->profile = g_strdup(gw_rows_text(rows, i, 7));
        g_hash_table_insert(self->by_id, camera->id, camera);
    }
    return rows != NULL;
}

static gboolean
on_tick(void *data)
{
    gw_cameras_tick(data);
    return G_SOURCE_CONTINUE;
}

static GwSession *
open_by_name(const char *name, void *user_data)
{
    GwCameras *self = user_data;
    g_autoptr(GError) error = NULL;
    const char *id = g_str_has_prefix(name, "camera-") ? name + strlen("camera-") : "";
    GwCamera *camera = g_hash_table_lookup(self->by_id, id);

    if (camera == NULL)
        return NULL;
    bool wanted = camera->wanted;
    if (!gw_cameras_want(self, id, &error)) {
        g_debug("camera %s: %s", id, error->message);
        return NULL;
    }
    camera->wanted = wanted; /* whoever comes by name is counted in its session */
    return gw_camera_feed_get_session(camera->feed);
}

GwCameras *
gw_cameras_new(const Gateway *gateway, GwSessions *sessions, GError **error)
{
    g_autoptr(GwCameras) self = g_new0(GwCameras, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, camera_free);
    self->tests = g_ptr_array_new_with_free_func(gw_camera_test_free);
    self->onvif.gone = g_cancellable_new();
    if (!load(self, error))
        return NULL;
    self->tick = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_set_opener(sessions, open_by_name, self);
    if (gateway->server == NULL)
        return g_steal_pointer(&self);
    sig_server_add_methods(gateway->server, gw_camera_methods, self);
    sig_server_add_methods(gateway->server, gw_camera_onvif_methods, self);
    sig_server_add_methods(gateway->server, gw_camera_steer_methods, self);
    sig_server_add_routes(gateway->server, gw_camera_routes, self);
    return g_steal_pointer(&self);
}

void
gw_cameras_free(GwCameras *self)
{
    GHashTableIter iter;
    void *value = NULL;

    if (self == NULL)
        return;
    gw_sessions_set_opener(self->sessions, NULL, NULL);
    if (self->tick != 0)
        g_source_remove(self->tick);
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        stop_feed(self, value);
    g_cancellable_cancel(self->onvif.gone);
    g_object_unref(self->onvif.gone);
    gw_onvif_discovery_free(self->onvif.discovery);
    g_ptr_array_unref(self->tests);
    g_hash_table_unref(self->by_id);
    g_free(self);
}

/* Somebody looks. */

bool
gw_cameras_get_order(const char *id, CamOrder *ret_order, void *cameras, GError **error)
{
    GwCameras *self = cameras;
    const GwCamera *camera = g_hash_table_lookup(self->by_id, id);

    *ret_order = (CamOrder){ .udp = camera->udp };
    g_strlcpy(ret_order->url, camera->url, sizeof ret_order->url);
    return camera->login == NULL || gw_login_open(self->gateway->keyring, id, camera->login, ret_order, error);
}

static bool
start_feed(GwCameras *self, GwCamera *camera, GError **error)
{
    const GwCameraFeedConfig config = {
        .program = self->gateway->config->camera_program,
        .camera = camera->id,
        .unit = camera->unit,
        .get_order = gw_cameras_get_order,
        .user_data = self,
    };

    if (self->n_feeds >= GW_CAMERAS_MAX_FEEDS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d cameras are looked at already: close some of them.",
                    GW_CAMERAS_MAX_FEEDS);
        return false;
    }
    camera->feed = gw_camera_feed_new(self->sessions, &config, error);
    if (camera->feed == NULL)
        return false;
    self->n_feeds++;
    return true;
}

static bool
has_ended(const GwCamera *camera)
{
    return gw_session_get_state(gw_camera_feed_get_session(camera->feed)) >= GW_SESSION_ENDED;
}

bool
gw_cameras_want(GwCameras *self, const char *id, GError **error)
{
    GwCamera *camera = g_hash_table_lookup(self->by_id, id);

    if (camera == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such camera.");
        return false;
    }
    if (camera->feed != NULL && has_ended(camera))
        stop_feed(self, camera);
    camera->wanted = camera->feed != NULL || start_feed(self, camera, error);
    camera->idle_since_us = 0;
    return camera->wanted;
}

void
gw_cameras_unwant(GwCameras *self, const char *id)
{
    GwCamera *camera = g_hash_table_lookup(self->by_id, id);

    if (camera != NULL)
        camera->wanted = false;
}

static void
look_at(GwCameras *self, GwCamera *camera, int64_t now_us)
{
    if (camera->feed == NULL)
        return;
    if (has_ended(camera)) {
        stop_feed(self, camera);
        return;
    }
    if (camera->wanted || gw_session_count_watching(gw_camera_feed_get_session(camera->feed)) > 0) {
        camera->idle_since_us = 0;
        return;
    }
    if (camera->idle_since_us == 0)
        camera->idle_since_us = now_us;
    if (now_us - camera->idle_since_us >= LINGER_US)
        stop_feed(self, camera);
}

void
gw_cameras_tick(GwCameras *self)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        look_at(self, value, g_get_monotonic_time());
}

/* The list. */

const GwCamera *
gw_cameras_find(GwCameras *self, const char *id)
{
    return g_hash_table_lookup(self->by_id, id);
}

GwCamera *
gw_cameras_find_by_name(GwCameras *self, const char *id_or_name)
{
    GwCamera *found = g_hash_table_lookup(self->by_id, id_or_name);
    GHashTableIter iter;
    void *value = NULL;
    unsigned n = 0;

    if (found != NULL)
        return found;
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (strcmp(((GwCamera *)value)->name, id_or_name) != 0)
            continue;
        found = value;
        n++;
    }
    return n == 1 ? found : NULL;
}

static int
compare(const void *a, const void *b)
{
    const GwCamera *one = *(GwCamera *const *)a, *other = *(GwCamera *const *)b;
    int order = strcmp(one->unit, other->unit);

    return order != 0 ? order : strcmp(one->name, other->name);
}

void
gw_cameras_foreach(GwCameras *self, void (*func)(const GwCamera *camera, void *data), void *data)
{
    g_autoptr(GPtrArray) cameras = g_ptr_array_new();
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(cameras, value);
    g_ptr_array_sort(cameras, compare);
    for (guint i = 0; i < cameras->len; i++)
        func(cameras->pdata[i], data);
}

static bool
fail(GError **error, SigError code, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, code, message);
    return false;
}

static bool
check_name(GwCameras *self, const GwCamera *own, const char *name, const char *unit, GError **error)
{
    GHashTableIter iter;
    void *value = NULL;

    if (name == NULL || name[0] == '\0' || strlen(name) > MAX_NAME)
        return fail(error, SIG_ERROR_BAD_PARAMS, "A camera has a name of 1 to 100 bytes.");
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwCamera *other = value;
        if (other != own && strcmp(other->name, name) == 0 && strcmp(other->unit, unit) == 0)
            return fail(error, SIG_ERROR_STATE, "This unit has a camera of this name already.");
    }
    return true;
}

static bool
check_url(const char *url, GError **error)
{
    if (url != NULL && cam_url_is_valid(url))
        return true;
    return fail(
        error, SIG_ERROR_BAD_PARAMS,
        "The address is rtsp://HOST[:PORT]/PATH, at most 1000 characters; user and password have fields of their own.");
}

static bool
check_onvif(const char *address, GError **error)
{
    if (address == NULL || address[0] == '\0' || gw_onvif_is_address(address))
        return true;
    return fail(error, SIG_ERROR_BAD_PARAMS, "The ONVIF address is http://HOST[:PORT]/PATH, or '' for none.");
}

static void
write_row(GwCameras *self, const GwCamera *camera)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO camera (id, name, unit, url, transport, login, onvif, profile)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                         " ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit = excluded.unit,"
                         " url = excluded.url, transport = excluded.transport, login = excluded.login,"
                         " onvif = excluded.onvif, profile = excluded.profile");

    gw_statement_text(statement, camera->id);
    gw_statement_text(statement, camera->name);
    gw_statement_text(statement, camera->unit);
    gw_statement_text(statement, camera->url);
    gw_statement_text(statement, camera->udp ? "udp" : "tcp");
    gw_statement_text(statement, camera->login);
    gw_statement_text(statement, camera->onvif);
    gw_statement_text(statement, camera->profile);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

static void
replace(char **text, const char *value)
{
    if (value == NULL)
        return;
    g_free(*text);
    *text = g_strdup(value);
}

static void
set_text(char **text, const char *value)
{
    if (value == NULL)
        return;
    g_free(*text);
    *text = value[0] != '\0' ? g_strdup(value) : NULL;
}

static void
set_onvif(GwCamera *camera, const GwCameraInput *input)
{
    set_text(&camera->onvif, input->onvif);
    set_text(&camera->profile, input->profile);
    camera->steering.device = (GwOnvifDevice){ 0 };
}

/* Another place than the one for which the login was given. */
static bool
moves_elsewhere(const GwCamera *camera, const GwCameraInput *input)
{
    const char *onvif = camera->onvif != NULL ? camera->onvif : "";

    return (input->url != NULL && strcmp(input->url, camera->url) != 0) ||
           (input->onvif != NULL && input->onvif[0] != '\0' && strcmp(input->onvif, onvif) != 0);
}

static bool
set_login(GwCameras *self, GwCamera *camera, const GwCameraInput *input, GError **error)
{
    char *login = NULL;

    if (input->user == NULL && input->password != NULL)
        return fail(error, SIG_ERROR_BAD_PARAMS, "A password needs its user.");
    if (input->user == NULL)
        return true;
    if (input->user[0] != '\0') {
        login = gw_login_close(self->gateway->keyring, camera->id, input->user,
                               input->password != NULL ? input->password : "", error);
        if (login == NULL)
            return false;
    }
    g_free(camera->login);
    camera->login = login;
    return true;
}

GwCamera *
gw_cameras_add(GwCameras *self, const GwCameraInput *input, GError **error)
{
    GwCamera *camera = NULL;

    if (g_hash_table_size(self->by_id) >= GW_CAMERAS_MAX) {
        fail(error, SIG_ERROR_LIMIT, "This node has as many cameras as it takes: remove some.");
        return NULL;
    }
    if (!check_name(self, NULL, input->name, input->unit, error) || !check_url(input->url, error) ||
        !check_onvif(input->onvif, error))
        return NULL;
    camera = g_new0(GwCamera, 1);
    camera->id = g_uuid_string_random();
    camera->name = g_strdup(input->name);
    camera->unit = g_strdup(input->unit);
    camera->url = g_strdup(input->url);
    camera->udp = g_strcmp0(input->transport, "udp") == 0;
    set_onvif(camera, input);
    if (!set_login(self, camera, input, error)) {
        camera_free(camera);
        return NULL;
    }
    g_hash_table_insert(self->by_id, camera->id, camera);
    write_row(self, camera);
    return camera;
}

bool
gw_cameras_change(GwCameras *self, GwCamera *camera, const GwCameraInput *input, GError **error)
{
    if ((input->name != NULL && !check_name(self, camera, input->name, camera->unit, error)) ||
        (input->url != NULL && !check_url(input->url, error)) || !check_onvif(input->onvif, error))
        return false;
    /* A login is for the address that it was given for: another host does not get it. */
    if (moves_elsewhere(camera, input) && camera->login != NULL && input->user == NULL)
        return fail(error, SIG_ERROR_BAD_PARAMS, "A new address needs user and password again.");
    if (!set_login(self, camera, input, error))
        return false;
    replace(&camera->name, input->name);
    replace(&camera->url, input->url);
    set_onvif(camera, input);
    if (input->transport != NULL)
        camera->udp = strcmp(input->transport, "udp") == 0;
    write_row(self, camera);
    stop_feed(self, camera);
    return true;
}

void
gw_cameras_remove(GwCameras *self, GwCamera *camera)
{
    GwStatement *statement = gw_statement_new("DELETE FROM camera WHERE id = ?1");

    gw_statement_text(statement, camera->id);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
    stop_feed(self, camera);
    g_hash_table_remove(self->by_id, camera->id);
}

/* ONVIF. */

typedef struct {
    GwCameras *cameras; /* borrowed; gone when cancelled */
    GwOnvifDone done;
    void *user_data;
} Asked;

static void
on_asked(const GwOnvifFound *found, const GError *error, void *user_data)
{
    g_autofree Asked *asked = user_data;

    asked->cameras->onvif.n_asked--;
    asked->done(found, error, asked->user_data);
}

bool
gw_cameras_ask_onvif(GwCameras *self, GwOnvifJob *job, GwOnvifDone done, void *user_data)
{
    Asked *asked = NULL;

    if (self->onvif.n_asked >= GW_CAMERAS_MAX_ASKED) {
        gw_onvif_job_free(job);
        return false;
    }
    self->onvif.n_asked++;
    asked = g_new(Asked, 1);
    *asked = (Asked){ self, done, user_data };
    gw_onvif_run(job, self->onvif.gone, on_asked, asked, g_free);
    return true;
}
