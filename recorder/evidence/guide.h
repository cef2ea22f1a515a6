/* recorder/evidence/guide.h - VERIFY.txt: how to check a package by hand with unzip, sha256sum and openssl alone
 *
 * A pure function. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* items: of RecPackageItem *; the commands name the keys, derivatives and time stamps that are there. is_redacted: the media
 * was left out. */
GBytes *rec_guide_make(const GPtrArray *items, bool is_redacted);

G_END_DECLS
