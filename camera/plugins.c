#define G_LOG_DOMAIN "camera.plugins"

#include "camera/plugins.h"

static const char *const needed[] = {
    "coreelements", "rtsp",  "rtpmanager",   "rtp",           "udp",  "videoparsersbad",
    "alaw",         "mulaw", "audioconvert", "audioresample", "opus",
};

/* Only for what cannot be passed on; libav alone takes longer to load than all others. */
static const char *const wished[] = {
    "audioparsers", "videoconvertscale", "libav", "openh264", "x264", "vpx", "jpeg", "opusparse",
};

static bool
load(const char *name, GError **error)
{
    g_autofree char *file = g_strdup_printf("libgst%s.so", name);
    g_autofree char *path = g_build_filename(GST_PLUGINS_DIR, file, NULL);
    GstPlugin *plugin = gst_plugin_load_file(path, error);

    if (!plugin)
        return false;
    gst_registry_add_plugin(gst_registry_get(), plugin);
    return true;
}

bool
cam_plugins_load(GError **error)
{
    /* no scan of all that is installed: only what is named here is ever loaded */
    g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
    g_setenv("GST_PLUGIN_PATH_1_0", "", TRUE);
    g_setenv("GST_REGISTRY_1_0", "/dev/null", TRUE);
    g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
    g_unsetenv("GST_DEBUG"); /* it would write the password to the log */
    gst_registry_fork_set_enabled(FALSE);
    if (!gst_init_check(NULL, NULL, error))
        return false;
    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (!load(needed[i], error))
            return false;
    }
    return true;
}

static void
load_wished(void)
{
    static gsize loaded = 0;

    if (!g_once_init_enter(&loaded))
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(wished); i++) {
        g_autoptr(GError) missing = NULL;
        if (!load(wished[i], &missing))
            g_debug("done without: %s", missing->message);
    }
    g_once_init_leave(&loaded, 1);
}

bool
cam_plugins_has(const char *factory)
{
    g_autoptr(GstElementFactory) found = gst_element_factory_find(factory);

    if (found)
        return true;
    load_wished();
    found = gst_element_factory_find(factory);
    return found != NULL;
}

GstElement *
cam_plugins_make(const char *factory)
{
    return cam_plugins_has(factory) ? gst_element_factory_make(factory, NULL) : NULL;
}
