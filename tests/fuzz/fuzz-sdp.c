/* Whatever text comes, parsing stays bounded; what was accepted can be limited and written, and is then read back
 * alike. */
#include "media/sdp.h"

#define FUZZ_DIGEST "5A:C6:39:AE:50:82:CE:50:58:A0:B5:9B:A1:21:42:1D:25:98:28:00:D9:31:B7:B5:89:0D:FE:37:97:0A:95:69"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const addresses[] = { "127.0.0.1", NULL };
    static const MediaIceCredentials ice = { "abcd", "0123456789012345678901" };
    MediaSdpLocal local = { 1, 1, &ice, "sha-256 " FUZZ_DIGEST, MEDIA_SETUP_PASSIVE, "c", addresses, 40000 };
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(MediaSdp) sdp = media_sdp_parse(text, NULL);

    if (sdp == NULL)
        return 0;
    for (unsigned i = 0; i < sdp->n_sections; i++)
        media_sdp_section_limit(&sdp->sections[i], true);
    g_autofree char *written = media_sdp_write(&local, sdp->sections, sdp->n_sections);
    g_autoptr(MediaSdp) again = media_sdp_parse(written, NULL);
    g_assert_true(again == NULL || again->n_sections == sdp->n_sections);
    return 0;
}
