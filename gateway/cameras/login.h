/* gateway/cameras/login.h - a camera's user and password at rest
 *
 * AES-256-GCM under a key of the node's keyring, bound to the camera's id. What is closed is opened for its process alone, and
 * shown to nobody.
 * Thread: main. */
#pragma once

#include "camera/lines.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

/* Base64 text. user "" is a camera that asks for none. */
char *gw_login_close(const RecKeyring *keyring, const char *camera, const char *user, const char *password,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Fails where the keyring is another one, or the text was changed or is another camera's. */
bool gw_login_open(const RecKeyring *keyring, const char *camera, const char *closed, CamOrder *ret_order,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
