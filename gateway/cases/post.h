/* gateway/cases/post.h - one request to another system's address: JSON out, its status back
 *
 * No redirects, no proxies of the environment, bounded time and answer. Thread: any, it blocks. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum {
    GW_POST_TIMEOUT_S = 20,
    GW_POST_MAX_ANSWER = 65536, /* bytes that are read, and thrown away */
};

/* signature: for the header X-Yuanjian-Signature; NULL: none. True: it said 2xx. Fails with G_IO_ERROR. */
bool gw_post_json(const char *url, const char *body, const char *signature, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "host" or "host:port" of a URL that may be posted to: http or https, with a host, without a name and password. NULL: it may
 * not. Owned. */
char *gw_post_get_host(const char *url);

G_END_DECLS
