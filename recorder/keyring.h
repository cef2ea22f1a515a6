/* recorder/keyring.h - the keys of sealed sessions, wrapped by the node's master key
 *
 * DIR/master.key: 64 hex digits, 0600; made at first start, and never again while a session's key is there.
 * DIR/sessions/SESSION.key: the session's 32 random bytes, wrapped (RFC 3394). Destroying it is what makes a recording
 * unreadable for ever, whoever kept a copy of the encrypted files; a copy of this folder undoes that.
 * Ownership: the caller. Thread: any after rec_keyring_new(); disk, small files. One process at a time owns DIR. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "recorder/cipher.h"
#include "recorder/error.h"
#include "recorder/vault.h"

G_BEGIN_DECLS

typedef struct RecKeyring RecKeyring;

/* Makes DIR (0700) and what is missing in it. Refuses a master key that others may read (REC_ERROR_INVALID), and to make a
 * new one where sessions have keys of another. */
RecKeyring *rec_keyring_new(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_keyring_free(RecKeyring *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecKeyring, rec_keyring_free)

/* How files are encrypted from now on: REC_CIPHER_AES_256_GCM until it is set, at start. What is there says itself how it was. */
void rec_keyring_set_cipher(RecKeyring *self, RecCipherKind cipher);
RecCipherKind rec_keyring_get_cipher(const RecKeyring *self);

/* The session's key; REC_ERROR_NO_KEY when there is none. */
bool rec_keyring_get(const RecKeyring *self, const char *session, RecKey *ret_key,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes one where there is none yet: on disk when this returns. */
bool rec_keyring_ensure(const RecKeyring *self, const char *session, RecKey *ret_key,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_keyring_has(const RecKeyring *self, const char *session);
/* Overwritten, synced, removed, the folder synced. Again: nothing happens. */
bool rec_keyring_destroy(const RecKeyring *self, const char *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A file of a recording, with the session's key where it needs one: what every reader of the archive calls. */
RecVault *rec_keyring_open_file(const RecKeyring *self, const char *session, const char *folder, const char *name,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
