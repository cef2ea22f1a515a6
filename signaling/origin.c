#include "signaling/origin.h"

#include <string.h>

/* The default port of the scheme may be written or not. */
static bool
same_host(const char *left, const char *right, const char *default_port)
{
    g_autofree char *a = g_ascii_strdown(left, -1), *b = g_ascii_strdown(right, -1);

    if (g_str_has_suffix(a, default_port))
        a[strlen(a) - strlen(default_port)] = '\0';
    if (g_str_has_suffix(b, default_port))
        b[strlen(b) - strlen(default_port)] = '\0';
    return strcmp(a, b) == 0;
}

bool
sig_origin_is_allowed(const SigOrigins *origins, const char *origin)
{
    for (unsigned i = 0; origins->more != NULL && origins->more[i] != NULL; i++) {
        if (g_ascii_strcasecmp(origins->more[i], origin) == 0)
            return true;
    }
    if (origins->host == NULL || *origins->host == '\0')
        return false;
    if (g_ascii_strncasecmp(origin, "https://", 8) == 0)
        return same_host(origin + 8, origins->host, ":443");
    if (!origins->tls && g_ascii_strncasecmp(origin, "http://", 7) == 0)
        return same_host(origin + 7, origins->host, ":80");
    return false;
}

bool
sig_origin_may_upgrade(const SigOrigins *origins, const char *origin, bool has_cookie)
{
    return origin != NULL ? sig_origin_is_allowed(origins, origin) : !has_cookie;
}

bool
sig_origin_may_change(const SigOrigins *origins, const char *origin, bool has_cookie)
{
    return !has_cookie || origin == NULL || sig_origin_is_allowed(origins, origin);
}
