#include "signaling/path.h"

#include <string.h>

static bool
is_still_encoded(const char *text)
{
    for (const char *p = strchr(text, '%'); p != NULL; p = strchr(p + 1, '%')) {
        if (g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]))
            return true;
    }
    return false;
}

static char *
decode_segment(const char *text, size_t length)
{
    g_autofree char *segment = sig_percent_decode(text, length, false);

    if (segment == NULL || strpbrk(segment, "/\\") != NULL || is_still_encoded(segment))
        return NULL;
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return NULL;
    return g_steal_pointer(&segment);
}

char **
sig_path_split(const char *path)
{
    g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func(g_free);

    if (path[0] != '/' || strlen(path) > SIG_PATH_MAX_LENGTH)
        return NULL;
    for (const char *p = path; *p == '/';) {
        size_t length = strcspn(p + 1, "/");
        char *segment = decode_segment(p + 1, length);

        if (segment == NULL || segments->len >= SIG_PATH_MAX_SEGMENTS) {
            g_free(segment);
            return NULL;
        }
        g_ptr_array_add(segments, segment);
        p += length + 1;
        if (length == 0 && *p != '\0')
            return NULL;
    }
    g_ptr_array_add(segments, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&segments), FALSE);
}

bool
sig_path_match(const char *pattern, const char *const *segments, SigPairs *params)
{
    const char *p = pattern;

    for (; *segments != NULL && *p == '/'; segments++) {
        size_t length = strcspn(p + 1, "/");

        if (p[1] == '{') {
            if (**segments == '\0')
                return false;
            if (params != NULL)
                sig_pairs_add(params, g_strndup(p + 2, length - 2), g_strdup(*segments));
        } else if (strlen(*segments) != length || strncmp(p + 1, *segments, length) != 0) {
            return false;
        }
        p += length + 1;
    }
    return *segments == NULL && *p == '\0';
}
