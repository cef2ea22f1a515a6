#include "recorder/seal/plugins.h"

#include <gst/gst.h>

bool
seal_plugins_init(GError **error)
{
    g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
    g_setenv("GST_PLUGIN_PATH_1_0", "", TRUE);
    g_setenv("GST_REGISTRY_1_0", "/dev/null", TRUE);
    g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
    gst_registry_fork_set_enabled(FALSE);
    return gst_init_check(NULL, NULL, error);
}

bool
seal_plugins_load(const char *name, GError **error)
{
    g_autofree char *file = g_strdup_printf("libgst%s.so", name);
    g_autofree char *path = g_build_filename(GST_PLUGINS_DIR, file, NULL);
    GstPlugin *plugin = gst_plugin_load_file(path, error);

    if (!plugin)
        return false;
    gst_registry_add_plugin(gst_registry_get(), plugin);
    return true;
}
