/* No path leads to a segment that could leave a folder, whatever it is encoded with; patterns match without harm. */
#include <stdint.h>
#include <string.h>

#include "signaling/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *path = g_strndup((const char *)data, size);
    g_auto(GStrv) segments = sig_path_split(path);
    g_autoptr(SigPairs) params = sig_pairs_new();

    if (segments == NULL)
        return 0;
    g_assert_cmpuint(g_strv_length(segments), <=, SIG_PATH_MAX_SEGMENTS);
    for (char **segment = segments; *segment != NULL; segment++) {
        g_assert_cmpstr(*segment, !=, "..");
        g_assert_cmpstr(*segment, !=, ".");
        g_assert_null(strpbrk(*segment, "/\\\r\n"));
        g_assert_true(**segment != '\0' || segment[1] == NULL);
    }
    if (sig_path_match("/whip/{session}/{party}", (const char *const *)segments, params))
        g_assert_cmpstr(sig_pairs_get(params, "party"), ==, segments[2]);
    return 0;
}
