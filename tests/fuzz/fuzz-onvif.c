/* Whatever a camera answers is text of bounded size. */
#include <stdint.h>

#include "gateway/cameras/onvif-reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GwOnvifReply reply;

    if (!gw_onvif_reply_read((const char *)data, size, &reply))
        return 0;
    g_assert_true(reply.n_profiles <= GW_ONVIF_MAX_PROFILES && reply.n_presets <= GW_ONVIF_MAX_PRESETS);
    for (unsigned i = 0; i < reply.n_profiles; i++)
        g_assert_true(g_utf8_validate(reply.profiles[i].token, -1, NULL) &&
                      g_utf8_validate(reply.profiles[i].name, -1, NULL));
    g_assert_true(g_utf8_validate(reply.uri, -1, NULL) && g_utf8_validate(reply.fault, -1, NULL));
    g_free(gw_onvif_get_scope(reply.scopes, "name"));
    g_assert_true(!gw_onvif_is_same_host(reply.media, reply.ptz) || gw_onvif_is_address(reply.media));
    return 0;
}
