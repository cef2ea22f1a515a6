/* signaling/tls.h - certificate and key: checked before use, and how libwebsockets is to use them
 *
 * Thread: main. */
#pragma once

#include <libwebsockets.h>
#include <stdbool.h>

#include <glib.h>

G_BEGIN_DECLS

/* Fails naming the file and what is wrong with it. */
bool sig_tls_check(const char *certificate_path, const char *key_path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* TLS 1.2 and later, HTTP/1.1. Paths are borrowed until the vhost is made. */
void sig_tls_fill(struct lws_context_creation_info *info, const char *certificate_path, const char *key_path);

G_END_DECLS
